"""Causes, seeds and sharp rivals: sentences that speak only of what is sure, on invented benchmarks."""

from types import SimpleNamespace

from invented import around, make_benchmark, make_rungs, make_seeds

from inpainting.german import limits, naturalness, reasons, results, semantics, training, verdicts
from inpainting.masks import SUITES
from inpainting.measuring.evaluation import Estimate

Q = "quadrat8"
SEEDS = make_seeds()


def test_causes_are_those_that_the_ablation_prices_with_certainty():
    rungs = make_rungs(
        frische_masken=("quadrat8", 0.28), maske=("quadrat8", 0.13), skip=("quadrat8", 0.47),
        verlust_im_loch=("quadrat8", -0.1), quadratisch=("quadrat8", 0.01),
    )  # fmt: skip
    text = limits.describe_answers(make_benchmark(), Q, SEEDS, rungs)
    assert "kosten auf Quadrat 8×8 (auf allen Maskensätzen) fehlende Skip-Verbindungen 0,47 (" in text
    assert "und die fehlende Maske 0,13 (" in text and "das ganze Bild" not in text
    text = reasons.describe_reasons(make_benchmark(), Q, 0.023, rungs)
    assert "ändert sich im Loch nichts Gesichertes: +0,01" in text
    assert "*Außerdem* brächten Skip-Verbindungen +0,47 dB und in jedem Schritt neue Löcher +0,28 dB" in text
    assert "bremst nicht" in text and "bremst nicht" not in reasons.describe_reasons(
        make_benchmark(), Q, float("inf")
    )


def test_a_gap_counts_only_beyond_the_ranges_of_both():
    """16.84 against 14.72 looks like much, but other seeds of the two are in reverse order."""
    gaps = {(s, "original_relu", "original", "hole_psnr_pooled"): around(2.12, 0.1) for s in SUITES}
    seeds = {"original": {Q: {"hole_psnr_pooled": [14.72, 15.99]}}}
    seeds |= {"original_relu": {Q: {"hole_psnr_pooled": [16.84, 15.69]}}}
    result = make_benchmark(gaps=gaps)
    assert verdicts.seeds_sign(result, Q, "original_relu", "original", seeds) == 0
    seeds["original_relu"][Q]["hole_psnr_pooled"] = [16.84, 16.5]
    assert verdicts.seeds_sign(result, Q, "original_relu", "original", seeds) == 1
    assert verdicts.seeds_sign(result, Q, "original_relu", "original", {}) is None


def test_formulas_within_the_seeds_of_2025_are_not_said_to_be_better():
    close = make_benchmark({"telea": 17.3})
    assert "telea" not in verdicts.better_formulas(close, Q, make_seeds(0.5))
    assert "telea" in verdicts.better_formulas(close, Q, make_seeds(0.01))
    text = results.describe_old(close, Q, make_seeds(0.5))
    assert "Nicht weiter von ihm, als sein Startwert ausmacht" in text


def test_wide_scatter_over_seeds_is_told_beside_the_tables():
    seeds = make_seeds(0.05)
    assert training.describe_scatter(seeds, SUITES) == ""
    seeds["original"]["pixel50"]["hole_psnr_pooled"] = [12.33, 15.97, 15.04]
    text = training.describe_scatter(seeds, SUITES)
    assert "reicht das Netz von 2025 auf Pixel 50 % von 12,33 bis 15,97\u00a0dB" in text
    table = training.spreads_table(seeds, SUITES)
    assert table.rows[0][0] == "Netz von 2025" and table.rows[0][5] == "12,33–15,97"
    assert training.spreads_table({}, SUITES).rows == []


