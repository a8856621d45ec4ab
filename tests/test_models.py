"""The networks: shapes, sizes, seeds, and what a foreign model file gets."""

import os
import platform
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy import ndimage

from inpainting import classical, config, data, models
from inpainting.masks import suite_masks

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


# ---------------------------------------------------------------- the original


def test_original_has_the_published_layers_and_size():
    model = models.build_original()
    assert model.count_params() == 13_347
    assert {layer.name: layer.output.shape[1:] for layer in model.layers} == LAYERS


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_original_output_activation(output):
    model = models.build_original(output)
    assert model.layers[-1].activation.__name__ == output
    assert model.name == f"original_{output}"


def test_seed_determines_the_initial_weights():
    first, again, other = (models.build_original(seed=seed) for seed in (3, 3, 4))
    assert weights_equal(first, again)
    assert not weights_equal(first, other)
    assert len({weight.std() for weight in first.get_weights()[::2]}) == 5  # no seed used twice


@pytest.mark.parametrize("output", ["sigmoid", "relu"])
def test_fast_arrangement_is_the_same_function_of_the_same_weights(output, rng):
    plain = models.build_original(output, seed=3)
    fast = models.arrange_for_training(plain)
    assert weights_equal(plain, fast)
    weights = [rng.normal(0, 0.2, weight.shape) for weight in plain.get_weights()]  # biases too
    images = rng.random((4, 32, 32, 3), np.float32)
    plain.set_weights(weights)
    fast.set_weights(weights)
    expected = plain.predict(images, verbose=0)
    assert expected.std() > 0.1
    np.testing.assert_allclose(fast.predict(images, verbose=0), expected, atol=1e-5)


def test_fast_arrangement_learns_the_same(rng):
    images = rng.random((64, 32, 32, 3), np.float32)
    learned = []
    for fast in (False, True):
        model = models.build_original(seed=3)
        model = models.arrange_for_training(model) if fast else model
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy")
        before = model.get_weights()
        model.train_on_batch(images, images)
        learned.append([a - b for a, b in zip(model.get_weights(), before, strict=True)])
    for one, other in zip(*learned, strict=True):
        assert np.abs(one).max() > 1e-6
        np.testing.assert_allclose(other, one, atol=1e-3 * np.abs(one).max() + 1e-8)


def test_fast_arrangement_in_bfloat16_has_a_fine_output(rng):
    images = rng.random((4, 32, 32, 3), np.float32)
    exact, rough = (
        models.arrange_for_training(models.build_original(seed=3), precision).predict(images, verbose=0)
        for precision in ("float32", "mixed_bfloat16")
    )
    np.testing.assert_allclose(rough, exact, atol=0.02)
    assert rough.dtype == np.float32 and len(np.unique(rough)) > 1000  # not rounded to 8 bits


def test_original_never_sees_what_stood_in_the_hole(rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), np.uint8)
    masks = np.zeros((3, 32, 32, 1), np.uint8)
    masks[:, 5:13, 9:17] = 1
    model = models.build_original(seed=1)
    before = models.predict_original(model, images, masks)
    images[:, 5:13, 9:17] = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    np.testing.assert_array_equal(models.predict_original(model, images, masks), before)
    assert before.shape == images.shape and before.dtype == np.float32
    assert 0 <= before.min() and before.max() <= 1


def test_to_float_scales_bytes_and_leaves_floats():
    scaled = models.to_float(np.array([0, 51, 255], np.uint8))
    np.testing.assert_array_equal(scaled, np.float32([0, 0.2, 1]))
    assert models.to_float(scaled) is scaled


# ---------------------------------------------------------------- the final network


@pytest.fixture(scope="module")
def final():
    """The final network before training, its correction switched on at random."""
    model = models.build_final((8, 8, 8), seed=3)
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
def test_final_keeps_known_pixels_and_never_sees_the_hole(final, rng, height, width):
    images, masks = random_case(rng, height, width)
    repaired = models.predict_final(final, images, masks)
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(repaired[known], images[known])
    assert repaired.dtype == np.float32 and 0 <= repaired.min() and repaired.max() <= 1
    for content in (0, 1e6, np.nan, np.inf):
        spoiled = np.where(masks, np.float32(content), images)
        np.testing.assert_array_equal(models.predict_final(final, spoiled, masks), repaired)


def test_images_of_a_batch_do_not_touch_each_other(final, rng):
    images, masks = random_case(rng, 32, 32)
    together = models.predict_final(final, images, masks)
    alone = models.predict_final(final, images[1:2], masks[1:2])
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)


