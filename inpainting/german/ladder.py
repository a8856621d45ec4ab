"""The ablation: what each change bought, by the measure that was set for it beforehand."""

from collections.abc import Mapping

from inpainting.german.control import describe as describe_control
from inpainting.german.control import lead_sign
from inpainting.german.numbers import POOLED, Table, count, listing, number, quantity, signed, upper
from inpainting.german.verdicts import gap
from inpainting.measuring.control import Control
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import PRIOR_NUMBERS, Benchmark
from inpainting.measuring.seeds import Seeds

MISSING = (
    "Die Ablation liegt nicht vor (`results/ladder.json` fehlt oder ist unvollständig); sie entsteht "
    "mit `inpainting ladder`."
)

ABOUT = (
    "Eine *Ablation* fügt dem Entwurf von 2025 je Stufe eine Änderung hinzu, mit kurzen, gleich langen "
    "Trainings. "
)

DECIDES = {"quadrat8": "Quadrat 8×8", "suites": "alle sechs", "image": "ganzes Bild"}


def ladder_table(results) -> Table:
    """Every rung's figures and its difference to the rung before; the deciding difference is bold."""
    columns = {"quadrat8": 2, "suites": 4, "image": 6}
    rows, highlight = [], []
    for i, rung in enumerate(results.rungs):
        cells = [rung.label]
        for figure in columns:
            difference = rung.differences.get(figure)
            cells += [number(rung.estimates[figure].value, 2), _unbroken(difference) if difference else ""]
        rows.append(cells)
        if rung.differences:
            highlight.append((i, columns[rung.judged_by]))
    header = ["Stufe", "Quadrat 8×8", "Änderung", "sechs Sätze", "Änderung", "ganzes Bild", "Änderung"]
    return Table(header, rows, "lrrrrrr", highlight)


def _unbroken(difference) -> str:
    """A difference with its interval, which does not break inside the brackets."""
    return signed(difference).replace("; ", ";\u00a0")


def caption_ladder(results) -> str:
    return (
        f"Ablation: PSNR in dB nach {number(results.steps)} Schritten mit {results.batch_size} Bildern, "
        f"{count(len(results.seeds), 'Startwert', 'Startwerte')}, die ersten {number(results.n_images)} Validierungsbilder; 95-%-Intervalle über Bilder und Startwerte. "
        "„sechs Sätze“ ist das Mittel der sechs gepoolten PSNR. Fett ist das vor der Messung festgelegte Maß jeder Stufe."
    )


def change(results, name: str, figure: str = "quadrat8") -> Estimate | None:
    """The difference that a rung brings; None if there is no such rung, or no ablation."""
    rungs = results.rungs if results else ()
    found = [rung for rung in rungs if rung.name == name and rung.differences]
    return found[0].differences[figure] if found else None


def fleeting(
    results, result: Benchmark | None = None, control: Control | None = None, seeds: Seeds | None = None
) -> dict[str, Estimate]:
    """The rungs whose gain on squares is only that of a short training → what they bring after a whole one.

    Known of two: of the sigmoid from both outputs of 2025, of the prior from the control without it.

    Parameters
    ----------
    result : a Benchmark, or None where nothing is known of whole trainings.
    control : the network without the prior after a whole training, or None.
    seeds : of the trainings; a gap within their ranges is no gain.
    """
    late = {}
    if result is not None and "original_relu" in result.methods:
        sigmoid = gap(result, "quadrat8", "original", "original_relu")
        if sigmoid.value <= 0:
            late["sigmoid"] = sigmoid
    if control is not None and lead_sign(control, "kompakt", "quadrat8", seeds=seeds) <= 0:
        late["prior"] = control.ahead["kompakt"]["quadrat8"][POOLED]
    early = {name: change(results, name) for name in late}
    return {name: gain for name, gain in late.items() if early[name] and early[name].value > 0}


def describe_ladder(
    results, result: Benchmark | None = None, control: Control | None = None, seeds: Seeds | None = None
) -> str:
    """What the ablation teaches, in a few sentences that follow from the results; see :func:`fleeting`."""
    repairs = [rung for rung in results.rungs if rung.differences]
    if not repairs:
        return "Die Ablation hat nur eine Stufe; zu vergleichen gibt es nichts."
    first, last = (results.rungs[i].estimates["quadrat8"].value for i in (0, -1))
    fate, most = _most(repairs, fleeting(results, result, control, seeds))
    sentences = [
        f"{upper(count(len(repairs), 'Änderung führt', 'Änderungen führen', True))} (@abb:leiter) auf Quadrat 8×8 von {number(first, 2)} auf "
        f"{quantity(last, 2, 'dB')}; über {'sie' if len(repairs) == 1 else 'jede'} entscheidet ein vorab festes Maß.",
        fate,
        describe_control(control, seeds) or _knowledge(results),
        most,
    ]
    if lost := [f"„{rung.label}“" for rung in repairs if rung.verdict() == "verliert"]:
        verb = "Nach seinem Maß verliert" if len(lost) == 1 else "Nach ihrem Maß verlieren"
        sentences.append(f"{verb} {listing(lost)}.")
    return " ".join(filter(None, sentences))


