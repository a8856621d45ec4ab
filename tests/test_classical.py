"""Classical methods: nothing leaks, known pixels stay, known answers, and their order."""

import numpy as np
import pytest

from inpainting import classical, errors, masks
from inpainting.classical import gaussian, interpolation
from inpainting.measuring import evaluation
from inpainting.noise import SampleError

N_IMAGES = 6


@pytest.fixture(scope="module")
def crops(sample):
    """Training (uint8) and test images (float32) of 16×16 pixels: quick to fit a Gaussian to."""
    test = sample.test.images[:, 8:24, 8:24] / np.float32(255)
    return sample.train.images[:, 8:24, 8:24], test


@pytest.fixture(scope="module")
def methods(crops):
    return classical.METHODS | {classical.GAUSSIAN: classical.fit_gaussian(crops[0]).fill}


def small_masks(kind, n):
    rng = np.random.default_rng(3)
    if kind == "pixel":
        return masks.pixel_masks(n, rng, image_size=16)
    if kind == "rand":
        return masks.border_masks(n, rng, 8, image_size=16)
    return masks.square_masks(n, rng, 6, image_size=16)


NAMES = [*classical.METHODS, classical.GAUSSIAN]
KINDS = ("quadrat", "pixel", "rand")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_known_pixels_stay_and_hole_content_never_leaks(name, kind, methods, crops):
    fill, images = methods[name], crops[1][:N_IMAGES]
    hole = small_masks(kind, N_IMAGES)
    filled = fill(images, hole)
    assert filled.dtype == np.float32 and filled.shape == images.shape
    assert filled.min() >= 0 and filled.max() <= 1
    known = np.broadcast_to(hole == 0, images.shape)
    assert filled[known].tobytes() == images[known].tobytes()
    assert not np.array_equal(filled, images)
    for poison in (1, np.nan):
        poisoned = np.where(hole, np.float32(poison), images)
        assert fill(poisoned, hole).tobytes() == filled.tobytes()


@pytest.mark.parametrize("name", NAMES[:-1])
def test_constant_image_is_restored(name, methods):
    grey_levels = {"telea": 3}  # OpenCV's weights round
    images = np.full((2, 16, 16, 3), 102 / 255, np.float32)
    images[..., 1] = 204 / 255
    filled = methods[name](images, small_masks("quadrat", 2))
    assert filled == pytest.approx(images, abs=grey_levels.get(name, 0) / 255 + 1e-6)


def test_mean_is_the_mean_of_the_known_pixels():
    images = np.zeros((1, 4, 4, 3), np.float32)
    images[0, 0] = (0.2, 0.4, 0.6)
    images[0, 1] = (0.4, 0.4, 1.0)
    images[0, 2:] = 1  # in the hole
    hole = np.zeros((1, 4, 4, 1), np.uint8)
    hole[:, 2:] = 1
    assert classical.fill_mean(images, hole)[0, 3, 3] == pytest.approx((0.3, 0.4, 0.8))


