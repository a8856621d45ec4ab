"""Tasks: the network, its batches and its optimiser, as the recipe asks for them."""

from dataclasses import replace

import numpy as np
import pytest
from training_case import CLASSIFIER, KOMPAKT, ORIGINAL

from inpainting.networks import keras
from inpainting.networks.muon import KernelMuon
from inpainting.training import recipes
from inpainting.training.tasks import OPTIMIZERS, build_network, calibrate, make_task

RECIPES = {
    "original": ORIGINAL,
    "variante": replace(ORIGINAL, mask_input=True, skips=True, prior=True, output=None, loss="loch"),
    "kompakt": KOMPAKT,
    "gruendlich": replace(KOMPAKT, detail=(6, 1), mirrored=True),
    "klassifikator": CLASSIFIER,
}


def same_weights(a: keras.Model, b: keras.Model) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights(), strict=True))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_trained_form_has_the_networks_weights_in_their_order(sample, recipe):
    task = make_task(recipe, sample)
    network = task.build()
    assert same_weights(task.model, network)
    assert same_weights(network, build_network(recipe))
    assert not same_weights(network, build_network(replace(recipe, seed=2)))
    assert (task.epochs, task.patience) == (recipe.epochs, recipe.patience)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_network_learns_one_batch(sample, recipe):
    wide = {"widths": (16, 16, 16)} if recipe.architecture == "prior_unet" else {}
    task = make_task(replace(recipe, epochs=30, warmup=5 if recipe.warmup else 0, **wide), sample)
    inputs, targets = task.batches[0]
    before = float(task.model.test_on_batch(inputs, targets))
    for _ in range(60):
        task.model.train_on_batch(inputs, targets)
    assert float(task.model.test_on_batch(inputs, targets)) < before - 0.005 * before


def test_rate_rises_and_falls_to_zero(sample):
    rate = make_task(replace(KOMPAKT, epochs=10, steps_per_epoch=10, warmup=5), sample).model.optimizer
    schedule = [float(rate._learning_rate(step)) for step in (0, 5, 50, 100)]
    assert schedule[0] == 0 and schedule[1] == pytest.approx(KOMPAKT.learning_rate)
    assert schedule[1] > schedule[2] > schedule[3] == pytest.approx(0, abs=1e-9)


def test_a_short_training_comes_down_again_too(sample):
    rate = make_task(KOMPAKT, sample).model.optimizer
    last = KOMPAKT.n_steps
    assert float(rate._learning_rate(last)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("recipe", [ORIGINAL, KOMPAKT, CLASSIFIER], ids=lambda recipe: recipe.network)
def test_optimizer_is_the_recipes(sample, recipe):
    assert type(make_task(recipe, sample).model.optimizer) is OPTIMIZERS[recipe.optimizer]
    assert (recipe.optimizer == "muon") is (OPTIMIZERS[recipe.optimizer] is KernelMuon)


def test_trained_form_in_bfloat16_keeps_float32_weights(sample):
    for recipe in (ORIGINAL, KOMPAKT, CLASSIFIER):
        model = make_task(recipe, sample, "mixed_bfloat16").model
        assert {weight.dtype for weight in model.get_weights()} == {np.dtype(np.float32)}


@pytest.mark.slow
def test_budget_becomes_whole_epochs(sample):
    few = calibrate(KOMPAKT, sample, minutes=1e-6)
    assert few == replace(KOMPAKT, epochs=1)
    assert calibrate(KOMPAKT, sample, minutes=1).epochs > 1


@pytest.mark.parametrize("recipe", recipes.OWN.values(), ids=recipes.OWN)
def test_own_networks_are_as_large_as_they_say(recipe):
    network = build_network(recipe)
    assert [tuple(x.shape) for x in network.inputs] == [(None, None, None, 3), (None, None, None, 1)]
    assert ("detail" in {layer.name for layer in network.layers}) is bool(recipe.detail)
