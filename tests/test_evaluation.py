"""Scores against loops, scikit-image and closed forms; intervals against theory."""

import json
from dataclasses import asdict, fields

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from inpainting import masks
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate


@pytest.fixture(scope="module")
def case(sample):
    """Noisy predictions of 60 sample images, with free-form holes."""
    images = sample.test.images[:60] / np.float32(255)
    noise = np.random.default_rng(1).normal(0, 0.1, images.shape).astype(np.float32)
    return images + noise, images, masks.suite_masks("freiform", 60, "test")


@pytest.fixture(scope="module")
def scores(case):
    return evaluation.score(*case)


def constant(value, n=3):
    return np.full((n, 32, 32, 3), value, np.float32)


# ---------------------------------------------------------------- per image


def test_known_answers():
    hole = masks.suite_masks("quadrat8", 3, "test")
    figures = evaluation.summarise(evaluation.score(constant(0.6), constant(0.5), hole), 10)
    assert figures["hole_psnr_pooled"].value == pytest.approx(20, abs=1e-5)  # MSE 0.01
    assert figures["hole_psnr_mean"].value == pytest.approx(20, abs=1e-5)
    assert figures["hole_mae"].value == pytest.approx(25.5, abs=1e-5)
    assert figures["image_psnr"].value == pytest.approx(20 + 10 * np.log10(16), abs=1e-5)


def test_perfect_prediction():
    rng = np.random.default_rng(0)
    images = rng.random((3, 32, 32, 3), np.float32)
    perfect = evaluation.score(images, images, masks.suite_masks("mitte16", 3, "test"))
    figures = {key: e.value for key, e in evaluation.summarise(perfect, 10).items()}
    assert figures == pytest.approx(
        {
            "hole_psnr_pooled": 100,
            "hole_psnr_mean": 60,
            "hole_mae": 0,
            "ssim": 1,
            "image_psnr": 100,
            "seam_ratio": 1,
            "sharpness": 1,
        }
    )


def test_only_the_clipped_hole_counts(case, scores):
    predictions, images, hole = case
    other = np.where(hole, predictions.clip(0, 1), np.float32(9))
    assert asdict_equal(evaluation.score(other, images, hole), scores)


def asdict_equal(a, b):
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


def test_uncomposited_changes_the_whole_image_figures_only(case, scores):
    predictions, images, hole = case
    shown = evaluation.score(*case, composited=False)
    mse = ((predictions.clip(0, 1) - images) ** 2).mean((1, 2, 3), dtype=np.float64)
    assert shown.image_psnr == pytest.approx(-10 * np.log10(mse), abs=1e-4)
    assert (shown.ssim < scores.ssim).all()
    for name in ("hole_squared_error", "hole_psnr", "seam", "sharpness"):
        assert np.array_equal(getattr(shown, name), getattr(scores, name))


def test_sums_equal_loops_over_pixels(case, scores):
    predictions, images, hole = (array[0].astype(float) for array in case)
    filled = np.where(hole, predictions.clip(0, 1), images)
    hole = hole[..., 0] == 1
    expected = dict.fromkeys(
        ["hole_squared_error", "hole_absolute_error", "seam", "seam_truth", "sharpness", "sharpness_truth"],
        0.0,
    )
    for y, x in np.ndindex(32, 32):
        if hole[y, x]:
            expected["hole_squared_error"] += ((filled[y, x] - images[y, x]) ** 2).sum()
            expected["hole_absolute_error"] += abs(filled[y, x] - images[y, x]).sum()
        for j, i in ((y + 1, x), (y, x + 1)):
            if max(j, i) == 32:
                continue
            step = abs(filled[j, i] - filled[y, x]).sum()
            truth = abs(images[j, i] - images[y, x]).sum()
            if hole[y, x] != hole[j, i]:
                expected["seam"] += step
                expected["seam_truth"] += truth
            elif hole[y, x]:
                expected["sharpness"] += step
                expected["sharpness_truth"] += truth
    measured = {name: getattr(scores, name)[0] for name in expected}
    assert measured == pytest.approx(expected, rel=1e-5)
    assert scores.hole_count[0] == 3 * hole.sum()


def test_ssim_equals_scikit_image_full_map(case):
    predictions, images, _ = case
    expected = [
        structural_similarity(
            prediction.astype(float),
            image.astype(float),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=-1,
            full=True,
        )[1].mean()
        for prediction, image in zip(predictions, images, strict=True)
    ]
    assert evaluation.ssim(predictions, images) == pytest.approx(np.array(expected), abs=1e-12)


def test_ssim_takes_other_sizes(rng):
    images = rng.random((2, 20, 27, 3))
    assert evaluation.ssim(images, images) == pytest.approx(np.ones(2))
    assert (evaluation.ssim(1 - images, images) < 0).all()


