"""Sentences and tables about the benchmark follow its figures, whatever they are."""

import dataclasses
import re

import pytest

from inpainting import benchmark, evaluation, findings, masks, models, training
from inpainting.benchmark import Benchmark, Question
from inpainting.evaluation import Estimate

METHODS = ("mittelwert", "telea", "navier_stokes", "biharmonisch", "gauss", "original", "kompakt")


def around(value, half=0.1):
    return Estimate(value, value - half, value + half)


def make_benchmark(gaps=(1, 1, 1, 1, 1, 1), recovered=0.5):
    """A benchmark in which the Gaussian leads all baselines and ours differs from it by ``gaps``."""
    figures, differences, semantics = {}, {}, {}
    for i, (suite, gap) in enumerate(zip(masks.SUITES, gaps, strict=True)):
        values = {m: 10.0 + i + 0.5 * n for n, m in enumerate(METHODS[:4])}
        values |= {"gauss": 20.0 + i, "original": 15.0 + i, "kompakt": 20.0 + i + gap}
        figures[suite] = {m: {k: around(v) for k in evaluation.FIGURES} for m, v in values.items()}
        differences[suite] = {
            "kompakt": {
                m: {k: around(values["kompakt"] - values[m]) for k in ("hole_psnr_pooled", "hole_psnr_mean", "ssim")}
                for m in METHODS[:-1]
            }
        }
        shares = {"wahr": 0.9, "maskiert": 0.5} | dict.fromkeys(METHODS, 0.6)
        semantics[suite] = {m: around(v) for m, v in (shares | {"kompakt": 0.5 + 0.4 * recovered}).items()}
    sizes = {m: {"4": around(25.0), "16": around(16.0)} for m in METHODS}
    sizes["kompakt"] = {"4": around(25.0 + gaps[0]), "16": around(16.0 + 2 * gaps[0])}
    return Benchmark(
        Question("test", 100, masks.SUITES, (("original", "original", "a"), ("kompakt", "final", "b")), "c"),
        "d", figures, {}, differences,
        classes={"kompakt": {"Hund": around(18.0), "Schiff": around(20.0), "Frosch": around(17.0)}},
        positions={"original": [[0.04] * 8] * 8, "kompakt": [[0.01] * 8] * 8},
        hole_sizes=sizes, semantics=semantics, examples={},
    )  # fmt: skip


def test_best_of_every_suite_is_bold():
    table = findings.suites_table(make_benchmark((1, -1, 1, -1, 1, 1)))
    assert [row[0] for row in table.rows] == [findings.LABELS[m] for m in METHODS]
    best = {column: table.rows[row][0] for row, column in table.highlight}
    ours, gauss = findings.LABELS["kompakt"], findings.LABELS["gauss"]
    assert [best[column] for column in range(1, 7)] == [ours, gauss, ours, gauss, ours, ours]


def test_margins_name_the_rival_and_keep_their_signs():
    rows = findings.margins_table(make_benchmark((1, -1, 1, 1, 1, 1)), "kompakt").rows
    assert {row[1] for row in rows} == {findings.LABELS["gauss"]}
    assert rows[0][4] == "+1,00 [+0,90; +1,10]" and rows[1][4] == "−1,00 [−1,10; −0,90]"
    assert rows[0][2:4] == ["20,00\u00a0dB", "21,00\u00a0dB"]


@pytest.mark.parametrize("grown", [0, 1, 2])
def test_gruendlich_is_compared_with_kompakt_the_original_and_the_best(grown):
    class Trained:
        model = models.build_original()
        history = training.History([1.0, 1.0], [2.0, 1.0], [1.0, 1.0], "epochs")
        record = {"recipe": {"steps_per_epoch": 10, "batch_size": 8}, "data": {"n_train": 40}, "seconds": 7200, "hardware": {"n_cores": 2}}

    if grown == 1:
        Trained.record["recipe"] |= {"detail": [48, 4], "start": {"epochs": 66}}
    if grown == 2:
        detailed = {"detail": [48, 4], "epochs": 26, "start": {"epochs": 66}}
        Trained.record["recipe"] |= {"detail": [48, 4], "overview": [576, 256, 2], "rounds": 4, "start": detailed}
    measured = make_benchmark()
    for suite, figures in measured.figures.items():
        lead = {"pixel50": 3.0, "haelfte": 2.0}.get(suite, 2.5)
        ours = dict.fromkeys(benchmark.DIFFERENCES, around(lead))
        measured.differences[suite]["gruendlich"] = dict.fromkeys((*METHODS[:-1], "kompakt"), ours)
        figures["gruendlich"] = figures["kompakt"]
        measured.differences[suite]["gruendlich"] |= {"original": dict.fromkeys(benchmark.DIFFERENCES, around(3.0))}
    text = findings.describe_gruendlich(measured, Trained)
    for said in ("21,00 [20,90; 21,10] dB", "+2,50 [+2,40; +2,60] dB gegenüber kompakt",
                 "auf Pixel 50 % (+3,00 [+2,90; +3,10] dB)", "auf Hälfte (+2,00 [+1,90; +2,10] dB)", "50,1\u00a0%",
                 "13\u202f347" if "\u202f" in text else "13\u00a0347", "allen 6 Maskensätzen",
                 "2:00\u00a0h" if "2:00" in text else "120", "auf 2 Kernen"):  # fmt: skip
        assert said in text, text
    for said, least in (
        ("breiter, länger trainiert", None),
        ("breiter, mit 4 Restblöcken zu 48 Kanälen in voller Auflösung und länger", 1),
        ("desselben Netzes ohne diese Blöcke (66 Epochen) fort", 1),
        ("Auflösung, mit einem Überblick aus 8×8 Feldern und länger trainiert", 2),
        ("ohne Überblick (26 Epochen) und dieses das ohne diese Blöcke (66 Epochen) fort", 2),
        ("Zuletzt lernte nur der Überblick", 2),
        ("mit 4 verschiedenen Löchern", 2),
    ):
        assert (said in text) == (grown == (least or 0)), text


