"""Sentences with known answers: every number that a text prints is computed a second time here.

What is compared are numbers and names, not the words around them.
"""

import math
import re
from types import SimpleNamespace

import pytest
from invented import BASE, around, make_benchmark, make_seeds

from inpainting.german import (
    data,
    ladder,
    naturalness,
    numbers,
    results,
    samples,
    semantics,
    slides,
    summary,
    training,
    verdicts,
)
from inpainting.masks import SUITES
from inpainting.measuring.evaluation import Estimate

Q = "quadrat8"
SEEDS = make_seeds()


def numbers_in(text: str) -> list[float]:
    """The numbers with a decimal comma that a text prints, with their signs."""
    found = re.findall(r"[+−]?\d+,\d+", text)
    return [float(number.replace(",", ".").replace("−", "-")) for number in found]


# ---------------------------------------------------------------- judgements


def verdict(pooled=0.3, mean=0.3, ssim=0.01, surplus=(0.2, 0.2, 0.005), half=0.02):
    gaps = {verdicts.POOLED: around(pooled, half), verdicts.MEAN: around(mean, half)}
    gaps |= {verdicts.SSIM: around(ssim, 0.001)}
    return verdicts.Verdict(Q, gaps, dict(zip(verdicts.MEASURES, surplus, strict=True)))


@pytest.mark.parametrize(
    "difference, sign",
    [((0.1, 0.2), 1), ((-0.2, -0.1), -1), ((-0.1, 0.1), 0), ((0.0, 0.1), 0), ((-0.1, 0.0), 0)],
)
def test_an_interval_that_touches_zero_proves_nothing(difference, sign):
    assert verdicts.sign(Estimate(sum(difference) / 2, *difference)) == sign


def test_kinds_of_verdicts():
    assert verdict().kind == "besser" and verdict(-1, -1, -1).kind == "schlechter"
    assert verdict(0, 0, 0).kind == "gleich" and verdict(ssim=0).kind == "uneins"
    assert verdict().signs == {verdicts.POOLED: 1, verdicts.MEAN: 1, verdicts.SSIM: 1}


@pytest.mark.parametrize(
    "found, proven, has_seeds",
    [
        (verdict(), True, True),
        (verdict(-0.3, -0.3, -0.01), True, True),
        (verdict(surplus=(0.0, 0.2, 0.005)), False, True),  # not larger than the seeds' range
        (verdict(surplus=(0.2, -0.1, 0.005)), False, True),
        (verdict(surplus=(0.2, 0.2, math.nan)), False, False),
        (verdict(ssim=-0.01), False, True),
        (verdict(0, 0, 0), False, True),
    ],
)
def test_proven_is_what_all_measures_say_and_no_seed_explains(found, proven, has_seeds):
    assert found.is_proven is proven and found.has_seeds is has_seeds


@pytest.mark.parametrize("pooled, negligible", [(0.049, True), (-0.049, True), (0.05, False), (-0.06, False)])
def test_negligible_is_less_than_a_twentieth_of_a_decibel(pooled, negligible):
    assert verdict(pooled).is_negligible is negligible and verdicts.NEGLIGIBLE == 0.05


def test_range_over_the_seeds():
    assert verdicts.spread(SEEDS, "kompakt", Q) == pytest.approx(0.05)
    assert verdicts.spread(SEEDS, "original", Q) == pytest.approx(0.05)
    assert verdicts.spread(SEEDS, "gauss", Q) == 0  # is not trained
    assert math.isnan(verdicts.spread(SEEDS, "gruendlich", Q)) and math.isnan(
        verdicts.spread({}, "original", Q)
    )
    one = {"kompakt": {Q: {verdicts.POOLED: [19.4]}}}
    assert math.isnan(verdicts.spread(one, "kompakt", Q))  # a single seed has no range


def test_a_gap_counts_beyond_the_ranges_of_both_sides():
    seeds = make_seeds()
    seeds["original"][Q][verdicts.POOLED] = [BASE["original"], BASE["original"] + 0.4]
    result = make_benchmark()

    def surplus(method, *others, key=verdicts.POOLED):
        return verdicts.judge(result, Q, method, others, seeds).surplus[key]

    assert surplus("kompakt", "original") == pytest.approx(2.2 - 0.4 - 0.05)
    assert surplus("kompakt", "gauss") == pytest.approx(0.6 - 0.05)
    assert surplus("kompakt", "gauss", "original") == pytest.approx(0.55)  # the least of all others
    assert surplus("kompakt", "original", key=verdicts.MEAN) == pytest.approx(2.2 - 0.1)
    assert surplus("original", "kompakt") == pytest.approx(2.2 - 0.4 - 0.05)  # of a loss as well
    assert math.isnan(surplus("gruendlich", "gauss"))  # one seed alone


def test_who_is_ours_and_who_is_not():
    result = make_benchmark(samples=("kompakt",))
    assert [m for m in result.methods if verdicts.is_ours(m)] == [
        "prior",
        "kompakt",
        "gruendlich",
        "kompakt_vorschlag",
    ]
    foreign = verdicts.rivals(result)
    assert not any(verdicts.is_ours(m) for m in foreign) and "original" in foreign and "gauss" in foreign
    assert verdicts.best_rival(result, Q) == "gauss"
    assert verdicts.best_rival(make_benchmark({"original": 19.0}), Q) == "original"
    assert set(verdicts.without_network(result)) == {*BASE} - {
        "prior",
        "original",
        "original_relu",
        "kompakt",
        "gruendlich",
    }


def test_extent_of_gaps_is_from_the_smallest_to_the_largest():
    assert verdicts.extent([verdict(-0.5), verdict(0.2), verdict(0.3)]) == "0,20 bis 0,50\u00a0dB"
    assert verdicts.extent([verdict(0.201), verdict(-0.199)]) == "0,20\u00a0dB"