def test_scores_do_not_depend_on_chunk_and_threads(case, scores, monkeypatch):
    monkeypatch.setattr(evaluation, "CHUNK", 7)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert asdict_equal(evaluation.score(*case), scores)
    part = evaluation.score(*(array[20:30] for array in case))
    assert asdict_equal(part, scores.select(np.arange(20, 30)))


def test_smeared_and_noisy_fills_are_told_apart(case):
    _, images, hole = case
    flat = evaluation.summarise(evaluation.score(constant(0.5, 60), images, hole), 2)
    assert flat["sharpness"].value == 0 and flat["seam_ratio"].value > 1.5
    noisy = evaluation.summarise(evaluation.score(*case), 2)
    assert noisy["sharpness"].value > 1.5


def test_useless_masks_are_refused():
    with pytest.raises(masks.MaskError, match="leer"):
        evaluation.score(constant(0), constant(0), np.zeros((3, 32, 32, 1), np.uint8))


# ---------------------------------------------------------------- figures with intervals


def test_summary_is_deterministic_ordered_and_json_friendly(scores):
    figures = evaluation.summarise(scores)
    assert figures == evaluation.summarise(scores)
    assert figures != evaluation.summarise(scores, seed=1)
    assert tuple(figures) == evaluation.FIGURES
    for estimate in figures.values():
        assert estimate.low <= estimate.value <= estimate.high
    assert json.loads(json.dumps(asdict(figures["ssim"]))) == asdict(figures["ssim"])


def test_pooled_figures_pool_the_sums(scores):
    figures = evaluation.summarise(scores, 2)
    mse = scores.hole_squared_error.sum() / scores.hole_count.sum()
    assert figures["hole_psnr_pooled"].value == pytest.approx(-10 * np.log10(mse))
    assert figures["seam_ratio"].value == pytest.approx(scores.seam.sum() / scores.seam_truth.sum())
    assert figures["ssim"].value == pytest.approx(scores.ssim.mean())


def test_interval_of_a_mean_is_the_textbook_one(rng):
    n = 4000
    values = rng.normal(20, 3, n)
    ones = np.ones(n)
    scores = evaluation.Scores(ones, ones, ones, values, *[ones] * 6)
    estimate = evaluation.summarise(scores, 2000)["hole_psnr_mean"]
    half_width = 1.96 * values.std() / np.sqrt(n)
    assert estimate.value - estimate.low == pytest.approx(half_width, rel=0.1)
    assert estimate.high - estimate.value == pytest.approx(half_width, rel=0.1)


def test_paired_difference(case, scores):
    predictions, images, hole = case
    better = evaluation.score(images + 0.9 * (predictions - images), images, hole)
    for key in evaluation.FIGURES:
        same = evaluation.paired_difference(scores, scores, key)
        assert same == evaluation.Estimate(0, 0, 0)
    gain = evaluation.paired_difference(better, scores, "hole_psnr_pooled")
    figures = [evaluation.summarise(s)["hole_psnr_pooled"] for s in (better, scores)]
    assert gain.value == pytest.approx(figures[0].value - figures[1].value)
    assert 0 < gain.low and gain.high - gain.low < figures[1].high - figures[1].low
    reverse = evaluation.paired_difference(scores, better, "hole_psnr_pooled")
    assert (reverse.low, reverse.high) == pytest.approx((-gain.high, -gain.low))


def test_unpaired_scores_are_refused(scores):
    with pytest.raises(ValueError, match="same images and masks"):
        evaluation.paired_difference(scores, scores.select(np.arange(9)), "ssim")


def test_by_class_is_the_summary_of_each_class(scores, sample):
    labels = sample.test.labels[: len(scores)]
    classes = evaluation.by_class(scores, labels, "ssim", 50)
    assert list(classes) == sorted(set(labels.tolist()))
    expected = evaluation.summarise(scores.select(labels == 3), 50)["ssim"]
    assert classes[3] == expected


def test_undefined_figure_is_nan(case):
    predictions, images, _ = case
    dots = masks.suite_masks("quadrat1", 60, "test")
    figure = evaluation.summarise(evaluation.score(predictions, images, dots), 5)["sharpness"]
    assert np.isnan([figure.value, figure.low, figure.high]).all()


# ---------------------------------------------------------------- other figures


def test_error_map_is_relative_to_the_hole(rng):
    hole = masks.square_masks(50, rng, 8)
    pattern = rng.uniform(0, 0.4, (8, 8)).astype(np.float32)
    images, predictions = constant(0.5, 50), constant(7, 50)
    predictions[hole[..., 0] == 1] = 0.5 + np.tile(pattern.ravel(), 50)[:, None]
    assert evaluation.error_map(predictions, images, hole, 8) == pytest.approx(pattern**2, rel=1e-4)


