"""What stands behind the five pages: suites, hole sizes, classes, positions, gallery, times, defects."""

from collections.abc import Mapping, Sequence

from inpainting.german.data import describe_mixture
from inpainting.german.ladder import change
from inpainting.german.numbers import (
    FIGURES,
    MEAN,
    POOLED,
    SAMPLED,
    SSIM,
    Table,
    best_rows,
    called,
    count,
    dative,
    label,
    listing,
    number,
    percent,
    quantity,
    signed,
    suite_label,
)
from inpainting.german.results import border_errors, own_networks
from inpainting.german.verdicts import best_rival, gap, value
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import MAIN_SUITE, Benchmark

# ---------------------------------------------------------------- six suites


def suites_table(result: Benchmark) -> Table:
    """Pooled hole PSNR of every method on every suite; the best of each suite bold."""
    suites = result.question.suites
    methods = [m for m in result.methods if all(m in result.figures[suite] for suite in suites)]
    rows = [[label(m), *(number(value(result, suite, m), 2) for suite in suites)] for m in methods]
    best = []
    for column, suite in enumerate(suites, 1):
        best += best_rows(rows, column, [value(result, suite, m) for m in methods])
    return Table(["Verfahren", *map(suite_label, suites)], rows, highlight=best)


def margins_table(result: Benchmark) -> Table:
    """Each of our networks on each suite against the best other method, by all three measures.

    That method has a column of its own where it is not everywhere the same.
    """
    found = {suite: best_rival(result, suite) for suite in result.question.suites}
    differs = len(set(found.values())) > 1
    rows = []
    for network in own_networks(result):
        for suite, rival in found.items():
            cells = [
                signed(gap(result, suite, network, rival, key), FIGURES[key].digits)
                for key in (POOLED, MEAN, SSIM)
            ]
            first = label(network) if suite == result.question.suites[0] else ""
            rows.append([first, suite_label(suite), *([label(rival)] if differs else []), *cells])
    header = ["Netz", "Masken", *(["bestes fremdes Verfahren"] if differs else [])]
    return Table(
        [*header, "gepoolt (dB)", "Mittel (dB)", "SSIM"], rows, "lll" + "rrr" if differs else "llrrr"
    )


def caption_margins(result: Benchmark) -> str:
    found = {best_rival(result, suite) for suite in result.question.suites}
    who = f", überall {called(found.pop())}" if len(found) == 1 else ""
    return (
        f"Unsere Netze gegen das nach gepooltem PSNR beste fremde Verfahren{who}, gepaart, mit 95-%-Intervall. Wo zwei Stellen das "
        "Vorzeichen nicht zeigten, stehen mehr."
    )


def looks_table(result: Benchmark, key: str) -> Table:
    """Seam or sharpness of every method on every suite; 1 is that of the true image."""
    suites = result.question.suites
    methods = [m for m in result.methods if all(m in result.figures[suite] for suite in suites)]
    rows = [[label(m), *(number(value(result, s, m, key), 2) for s in suites)] for m in methods]
    return Table(["Verfahren", *map(suite_label, suites)], rows)


def describe_unseen(result: Benchmark) -> str:
    """What must be known before the six suites are compared: who was trained for them."""
    others = [suite for suite in result.question.suites if suite != "quadrat8"]
    if not others or "original" not in result.figures[others[0]]:
        return ""
    worst = min(others, key=lambda suite: value(result, suite, "original"))
    return (
        "Das Netz von 2025 sah im Training nur Quadrate; alle anderen Masken liegen außerhalb seines Trainings "
        f"(auf {suite_label(worst)} {quantity(value(result, worst, 'original'), 2, 'dB')}). Unsere Netze lernten auf den "
        "Familien, auf denen sie hier geprüft werden, auch mit denselben Größen; eine Maskenart, die sie nie sahen, haben wir "
        f"nicht gemessen. Ihre Trainingslöcher sind {describe_mixture()}; dazu kommt mit Wahrscheinlichkeit ½ ein Quadrat "
        "der Kantenlänge des Laufs, wo sie unter ein Viertel des Bildes bedecken."
    )


# ---------------------------------------------------------------- hole sizes


def describe_hole_sizes(result: Benchmark) -> str:
    """How the network of 2025 fares with the edge of the hole, and whether its twin with ReLU does alike."""
    sizes = result.hole_sizes
    if "original" not in sizes:
        return ""
    old = _by_edge(result, "original")
    smallest, best = min(old), max(old, key=old.get)
    if best == smallest:
        text = f"Mit der Kantenlänge fällt es von {number(old[smallest], 1)} auf {quantity(old[max(old)], 1, 'dB')}"
    else:
        text = (
            f"Am besten füllt es Löcher von {best}×{best} Pixeln ({quantity(old[best], 1, 'dB')}), solche von "
            f"{smallest}×{smallest} schlechter ({quantity(old[smallest], 1, 'dB')}), obwohl sie leichter sind"
        )
    below = edges_below_mean(result)
    if below:
        text += f"; {'ab' if len(below) > 1 else 'mit'} {min(below)} Pixeln Kantenlänge liegt es unter der mittleren Farbe"
    return f"{text}. {_compare_with_twin(result, best, bool(below))}".rstrip()