def test_the_note_on_tiny_gaps_is_for_differences_only():
    def note(*found):
        return "0,05" in verdicts.describe_divided(found, "A")

    assert note(verdict(0.03, half=0.01)) and note(verdict(0.3), verdict(0.03, half=0.01))
    assert not note(verdict(0.3)) and not note(verdict(0.01, 0, 0)) and not note(verdict(0.3, ssim=0))


def test_every_verdict_is_told_once():
    proven, within = verdict(0.31), verdict(0.32, surplus=(-0.1, 0.2, 0.005))
    single, lost = verdict(0.33, surplus=(math.nan,) * 3), verdict(-0.34, -0.3, -0.01)
    for found in ([proven], [within], [single], [lost], [proven, within, single, lost]):
        sizes = [abs(v.gaps[verdicts.POOLED].value) for v in found]
        assert numbers_in(verdicts.describe_verdicts(found, "A", "B", "@tab:x")) == pytest.approx(sizes)
    texts = [verdicts.describe_verdicts([v], "A", "B", "@tab:x") for v in (proven, within, single, lost)]
    assert ["Nachweislich besser" in t for t in texts] == [True, False, False, False]
    assert ["Startwert" in t for t in texts] == [False, True, True, False] and "schlechter" in texts[3]


def test_all_suites_at_once_or_by_name():
    assert "allen" in verdicts.on([verdict()] * 3, 3) and "allen" not in verdicts.on([verdict()] * 2, 3)
    assert verdicts.on([verdict()], 1) == "auf Quadrat 8×8"


# ---------------------------------------------------------------- results


@pytest.mark.parametrize("difference, share", [(0, 1), (10, 0.1), (-10, 10), (3.0103, 0.5)])
def test_share_of_the_squared_error(difference, share):
    assert results.error_share(difference) == pytest.approx(share, rel=1e-4)


def test_networks_from_small_to_large():
    assert results.own_networks(make_benchmark()) == ["kompakt", "gruendlich"]
    assert results.best_network(make_benchmark()) == "gruendlich"
    assert results.best_network(make_benchmark(without=("gruendlich",))) == "kompakt"


def test_main_table_is_sorted_into_groups_and_marks_the_best():
    result = make_benchmark()
    table = results.main_table(result, Q, {"kompakt": 933_187})
    groups = [row[0] for row in table.rows]
    assert [g for g in groups if g] == ["ohne Netz", "2025", "unser"]
    names = [row[1] for row in table.rows]
    for row in table.rows:
        method = next(m for m in result.methods if numbers.label(m) == row[1])
        figures = result.figures[Q][method]
        assert row[2] == numbers.interval(figures["hole_psnr_pooled"])
        assert numbers_in(" ".join(row[3:7])) == pytest.approx(
            [figures[k].value for k in ("hole_psnr_mean", "ssim", "seam_ratio", "sharpness")], abs=0.005
        )
        assert row[7] == ("933\u202f187" if method == "kompakt" else "–")
    assert groups.index("2025") == names.index("Netz von 2025")
    best = {column: names[row] for row, column in table.highlight}
    assert best[2] == best[3] == best[4] == "gründlich"
    assert set(best) == {2, 3, 4}  # no praise for a seam or a sharpness alone


def test_images_of_the_samples_are_named_where_they_are_fewer():
    few, same = make_benchmark(samples=("kompakt",)), make_benchmark(samples=("kompakt",), n_images=500)
    assert "2000" in results._fewer_images(few)
    assert results._fewer_images(same) == "" and results._fewer_images(make_benchmark()) == ""


def test_gains_are_those_of_the_benchmark():
    result = make_benchmark()
    text = results.describe_gains(result, Q)
    assert numbers_in(text)[::3] == pytest.approx([0.6, 1.2])  # value, low and high of each
    shares = [
        int(n)
        for n in re.findall(r"(\d+)\u00a0%", results.against_relu(result, Q, ["kompakt", "gruendlich"]))
    ]
    assert shares == [round(100 * 10 ** (-(x - 17.3) / 10)) for x in (19.4, 20.0)]
    control = results.describe_control(result, Q)
    assert numbers_in(control)[0] == 17.7 and numbers_in(control)[-3:] == pytest.approx([2.3, 2.26, 2.34])
    assert results.describe_control(make_benchmark(without=("prior",)), Q) == ""
    assert numbers_in(results.describe_compositing(result, Q)) == pytest.approx([23.8, 31.2])


def test_one_sentence_says_by_how_much():
    def shares(**pooled):
        text = results.one_sentence(make_benchmark(pooled), Q).partition(";")[0]
        return [int(n) for n in re.findall(r"(\d+)\u00a0%", text)]

    assert shares() == [48, 24]  # 1 - 10^-0.28, and 1 - 10^-0.12
    assert shares(kompakt=18.0, gruendlich=18.0) == [17, 20]  # 1 - 10^-0.08, and 10^0.08 - 1
    assert shares(original=19.5) == [11]  # the best rival is that of 2025 itself
    assert shares(gauss=20.0) == [48]  # no difference


def test_one_sentence_says_how_far_the_lead_goes_over_the_masks():
    def rest(lead):
        gaps = {("haelfte", "gruendlich", "gauss", verdicts.POOLED): around(lead)}
        return results.one_sentence(make_benchmark(gaps=gaps), Q).partition("; ")[2]

    assert (
        rest(0.2) == "auf den sechs Maskensätzen ist er 5 bis 24\u00a0% kleiner als bei ihr."
    )  # 1 - 10^-0.02
    assert rest(-0.2) == "weniger ist es bei 5 von 6 Arten von Löchern."
    assert rest(1.2) == ""  # as much everywhere


