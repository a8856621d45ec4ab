"""The second answer of our networks: samples, what they win and what they cost."""

import math

from inpainting.german.naturalness import bracketed
from inpainting.german.numbers import (
    NO_BREAK_SPACE,
    SAMPLED,
    Table,
    called,
    interval,
    label,
    listing,
    number,
    quantity,
    signed,
    suite_label,
    suite_names,
    upper,
)
from inpainting.german.semantics import compare_shares
from inpainting.german.verdicts import BLURRED, gap, is_ours, sampling_networks
from inpainting.measuring.draws import FEW, INTERVAL, MANY, N_SAMPLES
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import N_DRAW_IMAGES, Benchmark

NO_SAMPLES = "Vorschläge sind in diesem Lauf nicht gemessen: Kein gespeichertes Netz zieht welche."

DRAWS = {
    "energy_ratio": ("Energie-Score ÷ Abstand", 3, 1),
    "coverage": ("Abdeckung (%)", 1, 100),
    "mean_psnr": (f"Mittel aus {MANY} (dB)", 2, 1),
    "best_of_few": (f"bester aus {FEW} (dB)", 2, 1),
    "best_of_many": (f"bester aus {MANY} (dB)", 2, 1),
    "diversity": ("Vielfalt", 2, 1),
}
"""Figure of the draws → German name, digits, and what it is multiplied by in the table."""


def samples_table(result: Benchmark) -> Table:
    """How true to life the samples are, suite by suite, beside the mean answer of the same network."""
    rows = []
    for suite in result.question.suites:
        for network in sampling_networks(result):
            stored = result.draws.get(suite, {}).get(network, {})
            figures = result.figures[suite]
            sample = network + SAMPLED
            first = (
                suite_label(suite).replace(" ", NO_BREAK_SPACE)
                if network == sampling_networks(result)[0]
                else ""
            )
            cells = [
                number(figures[sample]["sharpness"].value, 2),
                number(figures[sample]["seam_ratio"].value, 2),
                *(
                    _draw(stored.get(key), digits, factor, key in INTERVALS)
                    for key, (_, digits, factor) in DRAWS.items()
                ),
            ]
            rows.append([first, label(network), *cells])
    header = ["Masken", "Netz", "Schärfe", "Naht", *(name for name, _, _ in DRAWS.values())]
    return Table(header, rows, "ll" + "r" * (len(header) - 2))


COVERED = number(100 * INTERVAL)
"""Per cent of the truths that the samples' intervals are to cover, in German."""

INTERVALS = ("energy_ratio", "coverage")
"""Figures of the draws that the table prints with half their interval."""


def _draw(figure: Estimate | None, digits: int, factor: float, with_interval: bool) -> str:
    if figure is None:
        return "–"
    text = number(factor * figure.value, digits)
    if not with_interval:
        return text
    return f"{text} ±{number(factor * (figure.high - figure.low) / 2, digits)}"


def describe_samples(result: Benchmark, suite: str) -> str:
    """What a sample is worth on one suite beside the mean answer of the same network."""
    networks = sampling_networks(result)
    if not networks:
        return NO_SAMPLES
    network = networks[-1]
    sample = network + SAMPLED
    cost = gap(result, suite, sample, network)
    sharp, seam = (result.figures[suite][sample][key] for key in ("sharpness", "seam_ratio"))
    parts = [
        f"{upper(called(sample))} kostet gegenüber dem Mittelwert {quantity(abs(cost.value), 2, 'dB')} PSNR und hat dafür "
        f"eine Schärfe von {interval(sharp)} und eine Naht von {interval(seam)} ({suite_label(suite)})."
        if cost.value < 0
        else f"{upper(called(sample))} hat einen um {signed(cost)} dB anderen PSNR als der Mittelwert; so gut kann ein "
        "Vorschlag, der eine von vielen Möglichkeiten zieht, nicht sein."
    ]
    natural = [s for s in result.question.suites if _is_natural(result, s, sample)]
    n = len(result.question.suites)
    if len(natural) == n:
        parts.append(
            f"Auf allen Maskensätzen weichen Schärfe und Naht der Vorschläge von {called(network)} um höchstens ein Zehntel vom wahren Bild ab."
        )
    elif natural:
        names = listing([suite_label(s) for s in natural])
        parts.append(
            f"Um höchstens ein Zehntel weichen Schärfe und Naht auf {names} vom wahren Bild ab, sonst um mehr."
        )
    else:
        parts.append(
            "Auf keinem Maskensatz kommen Schärfe und Naht zugleich auf ein Zehntel an das wahre Bild heran."
        )
    parts.append("@tab:vorschlaege nennt die Zahlen, @abb:ziehungen zeigt Vorschläge.")
    paragraphs = [
        " ".join(parts),
        _calibration(result, suite, network),
        _recognised(result, network),
    ]
    return "\n\n".join(filter(None, paragraphs))


def _is_natural(result: Benchmark, suite: str, sample: str) -> bool:
    figures = result.figures[suite][sample]
    return all(BLURRED <= figures[key].value <= 2 - BLURRED for key in ("sharpness", "seam_ratio"))


def n_draw_images(result: Benchmark) -> int:
    """How many images many samples were drawn for."""
    return min(N_DRAW_IMAGES, result.question.n_images)


def width_of_intervals(coverage: Estimate) -> str:
    """What the coverage of the samples' intervals, by its own interval, says of their width."""
    if coverage.low <= INTERVAL <= coverage.high:
        return "so breit, wie sie sein sollen"
    far = "" if abs(coverage.value - INTERVAL) > 0.1 else "etwas "
    return far + ("zu eng" if coverage.high < INTERVAL else "zu weit")