def test_biharmonic_restores_a_ramp():
    ramp = np.linspace(0, 1, 16, dtype=np.float32)
    images = np.stack(np.broadcast_arrays(ramp[:, None], ramp, np.float32(0.5)), -1)
    hole = np.zeros((1, 16, 16, 1), np.uint8)
    hole[:, 4:11, 5:12] = 1
    filled = classical.fill_biharmonic(images[None], hole)
    assert filled[0] == pytest.approx(images, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_gaussian_equals_the_textbook_formula(kind, methods, crops):
    train = crops[0].reshape(len(crops[0]), -1) / 255.0
    mean = train.mean(0)
    covariance = (train - mean).T @ (train - mean) / len(train) + 1e-4 * np.eye(len(mean))
    images, hole = crops[1][:4], small_masks(kind, 4)
    filled = methods["gauss"](images, hole)
    for image, mask, result in zip(images, hole, filled, strict=True):
        h = np.broadcast_to(mask, image.shape).astype(bool).ravel()
        weights = np.linalg.solve(covariance[np.ix_(~h, ~h)], image.ravel()[~h] - mean[~h])
        expected = mean[h] + covariance[np.ix_(h, ~h)] @ weights
        assert result.ravel()[h] == pytest.approx(expected.clip(0, 1), abs=5e-4)


def test_gaussian_is_the_same_one_by_one_and_in_any_order(methods, crops, monkeypatch):
    fill, images = methods["gauss"], crops[1][:40]
    hole = small_masks("quadrat", 40)[np.arange(40) % 9]
    together = fill(images, hole)
    one_by_one = np.concatenate([fill(images[i : i + 1], hole[i : i + 1]) for i in range(40)])
    assert together == pytest.approx(one_by_one, abs=1e-5)
    monkeypatch.setattr(gaussian, "FILL_CHUNK", 7)
    assert fill(images[::-1], hole[::-1])[::-1] == pytest.approx(together, abs=1e-5)


@pytest.mark.parametrize("name", NAMES[:-1])
def test_images_do_not_influence_each_other(name, crops, monkeypatch):
    fill, images = classical.METHODS[name], crops[1][:20]
    hole = small_masks("quadrat", 20)[np.arange(20) % 7]
    one_by_one = b"".join(fill(images[i : i + 1], hole[i : i + 1]).tobytes() for i in range(20))
    assert fill(images, hole).tobytes() == one_by_one
    monkeypatch.setattr(interpolation, "CHUNK", 2)
    assert fill(images, hole).tobytes() == one_by_one


def test_the_same_images_are_fitted_once(crops):
    train = crops[0][:100].copy()
    first, again = (classical.fit_gaussian(images) for images in (train, train.copy()))
    assert again is first
    train[0, 0, 0, 0] ^= 1
    assert not np.array_equal(classical.fit_gaussian(train).precision, first.precision)


def test_shipped_form_of_the_gaussian_fills_like_the_fitted_one(crops, tmp_path, monkeypatch):
    """It counts mirror images too, so it is held against a Gaussian that has seen them."""
    monkeypatch.setattr(gaussian, "N_COMPONENTS", 600)
    monkeypatch.setattr(gaussian, "N_EXACT", 50)
    classical.save_gaussian(tmp_path / "gauss.npz", crops[0])
    fitted = classical.GaussianFill.fit(np.concatenate([crops[0], crops[0][:, :, ::-1]]))
    images, hole = crops[1][:N_IMAGES], small_masks("quadrat", N_IMAGES)
    shipped = classical.load_gaussian(tmp_path / "gauss.npz")
    np.testing.assert_allclose(shipped.fill(images, hole), fitted.fill(images, hole), atol=0.02)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"], ids=["missing", "empty", "cut off"])
def test_damaged_statistics_are_named_in_german(content, tmp_path):
    path = tmp_path / "gauss.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(errors.UserError, match="gauss.npz.*ist nicht lesbar.*git checkout"):
        classical.load_gaussian(path)


def test_each_method_beats_the_mean_colour(methods, crops):
    images, hole = crops[1], small_masks("quadrat", len(crops[1]))
    pooled = {
        name: evaluation.summarise(evaluation.score(fill(images, hole), images, hole), 2)[
            "hole_psnr_pooled"
        ].value
        for name, fill in methods.items()
    }
    assert all(pooled[name] > pooled["mittelwert"] + 2 for name in NAMES[1:])
    assert pooled["biharmonisch"] > pooled["navier_stokes"] > pooled["telea"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, 1])
def test_empty_and_full_masks_are_refused(name, value, methods):
    images = np.full((2, 16, 16, 3), 0.5, np.float32)
    with pytest.raises(masks.MaskError, match="leer" if value == 0 else "voll"):
        methods[name](images, np.full((2, 16, 16, 1), value, np.uint8))


