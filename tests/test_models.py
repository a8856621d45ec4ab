"""The networks: shapes, sizes, seeds, and what a foreign model file gets."""

import keras
import numpy as np
import pytest

from inpainting import models

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