def edges_below_mean(result: Benchmark) -> list[int]:
    """The largest edges, without a gap, whose holes the network of 2025 fills worse, for certain, than the mean colour."""
    if not {"mittelwert", "original"} <= set(result.hole_sizes):
        return []
    old, mean = ({int(e): v for e, v in result.hole_sizes[m].items()} for m in ("original", "mittelwert"))
    found = []
    for edge in sorted(old, reverse=True):
        if old[edge].high >= mean[edge].low:  # not certain
            break
        found.append(edge)
    return found


def has_dip(result: Benchmark) -> bool:
    """Whether the network of 2025 fills the smallest holes worse than some larger ones."""
    old = _by_edge(result, "original")
    return max(old, key=old.get) != min(old)


def _by_edge(result: Benchmark, method: str) -> dict[int, float]:
    return {int(edge): estimate.value for edge, estimate in result.hole_sizes[method].items()}


def _compare_with_twin(result: Benchmark, best: int, is_below: bool) -> str:
    """What the twin with ReLU, trained on the same holes, says of the cause."""
    old = _by_edge(result, "original")
    smallest = min(old)
    if "original_relu" not in result.hole_sizes:
        return ""
    twin = _by_edge(result, "original_relu")
    reached = f"auf {smallest}×{smallest} {quantity(twin[smallest], 1, 'dB')}"
    mean = _by_edge(result, "mittelwert") if "mittelwert" in result.hole_sizes else {}
    falls_too = is_below and mean and twin[max(twin)] < mean[max(mean)]
    if best == smallest:
        return ""
    if max(twin, key=twin.get) == smallest:
        text = (
            f"Sein Zwilling mit ReLU erreicht {reached}; ob das am Ausgang liegt oder am Startwert, ist offen"
        )
        return text + (". Bei großen Löchern fällt auch er ab." if falls_too else ".")
    return f"Sein Zwilling mit ReLU, der auf denselben Löchern lernte, teilt die Schwäche bei kleinen Löchern ({reached})."


def alt_values(estimates: Mapping[str, Mapping[str, Estimate]], what: str) -> str:
    """Alternative text of a figure with one value a method and point: all of them as numbers."""
    parts = [
        f"{label(method)}: "
        + ", ".join(f"{point} {number(estimate.value, 2)}" for point, estimate in points.items())
        for method, points in estimates.items()
    ]
    return f"{what}. {'; '.join(parts)}."


# ---------------------------------------------------------------- classes and positions


def class_leads(result: Benchmark) -> dict[str, dict[str, float]]:
    """Class → network of ours → its lead over the Gaussian in dB; the easiest class first."""
    networks = own_networks(result)
    order = sorted(result.classes[networks[-1]], key=lambda name: -result.classes[networks[-1]][name].value)
    gauss = result.classes["gauss"]
    return {name: {n: result.classes[n][name].value - gauss[name].value for n in networks} for name in order}


def class_values(result: Benchmark) -> dict[str, dict[str, Estimate]]:
    """Class → the Gaussian and our networks → pooled hole PSNR with its interval; the easiest class first."""
    methods = [m for m in ("gauss", *own_networks(result)) if m in result.classes]
    return {name: {m: result.classes[m][name] for m in methods} for name in class_leads(result)}


def caption_classes(network: str) -> str:
    return (
        "Gepoolter PSNR je Klasse (Quadrat 8×8) mit 95-%-Intervall; oben die Klasse, die "
        f"{called(network)} am leichtesten füllt. Die Intervalle zeigen, wie verschieden die Bilder einer Klasse sind; ein Abstand "
        "auf denselben Bildern ist sicherer bestimmt, als sie vermuten lassen."
    )


def alt_classes(result: Benchmark) -> str:
    parts = [
        f"{name} " + ", ".join(f"{label(m)} {number(x.value, 2)}" for m, x in of.items())
        for name, of in class_values(result).items()
    ]
    return f"Punktdiagramm des gepoolten PSNR in dB je Klasse: {'; '.join(parts)}."


def alt_positions(result: Benchmark) -> str:
    parts = [
        f"{label(m)} am Rand {number(border, 1)}, innen {number(inner, 1)}"
        for m, (border, inner) in border_errors(result).items()
    ]
    return f"Farbkarten von acht mal acht Feldern, ein Verfahren je Karte, auf einer Skala. Fehler in Graustufen: {'; '.join(parts)}."


