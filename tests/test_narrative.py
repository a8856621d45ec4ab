"""German text: numbers as Germans write them, judgements that the data decide."""

import dataclasses
import itertools
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

from inpainting import config, evaluation, narrative, training
from inpainting.classical import GAUSSIAN, METHODS
from inpainting.data import Dataset, Split
from inpainting.evaluation import Estimate
from inpainting.narrative import Table

FLOOR = 0.55
MARKUP = r'**fett** <script>alert("1")</script> [@x] @abb:y $\alpha$ `c` A&amp;B <b>, https://x.de 1. a_b ~c~ "d"'


def make_history(val_loss, loss=None, stopped="epochs"):
    """What the narrative reads of a ``training.History``."""
    finite = [value for value in val_loss if math.isfinite(value)]
    best = val_loss.index(min(finite)) + 1 if finite else 0
    return SimpleNamespace(
        loss=list(loss or val_loss), val_loss=list(val_loss), stopped=stopped, n_epochs=len(val_loss),
        best_epoch=best, best_val_loss=val_loss[best - 1] if best else math.inf,
    )  # fmt: skip


def make_dataset(name=config.CIFAR10):
    sizes = (900, 100, 250) if name == config.SAMPLE else (45_000, 5_000, 10_000)
    splits = [Split(np.empty((n, 1, 1, 3), np.uint8), np.zeros(n, np.uint8)) for n in sizes]
    return Dataset(*splits, name, "0" * 64, "Test")


def make_figures(value=18.6):
    return {name: Estimate(value, value - 0.1, value + 0.1) for name in evaluation.FIGURES}


def make_measured(**values):
    """Method → figure → Estimate for all methods of the report."""
    methods = [*METHODS, "original", "original_relu"]
    return {m: make_figures(values.get(m, 18 + i / 10)) for i, m in enumerate(methods)}


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    "value, digits, text",
    [(0, 0, "0"), (3.14159, 2, "3,14"), (-0.5, 1, "−0,5"), (1234.5, 1, "1234,5"), (9999, 0, "9999"),
     (10_000, 0, "10\u202f000"), (-1_234_567.891, 2, "−1\u202f234\u202f567,89"), (13_347, 0, "13\u202f347"),
     (9_999.96, 1, "10\u202f000,0"), (math.nan, 2, "–"), (math.inf, 2, "–"), (-0.001, 1, "0,0")],
)  # fmt: skip
def test_number(value, digits, text):
    assert narrative.number(value, digits) == text


def test_number_with_sign():
    assert [narrative.number(x, 1, sign=True) for x in (1.5, -1.5)] == ["+1,5", "−1,5"]


def test_quantity_stays_on_one_line():
    assert narrative.quantity(18.68, 2, "dB") == "18,68\u00a0dB"
    assert narrative.percent(0.0214) == "2,1\u00a0%"


@pytest.mark.parametrize(
    "estimate, text",
    [(Estimate(18.684, 18.6, 18.764), "18,68 [18,60; 18,76]"), (Estimate(-0.5, -1, 0.25), "−0,50 [−1,00; 0,25]"),
     (Estimate(math.nan, math.nan, math.nan), "–")],
)  # fmt: skip
def test_interval(estimate, text):
    assert narrative.interval(estimate) == text


@pytest.mark.parametrize(
    "words, text", [(["a"], "a"), (["a", "b"], "a und b"), (("a", "b", "c"), "a, b und c")]
)
def test_listing(words, text):
    assert narrative.listing(words) == text


@pytest.mark.parametrize(
    "seconds, text",
    [(0.4, "0\u00a0s"), (89, "89\u00a0s"), (90, "1,5\u00a0min"), (6000, "100,0\u00a0min")],
)
def test_duration(seconds, text):
    assert narrative.duration(seconds) == text


# ---------------------------------------------------------------- tables


