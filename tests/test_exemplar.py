"""Filling from a library of images."""

import numpy as np
import pytest

from inpainting.classical.exemplar import Library, blend
from inpainting.data import to_float
from inpainting.masks import MaskError, suite_masks


@pytest.fixture
def case(sample):
    images = to_float(sample.test.images[:12])
    return images, suite_masks("freiform", 12)


def test_the_image_itself_and_its_mirror_image_are_found(case, sample):
    images, masks = case
    library = Library(sample.test.images)
    np.testing.assert_array_equal(library.find(images, masks), images)
    np.testing.assert_allclose(library.fill(images, masks), images, atol=1e-5)
    mirrored, masks = images[:, :, ::-1], masks[:, :, ::-1]
    np.testing.assert_array_equal(library.find(mirrored, masks), mirrored)


def test_best_of_all_is_found_whatever_the_parts(case, sample, monkeypatch):
    images, masks = case
    monkeypatch.setattr("inpainting.classical.exemplar.CHUNK", 7)
    found = Library(sample.train.images[:40]).find(images, masks)
    both = np.concatenate([sample.train.images[:40], sample.train.images[:40, :, ::-1]]) / np.float32(255)
    for image, mask, match in zip(images, masks, found, strict=True):
        distances = ((image - both) ** 2 * (1 - mask)).sum((1, 2, 3))
        np.testing.assert_array_equal(match, both[distances.argmin()])


def test_known_pixels_stay_and_the_hole_is_not_seen(case, sample):
    images, masks = case
    library = Library(sample.train.images[:50])
    filled = library.fill(images, masks)
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(filled[known], images[known])
    for content in (0, np.nan, np.inf):
        spoiled = np.where(masks, np.float32(content), images)
        np.testing.assert_array_equal(library.fill(spoiled, masks), filled)
    with pytest.raises(MaskError):
        library.fill(images, np.ones_like(masks))


def test_blending_moves_the_source_to_meet_the_known_pixels(rng):
    source = rng.random((16, 16, 3)).astype(np.float32)
    mask = np.zeros((16, 16), np.uint8)
    mask[4:12, 6:] = 1  # reaches the border
    np.testing.assert_allclose(blend(source, source + 0.25, mask), source + 0.25, atol=1e-6)
    ramp = np.linspace(0, 1, 16, dtype=np.float32)[:, None, None] * np.ones((16, 16, 3), np.float32)
    mask[:, 6:] = 0
    mask[4:12, 4:12] = 1
    np.testing.assert_allclose(blend(source, source + ramp, mask), source + ramp, atol=1e-6)
