"""Sentences follow the measures, whatever these are: invented benchmarks, and what the report says of them."""

import re
from types import SimpleNamespace

import pytest
from invented import BASE, around, make_benchmark, make_rungs, make_seeds

from inpainting.german import (
    appendix,
    changes,
    data,
    ladder,
    limits,
    naturalness,
    numbers,
    reasons,
    rebuilding,
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
        "results": results.describe_results(result, suite),
        "outputs": results.describe_outputs(result, suite, seeds),
        "one": results.one_sentence(result, suite),
        "suites": results.describe_suites(result, seeds),
        "divided": results.describe_divided_suites(result, seeds) or "Einig.",
        "semantics": semantics.describe_semantics(result),
        "compositing": results.describe_compositing(result, suite),
        "margins": results.caption_leads(result) + " " + results.alt_leads(result),
        "first": results.caption_first(field),
        "reasons": reasons.describe_reasons(result, suite, 0.023),
        "samples": samples.describe_samples(result, suite),
        "unseen": appendix.describe_unseen(result),
        "classes": appendix.describe_classes(result, field.best),
        "failures": appendix.describe_failures(field.best, failures),
        "positions": appendix.describe_positions(result, field.best),
        "times": appendix.describe_times(dict.fromkeys(result.methods, 1.5), result),
        "limits": limits.describe_limits(result, field, suite, seeds),
        "answers": limits.describe_answers(result, suite, seeds),
        "titles": reasons.title(result),
        "caption": results.caption_main(result, suite).replace("$S$", "S"),
        "failure caption": results.caption_failures(field),
        "summary": summary.executive_summary(
            dataset, result, suite, seeds, {m: 933_187 for m in own}, {"keras": "3", "tensorflow": "2"}
        ),
    }
    talk = {
        "outcome": slides.outcome(result, suite),
        "six": slides.six_suites(result, seeds),
        "loss": slides.loss(result, [0.58, 0.56], 0.55),
        "sizes": slides.hole_sizes(
            result, [m for m in ("mittelwert", "original", own[-1]) if m in result.methods]
        ),
        "changes": changes.slide(make_rungs(maske=("suites", 0.5), prior=("quadrat8", 0.9))),
        "holes": slides.holes(result, [numbers.suite_label(s) for s in result.question.suites], 10_000),
        "conclusion": slides.conclusion(result, field, suite, seeds),
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
    "sharp rivals": make_benchmark(
        {"nachbar": 14.0, "gauss_vorschlag": 16.6}, samples=("kompakt", "gruendlich")
    ),
    "a training image is best": make_benchmark({"nachbar": 21.0}),
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
    others = verdicts.rivals(result)
    found = [verdicts.judge(result, suite, network, others, seeds) for suite in result.question.suites]
    lead = verdicts.describe_verdicts(found, f"„{network}“", "jedes fremde Verfahren", "@tab:abstand")
    return f"{lead} {verdicts.describe_divided(found, f'„{network}“')}".strip()


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
        "gepoolt ohne Unterschied, im Mittel je Bild schlechter (−0,043 dB, weniger als die Spanne der Startwerte) und in der SSIM "
        "schlechter (−0,0019)" in text
    )
    assert "besser als jedes fremde Verfahren ist „kompakt“ auf allen" not in text


def test_a_loss_is_called_a_loss():
    result = make_benchmark({"kompakt": 18.0, "gruendlich": 18.2})
    assert margins(result).startswith("Nachweislich schlechter")
    texts = everything(result)
    assert "dB kleiner als beim besten fremden Verfahren" in texts["summary"]
    assert "Auf keinem Maskensatz" in texts["slide six"]


