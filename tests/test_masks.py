"""Masks: positions, polarity, frozen bytes, statelessness, and what bad wishes get."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest

from inpainting import errors, masks

SHA256 = {
    ("quadrat8", "test"): "ee6d7888b96b5dadbb671b0865d5079fd0f2cbf238c9d96ac595766d77d89406",
    ("quadrat8", "validation"): "f9f862945d26fdb262077369f83c075b39398006ed00b9a79ce63e5c2004291a",
    ("mitte16", "test"): "660e04bd142e2a2565a0bae65f57ac2121b5377540fadd4495a3a6291379fc4a",
    ("mitte16", "validation"): "451c4f25ab716cded30467c8e6680f18bbc7e51125b50000461f9916567677b8",
    ("linien", "test"): "2a5bac818c959c0ecd1af6b8a8414e6ca4140afa5bd8c98eed8590c3edc5c9c0",
    ("linien", "validation"): "fe9a6d9f11eedc7756beab94b24ab0b2d135d8f36cc6a5cbf96338f28f6ba3a3",
    ("freiform", "test"): "ec5c845e6b0049fb85454ea8e70a6de99c6a6ff34160ec0a1f59a3e8d580744d",
    ("freiform", "validation"): "6f28fd7f4d7d9d04353845783c15fb0fe2b4e932219d5ea98aa04726b6984887",
    ("pixel50", "test"): "95e2ee66c6d691467faaea5929f03ea1acd2fd51c147e7fdad228d13b41f7b32",
    ("pixel50", "validation"): "212bf113dedccd93ae56aaabb989e78f120f7380bb10a4f44bc3db124192677c",
    ("haelfte", "test"): "b3f78f64afc7b53ab2a2fe7187abe2f08afa7996f35a0c2eb7365593f8a74aa8",
    ("haelfte", "validation"): "564480cffb175f58fd26cdbb7fc06b68167fa2eb7e965b6c107f62bd1bd73a1f",
    ("quadrat4", "test"): "bb7bc5cdfc4d9a03740b808d6ecc913ca484f5701e76ad39d7557137e9b594b9",
    ("quadrat4", "validation"): "f3b1c533632baf297f1f26fc702102a204cb0d58be26de66c3c0ce54ea9452e9",
}


def fixed(*rows):
    """A generator whose uniform numbers are given, one row per image."""
    return SimpleNamespace(random=lambda shape: np.array(rows, float).reshape(shape))


def corners(squares):
    """Top and left of each square hole."""
    hole = squares[..., 0]
    return hole.any(2).argmax(1), hole.any(1).argmax(1)


@pytest.mark.parametrize(("name", "split"), SHA256)
def test_suites_are_frozen(name, split):
    array = masks.suite_masks(name, masks.SUITE_LENGTH[split], split)
    assert hashlib.sha256(array).hexdigest() == SHA256[name, split]


def test_every_suite_and_split_is_frozen():
    assert {(name, split) for name in masks.SUITES for split in masks.SUITE_LENGTH} < set(SHA256)


@pytest.mark.parametrize("name", [*masks.SUITES, "quadrat5"])
def test_suite_masks_are_binary_prefix_stable_and_differ_by_split(name):
    few, many = masks.suite_masks(name, 20, "test"), masks.suite_masks(name, 90, "test")
    assert many.shape == (90, 32, 32, 1) and many.dtype == np.uint8
    assert set(np.unique(many)) == {0, 1}
    assert np.array_equal(few, many[:20])
    assert many.flags.c_contiguous
    if name != "mitte16":
        assert not np.array_equal(many, masks.suite_masks(name, 90, "validation"))


@pytest.mark.parametrize("size", [1, 8, 31])
def test_squares_are_whole_and_reach_every_position(size, rng):
    squares = masks.square_masks(20_000, rng, size)
    top, left = corners(squares)
    pixel = np.arange(32)
    rows = (pixel >= top[:, None]) & (pixel < top[:, None] + size)
    columns = (pixel >= left[:, None]) & (pixel < left[:, None] + size)
    assert np.array_equal(squares[..., 0], rows[:, :, None] & columns[:, None, :])
    for corner in (top, left):
        counts = np.bincount(corner)
        assert len(counts) == 33 - size
        assert abs(counts / counts.mean() - 1).max() < 0.2


def test_original_masks_never_reach_the_last_row_and_column(rng):
    originals = masks.original_masks(20_000, rng)
    assert not originals[:, -1].any() and not originals[:, :, -1].any()
    assert max(corners(originals)[0]) == 23
    assert masks.square_masks(20_000, rng)[:, -1].any()


def test_centre_is_the_centre():
    centre = masks.suite_masks("mitte16", 3, "test")[..., 0]
    assert centre[:, 8:24, 8:24].all() and centre.sum() == 3 * 256


def test_line_has_its_end_points_thickness_and_no_gaps():
    last = 0.999
    diagonal = [0, 0, 0, last, last, 0.9] + 40 * [0]
    bottom = [0, last, 0, last, last, 0.1] + 40 * [0]
    thin, clipped = masks.line_masks(2, fixed(diagonal, bottom))[..., 0]
    assert np.array_equal(thin, np.eye(32))
    assert clipped[-1].all() and clipped.sum() == 32
    middle = [0, 0.5, 0, 0.5, last, 0.1] + 40 * [0]
    thick = masks.line_masks(1, fixed(middle))[0, ..., 0]
    assert thick[16:18].all() and thick.sum() == 64


def test_number_of_lines_is_what_was_drawn():
    draws = np.zeros((9, 46))
    draws[:, 0] = (np.arange(9) + 0.5) / 9
    for line in range(9):  # horizontal thin lines, three rows apart
        draws[:, 1 + 5 * line : 6 + 5 * line] = [line / 10, 0, line / 10, 0.999, 0.9]
    lines = masks.line_masks(9, fixed(*draws))
    assert lines.sum((1, 2, 3)).tolist() == [32 * k for k in range(1, 10)]


def test_free_form_covers_its_target_and_stops(rng):
    state = rng.bit_generator.state
    first = rng.random((1200, 2 + 16 * 22))[:, 0]
    rng.bit_generator.state = state
    painted = masks.freeform_masks(1200, rng)
    coverage, target = painted.mean((1, 2, 3)), 0.1 + 0.3 * first
    assert (coverage >= target).all()
    assert (coverage - target).max() < 16 / 1024
    assert painted[:, [0, -1]].any() and painted[:, :, [0, -1]].any()


def test_free_form_that_misses_its_target_keeps_what_was_painted():
    draws = np.zeros((1, 2 + 16 * 22))  # sixteen times the same short stroke
    draws[:, 0] = 0.999
    assert 0 < masks.freeform_masks(1, fixed(*draws)).mean() < 0.1


def test_free_form_of_no_images_is_empty(rng):
    assert masks.freeform_masks(0, rng).shape == (0, 32, 32, 1)


def test_pixels_are_missing_independently(rng):
    half = masks.pixel_masks(2000, rng)
    assert abs(half.mean() - 0.5) < 0.002
    assert abs((half[:, 1:] == half[:, :-1]).mean() - 0.5) < 0.002
    some = masks.pixel_masks(2, rng, np.array([0.1, 0.9])).mean((1, 2, 3))
    assert some[0] < 0.2 and some[1] > 0.8


def test_borders_are_the_four_halves(rng):
    halves = masks.border_masks(4000, rng)[..., 0]
    kinds, counts = np.unique(halves, axis=0, return_counts=True)
    pixel = np.arange(32)
    expected = {
        side.tobytes()
        for side in np.broadcast_arrays(
            pixel < 16, pixel >= 16, (pixel < 16)[:, None], (pixel >= 16)[:, None], np.eye(32)
        )[:4]
    }
    assert {kind.astype(bool).tobytes() for kind in kinds} == expected
    assert abs(counts / 1000 - 1).max() < 0.15


# ---------------------------------------------------------------- training


@pytest.mark.parametrize("kind", masks.TRAINING_KINDS)
def test_training_masks_depend_on_seed_epoch_and_step_only(kind):
    first = masks.training_masks(kind, 40, 1, 2, 3)
    assert np.array_equal(first, masks.training_masks(kind, 40, 1, 2, 3))
    for key in ((2, 2, 3), (1, 3, 3), (1, 2, 4)):
        assert not np.array_equal(first, masks.training_masks(kind, 40, *key))
    masks.check_masks(first, np.zeros((40, 32, 32, 3), np.float32))


def test_training_squares_have_the_wanted_size():
    assert (masks.training_masks("quadrat", 9, 1, 0, 0, size=5).sum((1, 2, 3)) == 25).all()


def test_mixture_holds_all_families():
    mixed = masks.training_masks("mischung", 4000, 1, 0, 0)
    share = mixed.mean((1, 2, 3))
    scattered = (mixed[:, 1:] != mixed[:, :-1]).mean((1, 2, 3)) > 0.3
    assert sum(masks.MIXTURE.values()) == pytest.approx(1)
    assert abs(scattered.mean() - masks.MIXTURE["pixel"]) < 0.03
    full_rows, full_columns = mixed.all(2).any((1, 2)), mixed.all(1).any((1, 2))
    assert abs((full_rows | full_columns).mean() - masks.MIXTURE["rand"]) < 0.04
    assert share.min() < 0.02 and share.max() > 0.6


# ---------------------------------------------------------------- checks


@pytest.mark.parametrize("size", [-1, 0, 32, 40])
@pytest.mark.parametrize("draw", [masks.square_masks, masks.original_masks])
def test_square_that_does_not_fit_is_a_german_error(draw, size, rng):
    with pytest.raises(masks.MaskError, match=f"{size}×{size}.*1 bis 31"):
        draw(3, rng, size)


def test_mask_error_is_a_user_error():
    assert issubclass(masks.MaskError, errors.UserError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: masks.suite_masks("quadrat32", 1, "test"), "passt nicht"),
        (lambda: masks.suite_masks("pixel5", 1, "test"), "Gemeint ist vielleicht pixel50"),
        (lambda: masks.suite_masks("xyz", 1, "test"), "gibt es nicht. Bekannt"),
        (lambda: masks.suite_masks("linien", 10_001, "test"), "höchstens"),
        (lambda: masks.suite_masks("linien", 5_001, "validation"), "höchstens"),
        (lambda: masks.training_masks("kreis", 1, 1, 0, 0), "quadrat, mischung"),
    ],
)
def test_impossible_wishes_are_german_errors(call, message):
    with pytest.raises(masks.MaskError, match=message):
        call()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 8, 8, 1), np.uint8), "Nr. 1 ist leer"),
        (np.ones((2, 8, 8, 1), np.uint8), "Nr. 1 ist voll"),
        (255 * np.eye(8, dtype=np.uint8)[None, :, :, None].repeat(2, 0), "nicht binär"),
        (np.full((2, 8, 8, 1), 0.5), "nicht binär"),
        (np.ones((2, 8, 9, 1), np.uint8), "passen nicht"),
        (np.ones((2, 8, 8), np.uint8), "passen nicht"),
    ],
)
def test_useless_masks_are_german_errors(value, message):
    with pytest.raises(masks.MaskError, match=message):
        masks.check_masks(value, np.zeros((2, 8, 8, 3), np.float32))


def test_check_names_the_useless_mask():
    many = masks.suite_masks("quadrat8", 5, "test")
    many[3] = 0
    with pytest.raises(masks.MaskError, match="Nr. 4"):
        masks.check_masks(many, np.zeros((5, 32, 32, 3), np.float32))


def test_images_in_grey_levels_are_refused():
    hole = masks.suite_masks("quadrat8", 1, "test")
    with pytest.raises(TypeError, match="floating point"):
        masks.check_masks(hole, np.zeros((1, 32, 32, 3), np.uint8))


def test_composite_keeps_known_pixels_and_clips(rng):
    images = rng.random((4, 32, 32, 3), np.float32)
    hole = masks.square_masks(4, rng)
    predictions = rng.normal(0.5, 2, images.shape).astype(np.float32)
    filled = masks.composite(predictions, images, hole)
    known = np.broadcast_to(hole == 0, images.shape)
    assert filled.dtype == np.float32
    assert np.array_equal(filled[known], images[known])
    assert np.array_equal(filled[~known], predictions.clip(0, 1)[~known])


def test_padding_is_a_hole_and_ends_at_multiples():
    images, holes = masks.pad(np.ones((2, 9, 16, 3), np.float32), np.zeros((2, 9, 16, 1), np.uint8), 8)
    assert images.shape == (2, 16, 16, 3) and holes.shape == (2, 16, 16, 1)
    assert not holes[:, :9].any() and holes[:, 9:].all() and images[:, :9].all()


# ---------------------------------------------------------------- training masks, frozen

TRAINING_SHA256 = {
    ("quadrat", 8): "a8f0ffbc6798f7d553cba789dba4c57c56aae9f3c9fa859b712e4e30f2a7410f",
    ("quadrat", 13): "e7c28a9386f5c0f1d8b521b0903baad8ebe5f732e2fac3a2b6a2977d4f93cf33",
    ("mischung", 8): "b54c421ed989e4676a0972dd97b0a98ba3b1d216c7bd8a3fd3609af7cfa4cdd6",
}
"""1000 masks of each kind for seed 3, epoch 1, step 2: a stored training goes on with the same."""


@pytest.mark.parametrize(("kind", "size"), TRAINING_SHA256)
def test_training_masks_are_frozen(kind, size):
    array = masks.training_masks(kind, 1000, 3, 1, 2, size)
    assert hashlib.sha256(array).hexdigest() == TRAINING_SHA256[kind, size]


def extents(squares):
    """Height, width, top and left of each rectangular hole."""
    rows, columns = squares[..., 0].any(2), squares[..., 0].any(1)
    return rows.sum(1), columns.sum(1), rows.argmax(1), columns.argmax(1)


def test_squares_of_the_mixture_have_every_size_and_reach_every_border(rng):
    height, width, top, left = extents(masks._mixed_squares(4000, rng))
    assert (height == width).all() and set(height) == set(range(4, 17))
    for corner in (top, left):
        assert corner.min() == 0 and (corner + height).max() == 32
    assert np.ptp(np.bincount(height)[4:]) < 150  # about 308 of each


def test_centres_of_the_mixture_have_every_even_size(rng):
    height, width, top, left = extents(masks._mixed_centres(2000, rng))
    assert (height == width).all() and set(height) == set(range(8, 21, 2))
    assert (top == (32 - height) // 2).all() and (left == top).all()


def test_pixels_and_borders_of_the_mixture_span_their_ranges(rng):
    share = masks._MIXTURE_DRAWS["pixel"](3000, rng).mean((1, 2, 3))
    assert 0.2 < share.min() < 0.27 and 0.73 < share.max() < 0.8 and abs(share.mean() - 0.5) < 0.01
    height, width, *_ = extents(masks._MIXTURE_DRAWS["rand"](2000, rng))
    assert set(np.minimum(height, width)) == set(range(8, 21)) and set(np.maximum(height, width)) == {32}


def test_defaults_of_the_generators():
    seeded = lambda: np.random.default_rng(1)  # noqa: E731
    pairs = [
        (masks.square_masks(9, seeded()), masks.square_masks(9, seeded(), 8, 32)),
        (masks.original_masks(9, seeded()), masks.original_masks(9, seeded(), 8, 32)),
        (masks.centre_masks(9), masks.centre_masks(9, 16, 32)),
        (masks.pixel_masks(9, seeded()), masks.pixel_masks(9, seeded(), 0.5, 32)),
        (masks.border_masks(9, seeded()), masks.border_masks(9, seeded(), 16, 32)),
        (masks.training_masks("quadrat", 9, 1, 2, 3), masks.training_masks("quadrat", 9, 1, 2, 3, 8)),
        (masks.suite_masks("linien", 9), masks.suite_masks("linien", 9, "validation")),
    ]
    for by_default, stated in pairs:
        np.testing.assert_array_equal(by_default, stated)


@pytest.mark.parametrize("size", [1, 31])
def test_smallest_and_largest_square(size, rng):
    for draw in (masks.square_masks, masks.original_masks):
        assert (draw(20, rng, size).sum((1, 2, 3)) == size**2).all()
    assert (masks.centre_masks(1, size).sum((1, 2, 3)) == size**2).all()


@pytest.mark.parametrize("split, most", [("test", 10_000), ("validation", 5_000)])
def test_number_of_masks(split, most):
    assert len(masks.suite_masks("mitte16", most, split)) == most
    assert masks.suite_masks("linien", 0, split).shape == (0, 32, 32, 1)
    with pytest.raises(masks.MaskError, match="höchstens"):
        masks.suite_masks("mitte16", -1, split)


def test_fully_known_and_fully_missing_masks_are_told_apart_from_almost():
    images = np.zeros((3, 4, 4, 3), np.float32)
    one = np.zeros((3, 4, 4, 1), np.uint8)
    one[:, 2, 1] = 1
    masks.check_masks(one, images)
    masks.check_masks(1 - one, images)
    masks.check_masks(one.astype(bool), images)
    masks.check_masks(one[:0], images[:0])