ENERGY = (
    "Ob Vorschläge so streuen wie die Wahrheit, misst der *Energie-Score* [@gneiting2007]: ihr mittlerer Abstand von der "
    "Wahrheit weniger den halben Abstand zweier von ihnen, kleiner ist besser. Vollkommene Ziehungen kämen auf etwa 1/√2 = 0,707 "
    "des Abstands, den der Mittelwert hat, denn zwei liegen √2-mal so weit auseinander wie eine vom Mittelwert. "
)


def _calibration(result: Benchmark, suite: str, network: str) -> str:
    """Whether the spread of the samples is that of the truth."""
    stored = result.draws.get(suite, {}).get(network, {})
    parts = []
    if "coverage" in stored:
        parts.append(
            f"die aus {N_SAMPLES} Vorschlägen gebildeten {COVERED}-%-Intervalle treffen {bracketed(stored['coverage'], 1, 100, '%')} der wahren "
            f"Werte, sind also {width_of_intervals(stored['coverage'])}"
        )
    if "energy_ratio" in stored:
        parts.append(
            f"der Energie-Score beträgt das {bracketed(stored['energy_ratio'], 3)}-Fache des Abstands, den der Mittelwert von der Wahrheit hat"
        )
    if "mean_loss" in stored:
        loss = stored["mean_loss"]
        change = signed(Estimate(-loss.value, -loss.high, -loss.low))
        parts.append(
            f"der PSNR des Mittels aus {MANY} Vorschlägen weicht um {change} dB von dem des Mittelwerts ab"
            + (", nicht gesichert" if loss.low <= 0 <= loss.high else "")
            + _of_perfect_draws(loss.low, loss.high)
        )
    if not parts:
        return ""
    found = [
        of["coverage"] for of_suite in result.draws.values() for of in of_suite.values() if "coverage" in of
    ]
    narrow, wide = sum(x.high < INTERVAL for x in found), sum(x.low > INTERVAL for x in found)
    judged = [
        f"{'alle' if n == len(found) else n} gesichert {side} {COVERED} %; die Intervalle sind dort zu {word}"
        for n, side, word in ((narrow, "unter", "eng"), (wide, "über", "weit"))
        if n
    ]
    text = ENERGY if "energy_ratio" in stored else ""
    text += f"Auf den ersten {number(n_draw_images(result))} Bildern, {suite_label(suite)}, gilt: {upper('; '.join(parts))}."
    if len(found) > 1:
        text += (
            f" Von den {len(found)} Abdeckungen der Tabelle liegen {' und '.join(judged)}." if judged else ""
        )
    return text


def _of_perfect_draws(low: float, high: float) -> str:
    """What the mean of as many perfect samples would lose: it has 1 + 1/16 of the mean answer's error."""
    perfect = 10 * math.log10(1 + 1 / MANY)
    text = f"vollkommene Ziehungen gäben −10·log₁₀({MANY + 1}⁄{MANY}) = {number(-perfect, 2)}\u00a0dB"
    return f" ({text}, im Intervall)" if low <= perfect <= high else f" ({text})"


def _recognised(result: Benchmark, network: str) -> str:
    """Where a classifier finds the class more often, or less, after the samples than after all others."""
    sample, better, worse = network + SAMPLED, [], []
    for suite in result.question.suites:
        shares = result.semantics.get(suite, {})
        if sample not in shares:
            continue
        others = [m for m in result.methods if m in shares and not (is_ours(m) and m.endswith(SAMPLED))]
        best = max(others, key=lambda m: shares[m].value)
        if compare_shares(result, suite, sample, best) > 0:
            better.append(suite)
        elif compare_shares(result, suite, sample, best) < 0:
            worse.append(suite)
    who = f"einem Vorschlag von {called(network)}"
    parts = [f"auf {suite_names(better)} gesichert mehr"] if better else []
    parts += [f"auf {suite_names(worse)} gesichert weniger"] if worse else []
    if not parts:
        return ""
    text = f"Der Klassifikator erkennt nach {who} {' und '.join(parts)} als nach dem besten anderen Verfahren, unsere Mittelwerte eingeschlossen"
    measured = sum(sample in result.semantics.get(suite, {}) for suite in result.question.suites)
    more = measured > len(better) + len(worse)
    return text + ("; sonst ist kein Unterschied gesichert." if more else ".")


def caption(result: Benchmark) -> str:
    return (
        "Vorschläge, je Maskensatz und Netz: Schärfe und Naht eines Vorschlags (1 ist natürlich). Alles Weitere ist nur auf den ersten "
        f"{number(n_draw_images(result))} Bildern gemessen und mit dem PSNR anderer Tabellen nicht zu vergleichen: Energie-Score, geteilt durch den Abstand des "
        f"Mittelwerts von der Wahrheit; Anteil der wahren Werte in den {COVERED}-%-Intervallen aus {N_SAMPLES} Vorschlägen (Quantile nach Weibull), beide mit halbem "
        f"95-%-Intervall; PSNR des Mittels aus {MANY} und des besten aus {FEW} und aus {MANY} (nach dem wahren Bild ausgesucht); Vielfalt, der mittlere Abstand zweier Vorschläge "
        "in Graustufen."
    )


def caption_draws(field) -> str:
    return f"Mittelwert und drei Vorschläge von {called(field.best)} für die ersten Testbilder dreier Klassen, große Löcher; rechts das wahre Bild."