def test_tiny_gaps_have_no_practical_meaning():
    text = margins(make_benchmark({"kompakt": 18.845}), make_seeds(spread=0.001))
    assert "Gepoolte Abstände unter 0,05\u00a0dB" in text and "keine praktische Bedeutung" in text


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
        "Besser als das Netz von 2025 füllen auf Quadrat 8×8 in allen drei Maßen die Gauß-Vorhersage (+1,60\u00a0dB)"
        in text
    )
    assert "Schlechter füllt nur die mittlere Farbe (−4,20\u00a0dB)." in text
    none = results.describe_old(make_benchmark({"original": 19.5}), Q, SEEDS)
    assert none.startswith("Kein Verfahren ohne Netz füllt auf Quadrat 8×8 in allen drei Maßen besser")


def test_semantics_that_we_lose_are_called_lost():
    shares = {("mitte16", method): around(0.55, 0.009) for method in BASE} | {
        ("mitte16", "gauss"): around(0.683, 0.009),
        ("mitte16", "kompakt"): around(0.633, 0.009),
        ("mitte16", "gruendlich"): around(0.657, 0.009),
    }
    text = semantics.describe_semantics(make_benchmark({"gauss": 18.0}, shares=shares))
    assert text.startswith(
        "In der *Semantik* verliert unser bester Mittelwert gegenüber der Gauß-Vorhersage auf Mitte 16×16 "
        "(65,7 gegen 68,3\u00a0%); sonst ist nichts gesichert."
    )
    assert "gewinnt" not in text
    challenges = everything(make_benchmark(shares=shares))["summary"]
    assert "findet ein Klassifikator die Klasse nach dem besten fremden Verfahren öfter" in challenges


def test_semantics_tell_wins_and_losses_of_the_mean_and_what_samples_reach():
    shares = {("mitte16", "gauss"): around(0.9, 0.009), ("pixel50", "gruendlich"): around(0.87, 0.009)}
    shares |= {("mitte16", "gruendlich_vorschlag"): around(0.95, 0.009)}
    text = semantics.describe_semantics(make_benchmark(samples=("gruendlich",), shares=shares))
    assert "verliert unser bester Mittelwert auf Mitte 16×16" in text
    assert "; er gewinnt auf Pixel 50 % (87,0 gegen 80,0\u00a0% nach" in text
    assert (
        "Nach unserem besten Vorschlag erkennt er auf Mitte 16×16 gesichert mehr als nach dem besten fremden"
        in text
    )
    assert "sonst ist kein Unterschied gesichert" in text
    shares |= {("mitte16", "gruendlich_vorschlag"): around(0.901, 0.009)}
    text = semantics.describe_semantics(make_benchmark(samples=("gruendlich",), shares=shares))
    assert (
        "Zwischen unserem besten Vorschlag und dem besten fremden Verfahren ist kein Unterschied gesichert."
        in text
    )
    shares |= {("pixel50", "kompakt_vorschlag"): around(0.6, 0.009)}
    text = semantics.describe_semantics(make_benchmark(samples=("kompakt", "gruendlich"), shares=shares))
    assert "kein Unterschied gesichert; einer von „kompakt“ verliert auf zwei von sechs." in text


def test_semantics_without_any_difference_claim_nothing():
    text = semantics.describe_semantics(make_benchmark())
    assert "verliert" not in text and "gewinnt" not in text and "kein Unterschied gesichert" in text


def test_seam_of_2025_is_not_praised():
    text = results.describe_looks(make_benchmark(), Q)
    assert "Trotz seiner Naht fällt der Rand von 2025 auf" in text and "beim Netz von 2025 1,00" in text


def make_ladder(gain):
    rung = SimpleNamespace(name="sigmoid", differences={"quadrat8": around(gain)})
    return SimpleNamespace(rungs=(rung,))


def test_relu_and_sigmoid_do_not_contradict_the_ablation():
    result, rungs = make_benchmark({"original_relu": 17.9}), make_ladder(0.93)
    text = results.describe_outputs(result, Q, SEEDS, rungs)
    assert "auf Quadrat 8×8 nachweislich besser als mit der Sigmoidfunktion (+0,70 dB)" in text
    assert "verschwindet also bei langem Training" in text
    assert "verschwindet" not in results.describe_outputs(
        make_benchmark({"original_relu": 16.0}), Q, SEEDS, rungs
    )
    assert "Startwert" in results.describe_outputs(result, Q, {}, rungs)
    assert "verschwindet" not in results.describe_outputs(result, Q, SEEDS, None)