def test_errors_at_the_border_and_inside():
    grey = (1 / 255) ** 2
    rows = [[16 * grey if 0 < y < 3 and 0 < x < 3 else 4 * grey for x in range(4)] for y in range(4)]
    result = SimpleNamespace(positions={"a": rows, "b": [[grey] * 2] * 2, "c": [[grey, grey, grey]] * 3})
    found = results.border_errors(result)
    assert found.keys() == {"a", "c"}  # two pixels have no inside
    assert found["a"] == pytest.approx((2, 4)) and found["c"] == pytest.approx((1, 1))


def test_seeds_are_told_with_their_ends():
    text = results.describe_seed_spread(SEEDS, Q)
    expected = [x + d for x in (17.2, 17.3, 19.4) for d in (0, 0.05)]
    assert numbers_in(text) == pytest.approx(expected) and text.count("drei Startwerte") == 3
    assert not numbers_in(results.describe_seed_spread({"kompakt": {Q: {verdicts.POOLED: [19.4]}}}, Q))
    two = {"kompakt": {Q: {verdicts.POOLED: [19.4, 19.5]}}}
    assert numbers_in(results.describe_seed_spread(two, Q)) == [19.4, 19.5]
    same = {"kompakt": {Q: {verdicts.POOLED: [19.401, 19.402]}}}
    assert numbers_in(results.describe_seed_spread(same, Q)) == [19.4]
    here, elsewhere = make_benchmark(), make_benchmark({"kompakt": 19.3})
    assert "ganzen" in results.describe_seed_spread(two, Q, elsewhere)
    assert "ganzen" not in results.describe_seed_spread(two, Q, here)


def test_leads_are_pooled_gaps_to_the_best_rival():
    result = make_benchmark()
    found = results.leads(result)
    assert list(found) == [numbers.suite_label(s) for s in SUITES]
    for of_suite in found.values():
        assert {n: gap.value for n, gap in of_suite.items()} == {
            n: pytest.approx(verdicts.gap(result, Q, n, "gauss").value) for n in ("kompakt", "gruendlich")
        }
    assert numbers_in(results.alt_leads(result)) == pytest.approx([0.6, 1.2] * 6)


# ---------------------------------------------------------------- samples


def test_table_of_samples_prints_what_is_stored():
    result = make_benchmark(samples=("kompakt", "gruendlich"))
    table = samples.samples_table(result)
    assert len(table.rows) == 12 and [bool(row[0]) for row in table.rows] == [True, False] * 6
    for row in table.rows:
        assert row[2:] == ["0,96", "1,02", "0,715 ±0,005", "79,0 ±1,0", "19,60", "18,90", "19,40", "0,10"]
    result.draws = {}
    assert samples.samples_table(result).rows[0][4:] == ["–"] * 6
    assert samples.sampling_networks(make_benchmark()) == []


def test_natural_is_within_a_tenth():
    result = make_benchmark(samples=("kompakt",))
    figures = result.figures[Q]["kompakt_vorschlag"]
    for sharpness, seam, natural in [
        (0.9, 1.1, True),
        (1.1, 0.9, True),
        (0.89, 1.0, False),
        (1.0, 1.11, False),
        (1.2, 1.2, False),
    ]:
        figures |= {"sharpness": around(sharpness), "seam_ratio": around(seam)}
        assert samples._is_natural(result, Q, "kompakt_vorschlag") is natural


@pytest.mark.parametrize(
    "share, half, word",
    [
        (0.69, 0.01, "zu eng"),
        (0.78, 0.01, "etwas zu eng"),
        (0.78, 0.02, "so breit"),
        (0.82, 0.02, "so breit"),
        (0.82, 0.01, "etwas zu weit"),
        (0.91, 0.01, "zu weit"),
    ],
)
def test_calibration_of_the_intervals(share, half, word):
    figure = Estimate(share, share - half, share + half)
    assert samples.width_of_intervals(figure).startswith(word)
    result = make_benchmark(samples=("gruendlich",))
    result.draws[Q]["gruendlich"] = {"coverage": figure}
    text = samples._calibration(result, Q, "gruendlich")
    assert numbers_in(text)[:3] == pytest.approx([100 * x for x in (share, share - half, share + half)])
    result.draws[Q]["gruendlich"] = {}
    assert samples._calibration(result, Q, "gruendlich") == ""


def test_what_samples_cost():
    text = samples.describe_samples(make_benchmark(samples=("gruendlich",)), Q)
    assert numbers_in(text)[:4] == pytest.approx([2.3, 0.96, 0.93, 0.99])
    impossible = make_benchmark({"gruendlich_vorschlag": 21.0})
    for suite in SUITES:
        impossible.figures[suite]["gruendlich_vorschlag"] |= {
            "sharpness": around(1.0),
            "seam_ratio": around(1.0),
        }
    assert "nicht sein" in samples.describe_samples(impossible, Q)


def test_frechet_distances_best_is_the_least():
    result = make_benchmark(samples=("kompakt",))
    table = naturalness.frechet_table(result)
    names = ["wahres Bild", *map(numbers.label, result.methods)]
    for i, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        assert row[0] == name and row[1:] == [f"{0.3 + 0.1 * i:.2f} ±0.04".replace(".", ",")] * 6
    assert table.highlight == [(1, column) for column in range(1, 7)]  # true images are no method
    assert naturalness.has_frechet(result) and not naturalness.has_frechet(make_benchmark())


