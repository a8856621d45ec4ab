"""The committed report, taken apart: every number of its tables is stored beside it."""

import json
import re
from itertools import product

import nbformat
import pytest

from inpainting import config
from inpainting.german.numbers import GROUPS, LABELS, SUITE_LABELS
from inpainting.measuring import control, entrants, judged, ladder
from inpainting.networks.prior_unet import STENCIL
from inpainting.typeset.cells import TABLE_MIME

FIGURES = {
    "PSNR gepoolt (dB)": "hole_psnr_pooled",
    "gepoolt (dB)": "hole_psnr_pooled",
    "Mittel (dB)": "hole_psnr_mean",
    "SSIM": "ssim",
    "Naht": "seam_ratio",
    "Schärfe": "sharpness",
}
DRAWS = {
    "Energie-Score ÷ Abstand": "energy_ratio",
    "Abdeckung (%)": "coverage",
    "Mittel aus 16 (dB)": "mean_psnr",
    "bester aus 4 (dB)": "best_of_few",
    "bester aus 16 (dB)": "best_of_many",
    "Vielfalt": "diversity",
}
METHODS = {label: name for name, label in LABELS.items()}
SUITES = {label: name for name, label in SUITE_LABELS.items()}

NUMBER = re.compile(r"[+−±]?\d[\d\u202f]*(?:,\d+)?")


def read(text: str) -> list[tuple[float, float]]:
    """Value and half a unit of the last digit of every number in a cell; an empty list for „–“."""
    found = []
    for written in NUMBER.findall(text):
        plain = written.replace("\u202f", "").replace("−", "-").lstrip("+±").replace(",", ".")
        found.append((float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2])))
    return found


def is_said(cell: str, stored: list[float]) -> bool:
    """Whether a cell's numbers are the stored ones, one by one, as far as its digits go."""
    written = read(cell)
    return len(written) == len(stored) and all(
        abs(value - exact) <= unit * (1 + 1e-6) for (value, unit), exact in zip(written, stored, strict=True)
    )


def triple(estimate: dict, factor: float = 1.0) -> list[float]:
    return [factor * estimate[key] for key in ("value", "low", "high")]


def with_half(estimate: dict, factor: float = 1.0) -> list[float]:
    """A figure and half its interval, as they stand around ±."""
    return [factor * estimate["value"], factor * (estimate["high"] - estimate["low"]) / 2]


class Stored:
    """What a finished run and the files that it names hold, as its tables print it."""

    def __init__(self, folder):
        self.metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
        self.times = json.loads((folder / "timings.json").read_text("utf-8"))["milliseconds"]

    def expected(self, table: str, header: list[str], row: list[str]):
        """Column → numbers that must stand there; the texts of the first columns are told apart."""
        return getattr(self, table)(header, row)

    def kurz(self, header, row):
        figures = self.metrics["figures"]["quadrat8"]
        own, old = (figures[m]["hole_psnr_pooled"] for m in (METHODS[row[0]], "original"))
        return {2: triple(own), 3: [100 * 10 ** ((old["value"] - own["value"]) / 10)]}

    def benchmark(self, header, row):
        method = METHODS[row[1]]
        figures = self.metrics["figures"]["quadrat8"][method]
        columns = {c: [figures[FIGURES[header[c]]]["value"]] for c in range(3, 7)}
        counted = self.metrics["parameters"].get(method)
        if method.endswith("_vorschlag"):
            counted = self._whole(method.removesuffix("_vorschlag"))
        return columns | {2: triple(figures["hole_psnr_pooled"]), 7: [counted] if counted else []}

    def _whole(self, network: str) -> int | None:
        """The numbers behind a method that draws: of a network both its answers', else its mean's."""
        return self.metrics["parameters_whole"].get(network) or self.metrics["parameters"].get(network)

    def _by_suite(self, header, number):
        return {c: number(SUITES[label]) for c, label in enumerate(header) if c}

    def saetze(self, header, row, figure="hole_psnr_pooled"):
        figures, method = self.metrics["figures"], METHODS[row[0]]
        return self._by_suite(header, lambda suite: [figures[suite][method][figure]["value"]])

    def naht(self, header, row):
        return self.saetze(header, row, "seam_ratio")

    def schaerfe(self, header, row):
        return self.saetze(header, row, "sharpness")

    def frechet(self, header, row):
        key = "wahr" if row[0] not in METHODS else METHODS[row[0]]
        return self._by_suite(header, lambda suite: with_half(self.metrics["frechet"][suite][key]))

    def urteil(self, header, row):
        shares = {
            suite: vars(share) for suite, share in judged.load_verdict().shares[METHODS[row[0]]].items()
        }
        return self._by_suite(header, lambda suite: with_half(shares[suite], 100) if suite in shares else [])

    def semantik(self, header, row):
        key = METHODS.get(row[0]) or {"wahres Bild": "wahr", "maskiert": "maskiert"}[row[0]]

        return self._by_suite(header, lambda suite: with_half(self.metrics["semantics"][suite][key], 100))

    def abstand(self, header, row):
        network, suite = METHODS[row[0]], SUITES[row[1]]
        figures = self.metrics["figures"][suite]
        others = [
            m for m in figures if m.removesuffix("_vorschlag") not in ("kompakt", "gruendlich", "prior")
        ]
        rival = max(others, key=lambda method: figures[method]["hole_psnr_pooled"]["value"])
        first = 2 + ("bestes fremdes Verfahren" in header)
        assert first == 2 or METHODS[row[2]] == rival
        gaps = self.metrics["differences"][suite][network][rival]
        return {c: triple(gaps[FIGURES[header[c]]]) for c in range(first, first + 3)}

    def vorschlaege(self, header, row):
        suite, network = SUITES[row[0].replace("\u00a0", " ")], METHODS[row[1]]
        figures = self.metrics["figures"][suite][f"{network}_vorschlag"]
        draws = self.metrics["draws"][suite][network]
        columns = {c: [figures[FIGURES[header[c]]]["value"]] for c in (2, 3)}
        for c in range(4, len(header)):
            factor = 100 if "%" in header[c] else 1
            key = DRAWS[header[c]]
            with_interval = key in ("energy_ratio", "coverage")
            columns[c] = with_half(draws[key], factor) if with_interval else [factor * draws[key]["value"]]
        return columns

    def schablone(self, header, row):
        middle = len(STENCIL) // 2
        return {
            c: [float(STENCIL[middle + int(row[0]), middle + int(header[c])])] for c in range(1, len(header))
        }

    def zeit(self, header, row):
        method = METHODS[row[0]]
        network = method.removesuffix("_vorschlag")
        counted = self.metrics["parameters"].get(network) if network == method else self._whole(network)
        pooled = self.metrics["figures"]["quadrat8"][method]["hole_psnr_pooled"]["value"]
        return {1: [self.times[method]], 2: [pooled], 3: [counted] if counted else []}

    def startwerte(self, header, row):
        seeds = self.metrics["seeds"][METHODS[row[0]]]["quadrat8"]
        return {c: seeds[FIGURES[header[c]]] for c in (1, 2, 3)}

    def spannen(self, header, row):
        seeds = self.metrics["seeds"][METHODS[row[0]]]
        pooled = {suite: figures["hole_psnr_pooled"] for suite, figures in seeds.items()}
        return self._by_suite(header, lambda suite: [min(pooled[suite]), max(pooled[suite])])

    def kontrolle(self, header, row):
        stored, suite = json.loads(control.RESULTS.read_text("utf-8")), SUITES[row[0]]
        figures = stored["figures"][suite]
        columns = {c: [figures[FIGURES[header[c]]][0]] for c in (1, 2, 3)}
        for c, name in enumerate(header[4:], 4):
            columns[c] = triple(stored["ahead"][METHODS[name]][suite]["hole_psnr_pooled"])
        return columns

    def leiter(self, header, row):
        (rung,) = (rung for rung in ladder.load_results().rungs if rung.label == row[0])
        columns = {}
        for c, figure in enumerate(("quadrat8", "suites", "image")):
            gap = rung.differences.get(figure)
            columns[2 * c + 1] = [rung.estimates[figure].value]
            columns[2 * c + 2] = [gap.value, gap.low, gap.high] if gap else []
        return columns