LEARNED = {4: 16.0, 6: 17.4, 8: 17.2, 10: 15.0, 12: 12.9, 16: 10.3}


def test_hole_sizes_name_a_cause_only_as_far_as_the_twin_bears_it_out():
    text = appendix.describe_hole_sizes(make_benchmark({"mittelwert": 12.0}, sizes=LEARNED))
    assert "Am besten füllt es Löcher von 6×6" in text and "unter der mittleren Farbe" in text
    assert (
        "ob das am Ausgang liegt oder am Startwert, ist offen" in text
    )  # the twin of BASE falls from 4 pixels on
    shared = appendix.describe_hole_sizes(make_benchmark(sizes=LEARNED, twin=LEARNED))
    assert "teilt die Schwäche bei kleinen Löchern (auf 4×4 16,0\u00a0dB)" in shared
    alone = appendix.describe_hole_sizes(make_benchmark(sizes=LEARNED, without=("original_relu",)))
    assert "Zwilling" not in alone
    falling = appendix.describe_hole_sizes(make_benchmark())
    assert falling.startswith("Mit der Kantenlänge fällt es von") and "Zwilling" not in falling


def test_titles_of_the_reasons_follow_from_the_numbers():
    assert reasons.title(make_benchmark(sizes=LEARNED)).startswith("Ab 12 Pixeln")
    high = {edge: x + 9 for edge, x in LEARNED.items()}
    assert "kleinsten Löcher" in reasons.title(make_benchmark(sizes=high))
    assert reasons.title(make_benchmark()) == "Je größer das Loch, desto schlechter"


def test_the_spread_that_counts_is_that_of_the_two_compared_methods():
    """Seeds of the networks of 2025 say nothing about our lead over a formula."""
    wild = make_seeds(0.05) | make_seeds(4.0, networks=("original", "original_relu"))
    assert verdicts.judge(make_benchmark(), Q, "kompakt", ["gauss"], wild).is_proven
    assert not verdicts.judge(make_benchmark(), Q, "kompakt", ["gauss", "original"], wild).is_proven
    ours = make_seeds(0.9) | make_seeds(0.01, networks=("original",))
    assert not verdicts.judge(make_benchmark(), Q, "kompakt", ["gauss"], ours).is_proven
    unknown = {"kompakt": make_seeds()["kompakt"]}
    verdict = verdicts.judge(make_benchmark(), Q, "kompakt", ["original"], unknown)
    assert not verdict.has_seeds and not verdict.is_proven


def test_each_measure_must_exceed_its_own_spread():
    seeds = make_seeds(0.05)
    seeds["kompakt"][Q]["ssim"] = [0.97, 0.98]
    assert not verdicts.judge(make_benchmark(), Q, "kompakt", ["gauss"], seeds).is_proven


def test_numbers_of_seeds_are_told_network_by_network():
    seeds = make_seeds()
    seeds["original_relu"][Q]["hole_psnr_pooled"] = [17.3, 17.301]
    text = results.describe_seed_spread(seeds, Q)
    assert "17,30\u00a0dB (zwei Startwerte)" in text and "(drei Startwerte)" in text


def test_seeds_of_other_images_are_said_to_be_of_the_whole_data():
    assert "ganzen Datensatz" not in results.describe_seed_spread(SEEDS, Q, make_benchmark())
    other = make_benchmark({"kompakt": 18.0})
    assert "gepoolt auf dem ganzen Datensatz" in results.describe_seed_spread(SEEDS, Q, other)


def test_the_images_that_were_measured_are_told_not_those_that_there_are():
    few = everything(make_benchmark(n_images=2000))
    assert "auf den ersten 2000 der 10\u202f000 Testbilder" in few["split"] + few["summary"]
    assert "Die vier der 2000 gemessenen Testbilder" in few["failure caption"]
    assert "allen 10\u202f000 Testbildern" in everything(make_benchmark())["split"]
    assert "nicht genau" not in reasons.caption(make_benchmark(n_images=2000))
    assert "nicht genau" in reasons.caption(make_benchmark())