def nearness(drawn, mean=(0.9, 1.0, 1.1), true=(0.1, 0.2, 0.3)):
    """What is said of one suite with these distances: low, value and high."""

    def figure(low, value, high):
        return Estimate(value, low, high)

    distances = {
        (Q, "kompakt_vorschlag"): figure(*drawn),
        (Q, "kompakt"): figure(*mean),
        (Q, "wahr"): figure(*true),
    }
    distances[Q, "gruendlich"] = around(3.0)
    result = make_benchmark(samples=("kompakt",), suites=(Q,), distances=distances)
    return naturalness.describe_nearness(result)


def test_a_sample_is_nearer_where_the_intervals_part():
    near = nearness((0.5, 0.6, 0.89))
    assert numbers_in(near)[:2] == [0.6, 1.0] and "gesichert kleiner" in near and "größer" not in near
    even = nearness((0.5, 0.6, 0.9))
    assert "keinem" in even and "größer" not in even
    assert "größer" in nearness((1.11, 1.2, 1.3)) and "größer" not in nearness((1.1, 1.2, 1.3))
    assert "Grenze" in nearness((0.3, 0.6, 0.8)) and "Grenze" not in nearness((0.31, 0.6, 0.8))
    assert naturalness.describe_nearness(make_benchmark()) == ""


def test_the_front_keeps_twins_and_drops_who_is_beaten_in_both():
    points = {"a": (1.0, 3.0), "b": (2.0, 1.0), "twin": (2.0, 1.0), "c": (3.0, 2.0), "d": (1.0, 4.0)}
    assert naturalness.pareto_front(points) == ["a", "b", "twin"]


def test_plane_of_distortion_and_perception():
    result = make_benchmark(samples=("kompakt",))
    points = naturalness.plane_points(result, Q)
    assert points.keys() == set(result.methods)
    for i, (method, (error, distance)) in enumerate(points.items()):
        pooled = result.figures[Q][method]["hole_psnr_pooled"].value
        assert -20 * math.log10(error / 255) == pytest.approx(pooled) and distance == pytest.approx(
            0.4 + 0.1 * i
        )
    # distances rise along the methods: undominated is who is better than all before
    front, best = [], -math.inf
    for method in result.methods:
        pooled = result.figures[Q][method]["hole_psnr_pooled"].value
        if pooled > best:
            front, best = [method, *front], pooled
    text = naturalness.describe_plane(result, Q)
    named = numbers.listing([numbers.called(m) for m in front])
    assert named in text
    assert len(numbers_in(naturalness.alt_plane(result, Q))) == 2 * len(result.methods)


# ---------------------------------------------------------------- training


def test_a_falling_end_is_told_by_five_against_five_epochs():
    def judge(val_loss, loss=None, floor=0.5):
        return training.judge_training(loss or val_loss, val_loss, floor)

    falling = [0.60, 0.60, 0.60, 0.60, 0.60, 0.58, 0.58, 0.58, 0.58, 0.57]
    found = judge(falling)
    assert found.still_falling and not found.rising and not found.overfitted
    assert found.improvement == pytest.approx(0.60 - 0.578) and found.excess == pytest.approx(0.14)
    assert judge(falling[::-1]).rising and not judge(falling[::-1]).still_falling
    longer = [0.9] * 7 + falling  # what lies further back does not count
    assert judge(longer).improvement == pytest.approx(found.improvement)
    early = [0.60, 0.60, 0.60, 0.60, 0.55, 0.58, 0.58, 0.58, 0.58, 0.58]  # the best is not at the end
    assert not judge(early).still_falling
    edge = [0.60, 0.60, 0.60, 0.60, 0.60, 0.55, 0.58, 0.58, 0.58, 0.58]
    assert judge(edge).still_falling


def test_overfitted_needs_three_worse_epochs_and_a_falling_training_loss():
    def overfitted(*after, loss=0.59, n_before=6):
        val_loss = [0.61] * n_before + [0.6, *after]
        losses = [0.61] * n_before + [0.6] + [loss] * len(after)
        return training.judge_training(losses, val_loss, 0.5).overfitted

    assert overfitted(0.62, 0.62, 0.62)
    assert not overfitted(0.62, 0.62)
    assert not overfitted(0.62, 0.62, 0.62, loss=0.6)
    assert not overfitted(0.62, 0.6005, 0.62)  # within one per cent of the distance to the floor
    assert overfitted(0.6005, 0.62, 0.62, 0.62)  # the last three decide
    assert not overfitted(0.62, 0.62, 0.62, 0.6005, 0.62)


def test_losses_that_are_no_numbers_do_not_count():
    found = training.judge_training([0.7, math.nan, 0.6], [0.7, 0.6, math.inf], 0.5)
    assert found.excess == pytest.approx(0.4) and found.improvement == 0
    nothing = training.judge_training([math.nan], [math.nan], 0.5)
    assert nothing == training.TrainingVerdict(False, False, False, math.inf, 0.0)


def test_distance_to_the_floor_and_the_curve():
    assert numbers_in(training.describe_floor(0.561, 0.55)) == pytest.approx([2.0, 0.55])
    history = SimpleNamespace(n_epochs=3, loss=[0.7, 0.65, 0.6], val_loss=[0.72, 0.66, 0.61])
    assert numbers_in(training.alt_losses(history, 0.55)) == pytest.approx([0.7, 0.6, 0.72, 0.61, 0.55])


def history_of(val_loss, loss=None, stopped="epochs"):
    best = min(range(len(val_loss)), key=val_loss.__getitem__)
    return SimpleNamespace(
        loss=loss or val_loss,
        val_loss=val_loss,
        stopped=stopped,
        n_epochs=len(val_loss),
        best_epoch=best + 1,
        best_val_loss=val_loss[best],
    )