def test_table_as_json_html_and_text():
    table = Table(["A", "B"], [("x & <y>", "1"), ("@tab:z", "2")], highlight=[(1, 1)])
    assert table.to_json() == {
        "header": ["A", "B"], "rows": [["x & <y>", "1"], ["@tab:z", "2"]], "align": "lr", "highlight": [[1, 1]],
    }  # fmt: skip
    html = table.to_html()
    assert "x &amp; &lt;y&gt;" in html and "<b>2</b>" in html and html.count("<b>") == 1
    assert html.count("text-align:left") == html.count("text-align:right") == 3
    assert table.to_text().splitlines()[1] == "x & <y>\t1"


@pytest.mark.parametrize(
    "header, rows, align", [(["A"], [["1", "2"]], ""), (["A", "B"], [["1", "2"]], "l")]
)
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

    from inpainting.report import pandoc

    settings = config.load_config({"title": text, "authors": text, "date": text[:40].strip()})
    markdown = narrative.title(settings)
    plain = pypandoc.convert_text(markdown, "plain", pandoc.READER, extra_args=["--wrap=none"])
    heading, authors = plain.strip().split("\n\n")
    assert heading == text and authors == f"{text} · {text[:40].strip()}"


@pytest.mark.parametrize("preset, has_notice", [("schnell", True), ("standard", False)])
def test_title_of_a_sample_says_so(preset, has_notice):
    markdown = narrative.title(config.load_config({"preset": preset}))
    assert (
        markdown.startswith("# Image Inpainting mit CNNs\n")
        and config.today().split()[-1] in markdown
    )
    assert (config.SAMPLE_NOTICE in markdown) == has_notice


# ---------------------------------------------------------------- training

EPOCHS = np.arange(40)
HISTORIES = {
    "falling": make_history((FLOOR + 0.1 * np.exp(-EPOCHS / 40)).tolist()),
    "flat": make_history((FLOOR + 0.01 + 0.1 * np.exp(-EPOCHS / 2)).tolist()),
    "overfitted": make_history(
        (FLOOR + 0.02 + 1e-4 * (EPOCHS - 10.0) ** 2).tolist(), np.linspace(0.7, 0.6, 40).tolist()
    ),
    "patience": make_history(
        [0.6, 0.57, 0.569, 0.5691, 0.5692, 0.5691, 0.5692, 0.5691], stopped="patience"
    ),
    "nan": make_history([0.6, 0.58, math.nan], [0.6, 0.59, math.nan], stopped="nan"),
    "nan at once": make_history([math.nan], stopped="nan"),
    "one epoch": make_history([0.6]),
    "two epochs": make_history([0.6, 0.59]),
    "at the floor": make_history([FLOOR] * 12),
}
FALLING, FLAT, OVERFITTED = "fällt am Ende noch", "ist die Kurve flach", "überangepasst"


def describe(name: str) -> str:
    return narrative.describe_training(
        HISTORIES[name], {"Training": FLOOR, "Validierung": FLOOR}, 40, 5
    )


@pytest.mark.parametrize(
    "name, said, unsaid",
    [
        ("falling", [FALLING, "alle 40 Epochen"], [FLAT, OVERFITTED]),
        ("flat", [FLAT, "eine Überanpassung zeigt sich nicht"], [FALLING, OVERFITTED]),
        ("overfitted", [OVERFITTED, "in Epoche 11", "steigt die Kurve wieder"], [FALLING, FLAT]),
        (
            "patience",
            ["endete nach Epoche 8 von höchstens 40", "5 Epochen lang nicht mehr sank", FLAT],
            [FALLING],
        ),
        ("nan", ["brach in Epoche 3 ab", "in Epoche 2"], [FALLING, FLAT, OVERFITTED]),
        ("nan at once", ["brach in Epoche 1 ab"], [FALLING, FLAT, OVERFITTED, "Epoche 0"]),
        ("one epoch", ["kein Verlauf ablesen"], [FALLING, FLAT, OVERFITTED, "Überanpassung"]),
        ("two epochs", [FALLING], [FLAT, OVERFITTED]),
        ("at the floor", [FLAT], [FALLING, OVERFITTED]),
    ],
)
def test_interpretation_follows_the_history(name, said, unsaid):
    text = describe(name)
    assert all(words in text for words in said) and not any(words in text for words in unsaid)