def test_bytes_and_floats_are_the_same_to_the_final_network(final, rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), np.uint8)
    masks = random_case(rng, 32, 32)[1]
    np.testing.assert_array_equal(
        models.predict_final(final, images, masks),
        models.predict_final(final, models.to_float(images), masks),
    )


def test_prior_continues_a_plain_area(rng):
    masks = random_case(rng, 32, 32)[1]
    images = np.broadcast_to(np.float32([0.2, 0.5, 0.9]), (3, 32, 32, 3))
    filled = models.predict_final(models.build_final((8, 8, 8)), images, masks)
    np.testing.assert_allclose(filled, images, atol=2e-3)


def test_prior_alone_beats_the_mean_colour():
    images = models.to_float(data.load_dataset(config.SAMPLE, log=str).test.images)
    masks = suite_masks("quadrat8", len(images), "test")
    hole = masks[..., 0] == 1

    def error(filled):
        return np.mean((filled[hole] - images[hole]) ** 2)

    prior = error(models.predict_final(models.build_final((8, 8, 8)), images, masks))
    assert prior < 0.4 * error(classical.fill_mean(images, masks))
    assert prior < 0.9 * error(classical.fill_telea(images, masks))


def test_stencil_is_a_mean_of_neighbours_with_a_positive_energy():
    stencil = models.STENCIL.astype(np.float64)
    assert stencil.sum() == pytest.approx(1, abs=1e-3) and stencil[4, 4] == 0
    for turned in (stencil.T, stencil[::-1], stencil[:, ::-1]):
        np.testing.assert_array_equal(turned, stencil)
    symbol = 1 - np.fft.fft2(np.fft.ifftshift(np.pad(stencil, ((12, 11), (12, 11))))).real
    assert symbol.min() > -1e-3


def test_stencil_on_blocks_is_the_stencil_on_pixels(final, rng):
    image = rng.random((1, 24, 40, 3), np.float32)
    blocks, stencil, pixels = (final.get_layer(name) for name in ("blocks", "stencil", "pixels"))
    np.testing.assert_array_equal(pixels(blocks(image)), image)
    expected = ndimage.correlate(image[0], models.STENCIL[:, :, None], mode="constant")
    np.testing.assert_allclose(pixels(stencil(blocks(image)))[0], expected, atol=1e-6)


def test_fixed_kernels_are_not_counted_as_learned(final, tmp_path):
    final.save(tmp_path / "m.keras")
    model = models.load_model(tmp_path / "m.keras")
    n_fixed = 3 * 3 * 48 * 48 + 2 * 4 * 4 * 3 * 48
    assert models.count_learned(model) == model.count_params() - n_fixed > 0


@pytest.mark.full
def test_stencil_follows_from_the_training_images():
    sys.path.insert(0, str(config.ROOT / "benchmarks"))
    import stencil

    images = data.load_dataset(config.CIFAR10, log=str).train.images
    np.testing.assert_allclose(stencil.derive_stencil(images), models.STENCIL, atol=1e-4)


def test_final_file_is_loaded_without_our_code(final, rng, tmp_path):
    final.save(tmp_path / "m.keras")
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
    np.testing.assert_allclose(
        np.load(paths[2]), models.predict_final(final, images, masks), atol=1e-5
    )


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="oneDNN is for x86")
@pytest.mark.parametrize(("chosen", "is_on"), [(None, "True"), ("0", "False")])
def test_onednn_is_on_unless_it_was_switched_off(chosen, is_on):
    program = (
        "from inpainting import models\n"
        "from tensorflow.python.util import _pywrap_util_port\n"
        "print(_pywrap_util_port.IsMklEnabled())\n"
    )
    variables = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    if chosen:
        variables["TF_ENABLE_ONEDNN_OPTS"] = chosen
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True,
        env=variables, cwd=config.ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == is_on


def test_mixed_precision_keeps_float32_weights_and_nearly_the_result(final, rng):
    mixed = models.build_final((8, 8, 8), precision="mixed_bfloat16")
    mixed.set_weights(final.get_weights())
    assert {weight.dtype for weight in mixed.get_weights()} == {np.dtype(np.float32)}
    images, masks = random_case(rng, 32, 32)
    np.testing.assert_allclose(
        models.predict_final(mixed, images, masks),
        models.predict_final(final, images, masks),
        atol=0.05,
    )


