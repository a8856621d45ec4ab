"""The network of 2025: layers, size, seed, its arrangement for training, and its variants."""

from dataclasses import replace

import numpy as np
import pytest

from inpainting import masks
from inpainting.data import to_float
from inpainting.masks import mask_images
from inpainting.networks import autoencoder, fill, keras, prior_unet
from inpainting.training.recipes import ORIGINAL
from inpainting.training.tasks import build_network

LAYERS = {
    "encoder_1": (32, 32, 32),
    "pooling_1": (16, 16, 32),
    "encoder_2": (16, 16, 16),
    "pooling_2": (8, 8, 16),
    "decoder_1": (8, 8, 16),
    "upsampling_1": (16, 16, 16),
    "decoder_2": (16, 16, 32),
    "upsampling_2": (32, 32, 32),
    "output": (32, 32, 3),
}


def weights_equal(a: keras.Model, b: keras.Model) -> bool:
    return all(map(np.array_equal, a.get_weights(), b.get_weights()))


def test_original_has_the_published_layers_and_size():
    model = autoencoder.build_original()
    assert model.count_params() == 13_347
    assert {layer.name: layer.output.shape[1:] for layer in model.layers} == LAYERS


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_original_output_activation(output):
    model = autoencoder.build_original(output)
    assert model.layers[-1].activation.__name__ == output
    assert model.name == f"original_{output}"


def test_seed_determines_the_initial_weights():
    first, again, other = (autoencoder.build_original(seed=seed) for seed in (3, 3, 4))
    assert weights_equal(first, again)
    assert not weights_equal(first, other)
    assert len({weight.std() for weight in first.get_weights()[::2]}) == 5  # no seed used twice


def random_masks(rng, n):
    return (rng.random((n, 32, 32, 1)) < 0.3).astype(np.float32)


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_arrangement_for_training_is_the_same_function_of_the_same_weights(output, rng):
    plain = autoencoder.build_original(output, seed=3)
    fast = autoencoder.arrange_for_training(plain)
    assert weights_equal(plain, fast)
    weights = [rng.normal(0, 0.2, weight.shape) for weight in plain.get_weights()]  # biases too
    images, holes = rng.random((4, 32, 32, 3), np.float32), random_masks(rng, 4)
    plain.set_weights(weights)
    fast.set_weights(weights)
    expected = plain.predict(mask_images(images, holes), verbose=0)
    assert expected.std() > 0.1
    found = fast.predict({"image": images, "mask": holes}, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_arrangement_for_training_learns_the_same(rng):
    images, holes = rng.random((64, 32, 32, 3), np.float32), random_masks(rng, 64)
    learned = []
    for fast in (False, True):
        model = autoencoder.build_original(seed=3)
        model = autoencoder.arrange_for_training(model) if fast else model
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy")
        before = model.get_weights()
        inputs = {"image": images, "mask": holes} if fast else mask_images(images, holes)
        model.train_on_batch(inputs, images)
        learned.append([a - b for a, b in zip(model.get_weights(), before, strict=True)])
    for one, other in zip(*learned, strict=True):
        assert np.abs(one).max() > 1e-6
        np.testing.assert_allclose(other, one, atol=1e-3 * np.abs(one).max() + 1e-8)


def test_arrangement_for_training_in_bfloat16_has_a_fine_output(rng):
    inputs = {"image": rng.random((4, 32, 32, 3), np.float32), "mask": random_masks(rng, 4)}
    exact, rough = (
        autoencoder.arrange_for_training(autoencoder.build_original(seed=3), precision).predict(
            inputs, verbose=0
        )
        for precision in ("float32", "mixed_bfloat16")
    )
    np.testing.assert_allclose(rough, exact, atol=0.02)
    assert rough.dtype == np.float32 and len(np.unique(rough)) > 1000  # not rounded to 8 bits


def test_original_never_sees_what_stood_in_the_hole(rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), np.uint8)
    holes = np.zeros((3, 32, 32, 1), np.uint8)
    holes[:, 5:13, 9:17] = 1
    model = autoencoder.build_original(seed=1)
    before = fill(model, images, holes)
    images[:, 5:13, 9:17] = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    np.testing.assert_array_equal(fill(model, images, holes), before)
    assert before.shape == images.shape and before.dtype == np.float32
    assert 0 <= before.min() and before.max() <= 1


# ---------------------------------------------------------------- variants


@pytest.mark.parametrize("output", ["relu", "sigmoid"])
def test_variant_without_any_piece_is_the_original(sample, output):
    own = autoencoder.build_variant(output, seed=3)
    original = autoencoder.build_original(output, seed=3)
    images, holes = to_float(sample.test.images[:4]), masks.suite_masks("quadrat8", 4)
    np.testing.assert_allclose(fill(own, images, holes), fill(original, images, holes), atol=1e-6)


@pytest.mark.parametrize(
    "pieces", [{"mask_input": True}, {"skips": True}, {"prior": True, "output": None}], ids=str
)
def test_hole_never_reaches_a_variant(sample, rng, pieces):
    network = build_network(replace(ORIGINAL, **pieces))
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    images, holes = to_float(sample.test.images[:4]), masks.suite_masks("freiform", 4)
    other = np.where(holes, np.float32(0.7), images)
    np.testing.assert_array_equal(fill(network, images, holes), fill(network, other, holes))


def test_variant_with_a_prior_starts_as_the_prior(sample):
    images, holes = to_float(sample.test.images[:8]), masks.suite_masks("quadrat8", 8)
    started = fill(autoencoder.build_variant(None, 1, prior=True), images, holes)
    expected = fill(prior_unet.prior_alone(), images, holes)
    np.testing.assert_allclose(started, expected, atol=1e-5)
