"""The Fréchet distance: known answers, and the shipped features."""

import numpy as np
import pytest
from scipy import linalg

from inpainting import classical
from inpainting.data import to_float
from inpainting.masks import suite_masks
from inpainting.measuring.evaluation import BOOTSTRAP_SEED
from inpainting.measuring.frechet import N_RESAMPLES, Reference
from inpainting.networks.classifier import features
from inpainting.training import store


def gaussian(rng, n=4000, f=6, scale=1.0, shift=0.0):
    return shift + scale * rng.standard_normal((n, f))


def test_distance_to_itself_is_zero(rng):
    rows = gaussian(rng)
    assert Reference.fit(rows).distance(rows) == pytest.approx(0, abs=1e-9)


def test_known_distances(rng):
    """Moved by d: |d|²; spread by a factor s: F·(s − 1)²."""
    rows = gaussian(rng)
    reference = Reference.fit(rows)
    assert reference.distance(rows + 0.5) == pytest.approx(6 * 0.25)
    wider = reference.distance(rows.mean(0) + 3 * (rows - rows.mean(0)))
    assert wider == pytest.approx(2**2 * np.trace(np.cov(rows.T)))


def test_formula_of_heusel_et_al(rng):
    mixing = rng.standard_normal((6, 6))
    a, b = gaussian(rng) @ mixing, gaussian(rng, scale=2, shift=1)
    covariances = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(sum(covariances) - 2 * root)
    assert Reference.fit(a).distance(b) == pytest.approx(expected)
    assert Reference.fit(b).distance(a) == pytest.approx(expected)


def test_fewer_images_than_features_have_a_distance(rng):
    assert Reference.fit(gaussian(rng, n=5, f=20)).distance(gaussian(rng, n=7, f=20)) > 0


def test_a_weight_counts_a_row_so_often(rng):
    rows, reference = gaussian(rng, n=50), Reference.fit(gaussian(rng))
    counts = rng.integers(0, 3, 50)
    assert reference.distance(rows, counts) == pytest.approx(reference.distance(np.repeat(rows, counts, 0)))


def test_interval_holds_the_distance_and_tells_two_methods_apart(rng):
    reference, near, far = (gaussian(rng, n=500, scale=s) for s in (1, 1.1, 1.5))
    reference = Reference.fit(reference)
    near, far = reference.estimate(near), reference.estimate(far)
    assert near.low < near.value < near.high < far.low < far.value < far.high


def test_blurred_images_are_farther_from_true_ones(sample):
    classifier = store.load_shipped("klassifikator", log=str).model
    images = to_float(sample.test.images)
    holes = suite_masks("mitte16", len(images), "test")
    reference = Reference.fit(features(classifier, sample.train.images))
    true, filled = (features(classifier, x) for x in (images, classical.fill_mean(images, holes)))
    assert true.shape == (len(images), 192)
    assert reference.distance(filled) > 1.2 * reference.distance(true) > 0


def test_resamples_are_drawn_by_seed_and_moved_together(rng):
    """Written out: N rows with replacement, and all resamples shifted to the mean that all rows have."""
    reference, rows = Reference.fit(gaussian(rng, n=80)), gaussian(rng, n=40, scale=1.2)
    values = reference.resampled(rows, 7, seed=3)
    assert len(values) == 8 and values[0] == reference.distance(rows)
    draws = np.random.default_rng(3)
    drawn = np.array([reference.distance(rows[draws.integers(40, size=40)]) for _ in range(7)])
    np.testing.assert_allclose(values[1:], drawn - drawn.mean() + values[0])
    found = reference.estimate(rows, 7)
    by_default = reference.resampled(rows, 7, BOOTSTRAP_SEED)
    assert (found.value, found.low) == (values[0], pytest.approx(np.quantile(by_default[1:], 0.025)))
    assert len(reference.resampled(rows)) == 1 + N_RESAMPLES == 41