def test_final_seed_determines_the_initial_weights():
    first, again, other = (models.build_final((8, 8, 8), seed=seed) for seed in (3, 3, 4))
    assert weights_equal(first, again)
    assert not weights_equal(first, other)


def test_blocks_at_full_resolution_start_from_what_the_network_knows(final, rng, tmp_path):
    grown = models.build_final((8, 8, 8), seed=4, detail=(6, 2))
    models.take_over(final, grown)
    images, masks = random_case(rng, 17, 45)
    before = models.predict_final(final, images, masks)
    np.testing.assert_allclose(models.predict_final(grown, images, masks), before, atol=1e-5)
    names = [layer.name for layer in grown.layers if layer.name.startswith("detail")]
    assert len(names) == 3 + 2 * 2
    for name in names:
        weights = grown.get_layer(name).get_weights()
        grown.get_layer(name).set_weights([w + np.float32(0.02) for w in weights])
    after = models.predict_final(grown, images, masks)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_array_equal(after[masks[..., 0] == 0], images[masks[..., 0] == 0])
    grown.save(tmp_path / "m.keras")
    np.testing.assert_allclose(
        models.predict_final(models.load_model(tmp_path / "m.keras"), images, masks), after, atol=1e-5
    )


def smooth_images(rng, n=50):
    smooth = ndimage.gaussian_filter(rng.random((n, 32, 32, 3)), (0, 4, 4, 0))
    return (255 * np.clip(5 * smooth - 2, 0, 1)).astype(np.uint8)


@pytest.fixture(scope="module")
def overlooked():
    """A small network with an overview that has something to say."""
    rng = np.random.default_rng(6)
    network = models.build_final((8, 8, 8), seed=3, overview=(24, 12, 2))
    overview = network.get_layer("overview")
    overview.set_weights([rng.normal(0, 0.2, w.shape) for w in overview.get_weights()])
    models.set_covariance(overview, smooth_images(rng))
    return network


@pytest.mark.parametrize("added", [{}, {"detail": (6, 1)}])
def test_overview_starts_from_what_the_network_knows(added, rng):
    start = models.build_final((8, 8, 8), seed=3, **added)
    grown = models.build_final((8, 8, 8), seed=4, overview=(24, 12, 2), **added)
    models.take_over(start, grown)
    images, masks = random_case(rng, 17, 45)
    np.testing.assert_allclose(
        models.predict_final(grown, images, masks), models.predict_final(start, images, masks), atol=1e-5
    )


def test_overview_sees_the_far_side_but_not_into_the_hole(overlooked, rng, tmp_path):
    images = rng.random((2, 32, 32, 3), np.float32)
    masks = np.zeros((2, 32, 32, 1), np.uint8)
    masks[:, :, 16:] = 1
    repaired = models.predict_final(overlooked, images, masks)
    np.testing.assert_array_equal(repaired[masks[..., 0] == 0], images[masks[..., 0] == 0])
    inside = np.where(masks, rng.random(images.shape, np.float32), images)
    np.testing.assert_array_equal(models.predict_final(overlooked, inside, masks)[:, :, 16:], repaired[:, :, 16:])
    far = images.copy()
    far[:, :, :4] = 1
    assert np.abs(models.predict_final(overlooked, far, masks)[:, :, 28:] - repaired[:, :, 28:]).max() > 1e-3
    overlooked.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(models.predict_final(loaded, images, masks), repaired, atol=1e-6)
    assert models.count_learned(loaded) == models.count_learned(overlooked)


def test_overview_corrects_what_its_gaussian_doubts(overlooked, rng):
    images = rng.random((3, 32, 32, 3), np.float32)
    masks = np.zeros((3, 32, 32, 1), np.float32)
    masks[:, :, 16:] = 1
    correction = abs(overlooked.get_layer("overview").predict([images, masks], verbose=0) - images)
    assert correction[:, :, 24:].mean() > 0.01
    assert correction[:, :, :12].max() < 0.05 * correction[:, :, 24:].max()


@pytest.mark.parametrize("size", [(16, 16), (17, 45), (64, 40), (104, 32)])
def test_overview_takes_images_of_any_size(overlooked, rng, size):
    images, masks = random_case(rng, *size)
    repaired = models.predict_final(overlooked, images, masks)
    assert repaired.shape == images.shape and np.isfinite(repaired).all()