def caption_looks(key: str) -> str:
    what = {
        "seam_ratio": "Naht: Sprünge über den Lochrand",
        "sharpness": "Schärfe: Sprünge zwischen Nachbarn im Loch",
    }
    return f"{what[key]}, geteilt durch die des wahren Bildes; 1 ist natürlich, unter 1 verwaschen."


def describe_classes(result: Benchmark, network: str) -> str:
    """Which class is easiest and which hardest to fill, and where the lead is largest."""
    values_of = {name: estimate.value for name, estimate in result.classes[network].items()}
    easy, hard = max(values_of, key=values_of.get), min(values_of, key=values_of.get)
    text = (
        f"Am leichtesten fällt {called(network)} die Klasse {easy} ({quantity(values_of[easy], 2, 'dB')}), am "
        f"schwersten {hard} ({quantity(values_of[hard], 2, 'dB')})"
    )
    if "gauss" in result.classes:
        leads = {name: of[network] for name, of in class_leads(result).items()}
        most = max(leads, key=leads.get)
        behind = [name for name, lead in leads.items() if lead <= 0]
        text += f"; der Abstand zur Gauß-Vorhersage ist bei {most} am größten ({number(leads[most], 2, sign=True)} dB)"
        text += f", bei {listing(behind)} führt sie" if behind else ""
    return text + "."


def describe_positions(result: Benchmark, network: str) -> str:
    """Error at the border and in the middle of the 8×8 hole, ours and that of 2025."""
    errors = border_errors(result)
    if network not in errors or "original" not in errors:
        return ""
    (old_border, old_inner), (border, inner) = errors["original"], errors[network]
    text = (
        f"Am Rand des Lochs weicht {called(network)} um {number(border, 1)} Graustufen ab, im Inneren um "
        f"{number(inner, 1)}; das Netz von 2025 um {number(old_border, 1)} und {number(old_inner, 1)}"
    )
    rivals = ["original"]
    if "gauss" in errors:
        rivals.append("gauss")
        text += (
            f", die Gauß-Vorhersage um {number(errors['gauss'][0], 1)} und {number(errors['gauss'][1], 1)}"
        )
    gains = {m: (errors[m][0] - border, errors[m][1] - inner) for m in rivals}
    parts = [f"gegenüber {dative(m)} {_where_most(*of)}" for m, of in gains.items() if max(of) > 0]
    return text + "." + (f" Unser Gewinn ist {listing(parts)}." if parts else "")


def _where_most(border: float, inner: float) -> str:
    """Where a gain is larger, both in grey levels."""
    told = f"({number(border, 1, sign=True)} und {number(inner, 1, sign=True)} Graustufen)"
    if round(border, 1) == round(inner, 1):
        return f"am Rand und im Inneren gleich groß {told}"
    return f"{'am Rand' if border > inner else 'im Inneren'} größer {told}"


# ---------------------------------------------------------------- gallery


def describe_failures(network: str, shown: Mapping[str, Sequence[float]]) -> str:
    """How the other methods fare on our worst images: a warning about the choice.

    Parameters
    ----------
    shown : method → hole PSNR of the chosen images.
    """
    ours = shown[network]
    parts = []
    for method in ("original", "gauss"):
        if method in shown:
            ahead = sum(other > own for other, own in zip(shown[method], ours, strict=True))
            parts.append(
                f"{called(method)} in {count(ahead, 'Fall', 'Fällen')}".replace(
                    "in ein F", "in einem F"
                ).replace("in kein F", "in keinem F")
            )
    return (
        f"Die {count(len(ours), 'Bild', 'Bilder')} in @abb:misserfolge sind als schlechteste von {called(network)} ausgesucht, der Vergleich "
        f"benachteiligt es also: Besser füllen sie {listing(parts)}."
    )


def caption_gallery(network: str) -> str:
    return (
        f"Füllungen nach dem Rang der Bilder bei {called(network)} auf Quadrat 8×8, zeilenweise: das beste Bild und die Bilder, die "
        "besser sind als 95, 75, 50, 25 und 5 % aller. Je Bild der Ausschnitt um das Loch, dreifach vergrößert; darunter der PSNR im "
        "Loch in dB, bei 60 dB gekappt."
    )


# ---------------------------------------------------------------- times


def times_table(milliseconds: Mapping[str, float], result: Benchmark, parameters: Mapping[str, int]) -> Table:
    """Time an image beside what it buys, fastest first."""
    order = sorted(milliseconds, key=milliseconds.get)
    rows = [
        [
            label(m),
            number(milliseconds[m], 2 if milliseconds[m] < 10 else 1),
            number(value(result, MAIN_SUITE, m), 2) if m in result.figures[MAIN_SUITE] else "–",
            number(parameters[m]) if m in parameters else "–",
        ]
        for m in order
    ]
    return Table(["Verfahren", "Zeit je Bild (ms)", "PSNR gepoolt (dB)", "Parameter"], rows)