def test_the_last_epochs_are_compared_where_there_are_ten():
    floors, recipe = {"Training": 0.5, "Validierung": 0.5}, {"epochs": 12, "patience": 5}
    nine, ten = ([0.7 - 0.01 * i for i in range(n)] for n in (9, 10))
    longer, shorter = (training.describe_training(history_of(x), floors, recipe) for x in (ten, nine))
    assert 0.05 in numbers_in(longer) and "der fünf davor" in longer
    assert "der fünf davor" not in shorter and "noch" in shorter


def test_a_lower_validation_loss_is_explained_by_the_floors():
    recipe = {"epochs": 12, "patience": 5}
    below, above = history_of([0.62, 0.60], [0.63, 0.61]), history_of([0.62, 0.61], [0.62, 0.60])

    def difference(history, floor):
        text = training.describe_training(history, {"Training": 0.5123, "Validierung": floor}, recipe)
        return "Untergrenze" in text and 0.0123 in numbers_in(text)

    assert difference(below, 0.5) and not difference(above, 0.5) and not difference(below, 0.52)


def test_table_of_seeds_has_every_seed():
    table = training.seeds_table(SEEDS, Q)
    assert [row[0] for row in table.rows] == [numbers.label(m) for m in SEEDS]
    for row, method in zip(table.rows, SEEDS, strict=True):
        for cell, key in zip(row[1:], verdicts.MEASURES, strict=True):
            assert numbers_in(cell) == pytest.approx(SEEDS[method][Q][key], abs=0.006)
            assert cell.count("·") == 2
    one = {"kompakt": {Q: {verdicts.POOLED: [19.4]}}}
    assert training.seeds_table(one, Q).rows == []
    assert "nur ein Startwert" in training.describe_seeds(one, Q)
    assert "nur ein Startwert" not in training.describe_seeds(SEEDS, Q)


def test_stages_and_origins_are_told():
    stages = [{"epochs": 40, "seconds": 3600}, {"epochs": 1, "seconds": 1800}]
    record = {"stages": stages, "seconds": 600, "trained_at": "2026-11-03T10:00:00"}
    record |= {
        "recipe": {"network": "gruendlich"},
        "data": {"n_train": 45_000},
        "hardware": {"n_cores": 2, "processor": "P"},
    }
    stored = SimpleNamespace(record=record, from_store=True)
    text = training.describe_stages(stored)
    assert "40" in text and "eine" in text.lower() and "90,0\u00a0min" in text
    assert training.describe_stages(SimpleNamespace(record={"stages": stages[:1]})) == ""
    origin = training.describe_origins({"gruendlich": stored})
    assert all(
        part in origin for part in ("3. November 2026", "45\u202f000", "10,0\u00a0min", "2 Kernen (P)")
    )
    here = training.describe_origins({"gruendlich": SimpleNamespace(record=record, from_store=False)})
    assert "3. November" not in here and "10,0\u00a0min" in here
    record["hardware"]["n_cores"] = 1
    assert training.processor(stored) == "einem Kern (P)"


# ---------------------------------------------------------------- semantics


def test_table_of_semantics_has_shares_half_widths_and_the_best():
    shares = {(Q, "gauss"): Estimate(0.83, 0.81, 0.85), ("linien", "kompakt"): Estimate(0.86, 0.85, 0.88)}
    result = make_benchmark(shares=shares)
    table = semantics.semantics_table(result)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["wahres Bild"] == ["90,0 ±0,6"] * 6 and rows["maskiert"] == ["50,0 ±1,0"] * 6
    assert rows[numbers.label("gauss")] == ["83,0 ±2,0", *["80,0 ±0,8"] * 5]
    assert list(rows)[2:] == [numbers.label(m) for m in result.methods]
    best = {column: table.rows[row][0] for row, column in table.highlight}
    assert best[1] == numbers.label("gauss") and best[1 + SUITES.index("linien")] == numbers.label("kompakt")
    assert len(best) == 6
    del result.semantics[Q]
    assert len(semantics.semantics_table(result).header) == 6


def standing(gauss, kompakt, samples=(), **of_ours):
    """A benchmark of one suite where the classifier finds 40 % after the others."""
    result = make_benchmark(samples=samples, suites=(Q,))
    for method in result.methods:
        result.semantics[Q][method] = around(0.4, 0.01)
    result.semantics[Q] |= {"gauss": gauss, "kompakt": kompakt} | of_ours
    return result


def test_semantics_are_won_and_lost_where_the_intervals_part():
    theirs = Estimate(0.6, 0.55, 0.65)
    won = semantics.describe_semantics(standing(theirs, Estimate(0.7, 0.66, 0.8)))
    assert numbers_in(won) == [70.0, 60.0] and "gewinnt" in won and "verliert" not in won
    even = semantics.describe_semantics(standing(theirs, Estimate(0.7, 0.65, 0.8)))
    assert numbers_in(even) == [] and "gesichert" in even
    result = standing(theirs, Estimate(0.5, 0.4, 0.54))
    lost = semantics.describe_semantics(result)
    assert numbers_in(lost) == [50.0, 60.0] and "verliert" in lost
    assert "verliert" not in semantics.describe_semantics(standing(theirs, Estimate(0.5, 0.4, 0.55)))


def test_paired_semantics_decide_where_they_are_stored():
    result = standing(around(0.7), Estimate(0.6, 0.5, 0.65))
    assert semantics.compare_shares(result, Q, "kompakt", "gauss") == -1
    result.semantic_differences = {Q: {"kompakt": {"gauss": Estimate(-0.1, -0.2, 0.01)}}}
    assert semantics.compare_shares(result, Q, "kompakt", "gauss") == 0
    assert "verliert" not in semantics.describe_semantics(result)


