"""What the benchmark says about the project's own network: tables and German text.

As in :mod:`inpainting.narrative`, every judgement is decided by the figures handed in.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from inpainting import models
from inpainting.benchmark import MASKED_IMAGES, TRUE_IMAGES, Benchmark, best_baseline, margin
from inpainting.evaluation import Estimate
from inpainting.narrative import (
    LABELS, Table, duration, interval, listing, number, percent, quantity,
)  # fmt: skip

SUITE_LABELS = {
    "quadrat8": "Quadrat 8×8",
    "mitte16": "Mitte 16×16",
    "linien": "Linien",
    "freiform": "Freiform",
    "pixel50": "Pixel 50 %",
    "haelfte": "Hälfte",
}
"""Suite → German name in tables and figures."""

POOLED = "hole_psnr_pooled"


def describe_network(trained) -> str:
    """Size and training of a network of the project, from its store entry (``training.Trained``)."""
    recipe, history = trained.record["recipe"], trained.history
    seen = history.n_epochs * recipe["steps_per_epoch"] * recipe["batch_size"]
    n_images = trained.record["data"]["n_train"]
    end = (
        f"Das Training brach in Epoche {history.n_epochs} ab, weil der Fehler keine endliche Zahl mehr "
        "war. "
        if history.stopped == "nan"
        else ""
    )
    holes = (
        f"mit {number(recipe['rounds'])} verschiedenen Löchern" if recipe.get("rounds")
        else "jedes Mal mit einem neuen Loch"
    )  # fmt: skip
    return (
        f"Das Netz hat {number(models.count_learned(trained.model))} Parameter. Es sah in "
        f"{number(history.n_epochs * recipe['steps_per_epoch'])} Schritten {number(seen)} Bilder, "
        f"jedes Trainingsbild also rund {number(seen / n_images)}-mal, {holes}. {end}Behalten werden "
        f"die Gewichte der Epoche {history.best_epoch} mit dem kleinsten Fehler auf den Validierungsbildern."
    )


def describe_gruendlich(benchmark: Benchmark, trained) -> str:
    """What more computing brings: ``gruendlich`` against ``kompakt``, the original, and the best.

    Parameters
    ----------
    benchmark : with both networks and the original on quadrat8.
    trained : the store entry of ``gruendlich`` (``training.Trained``).
    """
    leads = {
        suite: benchmark.differences[suite]["gruendlich"]["kompakt"][POOLED]
        for suite in benchmark.question.suites
    }
    most, least = (pick(leads, key=lambda suite: leads[suite].value) for pick in (max, min))
    gain = benchmark.differences["quadrat8"]["gruendlich"]["original"][POOLED]
    reached = benchmark.figures["quadrat8"]["gruendlich"][POOLED]
    recipe = trained.record["recipe"]
    return (
        f"Wie weit mehr Rechenzeit trägt, zeigt gruendlich: dieselbe Bauart, breiter, {_describe_additions(recipe)}"
        f"länger trainiert, gemittelt über Bild und Spiegelbild. {_describe_start(recipe)}"
        f"{describe_network(trained)} Das Training dauerte zusammen {duration(trained.record['seconds'])} auf "
        f"{trained.record['hardware']['n_cores']} Kernen. Auf Quadrat 8×8 erreicht es {interval(reached)} dB, gepaart "
        f"{signed(leads['quadrat8'])} dB gegenüber kompakt; am größten ist dieser Abstand auf "
        f"{SUITE_LABELS[most]} ({signed(leads[most])} dB), am kleinsten auf {SUITE_LABELS[least]} "
        f"({signed(leads[least])} dB). Sein mittlerer quadratischer Fehler im Loch beträgt "
        f"{percent(10 ** (-gain.value / 10))} des Fehlers, den das Original dort macht. "
        f"{describe_margins(benchmark, 'gruendlich')}"
    )


def _describe_additions(recipe: Mapping) -> str:
    """What ``gruendlich`` has and ``kompakt`` has not, ending in "und "; "" if it is nothing."""
    additions = ""
    if recipe.get("detail"):
        channels, n_blocks = recipe["detail"]
        additions += f"mit {n_blocks} Restblöcken zu {channels} Kanälen in voller Auflösung, "
    if recipe.get("overview"):
        additions += f"mit einem Überblick aus {models.CELLS}×{models.CELLS} Feldern, "
    return additions[:-2] + " und " if additions else ""


def _describe_start(recipe: Mapping) -> str:
    """The trainings that came before the last one, and what the last one taught."""
    parts = []
    if recipe.get("overview"):
        parts.append(
            "Der Überblick sieht das reparierte Bild verkleinert und verbindet jedes Feld mit jedem: Eine zweite "
            "Gaußverteilung sagt, was sie im Loch erwartet und wie unsicher sie ist, und ein voll verbundenes "
            "Netz korrigiert alle Felder auf einmal. Zuletzt lernte nur der Überblick, vor allem an breiten Rändern. "
        )
    earlier = []
    while start := recipe.get("start"):
        missing = "Überblick" if recipe.get("overview") and not start.get("overview") else "diese Blöcke"
        earlier.append(f"ohne {missing} ({number(start['epochs'])} Epochen)")
        recipe = start
    if earlier:
        parts.append(
            f"Das Training setzt das desselben Netzes {' und dieses das '.join(earlier)} fort; die Zahlen der "
            "Schritte und Bilder zählen ab da. "
        )
    return "".join(parts)


def suites_table(benchmark: Benchmark) -> Table:
    """Pooled hole PSNR of every method on every suite; the best of each suite bold."""
    suites = benchmark.question.suites
    rows = [
        [LABELS[method], *(number(benchmark.figures[suite][method][POOLED].value, 2) for suite in suites)]
        for method in benchmark.methods
    ]
    best = [
        (max(range(len(rows)), key=lambda row: _value(benchmark, suite, benchmark.methods[row])), column)
        for column, suite in enumerate(suites, 1)
    ]
    return Table(["Verfahren", *(SUITE_LABELS[suite] for suite in suites)], rows, highlight=best)


def _value(benchmark: Benchmark, suite: str, method: str) -> float:
    return benchmark.figures[suite][method][POOLED].value


def margins_table(benchmark: Benchmark, network: str) -> Table:
    """For each suite the best of all other methods, and by how much the network differs from it."""
    rows = []
    for suite in benchmark.question.suites:
        rival = best_baseline(benchmark, suite)
        rows.append([
            SUITE_LABELS[suite], LABELS[rival],
            quantity(_value(benchmark, suite, rival), 2, "dB"),
            quantity(_value(benchmark, suite, network), 2, "dB"),
            signed(margin(benchmark, suite, network)),
            signed(margin(benchmark, suite, network, "ssim"), 4),
        ])  # fmt: skip
    header = ["Masken", "bestes anderes Verfahren", "sein PSNR", "unser PSNR", "Unterschied (dB)",
              "Unterschied der SSIM"]  # fmt: skip
    return Table(header, rows, "llrrrr")


def signed(estimate: Estimate, digits: int = 2) -> str:
    """A difference with its 95 % interval, every number with its sign."""
    value, low, high = (
        number(x, digits, sign=True) for x in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low}; {high}]"


def describe_margins(benchmark: Benchmark, network: str) -> str:
    """On which suites the network is better or worse than every other method, by paired intervals."""
    margins = {suite: margin(benchmark, suite, network) for suite in benchmark.question.suites}
    better = [SUITE_LABELS[suite] for suite, gap in margins.items() if gap.low > 0]
    worse = [SUITE_LABELS[suite] for suite, gap in margins.items() if gap.high < 0]
    undecided = [SUITE_LABELS[s] for s in margins if SUITE_LABELS[s] not in (*better, *worse)]
    sentences = []
    if better:
        gains = [gap.value for gap in margins.values() if gap.low > 0]
        extent = (
            f"um {quantity(gains[0], 2, 'dB')}"
            if len(gains) == 1
            else f"um {number(min(gains), 2)} bis {quantity(max(gains), 2, 'dB')}"
        )
        where = (
            f"allen {number(len(margins))} Maskensätzen"
            if len(better) == len(margins)
            else f"den Masken {listing(better)}"
        )
        sentences.append(f"Auf {where} ist es nachweislich besser als jedes andere Verfahren, {extent}.")
    if worse:
        sentences.append(f"Unterlegen ist es auf {listing(worse)}.")
    if undecided:
        sentences.append(
            f"Auf {listing(undecided)} enthält das gepaarte Intervall die Null; dort ist kein "
            "Unterschied zum besten anderen Verfahren nachgewiesen."
        )
    return " ".join(sentences)


def semantics_table(benchmark: Benchmark, methods: Sequence[str]) -> Table:
    """How often the classifier finds the class: in true, masked and repaired images."""
    suites = benchmark.question.suites
    names = {TRUE_IMAGES: "wahr", MASKED_IMAGES: "maskiert"} | LABELS
    rows = [
        [names[name], *(percent(benchmark.semantics[suite][name].value) for suite in suites)]
        for name in (TRUE_IMAGES, MASKED_IMAGES, *methods)
    ]
    return Table(["Bild", *(SUITE_LABELS[suite] for suite in suites)], rows)


def describe_semantics(benchmark: Benchmark, network: str, suite: str = "mitte16") -> str:
    """What repairing is worth to the classifier on one suite."""
    shares = benchmark.semantics[suite]
    true, masked, ours = (shares[name].value for name in (TRUE_IMAGES, MASKED_IMAGES, network))
    rival = max(
        (m for m in benchmark.methods if m not in benchmark.own_networks),
        key=lambda method: shares[method].value,
    )
    recovered = (ours - masked) / (true - masked) if true > masked else math.nan
    text = (
        f"Der Klassifikator erkennt {percent(true)} der wahren Bilder. Fehlt die Mitte, sind es "
        f"{percent(masked)}; hat unser Netz sie ergänzt, {percent(ours)}, mit dem besten anderen "
        f"Verfahren ({LABELS[rival]}) {percent(shares[rival].value)}."
    )
    if math.isfinite(recovered):
        verb = "holt" if recovered > 0 else "kostet"
        text += f" Die Ergänzung {verb} damit {percent(abs(recovered), 0)} dessen, was das Loch nahm."
    for other in benchmark.own_networks:
        if other != network:
            text += f" Mit {other} statt {network} erkennt er {percent(shares[other].value)}."
    return text


def describe_hole_sizes(benchmark: Benchmark, network: str) -> str:
    """How quality falls with the size of a square hole, and where the network is ahead."""
    ours = benchmark.hole_sizes[network]
    edges = list(ours)
    others = [m for m in benchmark.methods if m not in benchmark.own_networks]
    gaps = {
        edge: ours[edge].value - max(benchmark.hole_sizes[m][edge].value for m in others)
        for edge in edges
    }
    first, last = edges[0], edges[-1]
    best = max(gaps, key=gaps.get)
    lead = (
        f"Am weitesten vor dem jeweils besten anderen Verfahren liegt es bei {best}×{best} Pixeln "
        f"({number(gaps[best], 2, sign=True)} dB)."
        if gaps[best] > 0
        else "Bei keiner Kantenlänge liegt es vor dem besten anderen Verfahren."
    )
    return (
        f"Von {first}×{first} zu {last}×{last} Pixeln fällt der gepoolte PSNR unseres Netzes von "
        f"{number(ours[first].value, 2)} auf {quantity(ours[last].value, 2, 'dB')}. {lead}"
    )


def describe_classes(benchmark: Benchmark, network: str) -> str:
    """Which class is easiest and which hardest to fill."""
    values = {name: estimate.value for name, estimate in benchmark.classes[network].items()}
    easy, hard = max(values, key=values.get), min(values, key=values.get)
    return (
        f"Am leichtesten fällt unserem Netz die Klasse {easy} ({number(values[easy], 2)} dB), am "
        f"schwersten {hard} ({number(values[hard], 2)} dB)."
    )


def describe_positions(benchmark: Benchmark, network: str) -> str:
    """Error at the border and in the middle of the 8×8 hole, ours and the original's."""
    parts = []
    for method in ("original", network):
        error = np.asarray(benchmark.positions[method])
        inner = error[1:-1, 1:-1]
        border = (error.sum() - inner.sum()) / (error.size - inner.size)
        values = (255 * np.sqrt(part) for part in (border, inner.mean()))
        parts.append([number(value, 1) for value in values])
    return (
        f"Am Rand des Lochs weicht unser Netz um {parts[1][0]} Graustufen ab, im Inneren um "
        f"{parts[1][1]}; beim Original sind es {parts[0][0]} und {parts[0][1]}."
    )