@pytest.mark.parametrize("name", HISTORIES)
def test_interpretation_holds_no_raw_numbers(name):
    text = describe(name) + narrative.alt_losses(HISTORIES[name], FLOOR)
    assert not re.search(r"\bnan\b|\binf\b|\d\.\d", text)


def test_never_both_falling_and_overfitted():
    rng = np.random.default_rng(5)
    seen = set()
    for n, slope, noise in itertools.product(
        (1, 2, 3, 6, 11, 40), (-0.003, -0.001, 0, 0.001), (0, 1e-3, 1e-2)
    ):
        val_loss = FLOOR + 0.2 + slope * np.arange(n) + noise * rng.standard_normal(n)
        loss = FLOOR + 0.2 - 0.001 * np.arange(n)
        verdict = narrative.judge_training(loss.tolist(), val_loss.tolist(), FLOOR)
        assert not (verdict.still_falling and verdict.overfitted)
        seen.add((verdict.still_falling, verdict.overfitted))
    assert len(seen) == 3  # each verdict is reached
    turning = [0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.61, 0.62, 0.63]  # just past its best
    verdict = narrative.judge_training(np.linspace(0.9, 0.5, 9).tolist(), turning, FLOOR)
    assert verdict.still_falling and not verdict.overfitted


def test_verdict_in_numbers():
    val_loss = [0.65] * 5 + [0.60] * 5
    verdict = narrative.judge_training(val_loss, val_loss, 0.5)
    assert verdict.improvement == pytest.approx(0.05) and verdict.excess == pytest.approx(0.2)
    assert verdict.still_falling


@pytest.mark.parametrize(
    "from_store, said",
    [(True, "am 3. Juli 2026"), (False, "in diesem Lauf trainiert, in 2,0\u00a0min")],
)
def test_origin(from_store, said):
    record = {"seconds": 120.0, "trained_at": "2026-07-03T10:00:00+00:00",
              "hardware": {"n_cores": 2, "processor": "Rechner"}}  # fmt: skip
    trained = SimpleNamespace(record=record, from_store=from_store)
    text = narrative.describe_origin(trained)
    assert said in text and ("Modellspeicher" in text) == from_store


# ---------------------------------------------------------------- results


def test_ranking_follows_the_intervals():
    differences = {
        "biharmonisch": Estimate(2.2, 2.1, 2.3),
        "telea": Estimate(0.05, -0.1, 0.2),
        "mittelwert": Estimate(-3.7, -3.8, -3.6),
    }
    better, worse, undecided = re.split(
        r"(?<=\.) ", narrative.describe_ranking(differences, "das Netz")
    )
    assert (
        better
        == "Die Löcher füllen besser als das Netz: biharmonisch (um 2,20\u00a0dB).".replace(
            "biharmonisch", narrative.LABELS["biharmonisch"]
        )
    )
    assert narrative.LABELS["mittelwert"] in worse and "3,70" in worse and "−" not in worse
    assert narrative.LABELS["telea"] in undecided and undecided.startswith("Nicht zu unterscheiden")


@pytest.mark.parametrize("value, n_sentences", [(1, 1), (-1, 1), (0, 1)])
def test_ranking_says_nothing_of_empty_groups(value, n_sentences):
    differences = {m: Estimate(value, value - 0.5, value + 0.5) for m in ("telea", "mittelwert")}
    text = narrative.describe_ranking(differences, "das Netz")
    assert len(re.split(r"(?<=\.) ", text)) == n_sentences


def test_benchmark_table_marks_the_best_of_each_column():
    measured = make_measured(telea=25.0)
    table = narrative.benchmark_table(measured)
    row = list(measured).index("telea")
    assert table.highlight == [(row, column) for column in range(1, len(table.header))]
    assert table.rows[row][1] == "25,00 [24,90; 25,10]"
    assert [row[0] for row in table.rows] == [narrative.LABELS[m] for m in measured]