@pytest.mark.parametrize(
    "gauss, paired, is_lost",
    [
        (around(0.75, 0.03), None, False),  # our interval ends below their value, not below their interval
        (
            around(0.78, 0.03),
            Estimate(-0.08, -0.1, -0.06),
            True,
        ),  # intervals overlap, the pairs tell them apart
        (around(0.78, 0.005), None, True),
        (around(0.78, 0.005), Estimate(-0.08, -0.2, 0.01), False),  # intervals part, the pairs do not
    ],
)
def test_report_summary_and_talk_agree_on_what_is_lost_in_semantics(gauss, paired, is_lost):
    shares = {("linien", m): around(0.7, 0.03) for m in BASE} | {("linien", "gauss"): gauss}
    result = make_benchmark(shares=shares)
    if paired:
        result.semantic_differences = {"linien": {"kompakt": {"gauss": paired}}}
    field = SimpleNamespace(best="gruendlich")
    assert semantics.lost_suites(result) == (["linien"] if is_lost else [])
    assert ("verliert" in semantics.describe_semantics(result)) == is_lost
    assert ("findet ein Klassifikator" in summary._challenges(result, Q, SEEDS)) == is_lost
    talk = str(slides.conclusion(result, field, Q, SEEDS)["points"])
    assert ("Ein Klassifikator erkennt auf Linien" in talk) == is_lost


def test_samples_are_judged_apart():
    def judged(sample):
        result = standing(around(0.7), around(0.6), samples=("kompakt",), kompakt_vorschlag=sample)
        return semantics._against_best(result, Q)

    assert judged(around(0.8)).sample == 1 and judged(around(0.72)).sample == 0
    assert judged(around(0.5)).sample == -1 and judged(around(0.5)).behind == ("kompakt",)
    assert judged(around(0.5)).shares == (0.6, 0.7) and judged(around(0.5)).rival == "gauss"
    assert semantics._against_best(standing(around(0.7), around(0.6)), Q).sample is None


def test_classifier_that_prefers_samples():
    def realism(sample):
        ours = {"kompakt": around(0.8, 0.01), "kompakt_vorschlag": sample}
        result = standing(around(0.7), samples=("kompakt",), **ours)
        result.frechet = {}
        return samples._recognised(result, "kompakt")

    assert "mehr als" in realism(around(0.85, 0.01)) and realism(around(0.81, 0.01)) == ""
    assert "weniger als" in realism(around(0.75, 0.01))


# ---------------------------------------------------------------- summary


def dataset(is_sample=False):
    return SimpleNamespace(
        train=range(45_000), validation=range(5_000), test=range(10_000), is_sample=is_sample
    )


def summarise(result, is_sample=False, seeds=SEEDS):
    sizes = {"kompakt": 933_187, "gruendlich": 2_345_678}
    return summary.executive_summary(dataset(is_sample), result, Q, seeds, sizes, {"keras": "3.9"})


def test_summary_has_the_sizes_and_the_notice_of_the_sample():
    text = summarise(make_benchmark())
    for part in ("45\u202f000", "5000", "10\u202f000", "933\u202f187", "2\u202f345\u202f678", "Keras 3.9"):
        assert part in text
    assert not text.startswith("**") and summarise(make_benchmark(), True).startswith(
        "**Dieser Bericht rechnet"
    )


def test_summary_says_by_how_much():
    text = summary._gain(make_benchmark(), Q)
    assert numbers_in(text) == pytest.approx([20.0, 19.97, 20.03, 17.2, 1.2]) and "52\u00a0%" in text
    assert "dB größer als beim besten fremden" in text
    text = summary._gain(make_benchmark({"kompakt": 18.3, "gruendlich": 18.5}), Q)
    assert numbers_in(text)[-1] == pytest.approx(0.3) and "dB kleiner als" in text
    assert "dB größer als" in summary._gain(make_benchmark({"gruendlich": 19.3}), Q)
    assert len(numbers_in(summary._gain(make_benchmark({"original": 19.5}), Q))) == 4


def test_methods_without_a_network_are_counted():
    def told(**pooled):
        return summary._rivalry(make_benchmark(pooled), Q, SEEDS)

    assert "Vier der fünf fremden Verfahren ohne Netz (@tab:kurz)" in told()  # all but the mean colour
    shown = [row[0] for row in summary.summary_table(make_benchmark(), Q).rows]
    assert (
        numbers.label("prior") not in shown and numbers.label("gauss") in shown
    )  # the table lists who is counted
    assert "Alle fünf" in told(mittelwert=17.5)
    assert "Keines" in told(original=19.0)
    assert "Eines der fünf" in told(original=18.6) and " füllt " in told(original=18.6)
    assert " füllen " in told()


def test_summary_of_samples_and_challenges():
    result = make_benchmark(samples=("kompakt",))
    text = summary._samples(result, Q)
    assert re.findall(r"(\d+)\u00a0%", text) == ["96", "60"] and numbers_in(text) == [2.3]
    assert summary._samples(make_benchmark(), Q) == ""

    text = summary._challenges(make_benchmark(), Q, SEEDS)
    assert "ist verwaschen" in text and "„gründlich“ hat nur einen Startwert" in text
    assert "fremde" not in text
    sharp = make_benchmark()
    sharp.figures[Q]["gruendlich"]["sharpness"] = around(0.9)
    seeds = SEEDS | {"gruendlich": {Q: {verdicts.POOLED: [20.0, 20.1]}}}
    assert "verwaschen" not in summary._challenges(sharp, Q, seeds)
    assert "Startwert" not in summary._challenges(sharp, Q, seeds)
    assert "„kompakt“ und „gründlich“ haben nur einen" in summary._challenges(sharp, Q, {})
    weak = summary._challenges(make_benchmark({"kompakt": 18.8}), Q, SEEDS)
    assert weak.count("als das beste fremde Verfahren") == 1
    lost = {(Q, m): around(0.7, 0.01) for m in BASE} | {(Q, "gauss"): around(0.72, 0.005)}
    assert "Klassifikator" in summary._challenges(make_benchmark(shares=lost), Q, SEEDS)
    lost[Q, "kompakt"] = Estimate(0.7, 0.69, 0.72)  # reaches the best foreign method
    assert "Klassifikator" not in summary._challenges(make_benchmark(shares=lost), Q, SEEDS)