def alt_suites(benchmark: Benchmark, network: str) -> str:
    """Alternative text of a figure of all suites: the network and its best rival on each."""
    parts = []
    for suite in benchmark.question.suites:
        rival = best_baseline(benchmark, suite)
        parts.append(
            f"{SUITE_LABELS[suite]}: {LABELS[network]} {number(_value(benchmark, suite, network), 2)}, "
            f"{LABELS[rival]} {number(_value(benchmark, suite, rival), 2)}"
        )
    return f"Punktdiagramm des gepoolten PSNR im Loch in dB je Maskensatz. {'; '.join(parts)}."


def alt_values(estimates: Mapping[str, Mapping[str, Estimate]], what: str) -> str:
    """Alternative text of a figure with one value a method and point: all of them as numbers."""
    parts = [
        f"{LABELS.get(method, method)}: "
        + ", ".join(f"{point} {number(estimate.value, 2)}" for point, estimate in points.items())
        for method, points in estimates.items()
    ]
    return f"{what}. {'; '.join(parts)}."



def intervals(estimates):
    """Nested mappings with every Estimate turned into (value, low, high), as the figures take it."""
    if isinstance(estimates, Estimate):
        return estimates.value, estimates.low, estimates.high
    return {name: intervals(entry) for name, entry in estimates.items()}


