"""The live section computes what Keras computes, on every kind of hole and at every size."""

import json

import live_case
import numpy as np
import pytest
from live_page import opened

from inpainting import classical, config, errors, masks
from inpainting.data import to_float
from inpainting.live import convert
from inpainting.live import program as live
from inpainting.networks import fill, flow, keras, load_model, mean_of

pytestmark = pytest.mark.browser

N_IMAGES = 100
LARGE = [(64, 64), (96, 160), (256, 256)]


@pytest.fixture(scope="module")
def reference():
    """The networks of the reference run; skips if there is none."""
    found = sorted(config.RESULTS.glob("*/run.json"))
    for path in found:
        about = json.loads(path.read_text("utf-8")).get("models", {})
        names = [name for name in ("original", "kompakt", "gruendlich") if name in about]
        origins = {n: {"entry": about[n]["entry"], "sha256": about[n]["model_sha256"]} for n in names}
        try:
            for origin in origins.values():
                live.find_network(**origin)
        except errors.UserError:
            continue
        if "kompakt" in origins:
            return origins
    pytest.skip("no run in results/ whose networks are in the store")


def expect_equal(page, model, method, images, holes):
    expected = fill(model, images, holes)
    expected = np.where(holes > 0, expected.clip(0, 1), to_float(images))
    assert np.abs(live_case.fill_in(page.evaluate, method, images, holes) - expected).max() <= 1 / 255


@pytest.mark.parametrize("name", ["original", "kompakt"])
def test_equal_to_keras(page, live_networks, live_store, part, name):
    images = np.tile(part.images[:2], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 2, "test") for s in masks.SUITES])
    expect_equal(
        page, load_model(live.find_network(**live_networks[name], store=live_store)), name, images, holes
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["original", "kompakt", "gruendlich"])
def test_networks_of_the_reference_are_equal_to_keras(open_page, reference, part, tmp_path, name):
    if name not in reference:
        pytest.skip(f"the reference run has no {name}")
    folder = live_case.render(
        {"kompakt": reference["kompakt"], name: reference[name]}, config.MODELS, part, tmp_path
    )
    images = np.tile(part.images[:N_IMAGES], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, N_IMAGES, "test") for s in masks.SUITES])
    model = load_model(live.find_network(**reference[name]))
    page = opened(open_page(folder / "bericht.html"))
    expect_equal(page, model, name, images, holes)
    if flow.has_samples(model) and "flow" in live_case.parts_in(page.evaluate, name):
        expect_equal_sample(page, model, name, images[:: N_IMAGES // 5], holes[:: N_IMAGES // 5])


@pytest.mark.parametrize("height, width", [*LARGE, (50, 37)])
def test_larger_pictures_are_equal_to_keras(page, live_networks, live_store, height, width):
    rng = np.random.default_rng(7)
    small = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), np.uint8)
    images = np.kron(small, np.ones((8, 8, 1), np.uint8))[None, :height, :width]
    holes = (rng.random((1, height, width, 1)) < 0.1).astype(np.uint8)
    holes[:, 5:25, 7:30] = 1
    model = load_model(live.find_network(**live_networks["kompakt"], store=live_store))
    expect_equal(page, model, "kompakt", images, holes)


def expect_equal_sample(page, model, method, images, holes):
    noise = np.random.default_rng(8).standard_normal(images.shape, np.float32)
    expected = flow.sample(model, images, holes, noise=noise)
    found = live_case.fill_in(page.evaluate, method, images, holes, noise)
    assert np.abs(found - expected).max() <= 1 / 255


@pytest.mark.parametrize("height, width", [(32, 32), (20, 30)])
def test_sample_is_equal_to_keras(page, live_networks, live_store, part, height, width):
    images, holes = part.images[:2, :height, :width], masks.suite_masks("quadrat8", 2)[:, :height, :width]
    holes = np.maximum(holes, np.eye(height, width, dtype=np.uint8)[None, :, :, None])
    model = load_model(live.find_network(**live_networks["kompakt"], store=live_store))
    expect_equal_sample(page, model, "kompakt", images, holes)


def test_prior_is_that_of_the_network(page, live_networks, live_store, part):
    mean = mean_of(load_model(live.find_network(**live_networks["kompakt"], store=live_store)))
    prior = keras.Model(mean.inputs, convert.find_stages(mean)["prior"][0])
    images = np.tile(part.images[:3], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 3, "test") for s in masks.SUITES])
    expect_equal(page, prior, "prior", images, holes)


def test_biharmonic_is_that_of_the_report(page, part):
    images = np.tile(part.images[:3], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 3, "test") for s in masks.SUITES])
    expected = classical.fill_biharmonic(to_float(images), holes)
    found = live_case.fill_in(page.evaluate, "biharmonisch", images, holes)
    assert np.abs(found - expected).max() < 1e-4


def test_browsers_without_base64_of_their_own_decode_the_same(page, part):
    images, holes = part.images[:2], masks.suite_masks("mitte16", 2, "test")
    expected = live_case.fill_in(page.evaluate, "original", images, holes)
    page.evaluate("delete window.liveTest")
    script = "Uint8Array.fromBase64 = undefined;"
    found = live_case.fill_in(page.evaluate, "original", images, holes, before=script)
    assert np.array_equal(found, expected)
