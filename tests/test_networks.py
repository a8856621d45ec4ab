"""Every network alike: filling, counting, loading, and what a foreign file gets."""

import dataclasses
import inspect
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from inpainting import config
from inpainting.data import to_float
from inpainting.masks import suite_masks
from inpainting.networks import (
    ModelError,
    autoencoder,
    classifier,
    count_learned,
    fill,
    flow,
    has_samples,
    keras,
    load_model,
    mean_of,
    prior_unet,
)
from inpainting.training import store
from inpainting.training.flow import build_whole
from inpainting.training.tasks import build_network

# ---------------------------------------------------------------- filling


def switched_on(rng):
    """A small network whose correction is not zero."""
    network = prior_unet.build_prior_unet((8, 8, 8), seed=3)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, 0.05, variable.shape))
    return network


def test_size_that_is_no_multiple_of_8_is_padded_with_pixels_to_fill(rng):
    network, images = switched_on(rng), rng.random((2, 19, 30, 3), np.float32)
    masks = np.zeros((2, 19, 30, 1), np.uint8)
    masks[:, 4:9, 5:12] = 1
    padded = np.pad(images, [(0, 0), (0, 5), (0, 2), (0, 0)])
    holes = np.pad(masks, [(0, 0), (0, 5), (0, 2), (0, 0)], constant_values=1)
    filled = fill(network, images, masks)
    assert filled.shape == images.shape
    np.testing.assert_array_equal(filled, fill(network, padded, holes)[:, :19, :30])


def test_mean_of_a_network_with_both_answers_is_its_mean(trained_kompakt, rng):
    images, masks = rng.random((2, 32, 32, 3), np.float32), np.zeros((2, 32, 32, 1), np.uint8)
    masks[:, 4:20, 9:17] = 1
    model = trained_kompakt.model
    assert has_samples(model) and not has_samples(mean_of(model))
    np.testing.assert_array_equal(fill(model, images, masks), fill(mean_of(model), images, masks))
    alone = autoencoder.build_original()
    assert mean_of(alone) is alone


def test_fixed_kernels_are_not_counted_as_learned(rng, tmp_path):
    switched_on(rng).save(tmp_path / "m.keras")
    model = load_model(tmp_path / "m.keras")
    n_fixed = 3 * 3 * 48 * 48 + 2 * 4 * 4 * 3 * 48
    assert count_learned(model) == model.count_params() - n_fixed > 0


# ---------------------------------------------------------------- the backend


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="oneDNN is for x86")
@pytest.mark.parametrize(("chosen", "is_on"), [(None, "True"), ("0", "False")])
def test_onednn_is_on_unless_it_was_switched_off(chosen, is_on):
    """Of the environment: TensorFlow obeys."""
    program = (
        "from inpainting import networks\n"
        "from tensorflow.python.util import _pywrap_util_port\n"
        "print(_pywrap_util_port.IsMklEnabled())\n"
    )
    variables = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    if chosen:
        variables["TF_ENABLE_ONEDNN_OPTS"] = chosen
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=variables,
        cwd=config.ROOT,
    )
    assert done.stdout.strip() == is_on


# ---------------------------------------------------------------- loading


def test_save_and_load_round_trip(tmp_path):
    model = autoencoder.build_original(seed=5)
    model.save(tmp_path / "m.keras")
    for a, b in zip(load_model(tmp_path / "m.keras").get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 truncated", b"no model at all"])
def test_not_a_model_gets_a_german_message(tmp_path, content):
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="lässt sich nicht als Keras-Modell laden"):
        load_model(path)


def test_missing_file_gets_a_german_message(tmp_path):
    with pytest.raises(ModelError, match="nirgends.keras"):
        load_model(tmp_path / "nirgends.keras")


def test_code_in_a_model_file_is_refused(tmp_path):
    layer = keras.layers.Lambda(lambda x: x + 1)
    keras.Sequential([keras.layers.Input((4,)), layer]).save(tmp_path / "m.keras")
    with pytest.raises(ModelError, match="ohne eigenen Programmcode"):
        load_model(tmp_path / "m.keras")


# ---------------------------------------------------------------- what is built is what was stored


@pytest.fixture(scope="module", params=["original", "klassifikator", "kompakt"])
def shipped(request):
    """A shipped network, and the same built anew from its recipe with the stored weights."""
    found = store.load_shipped(request.param, str)
    recipe = store.SHIPPED[request.param]
    if recipe.flow:
        mean = build_network(recipe)
        mean.set_weights(mean_of(found.model).get_weights())
        network = build_whole(recipe, mean)
    else:
        network = build_network(recipe)
    network.set_weights(found.model.get_weights())
    return found.model, network


def test_a_network_computes_what_the_stored_one_does(shipped, sample):
    """Topology, prior, scales: whoever changes them makes another network of the shipped weights."""
    stored, built = shipped
    images = to_float(sample.test.images[:4])
    masks = np.concatenate([suite_masks(suite, 1) for suite in ("quadrat8", "linien", "pixel50", "haelfte")])
    for x, y in zip(stored.get_weights(), built.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    if stored.name == "classifier":
        np.testing.assert_allclose(built(images), stored(images), atol=1e-4)
        return
    np.testing.assert_allclose(fill(built, images, masks), fill(stored, images, masks), atol=1e-4)
    if has_samples(stored):
        ours, theirs = (flow.sample(model, images, masks, seed=3, steps=3) for model in (built, stored))
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


@pytest.mark.parametrize("name", ["kompakt", "gruendlich", "klassifikator", "original"])
def test_initial_weights_follow_the_seed_and_differ_between_layers(name):
    recipe = dataclasses.replace(store.SHIPPED[name], widths=(8, 8, 8), detail=None, flow=None)
    first, again, other = (
        [w for w in build_network(dataclasses.replace(recipe, seed=s)).get_weights() if w.std() > 0]
        for s in (1, 1, 2)
    )
    fixed = {w.tobytes() for w in first} & {w.tobytes() for w in other}  # of the prior, if there is one
    assert len(fixed) == (3 if recipe.architecture == "prior_unet" else 0) or len(fixed) == 2
    for x, y in zip(first, again, strict=True):
        np.testing.assert_array_equal(x, y)
    learned = [w.ravel()[:100].tobytes() for w in first if w.tobytes() not in fixed]
    assert len(set(learned)) == len(learned)


@pytest.mark.parametrize(
    "build, defaults",
    [
        (flow.build_flow, {"widths": (64, 128), "n_blocks": 2, "detail": 32, "seed": 0}),
        (flow.build_context, {"widths": (64, 128), "detail": 32, "mirrored": False, "seed": 0}),
        (classifier.build_classifier, {"widths": (32, 64, 128, 192), "seed": 0}),
        (
            prior_unet.build_prior_unet,
            {"widths": (64, 96, 128), "n_blocks": 1, "seed": 0, "mirrored": False, "detail": None},
        ),
        (autoencoder.build_original, {"output": "sigmoid", "seed": 0}),
    ],
)
def test_defaults_of_the_networks_are_those_of_the_recipes(build, defaults):
    found = {name: parameter.default for name, parameter in inspect.signature(build).parameters.items()}
    assert {name: found[name] for name in defaults} == defaults
    assert found.get("precision", "float32") == "float32"