def test_networks_from_the_store_are_said_to_be_trained_before():
    dataset = SimpleNamespace(train=range(45), validation=range(5), test=range(10_000), is_sample=False)
    stored, fresh = SimpleNamespace(from_store=True), SimpleNamespace(from_store=False)
    assert "alle Netze sind schon vor diesem Lauf" in data.describe_split(
        dataset, make_benchmark(), {"a": stored}
    )
    assert "1 der 2 Netze" in data.describe_split(dataset, make_benchmark(), {"a": stored, "b": fresh})
    assert "vor diesem Lauf" not in data.describe_split(dataset, make_benchmark(), {"a": fresh})


def test_a_positive_interval_that_touches_zero_shows_its_sign():
    assert numbers.signed(Estimate(0.026, -0.0005, 0.052)) == "+0,026 [−0,001; +0,052]"
    assert numbers.signed(Estimate(0.5, 0.4, 0.6)) == "+0,50 [+0,40; +0,60]"
    assert numbers.signed(Estimate(0.0, 0.0, 0.0)) == "+0,00 [+0,00; +0,00]"


def test_cells_that_print_the_best_number_are_all_bold():
    rows = [["a", "0,33 ±0,05"], ["b", "0,33 ±0,06"], ["c", "0,35 ±0,05"], ["d", "–"]]
    assert numbers.best_rows(rows, 1, [-0.329, -0.327, -0.35, float("nan")]) == [(0, 1), (1, 1)]
    assert numbers.best_rows(rows, 1, [float("nan")] * 4) == []


def test_coverage_is_judged_by_its_interval():
    assert samples.width_of_intervals(Estimate(0.752, 0.715, 0.79)) == "etwas zu eng"
    assert samples.width_of_intervals(Estimate(0.78, 0.75, 0.81)) == "so breit, wie sie sein sollen"
    assert samples.width_of_intervals(Estimate(0.95, 0.93, 0.97)) == "zu weit"
    narrow = make_benchmark(samples=("kompakt", "gruendlich"), draws={"coverage": around(0.75, 0.03)})
    assert (
        "Von den 12 Abdeckungen der Tabelle liegen alle gesichert unter 80 %; die Intervalle sind dort zu eng."
        in samples.describe_samples(narrow, Q)
    )


def test_what_is_measured_on_few_images_says_so_and_how_sure_it_is():
    open_loss = {"mean_loss": Estimate(0.203, -0.004, 0.437)}
    result = make_benchmark(samples=("gruendlich",), draws=open_loss)
    text = samples.describe_samples(result, Q)
    few = f"ersten {samples.n_draw_images(result)} Bildern"
    assert few in text and few in samples.caption(result)
    assert "um −0,203 [−0,437; +0,004] dB von dem des Mittelwerts ab, nicht gesichert" in text
    assert "nicht gesichert" not in samples.describe_samples(make_benchmark(samples=("gruendlich",)), Q)


def test_frechet_distances_are_judged_by_their_intervals_and_beside_those_of_true_images():
    means = {(s, n): Estimate(0.53, 0.47, 0.61) for s in SUITES for n in ("kompakt", "gruendlich")}
    tie = {(s, "gruendlich_vorschlag"): Estimate(0.525, 0.46, 0.6) for s in SUITES}
    text = naturalness.describe_nearness(make_benchmark(samples=("gruendlich",), distances=means | tie))
    assert "auf keinem Maskensatz gesichert kleiner" in text
    near = tie | {(Q, "gruendlich_vorschlag"): Estimate(0.31, 0.28, 0.34)}
    text = naturalness.describe_nearness(make_benchmark(samples=("gruendlich",), distances=means | near))
    assert "auf Quadrat 8×8 gesichert kleiner" in text and "überlappen die Intervalle" in text
    assert "Wahre Bilder haben von anderen wahren 0,30 [0,26; 0,34]" in text
    assert "bis an diese Grenze kommt ein Vorschlag auf Quadrat 8×8." in text
    table = naturalness.frechet_table(make_benchmark(samples=("gruendlich",), distances=means | near))
    assert table.rows[0][0] == "wahres Bild" and (0, 1) not in table.highlight