def test_error_map_judges_clipped_predictions():
    hole = masks.suite_masks("quadrat8", 3, "test")
    error = evaluation.error_map(constant(7), constant(0.5), hole, 8)
    assert error == pytest.approx(np.full((8, 8), 0.25))


@pytest.mark.parametrize("name", ["quadrat7", "haelfte", "pixel50"])
def test_error_map_needs_squares(name):
    with pytest.raises(ValueError, match="square hole of 8"):
        evaluation.error_map(constant(0), constant(0), masks.suite_masks(name, 3, "test"), 8)


def test_entropy_floor_known_answers():
    assert evaluation.entropy_floor(np.array([[0, 255]], np.uint8)) == pytest.approx(1e-7, rel=1e-3)
    assert evaluation.entropy_floor(np.full((2, 3), 51, np.uint8)) == pytest.approx(
        -0.2 * np.log(0.2) - 0.8 * np.log(0.8)
    )


@pytest.mark.full
def test_entropy_floor_of_cifar10(cifar10):
    train = np.concatenate([cifar10.train.images, cifar10.validation.images])
    assert evaluation.entropy_floor(train) == pytest.approx(0.5465, abs=5e-5)
    assert evaluation.entropy_floor(cifar10.test.images) == pytest.approx(0.5474, abs=5e-5)


# ---------------------------------------------------------------- written out


def test_the_bootstrap_is_that_of_the_textbook(scores):
    """Images with replacement, sums of each resample, 2.5 and 97.5 per cent."""
    found = evaluation.summarise(scores, 30, seed=4)
    draws, n = np.random.default_rng(4), len(scores)
    chosen = [np.arange(n), *(draws.integers(n, size=n) for _ in range(30))]
    for key, values in {
        "hole_psnr_pooled": [
            -10 * np.log10(scores.hole_squared_error[i].sum() / scores.hole_count[i].sum()) for i in chosen
        ],
        "hole_mae": [255 * scores.hole_absolute_error[i].sum() / scores.hole_count[i].sum() for i in chosen],
        "ssim": [scores.ssim[i].mean() for i in chosen],
        "seam_ratio": [scores.seam[i].sum() / scores.seam_truth[i].sum() for i in chosen],
    }.items():
        low, high = np.quantile(values[1:], (0.025, 0.975))
        assert (found[key].value, found[key].low, found[key].high) == pytest.approx((values[0], low, high))


def test_defaults_of_the_bootstrap(scores):
    assert evaluation.summarise(scores)["ssim"] == evaluation.summarise(scores, 1000, 2025)["ssim"]
    assert len(evaluation.resample_figures(scores)["ssim"]) == 1001
    assert evaluation.paired_difference(scores, scores, "ssim") == Estimate(0, 0, 0)


def test_mean_of_one_value_an_image(rng):
    values = rng.random(40)
    found, draws = evaluation.estimate_mean(values, 50, seed=6), np.random.default_rng(6)
    means = [values[draws.integers(40, size=40)].mean() for _ in range(50)]
    low, high = np.quantile(means, (0.025, 0.975))
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert evaluation.estimate_mean(values) == evaluation.estimate_mean(values, 1000, 2025)


def test_resamples_are_as_many_images_and_always_the_same():
    counts = list(evaluation.resample_counts(7, 3))
    assert [x.sum() for x in counts] == [7] * 3 and all(x.shape == (7,) for x in counts)
    assert counts[0].tolist() != counts[1].tolist()
    np.testing.assert_array_equal(counts, list(evaluation.resample_counts(7, 3)))


def test_caps_of_the_psnr():
    assert evaluation.psnr(np.array([0, 1e-12, 1e-10, 0.1, 1])) == pytest.approx([100, 100, 100, 10, 0])
    assert evaluation.psnr(np.array([0, 1e-3]), 60) == pytest.approx([60, 30])


def test_seam_and_sharpness_count_both_directions():
    """A ramp of 0.1 down and 0.01 right, a 2×2 hole: 8 steps across its border, 4 inside."""
    images = (
        np.zeros((1, 6, 6, 3), np.float32) + 0.1 * np.arange(6)[:, None, None] + 0.01 * np.arange(6)[:, None]
    )
    holes = np.zeros((1, 6, 6, 1), np.uint8)
    holes[:, 2:4, 2:4] = 1
    found = evaluation.score(images, images, holes)
    assert found.seam_truth == pytest.approx(3 * (4 * 0.1 + 4 * 0.01), rel=1e-5)
    assert found.sharpness_truth == pytest.approx(3 * (2 * 0.1 + 2 * 0.01), rel=1e-5)
    assert found.seam == pytest.approx(found.seam_truth) and found.hole_count == 12
