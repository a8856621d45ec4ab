"""The ladder: one change a rung, and intervals as theory has them."""

from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from ladder_case import LEVELS, synthetic_ladder

from inpainting import config, files, masks
from inpainting.measuring import ladder
from inpainting.networks import autoencoder, fill, prior_unet
from inpainting.training import recipes
from inpainting.training.batches import TrainingBatches
from inpainting.training.tasks import build_network

NAMES = [rung.name for rung in ladder.RUNGS]


# ---------------------------------------------------------------- rungs


def test_each_rung_changes_one_thing_and_keeps_the_others():
    below = asdict(ladder.make_recipe(NAMES[0]))
    for rung in ladder.RUNGS[1:]:
        own = asdict(ladder.make_recipe(rung.name))
        changed = {name for name in own if own[name] != below[name]}
        # a network's kind carries its own inputs, skips and widths
        own_pieces = {"learning_rate", "mask_input", "skips", "prior", "widths", "output"}
        assert len(changed - own_pieces) <= 1, rung.name
        assert changed <= set(rung.changes) and changed, rung.name
        below = own


def test_rung_of_kompakt_is_its_network():
    recipe, kompakt = ladder.make_recipe(ladder.KOMPAKT_RUNG), recipes.KOMPAKT
    different = {f.name for f in fields(recipe) if getattr(recipe, f.name) != getattr(kompakt, f.name)}
    training = {"epochs", "steps_per_epoch", "batch_size", "learning_rate", "warmup", "patience"}
    assert different <= {"network", "flow"} | training


def test_draft_is_the_network_of_2025():
    recipe = ladder.make_recipe(NAMES[0])
    different = {
        f.name for f in fields(recipe) if getattr(recipe, f.name) != getattr(recipes.ORIGINAL, f.name)
    }
    training = {"epochs", "steps_per_epoch", "batch_size", "warmup", "patience"}
    assert different <= {"network", "output"} | training and recipe.output == "relu"


def test_last_rung_has_the_blocks_of_gruendlich():
    recipe = ladder.make_recipe(NAMES[-1])
    assert recipe.detail == recipes.GRUENDLICH.detail
    network = build_network(replace(recipe, widths=(8, 8), detail=(4, 2)))
    assert {f"detail_{i}" for i in range(4)} <= {layer.name for layer in network.layers}


def test_names_and_labels_are_unique_and_fit_the_figure():
    assert len(set(NAMES)) == len(NAMES) == len({rung.label for rung in ladder.RUNGS})
    assert max(len(rung.label) for rung in ladder.RUNGS) <= 24
    assert {rung.judged_by for rung in ladder.RUNGS} <= set(ladder.FIGURES)


def test_compositing_shares_its_training():
    keys = [ladder.make_recipe(name).key("47af") for name in NAMES]
    same = [name for name, key, below in zip(NAMES[1:], keys[1:], keys, strict=False) if key == below]
    assert same == ["compositing"]


def test_unknown_rung():
    with pytest.raises(KeyError):
        ladder.make_recipe("gibt_es_nicht")


# ---------------------------------------------------------------- networks and batches of the rungs


def test_prior_rung_starts_where_the_residual_one_starts(sample):
    images, holes = sample.test.images[:8], masks.suite_masks("quadrat8", 8)
    truth = images / np.float32(255)
    started = fill(build_network(ladder.make_recipe("prior")), images, holes)
    residual = fill(build_network(replace(ladder.make_recipe("residual"), widths=(8, 8))), images, holes)
    np.testing.assert_allclose(masks.composite(started, truth, holes), residual, atol=1e-5)
    network = fill(prior_unet.build_prior_unet((8, 8)), images, holes)
    np.testing.assert_allclose(residual, network, atol=1e-5)


