"""Numbers to German: decimal comma, units, names of methods and figures, tables of text.

The bottom of the German room: everything above writes its sentences with what stands here.
"""

import html
import math
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inpainting import config
from inpainting.masks import SUITES
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import SAMPLED, WITHOUT_NETWORK
from inpainting.training import recipes

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


# ---------------------------------------------------------------- names

LABELS = {
    "mittelwert": "Mittlere Farbe",
    "telea": "Telea",
    "navier_stokes": "Navier–Stokes",
    "biharmonisch": "Biharmonisch",
    "gauss": "Gauß-Vorhersage",
    "gauss_vorschlag": "Gauß, Vorschlag",
    "nachbar": "Bestes Trainingsbild",
    "prior": "Gauß-Vorfüllung allein",
    "original": "Netz von 2025",
    "original_relu": "Netz von 2025 (ReLU)",
    "kompakt": "kompakt",
    "kompakt_vorschlag": "kompakt, Vorschlag",
    "gruendlich": "gründlich",
    "gruendlich_vorschlag": "gründlich, Vorschlag",
}
"""Method → German name in tables and figures, in the tables' order."""

OURS = tuple(recipes.OWN)
"""The project's networks, the smaller first."""

OLD = ("original", "original_relu")
"""The network of 2025 with its two outputs."""

GROUPS = {"ohne Netz": WITHOUT_NETWORK, "2025": OLD, "unser": ()}
"""Groups of the tables → their methods; whatever is in no other group is ours."""

SUITE_LABELS = {
    "quadrat8": "Quadrat 8×8",
    "mitte16": "Mitte 16×16",
    "linien": "Linien",
    "freiform": "Freiform",
    "pixel50": "Pixel 50 %",
    "haelfte": "Hälfte",
}
"""Suite → German name in tables and figures."""

POOLED, MEAN, SSIM = "hole_psnr_pooled", "hole_psnr_mean", "ssim"


class Figure(NamedTuple):
    """How a measured figure is called and printed: German name, unit, digits, and which end is better."""

    name: str
    unit: str
    digits: int
    better: str


FIGURES = {
    POOLED: Figure("PSNR im Loch, gepoolt", "dB", 2, "high"),
    MEAN: Figure("PSNR im Loch, Mittel je Bild", "dB", 2, "high"),
    "hole_mae": Figure("Fehler im Loch", "Graustufen", 1, "low"),
    SSIM: Figure("SSIM", "", 4, "high"),
    "image_psnr": Figure("PSNR des ganzen Bildes", "dB", 2, "high"),
    "seam_ratio": Figure("Naht", "", 2, "one"),
    "sharpness": Figure("Schärfe", "", 2, "one"),
}
"""Key of a figure → its German :class:`Figure`."""


def label(method: str) -> str:
    """The German name of a method; a foreign one keeps its own."""
    return LABELS.get(method, method)


def called(method: str) -> str:
    """The name of a method inside a sentence, without article: our networks in quotation marks."""
    if method.removesuffix(SAMPLED) in OURS:
        network = f"„{label(method.removesuffix(SAMPLED))}“"
        return f"ein Vorschlag von {network}" if method.endswith(SAMPLED) else network
    inside = {
        "mittelwert": "die mittlere Farbe",
        "biharmonisch": "die biharmonische Fläche",
        "gauss": "die Gauß-Vorhersage",
        "gauss_vorschlag": "ein Gauß-Vorschlag",
        "nachbar": "das beste Trainingsbild",
        "prior": "die Gauß-Vorfüllung allein",
        "original": "das Netz von 2025",
        "original_relu": "das Netz von 2025 mit ReLU",
    }
    return inside.get(method, label(method))


def in_one_line(heading: str) -> str:
    """A column's heading in one line: a word that was divided at its hyphen is whole again."""
    return " ".join(heading.replace("-\n", "-").split())


def suite_label(suite: str) -> str:
    """The German name of a suite, ``quadratN`` among them."""
    if match := re.fullmatch(r"quadrat(\d+)", suite):
        return f"Quadrat {match[1]}×{match[1]}"
    return SUITE_LABELS.get(suite, suite)


def dative(method: str) -> str:
    """The name of a method behind "gegenüber" or "von"."""
    text = called(method)
    if text.startswith("das "):
        return "dem " + text[4:].replace("beste ", "besten ")
    if text.startswith("die "):
        return "der " + text[4:].replace("mittlere ", "mittleren ").replace(
            "biharmonische ", "biharmonischen "
        )
    return text.replace("ein Vorschlag", "einem Vorschlag").replace("ein Gauß", "einem Gauß")


