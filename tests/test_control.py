"""The control without the prior: what is stored, and what is said of it."""

import numpy as np
import pytest
from invented import around, make_benchmark, make_rungs

from inpainting import files
from inpainting.german import control as german
from inpainting.german import ladder, limits
from inpainting.masks import SUITES
from inpainting.measuring import control
from inpainting.measuring.evaluation import Estimate
from inpainting.networks import count_learned, fill, prior_unet
from inpainting.training import recipes, tasks

Q = "quadrat8"
KEYS = german.MEASURES


def make_control(kompakt=0.4, gauss=-0.2, width=0.05, **suites):
    """A control behind ``kompakt`` and ahead of the Gaussian; ``suites`` are other leads of ``kompakt``."""
    leads = {"kompakt": dict.fromkeys(SUITES, kompakt) | suites, "gauss": dict.fromkeys(SUITES, gauss)}
    ahead = {
        method: {s: dict.fromkeys(KEYS, around(x, width)) for s, x in of.items()}
        for method, of in leads.items()
    }
    figures = {s: dict.fromkeys(KEYS, [18.5, 18.55]) for s in SUITES}
    return control.Control(2000, 933_187, [1, 2], {"kompakt": "abc"}, figures, ahead)


def test_it_is_read_for_the_networks_that_it_was_compared_with(tmp_path):
    path = tmp_path / "control.json"
    assert control.load_control({}, path) is None
    files.write_json(path, vars(make_control()) | {"records": {}})
    read = control.load_control({"kompakt": "abc", "original": "x"}, path)
    assert read.ahead["kompakt"][Q][KEYS[0]] == around(0.4, 0.05) and read.seeds == [1, 2]
    assert control.load_control({"kompakt": "another"}, path) is None


def test_the_control_differs_from_kompakt_in_the_prior_alone():
    with_prior, without = (tasks.build_network(recipe) for recipe in (recipes.KOMPAKT, recipes.CONTROL))
    assert count_learned(with_prior) == count_learned(without)
    assert not any(layer.name == "stencil" for layer in without.layers)
    assert recipes.CONTROL.key("") != recipes.KOMPAKT.key("")


def test_without_the_prior_the_untrained_network_fills_with_grey():
    images = np.random.default_rng(1).random((2, 16, 16, 3), np.float32)
    holes = np.zeros((2, 16, 16, 1), np.uint8)
    holes[:, 4:9, 4:9] = 1
    filled = fill(prior_unet.build_prior_unet((8, 8, 8), with_prior=False), images, holes)
    assert (filled == np.where(holes > 0, np.float32(0.5), images)).all()


@pytest.mark.parametrize(
    "made, expected",
    [
        (make_control(), "hilft sie auf Quadrat 8×8 (+0,40), Mitte 16×16 (+0,40)"),
        (make_control(-0.1, linien=0.3), "hilft sie auf Linien (+0,30) und schadet auf Quadrat 8×8 (−0,10), "),
        (make_control(0.0, linien=0.3), "hilft sie auf Linien (+0,30) dB; auf Quadrat 8×8, "),
        (make_control(0.0, linien=-0.3), "schadet sie auf Linien (−0,30) dB; auf Quadrat 8×8, "),
        (make_control(0.01), "ändert sie in keinem Maskensatz in allen drei Maßen etwas."),
    ],
    ids=["helps", "both", "one", "harms", "nothing"],
)  # fmt: skip
def test_the_sentence_follows_the_figures(made, expected):
    assert expected in german.describe(made)


def test_the_short_sentence_follows_them_too():
    assert german.summarise(None) == ""
    assert (
        german.summarise(make_control()) == "hilft „kompakt“ auch nach ganzem Training auf allen Maskensätzen"
    )
    assert "nur auf Linien" in german.summarise(make_control(0.0, linien=0.3))
    told = german.summarise(make_control(0.0, linien=0.3, mitte16=-0.2))
    assert (
        told
        == "hilft „kompakt“ nach ganzem Training in allen drei Maßen nur auf Linien und schadet auf Mitte 16×16"
    )
    assert "auf keinem Maskensatz in allen drei Maßen" in german.summarise(make_control(0.0))


def test_a_gap_within_the_ranges_over_seeds_is_none():
    seeds = {"kompakt": {Q: {KEYS[0]: [19.0, 19.25]}}}  # 0.25 dB, and 0.05 dB of the control
    assert german.lead_sign(make_control(), "kompakt", Q, seeds=seeds) == 1
    seeds["kompakt"][Q][KEYS[0]] = [19.0, 19.36]
    assert german.lead_sign(make_control(), "kompakt", Q, seeds=seeds) == 0
    assert german.lead_sign(make_control(), "gauss", Q, seeds=seeds) == -1


def test_a_gain_that_a_whole_training_takes_back_does_not_count():
    rungs = make_rungs(prior=("quadrat8", 0.8), skip=("quadrat8", 0.4))
    assert ladder.fleeting(rungs, control=make_control()) == {}
    late = ladder.fleeting(rungs, control=make_control(quadrat8=0.02))
    assert late == {"prior": around(0.02, 0.05)}
    told = ladder.describe_ladder(rungs, control=make_control(quadrat8=0.02))
    assert (
        "Kurz trainiert bringt sonst am meisten" in told
        and "verschwindet der Gewinn von „prior“ (+0,80 → +0,02\u00a0dB)" in told
    )
    for rung in rungs.rungs[1:]:
        rung.differences["suites"] = around(0.5)
    result = make_benchmark()
    told = limits.describe_answers(result, Q, {}, rungs, make_control(0.02, linien=0.3)).partition(
        "hilft?* "
    )[2]
    assert told.startswith("In beiden Maßen gesichert helfen, kurz trainiert, die Vorfüllung")
    assert "Die Vorfüllung hilft „kompakt“ nach ganzem Training in allen drei Maßen nur auf Linien." in told
    lasting = limits.describe_answers(result, Q, {}, rungs, make_control())
    assert "anfangs" not in lasting and "die Vorfüllung" in lasting


def test_without_the_control_the_ablation_alone_is_told():
    assert german.describe(None) == ""


def test_the_appendix_judges_by_all_three_measures():
    text = german.describe_table(make_control())
    assert "zwei Startwerte, der erste in" in text and "ist „kompakt“ auf Quadrat 8×8, " in text
    assert (
        "ist die Gauß-Vorhersage auf Quadrat 8×8, Mitte 16×16" in text
        and "schlechter als dieses Netz" in text
    )
    torn = make_control()
    torn.ahead["gauss"][Q] = torn.ahead["gauss"][Q] | {"ssim": Estimate(0.01, 0.005, 0.02)}
    assert "ist die Gauß-Vorhersage auf Mitte 16×16, " in german.describe_table(torn)


def test_the_table_names_what_it_holds():
    table = german.table(make_control())
    assert len(table.rows) == len(SUITES) and table.header[-1] == "Gauß-Vorhersage"
    assert table.rows[0][0] == "Quadrat 8×8" and "933\u202f187" in german.caption(make_control())


def test_the_control_takes_the_place_of_the_short_training():
    rungs = make_rungs(prior=("quadrat8", 0.8), residual=("quadrat8", 0.1))
    assert "Reihenfolge" in ladder.describe_ladder(rungs)
    told = ladder.describe_ladder(rungs, control=make_control())
    assert "Reihenfolge" not in told and "Grau statt der Vorfüllung" in told
