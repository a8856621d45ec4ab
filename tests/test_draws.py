"""Measures of samples: known answers of exact and of broken samplers."""

import numpy as np
import pytest

from inpainting.masks import MaskError
from inpainting.measuring import draws
from inpainting.measuring.draws import score_draws, summarise_draws

SPREAD = 0.05


@pytest.fixture(scope="module")
def case():
    """Truths around grey, each with 32 samples of the same distribution; holes of 8×8."""
    rng = np.random.default_rng(3)
    drawn = (0.5 + SPREAD * rng.standard_normal((33, 200, 16, 16, 3))).astype(np.float32)
    masks = np.zeros((200, 16, 16, 1), np.uint8)
    masks[:, 4:12, 4:12] = 1
    return drawn[1:], np.full(drawn[0].shape, 0.5, np.float32), drawn[0], masks


@pytest.fixture(scope="module")
def figures(case):
    return summarise_draws(score_draws(*case))


def test_exact_sampler_has_the_known_figures(figures):
    assert figures["energy_ratio"].value == pytest.approx(1 / np.sqrt(2), abs=0.004)
    assert figures["coverage"].value == pytest.approx(0.8, abs=0.005)
    assert figures["mean_loss"].value == pytest.approx(10 * np.log10(1 + 1 / 16), abs=0.03)
    assert figures["sample_psnr"].value == pytest.approx(-10 * np.log10(2 * SPREAD**2), abs=0.05)
    assert figures["distance"].value == pytest.approx(255 * SPREAD, rel=0.01)
    assert figures["diversity"].value == pytest.approx(255 * SPREAD * np.sqrt(2), rel=0.01)
    assert figures["best_of_many"].value > figures["best_of_few"].value > figures["sample_psnr"].value


def test_intervals_hold_their_figures(figures):
    assert tuple(figures) == draws.FIGURES
    for figure in figures.values():
        assert figure.low < figure.value < figure.high


def test_one_answer_again_and_again_is_measured_by_its_distance(case):
    _, answers, images, masks = case
    frozen = np.broadcast_to(answers, (16, *answers.shape))
    figures = summarise_draws(score_draws(frozen, answers, images, masks))
    assert figures["energy"].value == pytest.approx(figures["distance"].value)
    assert figures["energy_ratio"].value == pytest.approx(1)
    assert figures["coverage"].value == 0
    assert figures["diversity"].value == pytest.approx(0, abs=1e-6)
    assert figures["mean_loss"].value == pytest.approx(0, abs=1e-9)
    assert figures["best_of_many"].value == pytest.approx(figures["sample_psnr"].value)


@pytest.mark.parametrize(("width", "covers"), [(0.5, (0, 0.6)), (2, (0.95, 1))])
def test_a_sampler_too_narrow_or_too_wide_is_found_out(case, figures, width, covers):
    samples, answers, images, masks = case
    wrong = summarise_draws(score_draws(answers + width * (samples - answers), answers, images, masks))
    assert covers[0] <= wrong["coverage"].value <= covers[1]
    assert wrong["energy"].value > figures["energy"].high


def test_energy_is_what_its_formula_says(case):
    samples, answers, images, masks = case[0][:16, :1], case[1][:1], case[2][:1], case[3][:1]
    hole = masks[0, ..., 0] == 1
    x, s = images[0][hole].astype(float), samples[:, 0][:, hole].astype(float)
    to_truth = np.mean([np.linalg.norm(a - x) for a in s])
    apart = np.mean([np.linalg.norm(a - b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j])
    expected = 255 * (to_truth - apart / 2) / np.sqrt(x.size)
    assert score_draws(samples, answers, images, masks).energy[0] == pytest.approx(expected)


def test_known_pixels_do_not_count(case):
    samples, answers, images, masks = (part[:, :3] if part.ndim == 5 else part[:3] for part in case)
    elsewhere = np.where(masks, samples, 77)
    for name, value in vars(score_draws(elsewhere, answers, images, masks)).items():
        np.testing.assert_array_equal(value, getattr(score_draws(samples, answers, images, masks), name))


def test_too_few_samples_and_wrong_masks_are_refused(case):
    samples, answers, images, masks = case
    with pytest.raises(ValueError, match="too few"):
        score_draws(samples[:15], answers, images, masks)
    with pytest.raises(MaskError):
        score_draws(samples, answers, images, np.zeros_like(masks))