def test_the_gain_by_place_says_against_whom():
    result = make_benchmark()

    def places(border, inner):
        rows = [[(border / 255) ** 2] * 8 for _ in range(8)]
        for row in rows[1:-1]:
            row[1:-1] = [(inner / 255) ** 2] * 6
        return rows

    result.positions |= {
        "original": places(29, 39),
        "gauss": places(20, 35),
        "gruendlich": places(17, 30),
    }
    text = appendix.describe_positions(result, "gruendlich")
    assert "gegenüber dem Netz von 2025 am Rand größer (+12,0 und +9,0 Graustufen)" in text
    assert "gegenüber der Gauß-Vorhersage im Inneren größer (+3,0 und +5,0 Graustufen)" in text


def test_the_headline_names_the_twin_with_relu_where_that_is_the_better_one():
    assert "gegen die Fassung mit ReLU" in results.against_relu(make_benchmark(), Q, ["kompakt"])
    assert results.against_relu(make_benchmark({"original_relu": 17.0}), Q, ["kompakt"]) == ""


def test_relu_elsewhere_is_told_with_its_losses():
    gaps = {("freiform", "original_relu", "original", "hole_psnr_pooled"): Estimate(-0.4, -0.5, -0.3)}
    gaps |= {("linien", "original_relu", "original", "hole_psnr_pooled"): Estimate(0.09, 0.05, 0.12)}
    text = results.describe_outputs(make_benchmark({"original_relu": 17.9}, gaps=gaps), Q, SEEDS)
    assert "ReLU gepoolt besser auf Mitte 16×16, Pixel 50 % und Hälfte und schlechter auf Freiform" in text
    assert "auf Linien entscheidet der Startwert" in text  # 0,09 dB, two ranges of 0,05 dB
    wild = make_seeds(2.0)
    text = results.describe_outputs(make_benchmark({"original_relu": 17.9}, gaps=gaps), Q, wild)
    assert "kein gepoolter Abstand größer als die Spannen der Startwerte" in text
    assert "nie lernten" not in results.describe_outputs(make_benchmark({"original_relu": 17.9}), Q, {})


def test_why_the_weaker_prior_comes_first_is_told_where_it_is_the_weaker():
    assert "weniger als die Gauß-Vorhersage" in results.describe_control(make_benchmark(), Q)
    assert "weniger als" not in results.describe_control(make_benchmark({"prior": 18.9}), Q)


def test_the_numbers_of_prior_and_gaussian_are_those_of_the_program():
    from inpainting.measuring import entrants

    assert entrants.PRIOR_NUMBERS == 80 and round(entrants.GAUSSIAN_NUMBERS / 1e6, 1) == 4.7


def test_the_questions_of_the_first_section_are_answered():
    text = everything(make_benchmark())["answers"]
    for question in ("Wie gut ist ein gelerntes Netz gegen eine Formel?", "Was bremst es?", "Was hilft?"):
        assert f"*{question}*" in text
    assert (
        "Vier von fünf Verfahren ohne Netz füllen auf Quadrat 8×8 gesichert besser als das Netz von 2025"
        in text
    )
    lost = everything(make_benchmark({"kompakt": 12.0, "gruendlich": 12.1}))["answers"]
    assert "auch „gründlich“ ist auf keinem Maskensatz" in lost and "dennoch" in lost


