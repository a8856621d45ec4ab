"""The flow: samples of what a hole may hold, and how it is trained."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from inpainting import config
from inpainting.networks import fill, flow, keras, load_model, mean_of, prior_unet
from inpainting.noise import SampleError, draw_noise
from inpainting.training import flow as training
from inpainting.training import recipes
from inpainting.training.loop import fit

SIZES = {"widths": (8, 8), "detail": 8}


def switch_on(model: keras.Model) -> keras.Model:
    """Give random values to the weights that are zero before training."""
    rng = np.random.default_rng(5)
    for variable in model.trainable_variables:
        if not np.any(variable):
            variable.assign(rng.normal(0, 0.2, variable.shape))
    return model


def build(mirrored=False, detail=None):
    mean = switch_on(prior_unet.build_prior_unet((8, 8, 8), seed=3, mirrored=mirrored, detail=detail))
    context = flow.build_context(mean, mirrored=mirrored, seed=1, **SIZES)
    return mean, switch_on(flow.assemble(context, flow.build_flow(n_blocks=1, seed=2, **SIZES)))


@pytest.fixture(scope="module")
def both():
    """A mean network and the network of both answers on it, everything switched on at random."""
    return build()


@pytest.fixture(scope="module")
def whole(both):
    return both[1]


def random_case(rng, height, width, n=3):
    images = rng.random((n, height, width, 3), np.float32)
    masks = (rng.random((n, height, width, 1)) < [[[[0.1]]], [[[0.5]]], [[[0.99]]]]).astype(np.uint8)
    masks[:, 3:11, 2:10] = 1
    masks[:, 0, 0] = 0
    return images, masks


# ---------------------------------------------------------------- both answers


@pytest.mark.parametrize(("height", "width"), [(32, 32), (16, 16), (40, 24), (17, 45)])
def test_samples_keep_known_pixels_and_never_see_the_hole(whole, rng, height, width):
    images, masks = random_case(rng, height, width)
    filled = flow.sample(whole, images, masks, seed=7, steps=2)
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(filled[known], images[known])
    assert filled.dtype == np.float32 and 0 <= filled.min() and filled.max() <= 1
    assert np.abs(filled - fill(whole, images, masks))[~known].mean() > 0.01
    for content in (0, 1e6, np.nan, np.inf):
        spoiled = np.where(masks, np.float32(content), images)
        np.testing.assert_array_equal(flow.sample(whole, spoiled, masks, seed=7, steps=2), filled)


def test_the_mean_is_what_it_was(both, rng):
    mean, whole = both
    images, masks = random_case(rng, 32, 32)
    np.testing.assert_array_equal(fill(whole, images, masks), fill(mean, images, masks))
    assert mean_of(whole) is mean_of(whole) and mean_of(mean) is mean


def test_mean_with_detail_that_looks_at_the_mirror_image_is_what_it_was(rng):
    mean, whole = build(mirrored=True, detail=(8, 1))
    images, masks = random_case(rng, 32, 32)
    np.testing.assert_array_equal(fill(whole, images, masks), fill(mean, images, masks))
    filled = flow.sample(whole, images, masks, seed=7, steps=1)
    np.testing.assert_array_equal(filled[masks[..., 0] == 0], images[masks[..., 0] == 0])


def test_only_what_the_flow_adds_can_learn(both):
    mean, whole = both
    names = {variable.path.split("/")[-2] for variable in whole.get_layer("context").trainable_variables}
    assert names and all(name.startswith("guide_") for name in names)
    assert len(whole.get_layer("context").get_layer("mean").weights) == len(mean.weights)


def test_seed_determines_the_sample_bit_for_bit(whole, rng):
    images, masks = random_case(rng, 32, 32)
    one, again, other = (flow.sample(whole, images, masks, seed=seed, steps=2) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other)[masks[..., 0] == 1].mean() > 0.01
    noise = draw_noise(7, images.shape)
    np.testing.assert_array_equal(flow.sample(whole, images, masks, noise=noise, steps=2), one)


def test_noise_of_an_image_does_not_depend_on_the_others(whole, rng):
    images, masks = random_case(rng, 32, 32)
    np.testing.assert_array_equal(draw_noise(7, (2, 8, 8, 3)), draw_noise(7, (5, 8, 8, 3))[:2])
    np.testing.assert_array_equal(draw_noise([4, 9], (2, 8, 8, 3))[1:], draw_noise(9, (1, 8, 8, 3)))
    together = flow.sample(whole, images, masks, seed=[5, 6, 7], steps=2)
    for i in range(3):
        alone = flow.sample(whole, images[i : i + 1], masks[i : i + 1], seed=[5 + i], steps=2)
        np.testing.assert_allclose(together[i : i + 1], alone, atol=1e-5)


def test_noise_is_standard_normal():
    noise = draw_noise(1, (20, 32, 32, 3))
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.02 and abs(noise.std() - 1) < 0.02
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.05


def test_many_images_are_sampled_in_parts(whole, rng, monkeypatch):
    images, masks = random_case(rng, 16, 16)
    filled = flow.sample(whole, images, masks, seed=7, steps=2)
    monkeypatch.setattr(flow, "BATCH", 2)
    np.testing.assert_allclose(flow.sample(whole, images, masks, seed=7, steps=2), filled, atol=1e-5)
    assert flow.sample(whole, images[:0], masks[:0], seed=7).shape == (0, 16, 16, 3)


def test_large_pictures_need_memory_in_proportion(whole):
    """Attention among all places of this picture would fill 17 GB."""
    image = np.zeros((1, 1024, 1024, 3), np.float32)
    mask = np.zeros((1, 1024, 1024, 1), np.uint8)
    mask[:, 300:400, 300:400] = 1
    assert np.isfinite(flow.sample(whole, image, mask, seed=1, steps=1)).all()


@pytest.mark.parametrize("steps", [0, -1, 2.5, True, "3"])
def test_steps_that_make_no_sense_are_refused(whole, rng, steps):
    with pytest.raises(SampleError, match="ganze Zahlen ab 1"):
        flow.sample(whole, *random_case(rng, 16, 16), seed=1, steps=steps)


@pytest.mark.parametrize("seed", [None, "sieben", -1, 1.5, True, [1, 2, "x"]])
def test_seeds_that_are_no_numbers_are_refused(whole, rng, seed):
    with pytest.raises(SampleError, match="ganze Zahlen ab 0"):
        flow.sample(whole, *random_case(rng, 16, 16), seed=seed)


def test_noise_and_seeds_that_do_not_fit_are_refused(whole, rng):
    images, masks = random_case(rng, 16, 16)
    with pytest.raises(SampleError, match="Form der Bilder"):
        flow.sample(whole, images, masks, noise=np.zeros((3, 16, 16, 1), np.float32))
    with pytest.raises(SampleError, match="endliche"):
        flow.sample(whole, images, masks, noise=np.full(images.shape, np.nan))
    with pytest.raises(SampleError, match="einer je Bild"):
        flow.sample(whole, images, masks, seed=[1, 2])
    with pytest.raises(SampleError, match="zu klein"):
        flow.sample(whole, images[:, :8], masks[:, :8], seed=1)


def test_network_without_a_flow_says_so(both, rng):
    with pytest.raises(SampleError, match="keine Vorschläge"):
        flow.sample(both[0], *random_case(rng, 16, 16), seed=1)


def test_file_is_loaded_without_our_code(whole, rng, tmp_path):
    whole.save(tmp_path / "m.keras")
    images, masks = random_case(rng, 32, 32)
    loaded = load_model(tmp_path / "m.keras")
    expected = flow.sample(whole, images, masks, seed=7, steps=2)
    np.testing.assert_allclose(flow.sample(loaded, images, masks, seed=7, steps=2), expected, atol=1e-5)
    program = (
        "import sys, keras\n"
        "model = keras.saving.load_model(sys.argv[1], compile=False, safe_mode=True)\n"
        "print([tuple(x.shape) for x in model.outputs], *sorted(model.get_layer('context').output))\n"
        "assert not any(name.startswith('inpainting') for name in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "m.keras")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split("] ")[1].split() == ["full", "half", "mean", "quarter", "scale"]


# ---------------------------------------------------------------- the way from noise to fill


class Exact:
    """A flow that knows the distribution of r: normal, with this mean and standard deviation."""

    def __init__(self, mean, spread):
        self.mean, self.spread = mean, spread

    def predict_on_batch(self, inputs):
        state, time, *_ = inputs
        t = time[:, :, None, None]
        variance = (1 - t) ** 2 + (t * self.spread) ** 2
        return self.mean + t * self.spread**2 / variance * (state - t * self.mean)


def integrated(noise, steps, spread=0.5):
    features = dict.fromkeys(("full", "half", "quarter"))
    *_, (arrival, state) = flow.integrate(Exact(0.7, spread), features, np.ones(1), noise, steps)
    np.testing.assert_allclose(arrival, state, atol=1e-6)  # the last step goes all the way
    return arrival


def test_steps_lead_from_noise_to_the_distribution(rng, monkeypatch):
    noise = rng.standard_normal((4, 64, 64, 3)).astype(np.float32)
    assert integrated(noise, 12).mean() == pytest.approx(0.7, abs=0.03)
    assert integrated(noise, 100).std() == pytest.approx(0.5, rel=0.02)
    ahead = integrated(noise, 12).std()
    monkeypatch.setattr(flow, "LOOK_AHEAD", 0)
    straight = integrated(noise, 12).std()
    assert straight < ahead < 0.5  # looking ahead undoes a part of what straight steps lose
    assert ahead == pytest.approx(0.5, rel=0.1)


def test_one_step_goes_to_what_is_expected(rng):
    noise = rng.standard_normal((1, 16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(integrated(noise, 1), 0.7, atol=1e-6)


# ---------------------------------------------------------------- training

TINY = replace(
    recipes.KOMPAKT,
    widths=(8, 8, 8),
    flow=recipes.Flow(
        **SIZES, n_blocks=1, draws=3, epochs=2, steps_per_epoch=4, batch_size=8, learning_rate=5e-3
    ),
)


@pytest.fixture(scope="module")
def mean():
    return prior_unet.build_prior_unet((8, 8, 8), seed=3)


def test_flow_learns_and_the_mean_stays(sample, mean, tmp_path):
    task = training.make_flow_task(TINY, mean, sample)
    before = task.model.evaluate(task.validation, verbose=0)
    network, history = fit(task, tmp_path / "checkpoint.npz", str)
    assert history.stopped == "epochs" and history.best_val_loss < before - 0.05
    for kept, old in zip(mean_of(network).get_weights(), mean.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, old)
    assert flow.has_samples(network)
    for kept, last in zip(network.get_weights(), task.model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, last)


def test_training_that_was_cut_off_ends_the_same(sample, mean, tmp_path):
    task = training.make_flow_task(TINY, mean, sample)
    whole, _ = fit(task, tmp_path / "one.npz", str)
    with pytest.raises(KeyboardInterrupt):
        fit(training.make_flow_task(TINY, mean, sample), tmp_path / "two.npz", cut_off)
    rest, history = fit(training.make_flow_task(TINY, mean, sample), tmp_path / "two.npz", str)
    assert history.n_epochs == 2
    for one, other in zip(whole.get_weights(), rest.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def cut_off(line: str):
    raise KeyboardInterrupt


def test_loss_is_what_the_formula_says(sample, mean):
    """Before training the convolutions give zero, so r̂ = t/s·y."""
    whole = training.build_whole(TINY, mean)
    model = training.training_model(whole, draws=2)
    images = sample.train.images[:4].astype(np.float32) / 255
    masks = np.zeros((4, 32, 32, 1), np.float32)
    masks[:, 8:16, 8:16] = 1
    inputs = {"image": images, "mask": masks} | training.draw(images.shape, 2, np.random.default_rng(1))
    (loss,) = model.predict(inputs, verbose=0).T
    r = (images - fill(whole, images, masks.astype(np.uint8))) / flow.INITIAL_SCALE
    hole = masks[:, None, :, :, 0] == 1
    t = inputs["time"][..., None, None]
    s = t**2 + (1 - t) ** 2
    y = (1 - t) * inputs["noise"] + t * r[:, None]
    errors = s / (1 - t) ** 2 * (t / s * y - r[:, None]) ** 2
    expected = np.mean([[errors[i, k][hole[i, 0]].mean() for k in range(2)] for i in range(4)], axis=1)
    spread = 0.5 * (r**2).mean(-1) + np.log(flow.INITIAL_SCALE)
    expected += training.SPREAD_WEIGHT * np.array([spread[i][hole[i, 0]].mean() for i in range(4)])
    np.testing.assert_allclose(loss, expected, rtol=1e-3)


def test_batches_follow_from_seed_epoch_and_step(sample):
    one, two = (training.FlowBatches(sample.train, TINY) for _ in range(2))
    for batches in (one, two):
        batches.start_epoch(1)
    (first, targets), (again, _) = one[2], two[2]
    assert first["noise"].shape == (8, 3, 32, 32, 3) and first["time"].shape == (8, 3, 1)
    assert 0 < first["time"].min() and first["time"].max() <= np.float32(training.LATEST)
    assert targets.shape == (8, 1) and len(one) == 4
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert not np.array_equal(first["noise"], one[3][0]["noise"])


def test_import_of_the_package_needs_no_keras():
    program = "import sys, inpainting.noise; sys.exit('keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=config.ROOT)