@pytest.mark.parametrize(
    "gaps, said, unsaid",
    [
        ((1, 1, 1, 1, 2, 1), ("allen 6 Maskensätzen", "1,00 bis 2,00"), ("Unterlegen", "Null")),
        ((1, -1, 0.05, -1, -1, -1), ("den Masken Quadrat 8×8 ist", "um 1,00\u00a0dB", "Unterlegen ist es auf Mitte", "Auf Linien enthält"), ("allen",)),
        ((-1, -1, -1, -1, -1, -1), ("Unterlegen",), ("nachweislich besser", "Null")),
    ],
)  # fmt: skip
def test_margins_are_told_as_they_are(gaps, said, unsaid):
    text = findings.describe_margins(make_benchmark(gaps), "kompakt")
    assert all(words in text for words in said), text
    assert not any(words in text for words in unsaid), text


@pytest.mark.parametrize("recovered, said", [(0.5, "holt damit 50\u00a0%"), (-0.25, "kostet damit 25\u00a0%")])
def test_semantics_tell_what_the_repair_brings_back(recovered, said):
    benchmark = make_benchmark(recovered=recovered)
    assert said in findings.describe_semantics(benchmark, "kompakt")
    rows = findings.semantics_table(benchmark, ("original", "kompakt")).rows
    assert [row[0] for row in rows[:2]] == ["wahr", "maskiert"] and len(rows) == 4


def test_semantics_name_the_other_network_where_it_was_measured():
    benchmark = make_benchmark()
    assert "statt" not in findings.describe_semantics(benchmark, "kompakt")
    networks = (*benchmark.question.networks, ("gruendlich", "final", "c"))
    question = dataclasses.replace(benchmark.question, networks=networks)
    benchmark.semantics["mitte16"]["gruendlich"] = around(0.85)
    text = findings.describe_semantics(dataclasses.replace(benchmark, question=question), "kompakt")
    assert text.endswith("Mit gruendlich statt kompakt erkennt er 85,0\u00a0%.")


@pytest.mark.parametrize("gap, said", [(1, "bei 16×16 Pixeln (+2,00 dB)"), (-1, "Bei keiner")])
def test_hole_sizes_tell_where_the_lead_is_largest(gap, said):
    assert said in findings.describe_hole_sizes(make_benchmark((gap,) * 6), "kompakt")


def test_classes_and_positions_are_read_off():
    benchmark = make_benchmark()
    assert re.search(r"Schiff \(20,00.*Frosch \(17,00", findings.describe_classes(benchmark, "kompakt"))
    text = findings.describe_positions(benchmark, "kompakt")
    assert "um 25,5 Graustufen" in text and "51,0 und 51,0" in text


def test_alternative_texts_hold_the_values():
    benchmark = make_benchmark()
    assert "Quadrat 8×8: Unser Netz (kompakt) 21,00, Gauß-Vorhersage 20,00" in findings.alt_suites(benchmark, "kompakt")
    text = findings.alt_values(benchmark.hole_sizes, "Liniendiagramm")
    assert text.startswith("Liniendiagramm. Mittlere Farbe: 4 25,00, 16 16,00")


@pytest.mark.parametrize("reason", ["epochs", "nan"])
def test_network_tells_how_much_it_saw(reason):
    class Trained:
        record = {
            "recipe": {"steps_per_epoch": 10, "batch_size": 50}, "data": {"n_train": 100},
        }  # fmt: skip

        class history:
            n_epochs, best_epoch, stopped = 4, 3, reason

        model = models.build_original()

    text = findings.describe_network(Trained)
    assert "13\u202f347 Parameter" in text and "40 Schritten 2000 Bilder" in text and "20-mal" in text
    assert "Epoche 3" in text
    assert ("brach in Epoche 4 ab" in text) == (reason == "nan")