def test_every_method_has_a_name():
    assert set(narrative.LABELS) == {*METHODS, GAUSSIAN[0], "original", "original_relu", *training.NETWORKS}


@pytest.mark.parametrize("value, word", [(18.90, "darüber"), (18.40, "darunter")])
def test_comparison_with_the_published_weights(value, word):
    text = narrative.compare_with_published(make_figures(value), make_dataset())
    assert word in text and "18,68" in text and "45\u202f000" in text
    sample = narrative.compare_with_published(make_figures(value), make_dataset(config.SAMPLE))
    assert word not in sample and "verbietet sich" in sample


@pytest.mark.parametrize(
    "seam, sharpness, said, unsaid",
    [(1.3, 0.3, ["stärker", "deutlich verwaschen"], ["glatter"]), (0.7, 1.0, ["glatter"], ["verwaschen", "stärker"]),
     (1.0, 0.9, ["fällt im Mittel"], ["stärker", "glatter", "verwaschen"])],
)  # fmt: skip
def test_seam_and_blur_follow_the_figures(seam, sharpness, said, unsaid):
    figures = {name: Estimate(value, value - 0.05, value + 0.05) for name, value in
               (("seam_ratio", seam), ("sharpness", sharpness))}  # fmt: skip
    text = narrative.describe_seam_and_blur(figures)
    assert all(word in text for word in said) and not any(word in text for word in unsaid)


def test_compositing_counts_the_gain():
    text = narrative.describe_compositing(
        {"image_psnr": Estimate(23.5, 0, 0)}, {"image_psnr": Estimate(30.7, 0, 0)}
    )
    assert "23,50" in text and "30,70" in text and "+7,20" in text


@pytest.mark.parametrize("middle, word", [(0.09, "größer"), (0.01, "kleiner")])
def test_error_map_compares_border_and_middle(middle, word):
    error = np.full((4, 4), 0.04)
    error[1:-1, 1:-1] = middle
    text = narrative.describe_error_map(error)
    assert (
        f"{narrative.number(255 * middle**0.5, 1)} Graustufen {word} als am Rand mit 51,0" in text
    )
    assert ("bekannte Pixel" in text) == (word == "größer")


@pytest.mark.parametrize("size", [1, 2])
def test_error_map_of_a_tiny_hole(size):
    assert "zu klein" in narrative.describe_error_map(np.ones((size, size)))


def test_alternative_texts_name_the_values():
    measured = make_measured(telea=25.0)
    assert narrative.alt_methods(measured).index("25,00") < narrative.alt_methods(measured).index(
        "18,00"
    )
    images = np.zeros((2, 4, 4, 3), np.float32)
    text = narrative.alt_reconstructions(np.array([0, 9]), images + 0.1, images)
    assert "Flugzeug, LKW" in text and "25,5 von 255" in text
    assert "1 mal 1 Feldern: Fehler zwischen 127,5 und 127,5" in narrative.alt_error_map(
        np.full((1, 1), 0.25)
    )


def test_ten_defects_with_measured_costs():
    measured = make_measured(original=18.6, original_relu=18.1)
    table = narrative.defects_table(measured, make_figures(12.0), 0.0214)
    assert [row[0] for row in table.rows] == [str(i) for i in range(1, 11)]
    assert all(len(row) == 4 and all(row) for row in table.rows)
    costs = " ".join(row[2] for row in table.rows)
    assert "−0,50 dB" in costs and "−6,60 dB" in costs and "2,1" in costs


# ---------------------------------------------------------------- summary


VERSIONS = {"keras": "3.1", "tensorflow": "2.2", "numpy": "2.0"}


def summarise(dataset=config.CIFAR10, n_better=2):
    methods = list(METHODS)
    differences = {m: Estimate(1.0, 0.5, 1.5) if i < n_better else Estimate(-1.0, -1.5, -0.5)
                   for i, m in enumerate(methods)}  # fmt: skip
    return narrative.executive_summary(
        make_dataset(dataset), 13_347, HISTORIES["flat"], make_measured(), differences, VERSIONS,
        "Unser Netz leistet dies.",
    )  # fmt: skip