def test_the_best_training_image_is_told_where_it_is_nearer_to_true_images():
    distances = {(s, "nachbar"): Estimate(0.75, 0.65, 0.85) for s in ("mitte16", "haelfte")}
    distances |= {(s, "gruendlich_vorschlag"): Estimate(1.4, 1.3, 1.5) for s in SUITES}
    shares = {("mitte16", "nachbar"): around(0.6, 0.01)}
    result = make_benchmark({"nachbar": 16.0}, samples=("gruendlich",), distances=distances, shares=shares)
    text = naturalness.describe_nearness(result)
    assert (
        "auf Mitte 16×16 (0,75 gegen 1,40) und auf Hälfte (0,75 gegen 1,40) das beste Trainingsbild" in text
    )
    assert "seltener der richtigen Klasse zuordnet (60,0 gegen 80,0\u00a0% auf Mitte 16×16)" in text
    assert "sein PSNR liegt 4,00\u00a0dB unter dem unseres Mittelwerts" in text
    assert "Trainingsbild" not in naturalness.describe_nearness(make_benchmark(samples=("gruendlich",)))


def test_every_loss_of_distance_is_told():
    own = {(s, n): Estimate(2.0, 1.9, 2.1) for s in SUITES for n in ("kompakt", "gruendlich")}
    own |= {(s, "gruendlich_vorschlag"): Estimate(1.0, 0.9, 1.1) for s in SUITES}
    foreign = {
        (s, m): Estimate(5.0, 4.9, 5.1)
        for s in SUITES
        for m in (
            "mittelwert",
            "telea",
            "navier_stokes",
            "biharmonisch",
            "gauss",
            "original",
            "original_relu",
        )
    }
    even = make_benchmark(samples=("gruendlich",), distances=own | foreign)
    assert "ferner" not in naturalness.describe_nearness(even)
    ahead = {("mitte16", "gauss"): Estimate(1.7, 1.6, 1.8), ("haelfte", "gauss"): Estimate(1.85, 1.8, 1.9)}
    text = naturalness.describe_nearness(
        make_benchmark(samples=("gruendlich",), distances=own | foreign | ahead)
    )
    assert (
        "Gesichert ferner als mindestens ein fremdes Verfahren liegt unser bester Mittelwert auf Mitte 16×16 (@tab:frechet)."
        in text
    )
    ahead = {("linien", "gauss"): Estimate(0.5, 0.4, 0.6), ("linien", "telea"): Estimate(0.4, 0.3, 0.5)}
    text = naturalness.describe_nearness(
        make_benchmark(samples=("gruendlich",), distances=own | foreign | ahead)
    )
    field = SimpleNamespace(best="gruendlich")
    lost = make_benchmark(
        samples=("gruendlich",), distances=own | foreign | {("mitte16", "gauss"): Estimate(1.7, 1.6, 1.8)}
    )
    assert "ist auf Mitte 16×16 größer als die mancher fremder Verfahren" in limits.describe_limits(
        lost, field, Q, {}
    )
    assert "Fréchet" not in limits.describe_limits(even, field, Q, {})
    assert "ein Vorschlag von „gründlich“ auf Linien (@tab:frechet)" in text


def test_the_trade_off_is_said_to_hold_in_the_limit():
    text = naturalness.describe_tradeoff(make_benchmark(samples=("gruendlich",)))
    assert "Wo ein Loch viele Füllungen zulässt" in text and "Grenzfall" not in text
    near = {(Q, "gruendlich"): Estimate(0.31, 0.28, 0.34)}
    text = naturalness.describe_tradeoff(make_benchmark(samples=("gruendlich",), distances=near))
    assert (
        "auf Quadrat 8×8 ist beim genauesten Verfahren auch die Distanz die kleinste oder nicht gesichert größer"
        in text
    )


def test_without_distances_the_plane_is_left_out():
    result = make_benchmark(samples=("gruendlich",))
    result.frechet = {}
    assert naturalness.plane_points(result, Q) == {}
    assert (
        naturalness.describe_plane(result, Q)
        == naturalness.alt_plane(result, Q)
        == naturalness.caption_plane(result, Q)
        == ""
    )


