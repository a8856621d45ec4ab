"""Windows fill pictures of any size as if there were none."""

import numpy as np
import photo_case
import pytest

from inpainting.photos import FillError
from inpainting.photos.windows import DEPTH, WINDOW, fill_picture


def scene(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 17) * np.cos(y / 23), np.cos(x / 31 + y / 13), np.sin(y / 19)]
    return (0.5 + 0.4 * np.stack(waves, -1)).astype(np.float32)


def harmonic(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Means of neighbours, until they hardly change: continues what it sees, as the networks do."""
    filled = photo_case.mean_answer(images, masks)
    hole = np.broadcast_to(masks > 0, filled.shape)
    for _ in range(60):
        padded = np.pad(filled, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
        mean = (padded[:, 2:, 1:-1] + padded[:, :-2, 1:-1] + padded[:, 1:-1, 2:] + padded[:, 1:-1, :-2]) / 4
        filled = np.where(hole, mean, filled)
    return filled


class Recorder:
    """An answer that remembers what it was asked."""

    def __init__(self, answer=photo_case.mean_answer):
        self.answer, self.shapes, self.known = answer, [], []

    def __call__(self, images, masks):
        self.shapes.append(images.shape)
        self.known.append(np.where(masks, -1, images))
        return self.answer(images, masks)


SHAPES = {
    "klein": (16, 16),
    "schmal": (16, 700),
    "hoch": (700, 17),
    "Fensterkante": (WINDOW, WINDOW),
    "ein Pixel mehr": (WINDOW + 1, 2 * WINDOW - 1),
    "groß": (411, 300),
}


def holes(kind: str, height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width, 1), np.uint8)
    if kind == "Strich":
        mask[height // 2 : height // 2 + 3] = 1
    elif kind == "Rand":
        mask[:, -min(9, width // 2) :] = 1
    elif kind == "Staub":
        mask[np.random.default_rng(1).random(mask.shape) < 0.05] = 1
    elif kind == "fast alles":
        mask[:] = 1
        mask[2:5, 3:6] = 0
    else:
        mask[height // 4 : -height // 4, width // 4 : -width // 4] = 1
    return mask


@pytest.mark.parametrize("kind", ["Strich", "Rand", "Staub", "Fläche", "fast alles"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("is_draw", [False, True])
def test_every_hole_is_filled_and_nothing_else_whatever_the_shape(shape, kind, is_draw):
    height, width = SHAPES[shape]
    picture, mask = scene(height, width), holes(kind, height, width)
    spoiled = np.where(mask, np.float32(7), picture)
    answer, calls = Recorder(), []
    filled = fill_picture(
        answer, spoiled, mask, is_draw=is_draw, progress=lambda done, total: calls.append((done, total))
    )
    np.testing.assert_array_equal(filled[mask[..., 0] == 0], picture[mask[..., 0] == 0])
    assert filled.dtype == np.float32 and filled.shape == picture.shape
    assert 0 <= filled.min() and filled.max() <= 1  # nothing of the 7 came through
    assert all(min(s[1:3]) >= 16 and max(s[1:3]) <= WINDOW for s in answer.shapes)
    assert max(array.max() for array in answer.known) <= 1
    done, totals = zip(*calls, strict=True)
    assert list(done) == sorted(done) and set(totals) == {done[-1]}
    np.testing.assert_array_equal(spoiled, np.where(mask, np.float32(7), picture))  # the caller's own


@pytest.mark.parametrize("seed", range(12))
def test_random_shapes_and_holes(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(16, 300, 2)
    mask = (rng.random((height, width, 1)) < rng.choice([0.01, 0.3, 0.9])).astype(np.uint8)
    top, left = rng.integers(0, height), rng.integers(0, width)
    mask[top : top + rng.integers(1, 200), left : left + rng.integers(1, 200)] = 1
    mask[rng.integers(height), rng.integers(width)] = 0
    picture = scene(height, width)
    filled = fill_picture(photo_case.mean_answer, np.where(mask, np.float32(np.nan), picture), mask)
    known = mask[..., 0] == 0
    np.testing.assert_array_equal(filled[known], picture[known])
    assert np.isfinite(filled).all() and 0 <= filled.min() and filled.max() <= 1


def steps(filled: np.ndarray, mask: np.ndarray, axis: int) -> np.ndarray:
    """Mean step between neighbours in the hole, along an axis, one value a row or column."""
    difference = abs(np.diff(filled, axis=axis)).mean(-1)
    both = np.diff(mask[..., 0].astype(int), axis=axis) == 0
    both &= (mask[1:, :, 0] if axis == 0 else mask[:, 1:, 0]) > 0
    return (difference * both).sum(1 - axis) / np.maximum(both.sum(1 - axis), 1)


@pytest.mark.parametrize(
    ("height", "width", "box"),
    [
        (60, 700, np.s_[27:31, 5:-5]),
        (60, 700, np.s_[20:40, :]),
        (700, 60, np.s_[5:-5, 27:31]),
        (230, 260, np.s_[40:200, 50:220]),
        (16, 900, np.s_[:, 40:860]),
        (200, 220, np.s_[:, :120]),
    ],
)
@pytest.mark.parametrize("is_draw", [False, True])
def test_no_seam_of_windows_shows(height, width, box, is_draw):
    picture, mask = scene(height, width), np.zeros((height, width, 1), np.uint8)
    mask[box] = 1
    filled = fill_picture(harmonic, picture * (1 - mask), mask, is_draw=is_draw)
    for axis in (0, 1):
        profile = steps(filled, mask, axis)
        at = np.arange(len(profile)) + 1
        inside = profile > 0
        seams, others = inside & (at % 96 == 0), inside & (at % 96 != 0)
        if seams.any():
            assert profile[seams].mean() < 1.5 * profile[others].mean() + 0.002
            assert profile[seams].max() <= 2 * np.quantile(profile[others], 0.95) + 0.004


def test_the_later_window_continues_what_the_earlier_one_shows():
    """An answer of another grey each time: within a hole each cell sees its neighbour's grey."""
    answer = Recorder()
    greys = iter(np.linspace(0.1, 0.9, 9))
    answer.answer = lambda images, masks: np.where(masks, np.float32(next(greys)), images)
    mask = np.zeros((64, 400, 1), np.uint8)
    mask[30:33] = 1
    fill_picture(answer, np.zeros((64, 400, 3), np.float32), mask, is_draw=True)
    later = np.concatenate(answer.known[1:])
    assert (later == np.float32(0.1)).any()


def test_different_answers_fade_into_each_other():
    greys = iter(np.linspace(0.1, 0.9, 5))

    def answer(images, masks):
        return np.stack([np.where(m, np.float32(next(greys)), i) for i, m in zip(images, masks, strict=True)])

    mask = np.zeros((64, 96 * 5, 1), np.uint8)
    mask[30:33] = 1
    filled = fill_picture(answer, np.zeros((64, 96 * 5, 3), np.float32), mask)
    assert abs(np.diff(filled[31], axis=0)).max() < 0.2 / 25


def test_thick_holes_are_filled_coarse_to_fine():
    mask = np.zeros((256, 256, 1), np.uint8)
    mask[60:196, 60:196] = 1
    answer = Recorder()
    fill_picture(answer, scene(256, 256), mask)
    assert {s[1] for s in answer.shapes} == {128, 64, 32}
    thin = np.zeros((256, 256, 1), np.uint8)
    thin[60 : 60 + 2 * DEPTH, 60:196] = 1
    answer = Recorder()
    fill_picture(answer, scene(256, 256), thin)
    assert {s[1] for s in answer.shapes} == {128}


def test_invisible_pixels_tell_nothing_and_stay():
    picture, mask = np.full((80, 80, 3), 0.25, np.float32), np.zeros((80, 80, 1), np.uint8)
    mask[30:50, 30:50] = 1
    invisible = np.zeros_like(mask)
    invisible[:, 50:] = 1
    picture[:, 50:] = 1
    filled = fill_picture(photo_case.mean_answer, picture, mask, invisible)
    np.testing.assert_array_equal(filled[:, 50:], picture[:, 50:])
    np.testing.assert_allclose(filled[:, :50], 0.25, atol=1e-6)


def test_what_is_far_from_the_hole_is_not_looked_at():
    picture, mask = scene(900, 800), np.zeros((900, 800, 1), np.uint8)
    mask[50:54, 700:760] = 1
    answer = Recorder()
    filled = fill_picture(answer, picture, mask)
    assert len(answer.shapes) == 1
    np.testing.assert_array_equal(filled[mask[..., 0] == 0], picture[mask[..., 0] == 0])
    assert (filled != picture)[50:54, 700:760].any()


def test_an_answer_that_is_no_number_is_refused():
    mask = np.zeros((32, 32, 1), np.uint8)
    mask[8:12, 8:12] = 1
    with pytest.raises(FillError, match="keine endlichen Zahlen"):
        fill_picture(lambda images, masks: images * np.nan, scene(32, 32), mask)


def test_a_network_of_a_fixed_size_gets_its_own():
    answer, mask = Recorder(), np.zeros((90, 50, 1), np.uint8)
    mask[10:80, 20:24] = 1
    fill_picture(answer, scene(90, 50), mask, window=32)
    assert {s[1:3] for s in answer.shapes} == {(32, 32)}