def describe_times(milliseconds: Mapping[str, float], result: Benchmark) -> str:
    """What our networks cost beside the best method that is not ours."""
    networks = [n for n in own_networks(result) if n in milliseconds]
    if not networks:
        return ""
    parts = [f"{called(n)} {quantity(milliseconds[n], 1, 'ms')}" for n in networks]
    if (rival := best_rival(result, MAIN_SUITE)) in milliseconds:
        parts.append(f"{called(rival)} {quantity(milliseconds[rival], 2, 'ms')}")
    text = f"Ein Bild kostet auf einem Thread {listing(parts)}"
    drawn = [n for n in networks if milliseconds.get(n + SAMPLED)]
    if drawn:
        times = [f"das {number(milliseconds[n + SAMPLED] / milliseconds[n], 1)}-Fache" for n in drawn]
        text += f", ein Vorschlag {listing(times)} des Mittelwerts"
    return text + "."


# ---------------------------------------------------------------- defects


def defects_table(result: Benchmark, suite: str, excess: float, results=None) -> Table:
    """What the rebuilding of 2025 uncovered, what each cost where it was measured, and the remedy.

    Parameters
    ----------
    excess : best validation loss above the entropy floor, as a fraction of the floor.
    results : ``ladder.LadderResults``, or None.
    """
    redraw = result.as_shown[suite]["original"]["image_psnr"].value - value(
        result, suite, "original", "image_psnr"
    )
    relu = (
        f"ReLU gegen Sigmoid: {number(gap(result, suite, 'original_relu', 'original').value, 2, sign=True)} dB nach ganzem Training"
        if "original_relu" in result.methods
        else "hier nicht gemessen"
    )

    def bought(name: str, figure: str = "quadrat8") -> str:
        difference = change(results, name, figure)
        return number(difference.value, 2, sign=True) + " dB" if difference else "nicht gemessen"

    rows = (
        (
            "Nicht von oben nach unten ausgeführt; eine Variable fehlt, die Trainingszelle auch",
            "nicht wiederholbar",
            "läuft ohne Oberfläche von oben nach unten, in jedem Test",
        ),
        (
            "Text: neue Masken je Epoche. Code: einmal gezogen",
            f"frische Löcher: {bought('frische_masken')} (@tab:leiter)",
            "im Nachbau fest und so benannt, in unseren Netzen frisch",
        ),
        (
            "Obere Grenze der Lage ausgeschlossen",
            "letzte Zeile und Spalte nie im Loch",
            "im Nachbau beibehalten, in der Messung behoben",
        ),
        ("Masken in einer Python-Schleife", "langsam", "vektorisiert, aus einem Zufallsgenerator"),
        (
            "Das Netz erfährt nicht, wo das Loch ist",
            f"Maske als Eingabe: {bought('maske')} auf Quadrat 8×8, {bought('maske', 'suites')} auf sechs Maskensätzen",
            "Maske als Eingabe unserer Netze",
        ),
        (
            "Ausgang von ReLU (Entwurf) auf Sigmoid gewechselt, ohne es zu messen",
            relu,
            "beide Fassungen trainiert und gemessen",
        ),
        (
            "Der Verlust zählt auch bekannte Pixel",
            f"Fehler nur im Loch: {bought('verlust_im_loch')} auf Quadrat 8×8, {bought('verlust_im_loch', 'suites')} auf sechs Maskensätzen",
            "unsere Netze lernen nur im Loch",
        ),
        (
            "Bekannte Pixel werden neu gezeichnet",
            f"ganzes Bild: {number(redraw, 2, sign=True)} dB",
            "zusammengesetzt gemessen, beide Werte genannt",
        ),
        (
            "Testbilder steuern das Stoppen",
            "kein unberührter Test",
            "eigene Validierungsbilder; zwei frühe Entscheidungen fielen doch auf Testbildern",
        ),
        (
            "Kein Startwert, kein Maß, kein Vergleich; feste Sätze zum Ergebnis",
            f"niemand bemerkt, dass Telea besser füllt; der Verlust liegt {percent(excess)} über einer unerkannten Untergrenze"
            if value(result, suite, "telea") > value(result, suite, "original")
            else f"der Verlust liegt {percent(excess)} über einer unerkannten Untergrenze",
            "Startwerte, Maße mit Intervallen, Vergleich; Sätze folgen den Zahlen",
        ),
        (
            "Zitate von Hand, Abbildungen ohne Nummer und Alternativtext",
            "nicht prüfbar",
            "Literatur, Nummern und Verweise werden erzeugt und geprüft",
        ),
    )
    numbered = [(str(i), *row) for i, row in enumerate(rows, 1)]
    return Table(("Nr.", "Mangel", "Folge", "Hier"), numbered, "rlll")