def test_mirrored_network_mirrors_its_overview(overlooked, rng):
    mirrored = models.build_final((8, 8, 8), overview=(24, 12, 2), mirrored=True)
    mirrored.set_weights(overlooked.get_weights())
    images, masks = random_case(rng, 32, 32)
    there, back = (
        models.predict_final(mirrored, i, m) for i, m in ((images, masks), (images[:, :, ::-1], masks[:, :, ::-1]))
    )
    np.testing.assert_allclose(there, back[:, :, ::-1], atol=1e-5)
    assert np.abs(there - models.predict_final(overlooked, images, masks)).max() > 1e-3


def test_overview_expects_the_conditional_mean(overlooked, rng):
    sigma = overlooked.get_layer("overview").get_layer("covariance").get_weights()[0].astype(np.float64)
    share = rng.choice([0, 0.3, 1], 64)
    cells = rng.normal(0, 0.2, (64, 3))
    noise = np.array([1e12 if p == 0 else (1e-4 + 1e-2 * (1 - p)) / p for p in share])
    gain = sigma @ np.linalg.inv(sigma + np.diag(noise))
    image, part = keras.Input((8, 8, 3)), keras.Input((8, 8, 1))
    model = keras.Model([image, part], list(models._expected_cells(image, part)))
    model.set_weights([sigma])
    expected, doubt = model.predict([cells.reshape(1, 8, 8, 3), share.reshape(1, 8, 8, 1)], verbose=0)
    np.testing.assert_allclose(expected.reshape(64, 3), gain @ cells, atol=2e-3)
    after = np.diag(sigma - gain @ sigma)
    np.testing.assert_allclose(doubt.reshape(64), after / np.diag(sigma), atol=2e-3)


def test_shrunk_images_hold_means_and_enlarged_ones_go_between_them(rng):
    for height, width in ((8, 8), (32, 32), (40, 96), (4, 16)):
        image = rng.random((1, height, width, 2)).astype(np.float32)
        fine = image.repeat(8, 1).repeat(8, 2)  # each part is a whole number of fine pixels
        means = fine.reshape(1, 8, height, 8, width, 2).mean((2, 4))
        np.testing.assert_allclose(models._shrink(image, 8), means, atol=5e-5)
    ramp = np.arange(8, dtype=np.float32)[None, :, None, None] * np.ones((1, 1, 8, 1), np.float32)
    for height in (8, 32, 104):
        enlarged = np.array(models._enlarge(ramp, np.zeros((1, height, 16, 1), np.float32)))[0, :, 0, 0]
        between = np.clip((np.arange(height) + 0.5) * 8 / height - 0.5, 0, 7)
        np.testing.assert_allclose(enlarged, between, atol=1e-4)


def test_covariance_is_that_of_images_and_mirror_images(rng):
    images = rng.integers(0, 256, (5, 32, 32, 3), np.uint8)
    overview = models.build_overview((12, 12, 1))
    sigmas = []
    for given in (images, images[:, :, ::-1]):
        models.set_covariance(overview, given)
        sigmas += overview.get_layer("covariance").get_weights()
    np.testing.assert_allclose(*sigmas, atol=1e-6)
    cells = images[:, :4, 4:8].mean((1, 2)) / 255 - 0.5, images[:, :4, 24:28].mean((1, 2)) / 255 - 0.5
    assert sigmas[0][1, 1] == pytest.approx(np.square(cells).mean(), rel=1e-4)


def test_weights_of_another_network_are_not_taken_over(final):
    with pytest.raises(ValueError):
        models.take_over(final, models.build_final((8, 8, 12), detail=(6, 2)))


# ---------------------------------------------------------------- loading


def test_save_and_load_round_trip(tmp_path):
    model = models.build_original(seed=5)
    model.save(tmp_path / "m.keras")
    assert weights_equal(models.load_model(tmp_path / "m.keras"), model)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 truncated", b"no model at all"])
def test_not_a_model_gets_a_german_message(tmp_path, content):
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(models.ModelError, match="lässt sich nicht als Keras-Modell laden"):
        models.load_model(path)


def test_missing_file_gets_a_german_message(tmp_path):
    with pytest.raises(models.ModelError, match="nirgends.keras"):
        models.load_model(tmp_path / "nirgends.keras")


def test_code_in_a_model_file_is_refused(tmp_path):
    layer = keras.layers.Lambda(lambda x: x + 1)
    keras.Sequential([keras.layers.Input((4,)), layer]).save(tmp_path / "m.keras")
    with pytest.raises(models.ModelError, match="ohne eigenen Programmcode"):
        models.load_model(tmp_path / "m.keras")


@pytest.fixture
def rng():
    return np.random.default_rng(7)
