"""Numbers to German: decimal comma, units, and sentences that follow the result.

Nothing here knows a result beforehand: each judgement is decided by the figures handed in.
"""

import html
import math
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inpainting import config
from inpainting.classical import GAUSSIAN, METHODS
from inpainting.data import CLASS_NAMES, Dataset
from inpainting.evaluation import Estimate
from inpainting.masks import SUITES

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
TREND_EPOCHS = 5
"""The end of a training is judged by its last five epochs against the five before."""


# ---------------------------------------------------------------- numbers


def number(value: float, digits: int = 0, sign: bool = False) -> str:
    """German number: decimal comma, narrow spaces from 10 000 on, a true minus sign.

    What is no finite number becomes a dash.
    """
    if not math.isfinite(value):
        return "–"
    value = round(float(value), digits) + 0.0  # no minus before a zero
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    if abs(value) < 10_000:
        text = text.replace(",", "")
    return text.replace(",", NARROW_SPACE).replace(".", ",").replace("-", "−")


def quantity(value: float, digits: int, unit: str) -> str:
    """A number and its unit, kept on one line."""
    return f"{number(value, digits)}{NO_BREAK_SPACE}{unit}"


def percent(fraction: float, digits: int = 1) -> str:
    return quantity(100 * fraction, digits, "%")


def interval(estimate: Estimate, digits: int = 2) -> str:
    """A figure and its 95 % interval, as ``18,68 [18,60; 18,76]``."""
    if np.isnan(estimate.value):
        return "–"
    low, high = (number(end, digits) for end in (estimate.low, estimate.high))
    return f"{number(estimate.value, digits)} [{low}; {high}]"