def test_table_of_the_summary_is_sorted():
    table = summary.summary_table(make_benchmark(), Q)
    rows = ["gruendlich", "kompakt", *verdicts.without_network(make_benchmark()), "original"]
    assert {row[0] for row in table.rows} == {numbers.label(m) for m in rows}
    result = make_benchmark()
    values = {numbers.label(m): result.figures[Q][m]["hole_psnr_pooled"].value for m in result.methods}
    assert [row[1] for row in table.rows if row[0] in ("kompakt", "Netz von 2025")] == ["unser", "2025"]
    found = [numbers_in(row[2])[0] for row in table.rows]
    assert found == [values[row[0]] for row in table.rows] == sorted(found, reverse=True)
    for row in table.rows:
        share = int(row[3].split("\u00a0")[0])
        assert share == round(100 * 10 ** (-(values[row[0]] - values["Netz von 2025"]) / 10))


# ---------------------------------------------------------------- looks, old network, split


def test_numbers_are_printed_with_their_digits():
    result = make_benchmark(samples=("kompakt", "gruendlich"))
    assert re.findall(r"\d+,\d+", results.describe_looks(result, Q))[:4] == ["1,00", "0,62", "0,75", "0,60"]
    assert re.findall(r"\d+,\d+", results.describe_sample(result, Q)) == ["0,96", "2,30"]
    result.draws[Q]["kompakt"] = {
        "energy_ratio": around(0.71234),
        "coverage": around(0.78912),
        "mean_psnr": around(19.1234),
        "best_of_few": around(18.5678),
        "best_of_many": around(19.8765),
        "diversity": around(0.12345),
    }
    row = samples.samples_table(result).rows[0]
    assert row[2:] == ["0,96", "1,02", "0,712 ±0,030", "78,9 ±3,0", "19,12", "18,57", "19,88", "0,12"]
    told = naturalness.alt_plane(result, Q)
    for method, (error, distance) in naturalness.plane_points(result, Q).items():
        assert f"{numbers.label(method)} {error:.1f} und {distance:.2f}".replace(".", ",") in told
    text = summary._gain(result, Q)
    assert "17,20" in text and "1,20" in text


def test_looks_are_explained_where_there_is_something_to_explain():
    def looks(gruendlich=20.0, sharpness=0.6, border=None):
        result = make_benchmark({"gruendlich": gruendlich})
        result.figures[Q]["gruendlich"]["sharpness"] = around(sharpness)
        if border:
            result.positions["gruendlich"] = border
        return results.describe_looks(result, Q)

    assert "nicht gesichert schärfer" in looks() and "nicht gesichert schärfer" in looks(17.5)
    assert "genauer als" not in looks(17.2)  # not more accurate
    assert "genauer als" in looks(sharpness=0.63) and "genauer als" not in looks(sharpness=0.65)
    far = [[(40 / 255) ** 2] * 8] * 8
    assert "Trotz seiner Naht" in looks() and "Trotz" not in looks(border=far)


def test_blurrier_is_said_of_one_rival_as_far_as_it_is_certain():
    def looks(*suites, rest=0.01):
        result = make_benchmark()
        for s in SUITES:
            difference = around(-0.02, 0.01) if s in suites else around(rest, 0.005)
            result.differences[s]["gruendlich"]["gauss"]["sharpness"] = difference
        return results.describe_looks(result, Q)

    assert "unschärfer ist er auch als die Gauß-Vorhersage (" in looks(Q) and "auf allen" not in looks(Q)
    assert "; auf allen ist er unschärfer als die Gauß-Vorhersage (" in looks(
        *SUITES
    ) and "unschärfer" not in looks("linien")


def test_control_needs_a_proven_gain():
    proven = results.describe_control(make_benchmark(), Q)
    even = results.describe_control(make_benchmark({"prior": 20.0}), Q)
    assert "bringt nichts" in even and "bringt nichts" not in proven


def test_every_method_without_a_network_is_named_once():
    for changes in ({}, {"original": 18.4}, {"original": 12.0}, {"original": 19.9}):
        result = make_benchmark(changes)
        text = results.describe_old(result, Q, SEEDS)
        for method in verdicts.without_network(result):
            value, old = (result.figures[Q][m]["hole_psnr_pooled"].value for m in (method, "original"))
            if value > old or "Schlechter" in text or changes.get("original") != 19.9:
                names = {numbers.called(method), results.dative(method)}
                assert sum(text.count(name) for name in names) == 1, (method, text)
    divided = results.describe_old(make_benchmark({"original": 18.4}), Q, SEEDS)
    assert "Gleichauf mit ihm" in divided and "Gleichauf" not in results.describe_old(
        make_benchmark(), Q, SEEDS
    )


def test_split_is_told_with_its_leads():
    result = make_benchmark()
    text = data.describe_split(dataset(), result)
    assert all(n in text for n in ("45\u202f000", "5000", "10\u202f000"))
    assert numbers_in(text) == pytest.approx([0.5, 0.6, 0.5, 1.2])
    assert "Stichprobe" in data.describe_split(dataset(True), result) and "Stichprobe" not in text
    result.validation = {}
    assert numbers_in(data.describe_split(dataset(), result)) == []
    few = data.describe_split(dataset(), make_benchmark(n_images=2000))
    assert "den ersten 2000 der 10\u202f000" in few
    assert re.findall(r"\((\d+)\u00a0%\)", data.describe_mixture()) == ["30", "8", "14", "17", "12", "19"]