def _most(repairs, late: Mapping[str, Estimate]) -> tuple[str, str]:
    """Whose gain a whole training takes back, and which other changes bring most by the measure that decides them.

    Parameters
    ----------
    repairs : the rungs with a difference.
    late : see :func:`fleeting`.
    """
    parts, passed, n_best = [], [], 0
    wheres = {"quadrat8": "Quadrat 8×8 entscheidet", "suites": "die sechs entscheiden"}
    for figure, where in wheres.items():
        judged = [rung for rung in repairs if rung.judged_by == figure and rung.differences[figure].low > 0]
        judged.sort(key=lambda rung: -rung.differences[figure].value)
        if best := [rung for rung in judged if rung.name not in late][:2]:
            parts.append(f"wo {where}, {listing([_bought(rung) for rung in best])}")
            passed += [rung for rung in judged[: judged.index(best[-1])] if rung.name in late]
            n_best += len(best)
    if not parts:
        return "", ""
    verb = "bringt" if n_best == 1 else "bringen"
    best = f"{', und '.join(parts)}."
    if not passed:
        return "", f"Am meisten {verb}, {best}"
    gone = [
        f"„{rung.label}“ ({number(rung.differences[rung.judged_by].value, 2, sign=True)} → {number(late[rung.name].value, 2, sign=True)}\u00a0dB)"
        for rung in passed
    ]
    vanish = "verschwindet der Gewinn" if len(gone) == 1 else "verschwinden die Gewinne"
    return (
        f"Nach *ganzem* Training {vanish} von {listing(gone)}.",
        f"Kurz trainiert {verb} sonst am meisten, {best}",
    )


def _bought(rung) -> str:
    """A rung and its gain, with the loss on the other kind of hole where that is certain."""
    gain = f"{number(rung.differences[rung.judged_by].value, 2, sign=True)}\u00a0dB"
    other = "suites" if rung.judged_by == "quadrat8" else "quadrat8"
    loss = rung.differences.get(other)
    if loss is not None and loss.high < 0:
        gain += f"; {DECIDES[other]} {number(loss.value, 2, sign=True)}"
    return f"„{rung.label}“ ({gain})"


def _knowledge(results) -> str:
    """What knowledge buys beside what size buys: the prior against the residual U-Net."""
    prior, unet = (next((r for r in results.rungs if r.name == name), None) for name in ("prior", "residual"))
    if not prior or not unet or not prior.differences or not unet.differences:
        return ""
    before = max(prior.n_parameters, 1)
    gained = [rung.differences["quadrat8"].value for rung in (prior, unet)]
    if gained[0] <= gained[1]:
        return ""
    return (
        f"In dieser Reihenfolge bringt die Vorfüllung ({PRIOR_NUMBERS} Gewichte) mehr als das residuale U-Net mit "
        f"{number(unet.n_parameters / before)}-mal so vielen Parametern wie die Stufe davor ({number(gained[1], 2, sign=True)} dB)."
    )


def _price_of_the_hole(results) -> str:
    """Why a rung that wins by its own measure can lose by another."""
    rung = next((r for r in results.rungs if r.name == "verlust_im_loch" and r.differences), None)
    if not rung or rung.differences["quadrat8"].low <= 0 or rung.differences["suites"].high >= 0:
        return ""
    return (
        f"„{rung.label}“ verliert auf den sechs Maskensätzen {number(abs(rung.differences['suites'].value), 2)} dB, vermutlich weil das "
        "Netz bis dahin nur Quadrate sieht und an bekannten Pixeln nichts mehr lernt."
    )


def describe_unclear(results) -> str:
    """The rungs whose change is not told from chance, and one that wins by its measure alone; "" if there are none."""
    found = [f"„{rung.label}“" for rung in results.rungs if rung.differences and rung.verdict() == "unklar"]
    text = (
        f"Im entscheidenden Maß zeigt sich kein sicherer Unterschied zur vorigen Stufe bei {listing(found)}."
        if found
        else ""
    )
    return " ".join(filter(None, [text, _price_of_the_hole(results)]))


def describe_compute(results) -> str:
    """What more steps of the rung of ``kompakt`` bring; "" without that curve."""
    if len(results.compute) < 2:
        return ""
    start, end = results.compute[0], results.compute[-1]
    more = end.estimates["quadrat8"].value - start.estimates["quadrat8"].value
    rung = next((f" („{r.label}“)" for r in results.rungs if r.name == "gewichtung"), "")
    return (
        f"Mit {end.factor}-mal so vielen Schritten (ein Startwert) ändert sich die Stufe mit dem Netz von „kompakt“{rung} um "
        f"{number(more, 2, sign=True)} dB."
    )


def alt_ladder(results) -> str:
    """Alternative text: every rung with its change on both measures."""
    parts = [
        f"{rung.label} {number(rung.differences['quadrat8'].value, 2, sign=True)}, "
        f"{number(rung.differences['suites'].value, 2, sign=True)} und "
        f"{number(rung.differences['image'].value, 2, sign=True)}"
        for rung in results.rungs
        if rung.differences
    ]
    return (
        "Punktdiagramm: Änderung des PSNR in dB je Stufe, im Loch auf Quadrat 8×8 und im Mittel der sechs "
        f"Maskensätze, und im ganzen Bild. {'; '.join(parts)}."
    )


def caption_changes(results) -> str:
    return (
        f"Was jede Stufe am PSNR gegen die vorige ändert: {number(results.steps)} Schritte mit {results.batch_size} Bildern, "
        f"{count(len(results.seeds), 'Startwert', 'Startwerte')} (@tab:leiter). "
        "Gefüllt: das entscheidende Maß; blau, rot: gesichert besser, schlechter; grau: unsicher oder nicht von Dauer; Pfeil: "
        "außerhalb."
    )