def test_first_rung_is_the_original_network(sample):
    own = build_network(ladder.make_recipe(NAMES[0], seed=3))
    original = autoencoder.build_original("relu", seed=3)
    for a, b in zip(own.get_weights(), original.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_rung_sees_the_same_images(sample):
    def shown(name):
        batches = TrainingBatches(sample.train, ladder.make_recipe(name, steps=30))
        images = batches[29][1][..., :3]
        return np.minimum(images, images[:, :, ::-1])  # mirrored or not

    for name in ("mehr_loecher", "mischung"):
        np.testing.assert_array_equal(shown("entwurf"), shown(name))


def test_holes_of_a_rung(sample):
    def masks_of(name, epoch=0):
        batches = TrainingBatches(sample.train, ladder.make_recipe(name, steps=30, epochs=2))
        batches.start_epoch(epoch)
        return np.concatenate([batches[step][0]["mask"] for step in range(len(batches))])

    fixed = {mask.tobytes() for mask in masks_of("sigmoid")}
    assert fixed == {mask.tobytes() for mask in masks_of("sigmoid", 1)}
    fresh = masks_of("frische_masken")
    assert (fresh != masks_of("frische_masken", 1)).any()
    assert not masks_of("sigmoid")[:, -1].any() and fresh[:, -1].any()
    assert (fresh.sum((1, 2, 3)) == 64).all()
    covered = masks_of("mehr_loecher").sum((1, 2, 3))
    most = 64 * (1 + recipes.KOMPAKT.extra_squares)
    assert 0.4 < np.mean(covered == 64) < 0.6 and covered.max() == most
    assert masks_of("mischung").sum((1, 2, 3)).max() > 300


# ---------------------------------------------------------------- intervals


def resampled(content, rung=0, n_resamples=4000):
    entries = [content["entries"][key] for key in content["rungs"][rung]["keys"].values()]
    return ladder.resampled_figures(content, entries, False, n_resamples)


def test_intervals_over_images_are_those_of_theory(rng):
    content = synthetic_ladder([18], rng, n_seeds=1)
    values = resampled(content)["quadrat8_mean"]
    groups = np.array(content["entries"]["entwurf-1"]["sums"]["hole_psnr"]) / 10
    assert values[0] == pytest.approx(groups.mean(), rel=1e-5)
    assert values[1:].std() == pytest.approx(groups.std(ddof=1) / np.sqrt(len(groups)), rel=0.05)


def test_three_seeds_give_an_unbiased_variance(rng):
    content = synthetic_ladder([18], rng, seed_spread=3.0)
    seeds = [np.mean(entry["sums"]["hole_psnr"]) / 10 for entry in content["entries"].values()]
    values = resampled(content)["quadrat8_mean"]
    images = resampled(synthetic_ladder([18], rng, n_seeds=1))["quadrat8_mean"][1:].var()
    expected = np.var(seeds, ddof=1) / 3
    assert expected > 20 * images
    assert values[1:].var() == pytest.approx(expected, rel=0.1)


def test_differences_are_paired_in_images_and_seeds(tmp_path, rng):
    content = synthetic_ladder([17, 18], rng, seed_spread=2.0)
    for seed in "123":  # the second rung is the first plus 1 dB, on every image
        sums = content["entries"][f"entwurf-{seed}"]["sums"]["hole_psnr"]
        better = [value + 10 for value in sums]
        content["entries"][f"sigmoid-{seed}"]["sums"]["hole_psnr"] = better
    files.write_json(tmp_path / "l.json", content)
    below, above = ladder.load_results(tmp_path / "l.json").rungs
    assert below.differences == {} and below.verdict() == ""
    difference = above.differences["quadrat8_mean"]
    np.testing.assert_allclose([difference.value, difference.low, difference.high], 1, atol=1e-9)
    assert above.verdict("quadrat8_mean") == "gewinnt"
    wide = above.estimates["quadrat8_mean"]
    assert wide.high - wide.low > 0.5


# ---------------------------------------------------------------- the file


def test_results_have_a_rung_each_and_the_curve(tmp_path, rng):
    files.write_json(tmp_path / "l.json", synthetic_ladder(LEVELS, rng))
    results = ladder.load_results(tmp_path / "l.json")
    assert [rung.name for rung in results.rungs] == NAMES
    found = [rung.estimates["quadrat8"].value for rung in results.rungs]
    np.testing.assert_allclose(found, LEVELS, atol=0.01)
    verdicts = {rung.name: rung.verdict() for rung in results.rungs}
    assert (verdicts["entwurf"], verdicts["sigmoid"]) == ("", "gewinnt")
    assert (verdicts["frische_masken"], verdicts["quadratisch"]) == ("unklar", "verliert")
    assert [(point.factor, point.n_steps) for point in results.compute] == [(1, 100), (2, 200)]


def test_seed_without_all_rungs_does_not_count(tmp_path, rng):
    content = synthetic_ladder(LEVELS, rng)
    del content["rungs"][4]["keys"]["2"]
    files.write_json(tmp_path / "l.json", content)
    assert ladder.load_results(tmp_path / "l.json").seeds == (1, 3)
    content["rungs"][4]["keys"] = {}
    files.write_json(tmp_path / "l.json", content)
    with pytest.raises(ladder.LadderError, match="unvollständig"):
        ladder.load_results(tmp_path / "l.json")


def test_committed_results_belong_to_this_code():
    assert ladder.RESULTS.stat().st_size <= 300_000
    content, results = ladder.read_file(ladder.RESULTS), ladder.load_results()
    assert [rung.name for rung in results.rungs] == NAMES
    for rung in content["rungs"]:
        for seed in results.seeds:
            recipe = ladder.make_recipe(rung["name"], seed, results.steps)
            assert rung["keys"][str(seed)] == recipe.key(content["data"]["sha256"]), (rung["name"], seed)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 99}'])
def test_damaged_file_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "ladder.json"
    path.write_text(content)
    with pytest.raises(ladder.LadderError, match="anderen Aufbau"):
        ladder.load_results(path)
    assert path.read_text() == content


def test_missing_file():
    with pytest.raises(ladder.LadderError, match="nicht gefunden"):
        ladder.load_results(config.RESULTS / "gibt-es-nicht.json")
