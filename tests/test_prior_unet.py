"""The project's own network: what it keeps, what it never sees, its prior, and what it grows by."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from inpainting import classical, config
from inpainting.data import to_float
from inpainting.masks import composite, suite_masks
from inpainting.networks import FIXED_LAYERS, fill, load_model, prior_unet


def weights_equal(a, b) -> bool:
    return all(map(np.array_equal, a.get_weights(), b.get_weights()))


@pytest.fixture(scope="module")
def network():
    """The network before training, its correction switched on at random."""
    model = prior_unet.build_prior_unet((8, 8, 8), seed=3)
    rng = np.random.default_rng(5)
    for variable in model.trainable_variables:
        if not np.any(variable):
            variable.assign(rng.normal(0, 0.05, variable.shape))
    return model


def random_case(rng, height, width, n=3):
    images = rng.random((n, height, width, 3), np.float32)
    masks = (rng.random((n, height, width, 1)) < [[[[0.1]]], [[[0.5]]], [[[0.99]]]]).astype(np.uint8)
    masks[:, 3:11, 2:10] = 1
    return images, masks


@pytest.mark.parametrize(("height", "width"), [(32, 32), (16, 16), (40, 24), (17, 45)])
def test_network_keeps_known_pixels_and_never_sees_the_hole(network, rng, height, width):
    images, masks = random_case(rng, height, width)
    repaired = fill(network, images, masks)
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(repaired[known], images[known])
    assert repaired.dtype == np.float32 and 0 <= repaired.min() and repaired.max() <= 1
    for content in (0, 1e6, np.nan, np.inf):
        spoiled = np.where(masks, np.float32(content), images)
        np.testing.assert_array_equal(fill(network, spoiled, masks), repaired)


def test_images_of_a_batch_do_not_touch_each_other(network, rng):
    images, masks = random_case(rng, 32, 32)
    together = fill(network, images, masks)
    alone = fill(network, images[1:2], masks[1:2])
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)


def test_bytes_and_floats_are_the_same_to_the_network(network, rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), np.uint8)
    masks = random_case(rng, 32, 32)[1]
    np.testing.assert_array_equal(
        fill(network, images, masks),
        fill(network, to_float(images), masks),
    )


def test_layers_of_the_prior_are_those_that_count_as_fixed():
    assert FIXED_LAYERS == tuple(prior_unet._prior_kernels())


def test_prior_continues_a_plain_area(rng):
    masks = random_case(rng, 32, 32)[1]
    images = np.broadcast_to(np.float32([0.2, 0.5, 0.9]), (3, 32, 32, 3))
    filled = fill(prior_unet.build_prior_unet((8, 8, 8)), images, masks)
    np.testing.assert_allclose(filled, images, atol=2e-3)


def test_untrained_network_is_the_prior_and_beats_the_mean_colour(sample):
    images = to_float(sample.test.images)
    masks = suite_masks("quadrat8", len(images), "test")
    hole = masks[..., 0] == 1

    def error(filled):
        return np.mean((filled[hole] - images[hole]) ** 2)

    filled = fill(prior_unet.build_prior_unet((8, 8, 8)), images, masks)
    alone = fill(prior_unet.prior_alone(), images, masks)
    np.testing.assert_allclose(composite(alone, images, masks), filled, atol=1e-5)
    prior = error(filled)
    assert prior < 0.4 * error(classical.fill_mean(images, masks))
    assert prior < 0.9 * error(classical.fill_telea(images, masks))


def test_stencil_is_a_mean_of_neighbours_with_a_positive_energy():
    stencil = prior_unet.STENCIL.astype(np.float64)
    assert stencil.sum() == pytest.approx(1, abs=1e-3) and stencil[4, 4] == 0
    for turned in (stencil.T, stencil[::-1], stencil[:, ::-1]):
        np.testing.assert_array_equal(turned, stencil)
    symbol = 1 - np.fft.fft2(np.fft.ifftshift(np.pad(stencil, ((12, 11), (12, 11))))).real
    assert symbol.min() > -1e-3


def test_stencil_on_blocks_is_the_stencil_on_pixels(network, rng):
    image = rng.random((1, 24, 40, 3), np.float32)
    blocks, stencil, pixels = (network.get_layer(name) for name in ("blocks", "stencil", "pixels"))
    np.testing.assert_array_equal(pixels(blocks(image)), image)
    expected = ndimage.correlate(image[0], prior_unet.STENCIL[:, :, None], mode="constant")
    np.testing.assert_allclose(pixels(stencil(blocks(image)))[0], expected, atol=1e-6)


@pytest.mark.full
def test_stencil_follows_from_the_training_images(cifar10):
    sys.path.insert(0, str(config.ROOT / "benchmarks"))
    import stencil

    derived = stencil.derive_stencil(cifar10.train.images)
    np.testing.assert_allclose(derived, prior_unet.STENCIL, atol=1e-4)


def test_file_is_loaded_without_our_code(network, rng, tmp_path):
    network.save(tmp_path / "m.keras")
    program = (
        "import sys, numpy as np, keras\n"
        "model = keras.saving.load_model(sys.argv[1], compile=False, safe_mode=True)\n"
        "case = np.load(sys.argv[2])\n"
        "np.save(sys.argv[3], model.predict([case['images'], case['masks']], verbose=0))\n"
        "assert not any(name.startswith('inpainting') for name in sys.modules)\n"
    )
    images, masks = random_case(rng, 32, 32)
    np.savez(tmp_path / "case.npz", images=images, masks=masks.astype(np.float32))
    paths = [str(tmp_path / name) for name in ("m.keras", "case.npz", "out.npy")]
    subprocess.run([sys.executable, "-c", program, *paths], check=True, cwd=tmp_path)
    np.testing.assert_allclose(np.load(paths[2]), fill(network, images, masks), atol=1e-5)


def test_mixed_precision_keeps_float32_weights_and_nearly_the_result(network, rng):
    mixed = prior_unet.build_prior_unet((8, 8, 8), precision="mixed_bfloat16")
    mixed.set_weights(network.get_weights())
    assert {weight.dtype for weight in mixed.get_weights()} == {np.dtype(np.float32)}
    images, masks = random_case(rng, 32, 32)
    np.testing.assert_allclose(fill(mixed, images, masks), fill(network, images, masks), atol=0.05)


def test_seed_determines_the_initial_weights():
    first, again, other = (prior_unet.build_prior_unet((8, 8, 8), seed=seed) for seed in (3, 3, 4))
    assert weights_equal(first, again)
    assert not weights_equal(first, other)


def test_trained_form_is_neither_composited_nor_clipped(network, rng):
    images, masks = random_case(rng, 32, 32)
    trained = prior_unet.uncomposited(network)
    assert weights_equal(trained, network)
    prediction = fill(trained, images, masks)
    assert prediction.min() < 0 or prediction.max() > 1
    expected = composite(prediction.clip(0, 1), images, masks)
    np.testing.assert_allclose(fill(network, images, masks), expected, atol=1e-5)


def test_blocks_at_full_resolution_start_from_the_prior_and_reach_the_hole_alone(rng, tmp_path):
    grown = prior_unet.build_prior_unet((8, 8, 8), seed=4, detail=(6, 2))
    images, masks = random_case(rng, 17, 45)
    before = fill(grown, images, masks)
    started = fill(prior_unet.build_prior_unet((8, 8, 8)), images, masks)
    np.testing.assert_allclose(before, started, atol=1e-5)
    names = [layer.name for layer in grown.layers if layer.name.startswith("detail")]
    assert len(names) == 3 + 2 * 2
    for name in names:
        weights = grown.get_layer(name).get_weights()
        grown.get_layer(name).set_weights([w + np.float32(0.02) for w in weights])
    after = fill(grown, images, masks)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_array_equal(after[masks[..., 0] == 0], images[masks[..., 0] == 0])
    grown.save(tmp_path / "m.keras")
    np.testing.assert_allclose(fill(load_model(tmp_path / "m.keras"), images, masks), after, atol=1e-5)


def test_mirrored_network_takes_the_mean_over_the_mirror_image(sample, rng):
    plain, mirrored = (prior_unet.build_prior_unet((8, 8, 8), mirrored=m) for m in (False, True))
    for variable in plain.trainable_variables:
        variable.assign(rng.normal(0, 0.05, variable.shape))
    mirrored.set_weights(plain.get_weights())
    images = 0.3 + 0.4 * to_float(sample.test.images[:4])  # far from where it is clipped
    holes = suite_masks("freiform", 4)
    there = fill(plain, images, holes)
    back = fill(plain, images[:, :, ::-1], holes[:, :, ::-1])[:, :, ::-1]
    assert np.abs(there - back).max() > 0.01
    np.testing.assert_allclose(fill(mirrored, images, holes), (there + back) / 2, atol=1e-5)
