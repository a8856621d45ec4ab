"""Numbers, names and tables as Germans write them."""

import json
import math

import numpy as np
import pytest

from inpainting import config, files
from inpainting.classical import METHODS
from inpainting.german import data, numbers
from inpainting.german.numbers import Table
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate

MARKUP = (
    r'**fett** <script>alert("1")</script> [@x] @abb:y $\alpha$ `c` A&amp;B <b>, https://x.de 1. a_b ~c~ "d"'
)


def make_measured(**values):
    """Method → figure → Estimate for all methods of the report."""
    methods = [*METHODS, "original", "original_relu"]
    return {
        m: {name: Estimate(x, x - 0.1, x + 0.1) for name in evaluation.FIGURES}
        for m, x in ((m, values.get(m, 18 + i / 10)) for i, m in enumerate(methods))
    }


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    "value, digits, text",
    [
        (0, 0, "0"),
        (3.14159, 2, "3,14"),
        (-0.5, 1, "−0,5"),
        (1234.5, 1, "1234,5"),
        (9999, 0, "9999"),
        (10_000, 0, "10\u202f000"),
        (-1_234_567.891, 2, "−1\u202f234\u202f567,89"),
        (13_347, 0, "13\u202f347"),
        (9_999.96, 1, "10\u202f000,0"),
        (math.nan, 2, "–"),
        (math.inf, 2, "–"),
        (-0.001, 1, "0,0"),
    ],
)
def test_number(value, digits, text):
    assert numbers.number(value, digits) == text


def test_number_with_sign():
    assert [numbers.number(x, 1, sign=True) for x in (1.5, -1.5)] == ["+1,5", "−1,5"]


def test_quantity_stays_on_one_line():
    assert numbers.quantity(18.68, 2, "dB") == "18,68\u00a0dB"
    assert numbers.percent(0.0214) == "2,1\u00a0%"


@pytest.mark.parametrize(
    "estimate, text",
    [
        (Estimate(18.684, 18.6, 18.764), "18,68 [18,60; 18,76]"),
        (Estimate(-0.5, -1, 0.25), "−0,50 [−1,00; 0,25]"),
        (Estimate(math.nan, math.nan, math.nan), "–"),
    ],
)
def test_interval(estimate, text):
    assert numbers.interval(estimate) == text


@pytest.mark.parametrize(
    "words, text", [(["a"], "a"), (["a", "b"], "a und b"), (("a", "b", "c"), "a, b und c")]
)
def test_listing(words, text):
    assert numbers.listing(words) == text


@pytest.mark.parametrize(
    "seconds, text",
    [(0.4, "0\u00a0s"), (89, "89\u00a0s"), (90, "1,5\u00a0min"), (6000, "100,0\u00a0min")],
)
def test_duration(seconds, text):
    assert numbers.duration(seconds) == text


# ---------------------------------------------------------------- tables


def test_table_as_json_html_and_text():
    table = Table(["A", "B"], [("x & <y>", "1"), ("@tab:z", "2")], highlight=[(1, 1)])
    assert table.to_json() == {
        "header": ["A", "B"],
        "rows": [["x & <y>", "1"], ["@tab:z", "2"]],
        "align": "lr",
        "highlight": [[1, 1]],
    }
    html = table.to_html()
    assert "x &amp; &lt;y&gt;" in html and "<b>2</b>" in html and html.count("<b>") == 1
    assert html.count("text-align:left") == html.count("text-align:right") == 3
    assert table.to_text().splitlines()[1] == "x & <y>\t1"


@pytest.mark.parametrize("header, rows, align", [(["A"], [["1", "2"]], ""), (["A", "B"], [["1", "2"]], "l")])
def test_table_with_rows_of_another_length_is_refused(header, rows, align):
    with pytest.raises(ValueError):
        Table(header, rows, align).to_html()


# ---------------------------------------------------------------- title


@pytest.mark.parametrize(
    "text",
    [
        MARKUP,
        "# Titel",
        "- a",
        "---",
        "\\",
        "50 % — «größer» 日本語 🐸",
        "> x",
        "+ y",
        ": z",
        "1) a",
    ],
)
def test_title_shows_a_users_text_as_it_is(text):
    import pypandoc

    from inpainting.typeset import pandoc

    settings = config.load_config({"title": text, "authors": text, "date": text[:40].strip()})
    markdown = data.title(settings)
    plain = pypandoc.convert_text(markdown, "plain", pandoc.READER, extra_args=["--wrap=none"])
    heading, authors = plain.strip().split("\n\n")
    assert heading == text and authors == f"{text} · {text[:40].strip()}"


@pytest.mark.parametrize("preset, has_notice", [("schnell", True), ("standard", False)])
def test_title_of_a_sample_says_so(preset, has_notice):
    markdown = data.title(config.load_config({"preset": preset}))
    assert markdown.startswith("# Image Inpainting mit CNNs\n") and config.today().split()[-1] in markdown
    assert (config.SAMPLE_NOTICE in markdown) == has_notice


def test_benchmark_table_marks_the_best_of_each_column():
    measured = make_measured(telea=25.0)
    table = numbers.benchmark_table(measured)
    row = list(measured).index("telea")
    assert table.highlight == [(row, column) for column in range(1, len(table.header))]
    assert table.rows[row][1] == "25,00 [24,90; 25,10]"
    assert [row[0] for row in table.rows] == [numbers.LABELS[m] for m in measured]


# ---------------------------------------------------------------- kept runs


def test_figures_survive_the_way_through_json(tmp_path):
    estimate = Estimate(18.5, 18.4, float("nan"))
    figures = {"telea": {"hole_psnr_mean": estimate}}
    files.write_json(tmp_path / "metrics.json", {"figures": {"quadrat8": figures}})
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    read = numbers.read_figures(metrics, "quadrat8")["telea"]["hole_psnr_mean"]
    assert (read.value, read.low) == (18.5, 18.4) and np.isnan(read.high)


def test_kept_suites_come_in_the_order_of_the_benchmark():
    figures = {"telea": {"ssim": vars(Estimate(0.9, 0.8, 1.0))}}
    metrics = {"figures": dict.fromkeys(("freiform", "quadrat12", "quadrat8", "mitte16"), figures)}
    assert list(numbers.read_all_figures(metrics)) == ["quadrat8", "mitte16", "freiform", "quadrat12"]


def test_markdown_of_a_table():
    table = numbers.Table(["a", "b"], [["1", "2"]])
    assert table.to_markdown() == "| a | b |\n| :-- | --: |\n| 1 | 2 |"


def test_counts_dates_and_signs_are_written_out():
    assert [numbers.count(n, "Bild", "Bilder") for n in (1, 3, 13)] == [
        "ein Bild",
        "drei Bilder",
        "13 Bilder",
    ]
    assert numbers.german_date("2026-07-03T10:00:00+00:00") == "3. Juli 2026"
    assert numbers.signed(Estimate(0.5, -0.1, 1.0)) == "+0,50 [−0,10; +1,00]"


def test_every_figure_has_name_unit_and_digits():
    assert tuple(numbers.FIGURES) == evaluation.FIGURES


def test_a_count_agrees_with_its_noun():
    counted = [numbers.count(n, "Stufe", "Stufen", feminine=True) for n in (0, 1, 2)]
    assert counted == ["keine Stufen", "eine Stufe", "zwei Stufen"]
    assert numbers.count(1, "Fall", "Fälle") == "ein Fall"