def listing(words: Sequence[str]) -> str:
    """German enumeration: a, b und c."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} und {words[-1]}"


def duration(seconds: float) -> str:
    """Whole seconds, or minutes from 90 seconds on."""
    if seconds < 90:
        return quantity(seconds, 0, "s")
    return quantity(seconds / 60, 1, "min")


# ---------------------------------------------------------------- tables


@dataclass(frozen=True)
class Table:
    """A table of German text cells.

    Attributes
    ----------
    header : column titles.
    rows : each as long as ``header``.
    align : "l", "r" or "c" for each column; by default the first left, the others right.
    highlight : (row, column) of cells that are set bold.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str = ""
    highlight: Sequence[tuple[int, int]] = field(default_factory=tuple)

    def to_json(self) -> dict:
        return {
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
            "align": self.align or "l" + "r" * (len(self.header) - 1),
            "highlight": [list(cell) for cell in self.highlight],
        }

    def to_html(self) -> str:
        """Plain HTML for JupyterLab; the documents set :meth:`to_json` in their own way."""
        content = self.to_json()
        side = {"l": "left", "r": "right", "c": "center"}
        styles = [f'style="text-align:{side[letter]}"' for letter in content["align"]]

        highlighted = {tuple(cell) for cell in content["highlight"]}

        def row(cells, tag, index=None):
            texts = [html.escape(_unescape(cell)) for cell in cells]
            texts = [
                f"<b>{text}</b>" if (index, column) in highlighted else text
                for column, text in enumerate(texts)
            ]
            parts = zip(styles, texts, strict=True)
            return "".join(f"<{tag} {style}>{text}</{tag}>" for style, text in parts)

        body = "".join(f"<tr>{row(cells, 'td', i)}</tr>" for i, cells in enumerate(content["rows"]))
        head = row(content["header"], "th")
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_markdown(self) -> str:
        """A pipe table, as README files use it."""
        side = {"l": ":--", "r": "--:", "c": ":-:"}
        rule = [side[letter] for letter in self.to_json()["align"]]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in [self.header, rule, *self.rows])

    def to_terminal(self) -> str:
        """Columns of equal width, a line under the header."""
        rows = [[_unescape(cell) for cell in cells] for cells in [self.header, *self.rows]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        pad = {"l": str.ljust, "r": str.rjust, "c": str.center}
        sides = [pad[letter] for letter in self.to_json()["align"]]
        rows.insert(1, ["-" * width for width in widths])
        return "\n".join(
            "  ".join(side(*pair) for side, pair in zip(sides, zip(row, widths), strict=True)).rstrip()
            for row in rows
        )

    def to_text(self) -> str:
        return "\n".join("\t".join(cells) for cells in [self.header, *self.rows])


# ---------------------------------------------------------------- opening


def title(settings: config.Config) -> str:
    """The report's heading: title, authors, date, and whether it stands on the sample."""
    lines = [f"# {_escape(settings.title)}",
             f"{_escape(settings.authors)} · {_escape(settings.date or config.today())}"]  # fmt: skip
    if settings.dataset == config.SAMPLE:
        lines.append(f"**{config.SAMPLE_NOTICE}**")
    return "\n\n".join(lines)


def _escape(text: str) -> str:
    """Take its meaning from every Markdown character of a user's text."""
    return "".join(f"\\{c}" if c in string.punctuation else c for c in text)


def _unescape(markdown: str) -> str:
    return re.sub(rf"\\([{re.escape(string.punctuation)}])", r"\1", markdown)


def describe_environment(versions: Mapping[str, str]) -> str:
    """One sentence on the versions that computed the report."""
    import platform

    names = (("tensorflow", "TensorFlow"), ("keras", "Keras"), ("numpy", "NumPy"),
             ("opencv-python-headless", "OpenCV"), ("scikit-image", "scikit-image"))  # fmt: skip
    used = [f"{name} {versions[package]}" for package, name in names if package in versions]
    return f"Gerechnet wurde mit {listing([f'Python {platform.python_version()}', *used])}."


# ---------------------------------------------------------------- architecture


def caption_architecture(model) -> str:
    return (
        f"Das Netz mit seinen {number(model.count_params())} Parametern. Höhe und Breite der "
        "Blöcke folgen der Auflösung und der Zahl der Kanäle; gelb der Bottleneck."
    )


def alt_architecture(model) -> str:
    """Alternative text of the drawn network, from its tensors' sizes."""
    shapes = _shapes(model)
    first, narrowest, last = shapes[0], min(shapes, key=np.prod), shapes[-1]
    return (
        f"Das Netz als Kette von {len(shapes)} Blöcken, verbunden durch Pfeile für die Schichten. "
        f"Der Encoder verkleinert das Bild von {first[0]} auf {narrowest[0]} Pixel Kantenlänge, der "
        f"Bottleneck hat {narrowest[2]} Kanäle, und der Decoder vergrößert ihn wieder auf "
        f"{last[0]} Pixel mit {last[2]} Kanälen."
    )


def describe_architecture(model) -> str:
    """How far the network compresses, and where its parameters sit; from the model itself."""
    shapes = _shapes(model)
    narrowest = min(shapes, key=np.prod)
    ratio = np.prod(shapes[0]) / np.prod(narrowest)
    counts = [layer.count_params() for layer in model.layers]
    largest = int(np.argmax(counts))
    return (
        f"Der Bottleneck hält {_size(narrowest)} = {number(np.prod(narrowest))} Zahlen, "
        f"{number(1 / ratio, 2)}-mal so viele wie das Bild ({_size(shapes[0])} = "
        f"{number(np.prod(shapes[0]))}). Von den {number(model.count_params())} Parametern stecken "
        f"{number(counts[largest])} in der {_ordinal(largest, model)} Faltung."
    )


def _ordinal(index: int, model) -> str:
    convolutions = [i for i, layer in enumerate(model.layers) if layer.count_params()]
    words = ("ersten", "zweiten", "dritten", "vierten", "fünften", "sechsten")
    return words[convolutions.index(index)]


def _shapes(model) -> list[tuple]:
    return [model.input_shape[1:], *(layer.output.shape[1:] for layer in model.layers)]


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


# ---------------------------------------------------------------- data


def describe_split(dataset: Dataset) -> str:
    """One sentence on the sizes of the three splits."""
    sizes = [number(len(part)) for part in (dataset.train, dataset.validation, dataset.test)]
    return (
        f"Dieser Lauf trainiert auf {sizes[0]} Bildern, entscheidet auf {sizes[1]} "
        f"Validierungsbildern und misst auf {sizes[2]} Testbildern, die kein Training und keine "
        "Auswahl berührt haben."
    )


def caption_examples(size: int) -> str:
    return (
        "Die ersten zehn Trainingsbilder mit ihren Klassen, oben vollständig, unten maskiert: "
        f"Ein Quadrat von {size}×{size} Pixeln ist auf Schwarz gesetzt."
    )


# ---------------------------------------------------------------- training


@dataclass(frozen=True)
class TrainingVerdict:
    """How a training went, decided by its history.

    Attributes
    ----------
    still_falling : the best epoch is among the last five, and their mean validation loss is
        lower than that of the five before by more than one per cent of the distance to the floor.
    rising : that mean is higher than that of the five before by more than the same.
    overfitted : the last three validation losses all stand above the best by more than one per
        cent of that distance, and the training loss went on falling.
    excess : best validation loss above the floor, as a fraction of the floor.
    improvement : fall of the validation loss over the last five epochs, in nat.
    """

    still_falling: bool
    rising: bool
    overfitted: bool
    excess: float
    improvement: float


def judge_training(loss: Sequence[float], val_loss: Sequence[float], floor: float) -> TrainingVerdict:
    """Judge a training by its losses.

    Parameters
    ----------
    loss, val_loss : per epoch, in nat; epochs without finite losses do not count.
    floor : entropy floor of the validation images, in nat.
    """
    finite = [pair for pair in zip(loss, val_loss, strict=True) if all(map(math.isfinite, pair))]
    if not finite:
        return TrainingVerdict(False, False, False, math.inf, 0.0)
    loss, val_loss = zip(*finite, strict=True)
    best = int(np.argmin(val_loss))
    threshold = 0.01 * max(val_loss[best] - floor, 1e-9)
    late = np.mean(val_loss[-TREND_EPOCHS:])
    before = np.mean(val_loss[-2 * TREND_EPOCHS : -TREND_EPOCHS] or val_loss[:1])
    still_falling = before - late > threshold and best >= len(val_loss) - TREND_EPOCHS
    after = val_loss[best + 1 :]
    risen = len(after) >= 3 and min(after[-3:]) - val_loss[best] > threshold
    return TrainingVerdict(
        still_falling=bool(still_falling),
        rising=bool(late - before > threshold),
        overfitted=bool(risen and not still_falling and loss[-1] < loss[best]),
        excess=float(val_loss[best] / floor - 1),
        improvement=float(before - late),
    )


def describe_training(
    history, floors: Mapping[str, float], max_epochs: int, patience: int
) -> str:
    """Interpret the loss curves.

    Parameters
    ----------
    history : a ``training.History``.
    floors : "Training" and "Validierung" → entropy floor of those images, in nat.
    """
    floor = floors["Validierung"]
    verdict = judge_training(history.loss, history.val_loss, floor)
    ends = {
        "epochs": f"Das Training lief über alle {max_epochs} Epochen, ohne dass das frühe "
        "Stoppen eingriff.",
        "patience": f"Das Training endete nach Epoche {history.n_epochs} von höchstens "
        f"{max_epochs}, weil der Validierungsverlust {patience} Epochen lang nicht mehr sank.",
        "nan": f"Das Training brach in Epoche {history.n_epochs} ab, weil der Verlust keine "
        "endliche Zahl mehr war; verwendet werden die Gewichte davor.",
    }
    if not history.best_epoch:
        return f"{ends['nan']} Alle Ergebnisse dieses Netzes sind die eines untrainierten."
    if verdict.still_falling:
        trend = (
            "Die Kurve fällt am Ende noch: Das Mittel der letzten fünf Epochen liegt um "
            f"{number(verdict.improvement, 5)} nat unter dem der fünf davor. Längeres Training "
            "hätte den Verlust weiter gesenkt."
            if history.n_epochs >= 2 * TREND_EPOCHS
            else "Die Kurve fällt am Ende noch; längeres Training hätte den Verlust weiter gesenkt."
        )
    elif verdict.rising:
        trend = "Am Ende steigt die Kurve wieder; längeres Training hätte nicht geholfen."
    else:
        trend = "Am Ende ist die Kurve flach; längeres Training hätte den Verlust kaum gesenkt."
    fit = (
        "Nach dem Bestwert steigt der Validierungsverlust, während der Trainingsverlust weiter "
        "fällt: Das Netz ist überangepasst, und das frühe Stoppen wählt zu Recht die älteren "
        "Gewichte."
        if verdict.overfitted
        else "Trainings- und Validierungsverlust laufen nebeneinander her; eine Überanpassung "
        "zeigt sich nicht."
    )
    course = "" if history.stopped == "nan" else f"{trend} {fit} "
    if history.n_epochs == 1:
        course = "Aus einer einzigen Epoche lässt sich kein Verlauf ablesen. "
    if history.val_loss[-1] < history.loss[-1] and floor < floors["Training"]:
        course += (
            "Dass die Validierung unter dem Training verläuft, liegt an den Bildern: Ihre "
            f"Untergrenze ist um {number(floors['Training'] - floor, 4)} nat niedriger. "
        )
    return (
        f"{ends[history.stopped]} Der beste Validierungsverlust ist "
        f"{quantity(history.best_val_loss, 5, 'nat')} in Epoche {history.best_epoch}. {course}"
        f"Entscheidend ist der Abstand zur Untergrenze: Die Validierungsbilder haben, mit sich "
        f"selbst verglichen, bereits {quantity(floor, 4, 'nat')}; das beste Modell liegt "
        f"{percent(verdict.excess)} darüber. Der größte Teil des Verlustes ist also unvermeidlich, "
        "und die Kurve verrät kaum, wie gut die Löcher gefüllt sind."
    )


def alt_losses(history, floor: float) -> str:
    return (
        f"Liniendiagramm über {history.n_epochs} Epochen: Der Trainingsverlust geht von "
        f"{number(history.loss[0], 4)} auf {number(history.loss[-1], 4)} nat, der "
        f"Validierungsverlust von {number(history.val_loss[0], 4)} auf "
        f"{number(history.val_loss[-1], 4)} nat; darunter gestrichelt die Entropie der Bilder bei "
        f"{number(floor, 4)} nat."
    )


def describe_origin(trained) -> str:
    """Say whether a network was trained in this run or comes from the store, and how long it took."""
    record = trained.record
    seconds = duration(record["seconds"])
    hardware = record["hardware"]
    if not trained.from_store:
        return f"Das Netz wurde in diesem Lauf trainiert, in {seconds}."
    year, month, day = record["trained_at"][:10].split("-")
    date = f"{int(day)}. {config.MONTHS[int(month) - 1]} {year}"
    return (
        f"Das Netz stammt aus dem Modellspeicher. Es wurde am {date} mit denselben Parametern "
        f"auf denselben Daten trainiert, in {seconds} auf {hardware['n_cores']} Kernen "
        f"({hardware['processor']})."
    )


def describe_seeds(rows: Sequence[Mapping]) -> str:
    """What the choice of the seed is worth, from the committed study on all of CIFAR-10.

    Parameters
    ----------
    rows : of ``benchmarks/original_recipe.py``: one training each, "ours" or "theirs".
    """
    ours, theirs = (
        [row for row in rows if row["way"] == way] for way in ("ours", "theirs")
    )
    seeds = listing([str(row["seed"]) for row in ours])
    values = listing([quantity(row["hole_psnr_mean"], 2, "dB") for row in ours])
    gap = np.mean([row["val_loss"] for row in ours]) - np.mean([row["val_loss"] for row in theirs])
    return (
        "Was der Zufall des Trainings ausmacht, haben wir getrennt von diesem Lauf auf dem ganzen "
        f"Datensatz gemessen: Die Startwerte {seeds} ergeben im Loch {values}. Der beste "
        f"Validierungsverlust liegt im Mittel {quantity(abs(gap), 5, 'nat')} "
        f"{'über' if gap > 0 else 'unter'} dem, den das Rezept des Originals auf derselben "
        "Aufteilung erreicht."
    )


# ---------------------------------------------------------------- results

LABELS = {name: label for name, (label, _) in METHODS.items()} | {
    GAUSSIAN[0]: GAUSSIAN[1],
    "original": "Original (Sigmoid)",
    "original_relu": "Entwurf (ReLU)",
    "kompakt": "Unser Netz (kompakt)",
    "gruendlich": "Unser Netz (gründlich)",
}
"""Method → German name in tables and figures."""


def benchmark_table(
    summaries: Mapping[str, Mapping[str, Estimate]],
) -> Table:
    """Table of every method's figures with 95 % intervals, best values bold.

    Parameters
    ----------
    summaries : method → figure → Estimate, as :func:`inpainting.evaluation.summarise` gives.
    """
    columns = (
        ("hole_psnr_pooled", "Loch-PSNR gepoolt (dB)", 2, max),
        ("hole_psnr_mean", "Loch-PSNR Mittel (dB)", 2, max),
        ("image_psnr", "Bild-PSNR (dB)", 2, max),
        ("ssim", "SSIM", 4, max),
    )
    rows = [
        [LABELS[method], *(interval(figures[key], digits) for key, _, digits, _ in columns)]
        for method, figures in summaries.items()
    ]
    highlight = []
    for column, (key, _, _, better) in enumerate(columns, 1):
        values = [figures[key].value for figures in summaries.values()]
        highlight.append((values.index(better(values)), column))
    return Table(["Verfahren", *(title for _, title, _, _ in columns)], rows, highlight=highlight)


def read_figures(metrics: Mapping, suite: str) -> dict[str, dict[str, Estimate]]:
    """The figures of one suite from a run's ``metrics.json``, in the order of ``LABELS``."""
    stored = metrics["figures"][suite]
    return {
        method: {
            key: Estimate(**{k: np.nan if v is None else v for k, v in estimate.items()})
            for key, estimate in stored[method].items()
        }
        for method in LABELS
        if method in stored
    }


def read_all_figures(metrics: Mapping) -> dict[str, dict[str, dict[str, Estimate]]]:
    """The figures of every suite from a run's ``metrics.json``: the benchmark's six, then others."""
    order = {suite: i for i, suite in enumerate(SUITES)}
    suites = sorted(metrics["figures"], key=lambda suite: order.get(suite, len(order)))
    return {suite: read_figures(metrics, suite) for suite in suites}


def summary_table(summaries: Mapping[str, Mapping[str, Estimate]]) -> Table:
    """The short table of the Executive Summary: hole PSNR alone, best method first."""
    keys = ("hole_psnr_pooled", "hole_psnr_mean")
    order = sorted(summaries, key=lambda method: -summaries[method][keys[0]].value)
    rows = [[LABELS[m], *(interval(summaries[m][key]) for key in keys)] for m in order]
    return Table(["Verfahren", "gepoolt (dB)", "Mittel je Bild (dB)"], rows)


def describe_ranking(differences: Mapping[str, Estimate], name: str) -> str:
    """Say which methods are better and worse than one network, by paired intervals.

    Parameters
    ----------
    differences : method → hole PSNR of the method minus that of the network, in dB.
    name : German name of the network, with article.
    """
    better = [m for m, d in differences.items() if d.low > 0]
    worse = [m for m, d in differences.items() if d.high < 0]
    open_ones = [m for m in differences if m not in better and m not in worse]

    def named(methods):
        return listing([
            f"{LABELS[m]} (um {quantity(abs(differences[m].value), 2, 'dB')})" for m in methods
        ])  # fmt: skip

    parts = []
    if better:
        parts.append(f"Die Löcher füllen besser als {name}: {named(better)}.")
    if worse:
        parts.append(f"Schlechter füllen: {named(worse)}.")
    if open_ones:
        parts.append(
            f"Nicht zu unterscheiden, weil das gepaarte Intervall die Null enthält: "
            f"{named(open_ones)}."
        )
    return " ".join(parts)


def describe_own_network(
    figures: Mapping[str, Estimate], differences: Mapping[str, Estimate], n_parameters: int
) -> str:
    """Set the project's own network against all other methods.

    Parameters
    ----------
    figures : of the network.
    differences : method → mean hole PSNR of the method minus that of the network, paired, in dB.
    n_parameters : of the network.
    """
    rival = max(differences, key=lambda method: differences[method].value)
    gap = Estimate(*(-x for x in (differences[rival].value, differences[rival].high, differences[rival].low)))
    if gap.low > 0:
        verdict = f"und übertrifft jedes andere Verfahren; das nächste, {LABELS[rival]}, um {interval(gap)} dB."
    elif gap.high < 0:
        verdict = f"und bleibt {interval(Estimate(-gap.value, -gap.high, -gap.low))} dB unter {LABELS[rival]}."
    else:
        verdict = (
            f"und ist von {LABELS[rival]} nicht zu unterscheiden (Abstand {interval(gap)} dB)."
        )
    return (
        f"Unser eigenes Netz mit {number(n_parameters)} Parametern erreicht im Mittel "
        f"{quantity(figures['hole_psnr_mean'].value, 2, 'dB')}, gepoolt "
        f"{quantity(figures['hole_psnr_pooled'].value, 2, 'dB')}, {verdict}"
    )


def best_method(figures: Mapping[str, Mapping[str, Estimate]]) -> str:
    """The method with the highest mean hole PSNR, and its value."""
    key = "hole_psnr_mean"
    best = max(figures, key=lambda method: figures[method][key].value)
    return f"{LABELS[best]}, {quantity(figures[best][key].value, 2, 'dB')}"


def conclusion(differences: Mapping[str, Estimate]) -> str:
    """One sentence: how the original's network stands against the methods without one."""
    n_better = sum(difference.low > 0 for difference in differences.values())
    if not n_better:
        return "Kein Vergleichsverfahren füllt die Löcher nachweislich besser als das Netz"
    verb = "füllt" if n_better == 1 else "füllen"
    return (
        f"{number(n_better)} von {number(len(differences))} Vergleichsverfahren {verb} die Löcher "
        "nachweislich besser als das Netz"
    )


PUBLISHED_HOLE_PSNR = 18.68
"""Hole PSNR (mean, dB) of the weights that the original published; cited, not measured here."""


def compare_with_published(figures: Mapping[str, Estimate], dataset: Dataset) -> str:
    """Set the retrained original beside the published weights, which are not part of the project."""
    if dataset.is_sample:
        return (
            "Ein Vergleich mit den veröffentlichten Gewichten "
            f"({quantity(PUBLISHED_HOLE_PSNR, 2, 'dB')} im Mittel [@manser2025]) verbietet sich: "
            "Dieser Lauf kennt nur die Stichprobe."
        )
    gap = figures["hole_psnr_mean"].value - PUBLISHED_HOLE_PSNR
    return (
        f"Die veröffentlichten Gewichte erreichen {quantity(PUBLISHED_HOLE_PSNR, 2, 'dB')} im "
        f"Mittel [@manser2025]; unser Nachbau liegt {quantity(abs(gap), 2, 'dB')} "
        f"{'darüber' if gap > 0 else 'darunter'}. Ganz gleich sind die Bedingungen nicht: Das "
        f"Original lernte auf allen 50{NARROW_SPACE}000 Trainingsbildern, und sein Protokoll stammt "
        f"aus einem fortgesetzten Training; wir lernen auf {number(len(dataset.train))} Bildern in "
        "einem Lauf."
    )


def describe_compositing(shown: Mapping[str, Estimate], composited: Mapping[str, Estimate]) -> str:
    """How much of the whole-image error comes from redrawn known pixels."""
    gain = composited["image_psnr"].value - shown["image_psnr"].value
    return (
        f"Zeigt man die Ausgabe des Netzes so, wie sie ist, erreicht das ganze Bild "
        f"{quantity(shown['image_psnr'].value, 2, 'dB')}; setzt man die bekannten Pixel wieder "
        f"ein, sind es {quantity(composited['image_psnr'].value, 2, 'dB')}, also "
        f"{number(gain, 2, sign=True)}{NO_BREAK_SPACE}dB, ohne dass sich im Loch etwas änderte."
    )


def describe_seam_and_blur(figures: Mapping[str, Estimate]) -> str:
    """Judge seam and sharpness of a network's fill, which the original only claimed."""
    seam, sharpness = figures["seam_ratio"], figures["sharpness"]
    if seam.low > 1:
        edge = "am Lochrand springt die Helligkeit also stärker als im wahren Bild"
    elif seam.high < 1:
        edge = "am Lochrand verläuft das Bild also glatter als in Wahrheit"
    else:
        edge = "der Rand fällt im Mittel also weder durch Kanten noch durch Glätte auf"
    return (
        f"Das Nahtverhältnis ist {interval(seam)} (1 wäre natürlich): {edge}. Die Schärfe im Loch "
        f"beträgt {interval(sharpness)} der wahren Schärfe"
        + (": Die Füllung ist deutlich verwaschen." if sharpness.high < 0.8 else ".")
    )


def caption_benchmark(suite: str, n_images: int) -> str:
    return (
        f"Verfahren auf {number(n_images)} Testbildern mit den Masken „{suite}“, zusammengesetzt, "
        "mit 95-%-Intervall; der beste Wert jeder Spalte fett."
    )


def alt_methods(summaries: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Alternative text of :func:`inpainting.figures.plot_methods`: every method and its value."""
    key = "hole_psnr_mean"
    order = sorted(summaries, key=lambda method: -summaries[method][key].value)
    values = [f"{LABELS[m]} {number(summaries[m][key].value, 2)}" for m in order]
    return f"Punktdiagramm des PSNR im Loch in dB, absteigend: {'; '.join(values)}."


def alt_times(milliseconds: Mapping[str, float]) -> str:
    """Alternative text of quality against time: the time of every method, fastest first."""
    order = sorted(milliseconds, key=milliseconds.get)
    values = [f"{LABELS[m]} {number(milliseconds[m], 2)}" for m in order]
    return f"Punktdiagramm der Güte gegen die Zeit je Bild in Millisekunden: {'; '.join(values)}."


def alt_reconstructions(labels: np.ndarray, predictions: np.ndarray, images: np.ndarray) -> str:
    """Alternative text of the reconstructions; images are floats in [0, 1]."""
    names = [CLASS_NAMES[label] for label in labels]
    error = 255 * float(np.abs(np.clip(predictions, 0, 1) - images).mean())
    return (
        f"Drei Reihen zu zehn Bildern ({', '.join(names)}). In der dritten Reihe, der Ausgabe des "
        f"Netzes, weicht jedes Pixel im Mittel um {number(error, 1)} von 255 Graustufen ab."
    )


def alt_error_map(error: np.ndarray) -> str:
    """Alternative text of :func:`inpainting.figures.plot_error_map`."""
    low, high = (255 * np.sqrt(end) for end in (error.min(), error.max()))
    return (
        f"Farbkarte von {len(error)} mal {len(error)} Feldern: Fehler zwischen {number(low, 1)} und "
        f"{number(high, 1)} von 255 Graustufen."
    )


def describe_error_map(error: np.ndarray) -> str:
    """Compare the error at the hole's border with that in its middle."""
    if len(error) < 3:
        return "Das Loch ist zu klein, um Rand und Mitte zu unterscheiden."
    inner = error[1:-1, 1:-1]
    border = (error.sum() - inner.sum()) / (error.size - inner.size)
    at_border, in_middle = (255 * np.sqrt(part) for part in (border, inner.mean()))
    relation = "größer" if in_middle > at_border else "kleiner"
    return (
        f"In der Mitte des Lochs ist er mit {number(in_middle, 1)} Graustufen {relation} als am Rand "
        f"mit {number(at_border, 1)}."
        + (" Je weiter das nächste bekannte Pixel, desto weniger ist über den Inhalt bekannt."
           if in_middle > at_border else "")
    )  # fmt: skip


def defects_table(
    figures: Mapping[str, Mapping[str, Estimate]],
    as_shown: Mapping[str, Estimate],
    excess: float,
) -> Table:
    """The original's ten defects, what each cost where this run measured it, and the remedy.

    Parameters
    ----------
    figures : method → figure → Estimate, "original" and "original_relu" among them.
    as_shown : figures of the original's uncomposited output.
    excess : best validation loss above the entropy floor, as a fraction of the floor.
    """
    key = "hole_psnr_mean"
    draft = figures["original_relu"][key].value - figures["original"][key].value
    redraw = as_shown["image_psnr"].value - figures["original"]["image_psnr"].value
    rows = (
        ("Nicht von oben nach unten ausgeführt; eine Variable fehlt, die Trainingszelle auch",
         "nicht wiederholbar", "läuft kopflos, von oben nach unten, in jedem Test"),
        ("Text: neue Masken je Epoche. Code: einmal gezogen", "Text und Ergebnis passen nicht zusammen",
         "als feste Masken nachgebaut und so benannt"),
        ("Obere Grenze der Lage ausgeschlossen", "letzte Zeile und Spalte nie im Loch",
         "im Training nachgebaut, in der Messung behoben"),
        ("Masken in einer Python-Schleife", "langsam", "vektorisiert, aus einem Zufallsgenerator"),
        ("Das Netz erfährt nicht, wo das Loch ist", "Schwarz und Fehlend sehen gleich aus",
         "unverändert; gemessen in @tab:benchmark"),
        ("ReLU am Ausgang unter Kreuzentropie (Entwurf); Verlust auch auf bekannten Pixeln",
         f"Entwurf gegen Sigmoid: {number(draft, 2, sign=True)} dB im Loch", "beide Fassungen trainiert"),
        ("Bekannte Pixel werden neu gezeichnet", f"ganzes Bild: {number(redraw, 2, sign=True)} dB",
         "zusammengesetzt gemessen, beide Werte genannt"),
        ("Testbilder steuern das Stoppen", "kein unberührter Test", "eigene Validierungsbilder"),
        ("Kein Startwert, kein Maß, kein Vergleich; feste Sätze zum Ergebnis",
         f"Verlust nur {percent(excess)} über einer unerkannten Untergrenze",
         "Startwerte, Maße mit Intervallen, Vergleich; Sätze folgen den Zahlen"),
        ("Zitate von Hand, Abbildungen ohne Nummer und Alternativtext", "nicht prüfbar",
         "Literatur, Nummern und Verweise werden erzeugt und geprüft"),
    )  # fmt: skip
    numbered = [(str(i), *row) for i, row in enumerate(rows, 1)]
    return Table(("Nr.", "Mangel", "Folge", "Hier"), numbered, "rlll")


# ---------------------------------------------------------------- summary


def executive_summary(
    dataset: Dataset,
    n_parameters: int,
    history,
    figures: Mapping[str, Mapping[str, Estimate]],
    differences: Mapping[str, Estimate],
    versions: Mapping[str, str],
    own: str,
) -> str:
    """The five points of the Executive Summary, from this run's results.

    Parameters
    ----------
    n_parameters : of the original network.
    history : training history of the original network.
    figures : method → figure → Estimate; "original" and the baselines among them.
    differences : method → hole PSNR minus that of the original network, paired, in dB.
    versions : package → version.
    own : the sentence on the project's own network, of :func:`describe_own_network`.
    """
    original = figures["original"]
    best = max(differences, key=lambda method: figures[method]["hole_psnr_mean"].value)
    n_better = sum(difference.low > 0 for difference in differences.values())
    part = "die mitgelieferte Stichprobe von" if dataset.is_sample else "das ganze"
    gap = differences[best]
    comparison = (
        f"Von {number(len(differences))} Vergleichsverfahren "
        f"{'füllt' if n_better == 1 else 'füllen'} {number(n_better)} die Löcher nachweislich "
        f"besser; das beste, {LABELS[best]}, um {quantity(gap.value, 2, 'dB')}."
        if n_better
        else "Keines der Vergleichsverfahren füllt die Löcher nachweislich besser."
    )
    notice = f"**{config.SAMPLE_NOTICE}**\n\n" if dataset.is_sample else ""
    return notice + "\n".join([
        f"- **Datensatz.** Wir verwenden {part} CIFAR-10 [@krizhevsky2009]: Farbbilder von "
        f"32×32 Pixeln aus zehn Klassen, davon {number(len(dataset.train))} zum Trainieren, "
        f"{number(len(dataset.validation))} zum Auswählen und {number(len(dataset.test))} zum Messen.",
        f"- **Methode.** Ein Faltungs-Autoencoder mit {number(n_parameters)} Parametern lernt, ein quadratisches Loch aus seiner Umgebung zu "
        "schließen. Wir bauen den Bericht von 2025 [@manser2025] nach, messen sein Netz gegen Verfahren "
        "ohne neuronales Netz, mit Intervallen über die Bilder, und stellen ihm ein eigenes gegenüber, "
        "das seine Mängel behebt.",
        f"- **Software.** Python, Keras {versions['keras']} auf TensorFlow {versions['tensorflow']}, "
        "NumPy, OpenCV, scikit-image; das Notebook läuft parametrisiert mit papermill.",
        f"- **Ergebnisse.** Das Netz erreicht im Loch {interval(original['hole_psnr_mean'])} dB "
        f"(Mittel über die Testbilder, 95-%-Intervall) und gepoolt "
        f"{quantity(original['hole_psnr_pooled'].value, 2, 'dB')}; das ganze zusammengesetzte Bild "
        f"{quantity(original['image_psnr'].value, 2, 'dB')}. {comparison} {own} @tab:kurz stellt die Netze neben die Verfahren, @tab:benchmark nennt alle Maße.",
        "- **Herausforderungen.** Die Kreuzentropie des Originals verdeckt den Fehler: Ihr bestes "
        f"Modell (Epoche {history.best_epoch}) liegt über einer Untergrenze, die die Bilder "
        "selbst vorgeben. Das Netz erfährt nicht, wo das Loch ist, zeichnet bekannte Pixel unscharf "
        "nach, und bei mehreren möglichen Inhalten mittelt es.",
    ])  # fmt: skip