def test_summary_has_five_points():
    points = re.findall(r"^- \*\*(\w+)\.\*\* ", summarise(), re.MULTILINE)
    assert points == ["Datensatz", "Methode", "Software", "Ergebnisse", "Herausforderungen"]
    assert not re.search(r"\bnan\b|\d\.\d dB", summarise())


@pytest.mark.parametrize("dataset", [config.CIFAR10, config.SAMPLE])
def test_summary_of_a_sample_says_so(dataset):
    assert (config.SAMPLE_NOTICE in summarise(dataset)) == (dataset == config.SAMPLE)
    assert ("45\u202f000" in summarise(dataset)) == (dataset == config.CIFAR10)


@pytest.mark.parametrize(
    "n_better, said",
    [(0, "Keines der Vergleichsverfahren"), (1, "füllt 1 die"), (2, "füllen 2 die")],
)
def test_summary_counts_what_is_better(n_better, said):
    assert said in summarise(n_better=n_better)


def test_split_names_the_sizes():
    assert "45\u202f000" in narrative.describe_split(make_dataset())


def test_environment_names_what_is_installed():
    text = narrative.describe_environment(VERSIONS)
    assert "TensorFlow 2.2, Keras 3.1 und NumPy 2.0." in text and "OpenCV" not in text


def test_estimates_are_three_numbers():
    assert [field.name for field in dataclasses.fields(Estimate)] == ["value", "low", "high"]


# ---------------------------------------------------------------- kept runs


def test_figures_survive_the_way_through_json(tmp_path):
    estimate = Estimate(18.5, 18.4, float("nan"))
    figures = {"telea": {"hole_psnr_mean": estimate}}
    config.write_json(tmp_path / "metrics.json", {"figures": {"quadrat8": figures}})
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    read = narrative.read_figures(metrics, "quadrat8")["telea"]["hole_psnr_mean"]
    assert (read.value, read.low) == (18.5, 18.4) and np.isnan(read.high)


def test_kept_suites_come_in_the_order_of_the_benchmark():
    figures = {"telea": {"ssim": vars(Estimate(0.9, 0.8, 1.0))}}
    metrics = {"figures": dict.fromkeys(("freiform", "quadrat12", "quadrat8", "mitte16"), figures)}
    assert list(narrative.read_all_figures(metrics)) == ["quadrat8", "mitte16", "freiform", "quadrat12"]


def test_seeds_are_told_with_their_gap():
    rows = [
        {"way": way, "seed": seed, "val_loss": loss, "hole_psnr_mean": psnr}
        for way, seed, loss, psnr in (
            ("ours", 1, 0.56, 18.8), ("ours", 2, 0.58, 18.9), ("theirs", 1, 0.55, 0), ("theirs", 2, 0.58, 0),
        )
    ]  # fmt: skip
    text = narrative.describe_seeds(rows)
    assert "1 und 2" in text and "18,80\u00a0dB und 18,90\u00a0dB" in text and "0,00500" in text and "über dem" in text


def test_markdown_of_a_table():
    table = narrative.Table(["a", "b"], [["1", "2"]])
    assert table.to_markdown() == "| a | b |\n| :-- | --: |\n| 1 | 2 |"


@pytest.mark.parametrize(
    "gap, said",
    [
        (-1.0, "übertrifft jedes andere Verfahren; das nächste, Telea, um 1,00 [0,90; 1,10] dB."),
        (1.0, "bleibt 1,00 [0,90; 1,10] dB unter Telea."),
        (0.0, "ist von Telea nicht zu unterscheiden (Abstand 0,00 [−0,10; 0,10] dB)."),
    ],
)
def test_own_network_is_set_against_its_nearest_rival(gap, said):
    differences = {"mittelwert": Estimate(-5, -5.1, -4.9), "telea": Estimate(gap, gap - 0.1, gap + 0.1)}
    text = narrative.describe_own_network(make_figures(20.0), differences, 12_345)
    assert said in text and "12\u202f345 Parametern" in text and "20,00\u00a0dB" in text