PUBLISHED = {  # hole PSNR pooled and mean, whole image mean; shared/original/README.md
    "mittelwert": (13.13, 14.88, 26.92),
    "telea": (17.36, 19.62, 31.66),
    "navier_stokes": (17.49, 19.86, 31.90),
    "biharmonisch": (18.24, 20.82, 32.87),
}


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_known_values_on_the_whole_test_set(name, cifar10):
    images = cifar10.test.images / np.float32(255)
    hole = masks.suite_masks("quadrat8", len(images), "test")
    scores = evaluation.score(classical.METHODS[name](images, hole), images, hole)
    figures = evaluation.summarise(scores)
    measured = [figures[k].value for k in ("hole_psnr_pooled", "hole_psnr_mean", "image_psnr")]
    assert measured == pytest.approx(PUBLISHED[name], abs=0.15)


@pytest.mark.full
@pytest.mark.slow
def test_gaussian_on_whole_images_beats_biharmonic(cifar10):
    images = cifar10.validation.images[:1000] / np.float32(255)
    hole = masks.suite_masks("quadrat8", 1000, "validation")
    gaussian = classical.GaussianFill.fit(cifar10.train.images).fill(images, hole)
    biharmonic = classical.fill_biharmonic(images, hole)
    scores = [evaluation.score(filled, images, hole) for filled in (gaussian, biharmonic)]
    assert evaluation.paired_difference(*scores, "hole_psnr_pooled").low > 0.2


# ---------------------------------------------------------------- samples of the Gaussian


@pytest.fixture(scope="module")
def small_gaussian():
    """A Gaussian of 4×4 images, and two images with one hole and two with another."""
    rng = np.random.default_rng(2)
    mixing = rng.standard_normal((48, 48))
    training = 128 + 3 * rng.standard_normal((4000, 48)) @ mixing  # far from black and from white
    training = training.clip(0, 255).astype(np.uint8).reshape(-1, 4, 4, 3)
    gaussian = classical.GaussianFill.fit(training)
    masks = np.zeros((4, 4, 4, 1), np.uint8)
    masks[:2, 1:3, 1:3] = masks[2:, 2:] = 1
    return gaussian, training[:4] / np.float32(255), masks


def test_samples_of_the_gaussian_have_its_mean_and_covariance(small_gaussian):
    gaussian, images, masks = small_gaussian
    n = 4000
    many, holes = np.repeat(images[2:3], n, 0), np.repeat(masks[2:3], n, 0)
    drawn = gaussian.sample(many, holes, seed=1)[:, masks[2, ..., 0] == 1].reshape(n, -1)
    hole = np.flatnonzero(np.broadcast_to(masks[2], (4, 4, 3)))
    covariance = np.linalg.inv(gaussian.precision[np.ix_(hole, hole)])
    mean = gaussian.fill(images, masks)[2][masks[2, ..., 0] == 1].ravel()
    spread = np.sqrt(np.diag(covariance))
    inside = (mean > 4 * spread) & (mean < 1 - 4 * spread)  # the others are clipped
    assert inside.sum() >= 4
    drawn, mean, covariance = drawn[:, inside], mean[inside], covariance[np.ix_(inside, inside)]
    np.testing.assert_allclose(drawn.mean(0), mean, atol=5 * spread.max() / np.sqrt(n))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.1 * covariance.max())


def test_samples_of_the_gaussian_follow_from_seed_or_noise(small_gaussian):
    gaussian, images, masks = small_gaussian
    one, again, other = (gaussian.sample(images, masks, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(gaussian.sample(images[:2], masks[:2], seed=3), one[:2], atol=1e-6)
    nothing = gaussian.sample(images, masks, noise=np.zeros(images.shape))
    np.testing.assert_array_equal(nothing, gaussian.fill(images, masks))
    np.testing.assert_array_equal(one[masks[..., 0] == 0], images[masks[..., 0] == 0])
    with pytest.raises(SampleError):
        gaussian.sample(images, masks, seed="x")
