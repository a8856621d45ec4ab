"""Sentences follow the measures, whatever these are: invented benchmarks, and what the report says of them."""

import re
from types import SimpleNamespace

import pytest
from invented import BASE, around, make_benchmark, make_seeds

from inpainting.german import (
    appendix,
    data,
    limits,
    numbers,
    reasons,
    results,
    samples,
    semantics,
    slides,
    summary,
    verdicts,
)
from inpainting.masks import SUITES
from inpainting.measuring.evaluation import Estimate

Q = "quadrat8"
SEEDS = make_seeds()
PROVEN = re.compile(r"nachweislich(?! heißt)", re.IGNORECASE)


def everything(result, seeds=SEEDS, suite=Q) -> dict[str, str]:
    """All that the rules write about a benchmark, by name."""
    own = tuple(n for n in ("kompakt", "gruendlich") if n in result.methods)
    field = SimpleNamespace(result=result, best=own[-1], own=own, networks={})
    dataset = SimpleNamespace(
        train=range(45_000), validation=range(5_000), test=range(10_000), is_sample=False
    )
    failures = {m: [7.0, 8.0, 9.0, 9.5] for m in ("original", "gauss", field.best)}
    texts = {
        "split": data.describe_split(dataset, result),
        "old": results.describe_old(result, suite, seeds),
        "results": results.describe_results(result, suite, seeds),
        "outputs": results.describe_outputs(result, suite, seeds),
        "one": results.one_sentence(result, suite),
        "suites": results.describe_suites(result, seeds),
        "semantics": semantics.describe_semantics(result),
        "compositing": results.describe_compositing(result, suite),
        "margins": results.caption_margins(result) + " " + results.alt_margins(result),
        "hero": results.caption_hero(field),
        "reasons": reasons.describe_reasons(result, suite, 0.023),
        "samples": samples.describe_samples(result, suite),
        "unseen": appendix.describe_unseen(result),
        "classes": appendix.describe_classes(result, field.best),
        "failures": appendix.describe_failures(field.best, failures),
        "positions": appendix.describe_positions(result, field.best),
        "times": appendix.describe_times(dict.fromkeys(result.methods, 1.5), result),
        "limits": limits.describe_limits(result, field, suite, seeds),
        "summary": summary.executive_summary(
            dataset, result, suite, seeds, {m: 933_187 for m in own}, {"keras": "3", "tensorflow": "2"}
        ),
    }
    talk = {
        "outcome": slides.outcome(result, suite),
        "six": slides.six_suites(result, seeds),
        "limits": slides.limits(result, field, suite, seeds),
        "loss": slides.loss(result, [0.58, 0.56], 0.55),
        "holes": slides.holes(result, [numbers.suite_label(s) for s in result.question.suites]),
        "conclusion": slides.conclusion(result, suite, seeds),
    }
    texts |= {f"slide {name}": ". ".join([s["title"], *s["points"], s["notes"]]) for name, s in talk.items()}
    tables = [
        results.main_table(result, suite, {m: 933_187 for m in own}),
        semantics.semantics_table(result),
        appendix.suites_table(result),
        appendix.margins_table(result),
        appendix.looks_table(result, "sharpness"),
        appendix.defects_table(result, suite, 0.023),
        summary.summary_table(result, suite),
        samples.samples_table(result),
    ]
    for table in tables:
        assert all(len(row) == len(table.header) for row in table.rows)
    return texts


SCENES = {
    "as measured": make_benchmark(),
    "with samples": make_benchmark(samples=("kompakt", "gruendlich")),
    "no gruendlich": make_benchmark(without=("gruendlich",)),
    "no prior, no relu": make_benchmark(without=("prior", "original_relu")),
    "we lose": make_benchmark({"kompakt": 17.9, "gruendlich": 18.1}),
    "worse than all": make_benchmark({"kompakt": 12.0, "gruendlich": 12.1}),
    "a tie": make_benchmark({"kompakt": 18.8, "gruendlich": 18.8}),
    "tiny gaps": make_benchmark({"kompakt": 18.86, "gruendlich": 18.87}),
    "2025 learned nothing": make_benchmark({"original": 6.0, "original_relu": 5.9}),
    "2025 beats all formulas": make_benchmark({"original": 19.0, "original_relu": 18.9}),
    "tiny sample": make_benchmark(n_images=1),
    "one suite": make_benchmark(suites=(Q,)),
}