WORDS = ("rezepte", "maengel")
"""Tables of words; their few numbers are parameters of recipes, and of the ladder."""


def tables(folder):
    """Name → table of an executed report."""
    notebook = nbformat.read(folder / "bericht.ipynb", 4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return {
        output.metadata["inpainting"]["name"]: output.data[TABLE_MIME]
        for output in outputs
        if TABLE_MIME in output.get("data", {})
    }


def whole_rows(rows):
    """Rows whose empty first cells repeat what stands above them."""
    above = None
    for row in rows:
        row = list(row)
        if above and not row[0]:
            row[0] = above[0]
        above = row
        yield row


COMMITTED = tables(config.REFERENCE)


def test_all_tables_but_those_of_words_are_looked_at():
    assert set(COMMITTED) - set(WORDS) == {name for name in vars(Stored) if name in COMMITTED}
    assert len(COMMITTED) >= 14


@pytest.mark.parametrize("name", [name for name in COMMITTED if name not in WORDS])
def test_every_number_of_a_table_is_stored(name):
    stored, table = Stored(config.REFERENCE), COMMITTED[name]
    wrong = []
    for row in whole_rows(table["rows"]):
        expected = stored.expected(name, table["header"], row)
        told = {
            c for c, cell in enumerate(row) if c and read(cell) and cell not in {*SUITES, *METHODS, *GROUPS}
        }
        assert told <= set(expected), f"{row}: nobody looks at columns {told - set(expected)}"
        wrong += [
            (row[:2], row[c], numbers) for c, numbers in expected.items() if not is_said(row[c], numbers)
        ]
    assert wrong == []


@pytest.mark.parametrize(
    "cell, numbers, said",
    [
        ("19,36 [19,10; 19,51]", [19.3552, 19.104, 19.506], True),
        ("19,36", [19.3449], False),
        ("19,36", [], False),
        ("−0,0014", [-0.00136], True),
        ("−0,0014", [0.00136], False),
        ("933\u202f187", [933187], True),
        ("–", [], True),
        ("–", [1.0], False),
    ],
)
def test_a_cell_says_what_is_stored_and_nothing_else(cell, numbers, said):
    assert is_said(cell, numbers) == said


def test_entropy_floors_that_the_sample_takes_over_are_those_of_the_reference_run():
    metrics = json.loads((config.REFERENCE / "metrics.json").read_text("utf-8"))
    assert metrics["entropy_floors"] == entrants.WHOLE_FLOORS


def test_rows_of_one_group_repeat_what_stands_above():
    assert [row[0] for row in whole_rows([["a", "1"], ["", "2"], ["b", "3"], ["", "4"]])] == list("aabb")


def test_signs_and_intervals_are_read():
    signs = {text: read(text)[0][0] for text, _ in product(("+0,5", "−0,5", "±0,5"), [0])}
    assert signs == {"+0,5": 0.5, "−0,5": -0.5, "±0,5": 0.5}