# ---------------------------------------------------------------- the ladder


def rung(name, gain, n_parameters=100, judged_by="quadrat8", suites=None, verdict="gewinnt", base=15.0):
    differences = {"quadrat8": gain, "suites": suites or gain, "image": gain}
    return SimpleNamespace(
        name=name,
        label=name.upper(),
        judged_by=judged_by,
        n_parameters=n_parameters,
        estimates={key: around(base) for key in differences},
        differences=differences if gain else {},
        verdict=lambda: verdict,
    )


def climbed(*rungs, compute=()):
    return SimpleNamespace(
        rungs=rungs, compute=compute, steps=1000, batch_size=64, seeds=(1, 2, 3), n_images=2000
    )


def test_knowledge_against_size():
    def told(prior, unet):
        return ladder._knowledge(climbed(rung("prior", prior, 200), rung("residual", unet, 900)))

    text = told(around(1.25), around(0.75))
    assert numbers_in(text) == [0.75]
    assert re.search(r"\b4-mal|\b5-mal", text)  # 900 / 200, rounded to even or up
    assert told(around(0.75), around(0.75)) == told(around(0.5), around(0.75)) == told(None, around(1)) == ""
    assert told(around(1.0), None) == ""


def test_price_of_the_hole():
    def told(quadrat, suites):
        return ladder._price_of_the_hole(climbed(rung("verlust_im_loch", quadrat, suites=suites)))

    assert numbers_in(told(around(0.5), around(-0.25))) == [0.25]
    assert told(Estimate(0.5, 0.0, 1), around(-0.25)) == "" == told(around(0.5), Estimate(-0.25, -0.5, 0.0))
    assert ladder._price_of_the_hole(climbed(rung("anders", around(0.5), suites=around(-1)))) == ""


def test_one_change_or_many_are_told_in_their_number():
    one = ladder.describe_ladder(climbed(rung("start", None), rung("skip", around(1.0))))
    assert one.startswith("Eine Änderung führt (@abb:leiter)") and "über sie entscheidet" in one
    two = ladder.describe_ladder(
        climbed(rung("start", None), rung("skip", around(1.0)), rung("maske", around(1.0)))
    )
    assert two.startswith("Zwei Änderungen führen (@abb:leiter)") and "über jede entscheidet" in two


def test_best_changes_are_the_two_largest_that_a_measure_decides():
    rungs = [rung("entwurf", None, base=14.0)]
    gains = {"a": 0.3, "b": 0.9, "c": 0.5, "d": 0.1, "sigmoid": 2.0}
    rungs += [rung(name, around(gain)) for name, gain in gains.items()]
    rungs += [rung("bild", around(3), judged_by="image"), rung("letzte", around(0.02), base=16.5)]
    text = ladder.describe_ladder(climbed(*rungs))
    assert numbers_in(text) == [14.0, 16.5, 2.0, 0.9] and "sieben" in text.lower()
    late = make_benchmark({"original_relu": 17.2})  # the sigmoid's gain has gone
    assert numbers_in(ladder.describe_ladder(climbed(*rungs), late)) == [14.0, 16.5, 2.0, 0.0, 0.9, 0.5]
    still = make_benchmark({"original_relu": 17.1})
    assert ladder.describe_ladder(climbed(*rungs), still) == text
    suites = [*rungs[:4], rung("e", around(0.7), judged_by="suites")]
    assert ", und wo die sechs entscheiden, „E“ (+0,70\u00a0dB)." in ladder.describe_ladder(climbed(*suites))
    uncertain = ladder.describe_ladder(climbed(rungs[0], rung("x", Estimate(0.5, 0.0, 1.0))))
    assert numbers_in(uncertain) == [14.0, 15.0]
    assert "nichts" in ladder.describe_ladder(climbed(rungs[0]))


def test_rungs_that_lose_or_are_unclear_are_named():
    rungs = [rung("a", around(0.5)), rung("b", around(-0.5), verdict="verliert")]
    rungs.append(rung("c", around(0.0), verdict="unklar"))
    assert "„B“" in ladder.describe_ladder(climbed(*rungs)).split(".")[-2]
    unclear = ladder.describe_unclear(climbed(*rungs))
    assert "„C“" in unclear and "„A“" not in unclear and ladder.describe_unclear(climbed(*rungs[:2])) == ""
    table = ladder.ladder_table(climbed(rung("z", None), *rungs, rung("d", around(1), judged_by="image")))
    assert table.highlight == [(1, 2), (2, 2), (3, 2), (4, 6)] and table.rows[0][2::2] == ["", "", ""]
    assert table.rows[1][1] == "15,00" and table.rows[1][2].startswith("+0,50")
    changed = ladder.change(climbed(*rungs), "b")
    assert changed.value == -0.5 and ladder.change(climbed(*rungs), "y") is None
    assert ladder.change(climbed(rung("z", None)), "z") is None
    assert len(numbers_in(ladder.alt_ladder(climbed(rung("z", None), *rungs)))) == 9


def test_more_steps_are_told_where_they_were_taken():
    def point(factor, value):
        return SimpleNamespace(factor=factor, estimates={"quadrat8": around(value)})

    text = ladder.describe_compute(climbed(compute=(point(1, 18.0), point(2, 18.5), point(4, 18.75))))
    assert numbers_in(text) == [0.75] and "4-mal" in text
    assert ladder.describe_compute(climbed(compute=(point(1, 18.0),))) == ""
    caption = ladder.caption_ladder(climbed())
    assert "1000" in caption and "64" in caption and "drei" in caption and "2000" in caption


def test_no_two_methods_have_one_name():
    assert len(set(numbers.LABELS.values())) == len(numbers.LABELS)