def test_sharp_methods_are_defined_where_they_are_measured():
    assert results.describe_sharp(make_benchmark()) == ""
    both = results.describe_sharp(make_benchmark({"nachbar": 14.0, "gauss_vorschlag": 16.6}))
    assert both.startswith("„Gauß, Vorschlag“ zieht") and "@hays2007" in both
    assert "Trainingsbild" not in results.describe_sharp(make_benchmark({"gauss_vorschlag": 16.6}))


def test_what_helps_is_certain_on_squares_and_on_all():
    def told(more=None, **suites):
        rungs = make_rungs(
            prior=("quadrat8", 0.87), skip=("quadrat8", 0.47), maske=("quadrat8", 0.13), **more or {}
        )
        for rung in rungs.rungs[1:]:
            rung.differences["suites"] = around(suites.get(rung.name, 0.5))
        return limits.describe_answers(make_benchmark(), Q, SEEDS, rungs).partition("*Was hilft?* ")[2]

    assert told(prior=4.35).startswith(
        "In beiden Maßen gesichert helfen, kurz trainiert, die Vorfüllung (+0,87 und +4,35\u00a0dB), "
        "Skip-Verbindungen und die Maske als Eingabe."
    )
    assert "Skip" not in told(skip=-0.5) and "die Maske" in told(skip=-0.5)
    assert told(prior=-1, skip=-1).startswith(
        "In beiden Maßen gesichert hilft, kurz trainiert, die Maske als"
    )
    many = told(
        {"muon": ("quadrat8", 0.6), "sigmoid": ("quadrat8", 2.0), "volle_aufloesung": ("quadrat8", 0.5)}
    )
    assert many.startswith(  # the sigmoid's gain does not last; the mask's is the smallest
        "In beiden Maßen gesichert helfen, kurz trainiert, fünf der sechs Änderungen, am "
        "meisten die Vorfüllung"
    )
    assert "„muon“ (+0,60 und" in many and "Maske" not in many and "sigmoid" not in many
    assert "volle Auflösung (+0,50 und" in many
    for text in (told(prior=-1, skip=-1, maske=-1), limits.describe_answers(make_benchmark(), Q, SEEDS)):
        assert "Unser Netz verbindet die Vorfüllung" in text and "kurz trainiert" not in text


def test_a_sample_makes_good_what_the_mean_loses_where_it_does():
    def told(sample, width=0.009):
        shares = {
            ("mitte16", "gauss"): around(0.9, 0.009),
            ("mitte16", "gruendlich_vorschlag"): around(sample, width),
        }
        result = make_benchmark(samples=("gruendlich",), shares=shares)
        return semantics.describe_semantics(result)

    assert "Ein Vorschlag von „gründlich“ holt das auf (+10,0 Punkte, gesichert)." in told(0.9)
    assert "holt das auf" not in told(0.85)  # better than our mean, behind the rival
    assert "holt das auf" not in told(0.82, 0.09)  # not better for certain, nor behind


def test_suites_are_told_with_gains_and_losses():
    def verdict(*signs):
        gaps = dict(zip(verdicts.MEASURES, (around(0.1 * s, 0.01) for s in signs), strict=True))
        return verdicts.Verdict("linien", gaps, dict.fromkeys(gaps, 1.0))

    assert verdicts.where_ahead([verdict(0, 0, 1)]) == "auf Linien nur in der SSIM besser"
    assert verdicts.where_ahead([verdict(0, -1, -1)]) == "auf Linien in zwei Maßen schlechter"
    assert (
        verdicts.where_ahead([verdict(1, 0, -1)]) == "auf Linien nur gepoolt besser, in einem Maß schlechter"
    )
    assert verdicts.where_ahead([verdict(-1, -1, -1)]) == "auf Linien in allen Maßen schlechter"
    assert verdicts.where_ahead([verdict(0, 0, 0)]) == "auf Linien in keinem Maß besser"


def test_suites_on_which_every_formula_wins():
    assert verdicts.all_better(make_benchmark(), SEEDS) == []  # the mean colour is behind
    assert set(verdicts.all_better(make_benchmark({"original": 9.0}), {})) == set(
        make_benchmark().question.suites
    )