def test_the_ablation_names_what_it_does_not_count_and_why():
    rungs = make_rungs(sigmoid=("quadrat8", 0.9), kopieren=("image", 15.0), prior=("quadrat8", 0.8))
    text = ladder.describe_ladder(rungs, make_benchmark())
    assert "Nach *ganzem* Training verschwindet der Gewinn von „sigmoid“ (+0,90 → −0,10\u00a0dB)." in text
    assert "kopieren" not in text  # the whole image decides on it
    lasting = ladder.describe_ladder(rungs, make_benchmark({"original_relu": 16.0}))
    assert (
        "verschwindet" not in lasting
        and "Quadrat 8×8 entscheidet, „sigmoid“ (+0,90\u00a0dB) und „prior“" in lasting
    )
    assert list(ladder.fleeting(rungs, make_benchmark())) == ["sigmoid"] and not ladder.fleeting(rungs)


def test_the_prior_is_set_beside_the_network_where_it_brings_more():
    rungs = make_rungs(prior=("quadrat8", 0.8), residual=("quadrat8", 0.1))
    text = ladder.describe_ladder(rungs, make_benchmark())
    assert "In dieser Reihenfolge bringt die Vorfüllung (80 Gewichte) mehr als das residuale U-Net" in text
    rungs = make_rungs(prior=("quadrat8", 0.1), residual=("quadrat8", 0.8))
    assert "Reihenfolge" not in ladder.describe_ladder(rungs, make_benchmark())


def test_a_step_is_told_as_it_went():
    from inpainting.german import network

    told = network.describe_step(0.07, 0.06, 64, True)
    assert "Er sinkt. " in told and told.endswith("stehen die bekannten Pixel unverändert.")
    assert "geändert" in network.describe_step(0.07, 0.06, 64, False)
    assert "steigt; der Schritt war für diesen Mini-Batch zu groß" in network.describe_step(
        0.06, 0.07, 64, True
    )


def test_the_live_section_says_where_its_page_is():
    from inpainting.german import network

    assert "<https://example.org>" in network.describe_page("https://example.org")
    assert "bericht.html" in network.describe_page("")


def test_what_a_rebuilding_needs_follows_from_the_program():
    flow = {"batch_size": 40, "draws": 6, "learning_rate": 0.002}
    trained = SimpleNamespace(record={"recipe": {"flow": flow}})
    text = rebuilding.describe_samples({"gruendlich": trained})
    assert "„gründlich“ 40 Bilder zu je 6 Ziehungen" in text and "in 12 gleichen Schritten" in text
    assert "Mini-Batches" not in rebuilding.describe_samples({})
    table = rebuilding.stencil_table()
    assert table.rows[0][1:3] == ["0,0000", "0,4367"] and len(table.rows) == 5
    for text in (
        rebuilding.describe_suites(),
        rebuilding.describe_network(),
        rebuilding.describe_classifier(),
    ):
        assert not re.search(r"None|nan|  ", text)
    assert "Moment 0,95" in rebuilding.describe_optimizers({})


def test_samples_are_described_with_their_price_and_calibration():
    text = samples.describe_samples(make_benchmark(samples=("gruendlich",)), Q)
    assert "kostet gegenüber dem Mittelwert 2,30\u00a0dB PSNR" in text and "79,0 [78,0; 80,0]\u00a0%" in text
    assert samples.describe_samples(make_benchmark(), Q) == samples.NO_SAMPLES


def test_the_history_of_the_test_images_is_told():
    texts = everything(make_benchmark())
    assert "nach Vorversuchen auf Testbildern" in texts["split"] and "Validierungs" in texts["split"]
    assert "fielen nach Testbildern" in texts["summary"]


def test_missing_networks_are_told():
    from inpainting.german import network

    assert network.missing_networks({"kompakt": 1, "gruendlich": 1}) == ""
    assert "„gründlich“ liegt in diesem Lauf nicht vor" in network.missing_networks({"kompakt": 1})


def test_every_method_has_a_name_and_foreign_ones_keep_theirs():
    assert set(BASE) <= set(numbers.LABELS)
    assert numbers.label("lama") == "lama" and numbers.suite_label("quadrat12") == "Quadrat 12×12"
    assert [numbers.suite_label(s) for s in SUITES] == list(numbers.SUITE_LABELS.values())