def pooled_by_suite(benchmark: Benchmark) -> dict[str, dict[str, Estimate]]:
    """German name of the suite → method → pooled hole PSNR."""
    return {
        SUITE_LABELS[suite]: {m: of_method[POOLED] for m, of_method in of_suite.items()}
        for suite, of_suite in benchmark.figures.items()
    }


def margins_by_suite(benchmark: Benchmark, network: str) -> dict[str, tuple]:
    """German name of the suite → (network, difference to the best baseline, low, high)."""
    return {
        SUITE_LABELS[suite]: (network, *intervals(margin(benchmark, suite, network)))
        for suite in benchmark.figures
    }


def pooled_by_class(benchmark: Benchmark, methods: Sequence[str]) -> dict[str, dict[str, Estimate]]:
    """German name of the class → method → pooled hole PSNR on quadrat8."""
    return {
        name: {method: benchmark.classes[method][name] for method in methods}
        for name in benchmark.classes[methods[0]]
    }


def gallery(
    truth: np.ndarray, masked: np.ndarray, repaired: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> tuple[dict, dict]:
    """Rows and captions of :func:`inpainting.figures.plot_gallery` from repaired examples.

    Parameters
    ----------
    truth, masked : (N, 32, 32, 3).
    repaired : method → (repaired images, hole PSNR (N,) in dB), as
        :func:`inpainting.benchmark.repair_examples` gives.
    """
    short = {"original": "Original-Netz", "gauss": "Gauß", "biharmonisch": "Biharmonisch",
             "kompakt": "Unser Netz"}  # fmt: skip
    rows = {"Wahres Bild": truth, "Maskiert": masked}
    rows |= {short[method]: images for method, (images, _) in repaired.items()}
    captions = {
        short[method]: [number(value, 1) for value in values]
        for method, (_, values) in repaired.items()
    }
    return rows, captions