@pytest.mark.parametrize("seeds", [SEEDS, {}], ids=["three seeds", "one seed"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_reads_as_german(scene, seeds):
    for name, text in everything(SCENES[scene], seeds).items():
        if not text:
            continue
        assert not re.search(
            r"\bnan\b|None|\{|\}|  |\( |\[\]|,\.|\.\.| ,| \.(?!\d)|;\.|: \.|\+−|−−|\bist ist\b", text
        ), (name, text)
        assert text.count("(") == text.count(")") and text.count("„") == text.count("“"), (name, text)
        assert re.match(r"[A-ZÄÖÜ„*@\-]", text) and re.search(r"[.!?*%“]$|\w$", text), (name, text)
        assert not re.search(r"\d\.\d", re.sub(r"§|\d+\. [A-Z]", "", text)), (name, text)  # decimal commas
        assert not re.search(r"\b(Original|Entwurf|Leiter|Restbl)", text), (name, text)


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_proven_with_a_single_seed(scene):
    for name, text in everything(SCENES[scene], {}).items():
        if name not in ("slide conclusion",):
            assert not PROVEN.search(text), (name, text)


def margins(result, seeds=SEEDS, network="kompakt"):
    return verdicts.describe_margins(result, network, seeds)


def test_a_win_in_all_measures_beyond_the_seeds_is_proven():
    text = margins(make_benchmark())
    assert text.startswith(
        "Nachweislich besser als jedes fremde Verfahren ist „kompakt“ auf allen sechs Maskensätzen"
    )
    assert "0,60\u00a0dB" in text


def test_a_win_within_the_seeds_is_not_proven():
    text = margins(make_benchmark(), make_seeds(spread=0.9))
    assert not PROVEN.search(text) and "nicht um mehr, als der Startwert ausmacht" in text


def test_a_win_on_one_measure_only_is_told_measure_by_measure():
    gaps = {
        ("haelfte", "kompakt", "gauss", "hole_psnr_pooled"): Estimate(0.0, -0.02, 0.02),
        ("haelfte", "kompakt", "gauss", "hole_psnr_mean"): Estimate(-0.043, -0.061, -0.026),
        ("haelfte", "kompakt", "gauss", "ssim"): Estimate(-0.0019, -0.0025, -0.0015),
    }
    text = margins(make_benchmark(gaps=gaps))
    assert "Nicht einig sind sich die Maße: auf Hälfte ist „kompakt“" in text
    assert (
        "gepoolt ohne Unterschied, im Mittel je Bild schlechter (−0,04 dB) und in der SSIM schlechter (−0,0019)"
        in text
    )
    assert "besser als jedes fremde Verfahren ist „kompakt“ auf allen" not in text


def test_a_loss_is_called_a_loss():
    result = make_benchmark({"kompakt": 18.0, "gruendlich": 18.2})
    assert margins(result).startswith("Nachweislich schlechter")
    texts = everything(result)
    assert "weniger als das beste fremde Verfahren" in texts["summary"]
    assert "Auf keinem Maskensatz" in texts["slide six"]


def test_tiny_gaps_have_no_practical_meaning():
    text = margins(make_benchmark({"kompakt": 18.845}), make_seeds(spread=0.001))
    assert "ohne praktische Bedeutung" in text


def test_the_closest_rival_of_each_measure_decides():
    """Biharmonic is behind in pooled PSNR, but ahead in SSIM: then not every method is beaten."""
    gaps = {(Q, "kompakt", "biharmonisch", "ssim"): Estimate(-0.001, -0.002, -0.0005)}
    verdict = verdicts.judge(make_benchmark(gaps=gaps), Q, "kompakt", ["gauss", "biharmonisch"], SEEDS)
    assert verdict.kind == "uneins" and not verdict.is_proven


def test_without_a_paired_interval_the_careful_one_is_taken():
    result = make_benchmark()
    result.differences = {}
    gap = verdicts.gap(result, Q, "kompakt", "gauss")
    assert gap.value == pytest.approx(0.6) and (gap.low, gap.high) == pytest.approx((0.54, 0.66))
    turned = verdicts.gap(make_benchmark(), Q, "gauss", "kompakt")
    assert (turned.low, turned.high) == pytest.approx((-0.64, -0.56))


def test_methods_better_and_worse_than_2025_are_named():
    text = results.describe_old(make_benchmark(), Q, SEEDS)
    assert (
        "Besser als das Netz von 2025 füllen in allen drei Maßen die Gauß-Vorhersage (+1,60\u00a0dB)" in text
    )
    assert "Schlechter füllt nur die mittlere Farbe (−4,20\u00a0dB)." in text
    none = results.describe_old(make_benchmark({"original": 19.5}), Q, SEEDS)
    assert none.startswith("Kein Verfahren ohne Netz füllt in allen drei Maßen besser")


def test_semantics_that_we_lose_are_called_lost():
    shares = {("mitte16", method): around(0.55, 0.009) for method in BASE} | {
        ("mitte16", "gauss"): around(0.683, 0.009),
        ("mitte16", "kompakt"): around(0.633, 0.009),
        ("mitte16", "gruendlich"): around(0.657, 0.009),
    }
    text = semantics.describe_semantics(make_benchmark({"gauss": 18.0}, shares=shares))
    assert text.startswith(
        "In der Semantik verlieren wir: Der Klassifikator erkennt auf Mitte 16×16 nach der Gauß-Vorhersage 68,3"
    )
    assert text.count("erkennt") == 1  # where nothing is lost or won, nothing is said
    challenges = everything(make_benchmark(shares=shares))["summary"]
    assert "erkennt ein Klassifikator nach dem besten fremden Verfahren mehr" in challenges


def test_the_talk_names_what_is_lost():
    shares = {(Q, "gauss"): around(0.9, 0.008), (Q, "gruendlich"): around(0.7, 0.008)}
    text = everything(make_benchmark(shares=shares), {})["slide limits"]
    assert "Semantik: Verlust auf Quadrat 8×8." in text and "nach dem besten fremden Verfahren mehr" in text
    assert "Ein einziger Startwert: „kompakt“ und „gründlich“" in text
    text = everything(make_benchmark(), make_seeds(networks=("kompakt", "gruendlich")))["slide limits"]
    assert "Semantik" not in text and "Startwert" not in text


def test_titles_of_the_talk_follow_the_measures():
    def title(name, **benchmark):
        return everything(make_benchmark(**benchmark))[f"slide {name}"].partition(". ")[0]

    assert title("conclusion") == "Rechnen und Lernen zusammen schlagen beides allein"
    worse = {"kompakt": 18.0, "gruendlich": 18.2}
    assert title("conclusion", pooled=worse) == "Was wir mitnehmen"
    assert re.fullmatch(r"Nur noch 52\s% des quadratischen Fehlers von 2025", title("outcome"))
    assert "nicht genauer" in title("outcome", pooled={"kompakt": 17.0, "gruendlich": 17.1})
    assert "auf allen Maskensätzen vorn" in title("six")


@pytest.mark.parametrize(
    ("sharp", "title"),
    [(True, "Ein Vorschlag ist scharf"), (False, "Auf dasselbe Loch gibt es zwei Antworten")],
)
def test_the_talk_says_what_a_sample_costs(sharp, title):
    result = make_benchmark(samples=("gruendlich",))
    if not sharp:
        result.figures[Q]["gruendlich_vorschlag"]["sharpness"] = around(0.2)
    slide = slides.two_answers(result, Q)
    assert slide["title"].startswith(title) and "kostet 2,3 Dezibel" in slide["notes"]


@pytest.mark.parametrize("losses", [[0.70, 0.69], [0.58, 0.5555]])
def test_a_loss_far_from_its_floor_is_not_called_close(losses):
    slide = slides.loss(make_benchmark(), losses, 0.55)
    assert ("nur 1,0" in slide["title"]) == (losses[0] < 0.6) == ("schmalen Rest" in slide["notes"])


def test_the_talk_names_the_largest_lasting_change():
    def rung(name, label, value, half=0.1, judged_by="quadrat8"):
        change = {"quadrat8": around(value, half), "suites": around(value, half)}
        return SimpleNamespace(name=name, label=label, judged_by=judged_by, differences=change)

    first = SimpleNamespace(name="entwurf", label="Entwurf", judged_by="quadrat8", differences={})
    rungs = [
        first,
        rung("sigmoid", "Sigmoid", 3.0),
        rung("a", "Wackelig", 2.0, half=2.5),
        rung("b", "Maske", 0.5),
    ]
    several = SimpleNamespace(rungs=rungs, seeds=(1, 2, 3))
    slide = slides.changes(several)
    assert (
        slide["title"] == "Am meisten bringt „Maske“: +0,50 dB"
        and "„Sigmoid“ zählt dabei nicht mit" in slide["notes"]
        and "mehreren Startwerten" in slide["notes"]
    )
    assert [len(group) for group in slides.grouped(several)] == [1, 1, 1]
    none = SimpleNamespace(rungs=rungs[:3], seeds=(1,))
    slide = slides.changes(none)
    assert "Keine Änderung" in slide["title"] and "einem Startwert" in slide["notes"]


def test_semantics_without_any_difference_claim_nothing():
    text = semantics.describe_semantics(make_benchmark())
    assert "verlieren" not in text and "Mehr als" not in text


def test_seam_of_2025_is_not_praised():
    text = results.describe_looks(make_benchmark(), Q)
    assert "Unauffällig ist der Rand von 2025 darum nicht" in text and "beim Netz von 2025 1,00" in text


def make_ladder(gain):
    rung = SimpleNamespace(name="sigmoid", differences={"quadrat8": around(gain)})
    return SimpleNamespace(rungs=(rung,))


def test_relu_and_sigmoid_do_not_contradict_the_ablation():
    result, ladder = make_benchmark({"original_relu": 17.9}), make_ladder(0.93)
    text = results.describe_outputs(result, Q, SEEDS, ladder)
    assert "nachweislich besser als mit der Sigmoidfunktion (+0,70 dB)" in text
    assert "verschwindet also bei langem Training" in text
    assert "verschwindet" not in results.describe_outputs(
        make_benchmark({"original_relu": 16.0}), Q, SEEDS, ladder
    )
    assert "Startwert" in results.describe_outputs(result, Q, {}, ladder)
    assert "verschwindet" not in results.describe_outputs(result, Q, SEEDS, None)


def test_hole_sizes_tell_that_one_was_learned_only_where_it_is_so():
    learned = {4: 16.0, 6: 17.4, 8: 17.2, 10: 15.0, 12: 12.9, 16: 10.3}
    text = appendix.describe_hole_sizes(make_benchmark(sizes=learned))
    assert (
        "Am besten füllt das Netz von 2025 Löcher von 6×6" in text
        and "ab 12 Pixeln" in text
        or "unter der mittleren Farbe" in text
    )
    assert "zeigt sich hier nicht" in appendix.describe_hole_sizes(make_benchmark())


def test_samples_are_described_with_their_price_and_calibration():
    text = samples.describe_samples(make_benchmark(samples=("gruendlich",)), Q)
    assert "kostet gegenüber dem Mittelwert 2,30\u00a0dB PSNR" in text and "79,0\u00a0%" in text
    assert samples.describe_samples(make_benchmark(), Q) == samples.NO_SAMPLES


def test_the_history_of_the_test_images_is_told():
    texts = everything(make_benchmark())
    assert "nach Vorversuchen auf Testbildern" in texts["split"] and "Validierungs" in texts["split"]
    assert "Vorversuchen auf Testbildern" in texts["limits"] and "Testbildern" in texts["summary"]


def test_missing_networks_are_told():
    from inpainting.german import network

    assert network.missing_networks({"kompakt": 1, "gruendlich": 1}) == ""
    assert "„gründlich“ liegt in diesem Lauf nicht vor" in network.missing_networks({"kompakt": 1})


def test_every_method_has_a_name_and_foreign_ones_keep_theirs():
    assert set(BASE) <= set(numbers.LABELS)
    assert numbers.label("lama") == "lama" and numbers.suite_label("quadrat12") == "Quadrat 12×12"
    assert [numbers.suite_label(s) for s in SUITES] == list(numbers.SUITE_LABELS.values())