def accusative(method: str) -> str:
    """The name of a method behind "gegen"."""
    return called(method).replace("ein Vorschlag", "einen Vorschlag").replace("ein Gauß", "einen Gauß")


def suite_names(suites: Iterable[str]) -> str:
    """Several suites as ``Linien und Hälfte``."""
    return listing([suite_label(suite) for suite in suites])


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


def signed(estimate: Estimate, digits: int = 2) -> str:
    """A difference with its 95 % interval, every number with its sign.

    Where rounding would hide on which side of zero a number lies, all have one or two digits more.
    """
    ends, most = (estimate.value, estimate.low, estimate.high), digits + 2
    while digits < most and any(x and not round(x, digits) for x in ends if math.isfinite(x)):
        digits += 1
    value, low, high = (number(x, digits, sign=True) for x in ends)
    return f"{value} [{low}; {high}]"


def count(n: int, one: str, many: str, feminine: bool = False) -> str:
    """A number and its noun: up to twelve in words, as ``drei Bilder``, ``eine Stufe``."""
    if feminine and n < 2:
        return f"eine {one}" if n else f"keine {many}"
    return f"{('kein', 'ein')[n] if n < 2 else in_words(n)} {one if n == 1 else many}"


def in_words(n: int, one: str = "eines") -> str:
    """A number without its noun, up to twelve in words, as ``eines``, ``drei``, ``15``."""
    words = f"keines {one} zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
    return words[n] if n < len(words) else number(n)


def upper(text: str) -> str:
    """A sentence's first letter as a capital."""
    return text[:1].upper() + text[1:]


def german_date(timestamp: str) -> str:
    """The day of an ISO timestamp, as ``23. November 2026``."""
    year, month, day = timestamp[:10].split("-")
    return f"{int(day)}. {config.MONTHS[int(month) - 1]} {year}"


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


def best_rows(rows: Sequence[Sequence[str]], column: int, worths: Sequence[float]) -> list[tuple[int, int]]:
    """The cells of a column to be set bold: the best, and whatever prints the same number as it.

    Parameters
    ----------
    worths : how good each row is, the larger the better; NaN never is.
    """
    known = [i for i, worth in enumerate(worths) if not math.isnan(worth)]
    if not known:
        return []
    best = rows[max(known, key=lambda i: worths[i])][column]

    def printed(text: str) -> str:
        return text.split(" ", 1)[0]

    return [(i, column) for i in known if printed(rows[i][column]) == printed(best)]


def escape(text: str) -> str:
    """Take its meaning from every Markdown character of a user's text."""
    return "".join(f"\\{c}" if c in string.punctuation else c for c in text)


def _unescape(markdown: str) -> str:
    return re.sub(rf"\\([{re.escape(string.punctuation)}])", r"\1", markdown)


# ---------------------------------------------------------------- a run's figures


def benchmark_table(figures: Mapping[str, Mapping[str, Estimate]]) -> Table:
    """Every method's figures on one suite with 95 % intervals, best values bold.

    Parameters
    ----------
    figures : method → figure → Estimate, as :func:`inpainting.measuring.evaluation.summarise` gives.
    """
    keys = (POOLED, MEAN, "image_psnr", SSIM)
    rows = [
        [label(method), *(interval(of_method[key], FIGURES[key].digits) for key in keys)]
        for method, of_method in figures.items()
    ]
    highlight = []
    for column, key in enumerate(keys, 1):
        highlight += best_rows(rows, column, [of_method[key].value for of_method in figures.values()])
    names = [FIGURES[key].name + (f" ({FIGURES[key].unit})" if FIGURES[key].unit else "") for key in keys]
    return Table(["Verfahren", *names], rows, highlight=highlight)


def read_figures(metrics: Mapping, suite: str) -> dict[str, dict[str, Estimate]]:
    """The figures of one suite from a run's ``metrics.json``, in the order of ``LABELS``.

    Raises
    ------
    KeyError, TypeError or ValueError
        If they have another form, or no method is known.
    """
    stored = metrics["figures"][suite]
    figures = {
        method: {
            key: Estimate(**{k: np.nan if v is None else v for k, v in estimate.items()})
            for key, estimate in stored[method].items()
        }
        for method in LABELS
        if method in stored
    }
    if not figures:
        raise ValueError(f"no known method in {suite}")
    return figures


def read_all_figures(metrics: Mapping) -> dict[str, dict[str, dict[str, Estimate]]]:
    """The figures of every suite from a run's ``metrics.json``: the benchmark's six, then others."""
    order = {suite: i for i, suite in enumerate(SUITES)}
    suites = sorted(metrics["figures"], key=lambda suite: order.get(suite, len(order)))
    return {suite: read_figures(metrics, suite) for suite in suites}
