"""Masks: the six suites of the benchmark, the original's squares, and training masks.

Every mask array is uint8, (N, H, W, 1), **1 = hole**, 0 = known pixel.  All randomness comes
from an explicit generator.  Generators draw one row of uniform numbers per image, in image
order, so the first k of n masks do not depend on n.
"""

import difflib
import functools
import re

import numpy as np

from inpainting import config, errors
from inpainting.data import N_VALIDATION, to_float

SUITES = ("quadrat8", "mitte16", "linien", "freiform", "pixel50", "haelfte")
"""The benchmark's suites; a suite's index is its number, and part of its seed."""

SUITE_LENGTH = {"test": 10_000, "validation": N_VALIDATION}
"""Masks per suite and split: one for each CIFAR-10 image."""

BENCHMARK_SEED = 2025

EXTRA_SUITE = 100
"""Number of the additional suite ``quadratN`` is 100 + N (``quadrat8`` keeps its 0)."""

MIXTURE = {
    "quadrat": 0.3,
    "mitte": 0.08,
    "linien": 0.14,
    "freiform": 0.17,
    "pixel": 0.12,
    "rand": 0.19,
}
"""Share of each family in the training mixture ``mischung``."""

TRAINING_KINDS = ("quadrat", "mischung")

MAX_LINES = 9
MAX_STROKES = 16
MAX_SEGMENTS = 9
STROKE_LENGTH = (4.0, 12.0)
"""Length of one straight piece of a brush stroke, in pixels."""


class MaskError(errors.UserError):
    """A mask, or the wish for one, that cannot be met."""


# ---------------------------------------------------------------- checks and compositing


def check_masks(masks: np.ndarray, images: np.ndarray) -> None:
    """Make sure that masks fit their images and leave something to do.

    Parameters
    ----------
    masks : uint8 or bool array, (N, H, W, 1), 1 = hole.
    images : array, (N, H, W, C).

    Raises
    ------
    MaskError
        If a mask has another size than its image, holds other values than 0 and 1, or is
        empty or full.
    TypeError
        If the images are not floating point: 0..255 taken for 0..1 would go unnoticed.
    """
    if images.dtype.kind != "f":
        raise TypeError(f"images must be floating point in [0, 1], not {images.dtype}")
    if masks.shape != (*images.shape[:3], 1):
        raise MaskError(
            f"Maske und Bild passen nicht zusammen: Masken {masks.shape}, Bilder {images.shape}. "
            "Verlangt ist je Bild eine Maske gleicher Höhe und Breite mit einem Kanal."
        )
    if masks.dtype.kind not in "bu" or masks.max(initial=0) > 1:
        raise MaskError(
            "Die Maske ist nicht binär. Erlaubt sind nur 0 (bekannt) und 1 (Loch), als uint8. "
            "Graustufen vorher mit einer Schwelle umwandeln."
        )
    n_missing = np.count_nonzero(masks, axis=(1, 2, 3))
    useless = (n_missing == 0) | (n_missing == masks[:1].size)
    if useless.any():
        first = np.argmax(useless)
        word = "voll, kein Pixel ist bekannt" if n_missing[first] else "leer, nichts ist zu füllen"
        raise MaskError(
            f"Maske Nr. {first + 1} ist {word}. "
            "Verlangt ist mindestens ein Loch (1) und mindestens ein bekanntes Pixel (0)."
        )


def composite(predictions: np.ndarray, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Put predictions, clipped to [0, 1], into the holes and leave known pixels bit-identical.

    Parameters
    ----------
    predictions, images : float32 arrays, (N, H, W, 3); images in [0, 1].
    masks : uint8 array, (N, H, W, 1), 1 = hole.

    Returns
    -------
    float32 array, (N, H, W, 3), in [0, 1].
    """
    return np.where(masks, np.clip(predictions, 0, 1), images).astype(np.float32, copy=False)


def mask_images(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Set the holes (mask 1) of images to 0; float32 in [0, 1], uint8 input is scaled."""
    return to_float(images) * (1 - masks).astype(np.float32)


def pad(images: np.ndarray, masks: np.ndarray, multiple: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and masks with height and width rounded up to multiples; what is added is a hole."""
    height, width = images.shape[1:3]
    more = [(0, 0), (0, -height % multiple), (0, -width % multiple), (0, 0)]
    return np.pad(images, more), np.pad(masks, more, constant_values=1)


def number_masks(masks: np.ndarray) -> np.ndarray:
    """The number of every image's mask, (N,), from 0; equal masks have the same."""
    packed = np.packbits(masks.reshape(len(masks), -1), axis=1)
    return np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)


# ---------------------------------------------------------------- generators


def square_masks(
    n: int, rng: np.random.Generator, size: int = 8, image_size: int = config.IMAGE_SIZE
) -> np.ndarray:
    """One square hole per image; top and left uniform, the last row and column included.

    Parameters
    ----------
    n : number of masks.
    rng : source of randomness.
    size : edge of the hole in pixels, 1..image_size - 1.
    image_size : edge of the image in pixels.

    Returns
    -------
    uint8 array, (n, image_size, image_size, 1), 1 = hole.

    Raises
    ------
    MaskError
        If the hole does not fit into the image.
    """
    _check_size(size, image_size)
    corners = _scale(rng.random((n, 2)), 0, image_size - size)
    return _squares(corners, size, image_size)


def original_masks(
    n: int, rng: np.random.Generator, size: int = 8, image_size: int = config.IMAGE_SIZE
) -> np.ndarray:
    """The original report's square holes, its off-by-one included; see :func:`square_masks`.

    Its ``randint(0, image_size - size)`` excludes the upper bound, so the last row and column
    are never masked.  The original drew these masks once and trained on them in every epoch.
    """
    _check_size(size, image_size)
    corners = _scale(rng.random((n, 2)), 0, image_size - size - 1)
    return _squares(corners, size, image_size)


def centre_masks(n: int, size: int = 16, image_size: int = config.IMAGE_SIZE) -> np.ndarray:
    """The same centred square hole for every image; see :func:`square_masks`."""
    _check_size(size, image_size)
    corner = np.full(n, (image_size - size) // 2)
    return _rectangles(corner, corner, size, size, image_size)


def line_masks(n: int, rng: np.random.Generator, image_size: int = config.IMAGE_SIZE) -> np.ndarray:
    """1–9 straight strokes per image, each 1 or 2 pixels thick, not antialiased.

    Number and thickness are uniform, and so are the strokes' end points over all pixels.  A
    stroke is sampled at ``image_size`` equidistant points, rounded to pixels (as Bresenham's,
    it has no gaps); a thick one adds the pixels to the right, below, and both.

    Returns
    -------
    uint8 array, (n, image_size, image_size, 1), 1 = hole.
    """
    draws = rng.random((n, 1 + 5 * MAX_LINES))
    count = _scale(draws[:, 0], 1, MAX_LINES)
    strokes = draws[:, 1:].reshape(n, MAX_LINES, 5)
    thick = strokes[..., 4] < 0.5
    ends = _scale(strokes[..., :4], 0, image_size - 1).reshape(n, MAX_LINES, 2, 2)
    y, x = np.moveaxis(_segment_points(ends[..., 0, :], ends[..., 1, :], image_size), -1, 0)
    drawn = np.arange(MAX_LINES) < count[:, None]
    masks = np.zeros((n, image_size + 1, image_size + 1, 1), np.uint8)  # one spare row, column
    for dy, dx in np.ndindex(2, 2):
        image, stroke = np.nonzero(drawn & thick if dy or dx else drawn)
        masks[image[:, None], y[image, stroke] + dy, x[image, stroke] + dx] = 1
    return np.ascontiguousarray(masks[:, :image_size, :image_size])


def freeform_masks(n: int, rng: np.random.Generator, image_size: int = config.IMAGE_SIZE) -> np.ndarray:
    """Brush strokes that cover 10–40 % of each image, after Yu et al. 2019 (section 3.3).

    Per image, a target coverage, uniform in 10–40 %, and a round brush of 2, 3 or 4 pixels.
    A stroke starts anywhere, in any direction, and makes 3–8 turns of up to 90° between
    straight pieces of 4–12 pixels; at the image's border it is reflected.  Stroke follows
    stroke, and the brush is lifted as soon as the target is covered: the coverage exceeds it
    by less than one brush print.  At most 16 strokes.

    Returns
    -------
    uint8 array, (n, image_size, image_size, 1), 1 = hole.
    """
    draws = rng.random((n, 2 + MAX_STROKES * (4 + 2 * MAX_SEGMENTS)))
    chunks = [_paint_strokes(draws[i : i + 500], image_size) for i in range(0, n, 500)]
    return np.concatenate(chunks) if chunks else np.zeros((0, image_size, image_size, 1), np.uint8)


def pixel_masks(
    n: int,
    rng: np.random.Generator,
    fraction: float | np.ndarray = 0.5,
    image_size: int = config.IMAGE_SIZE,
) -> np.ndarray:
    """Every pixel missing with probability ``fraction`` (a number, or one per image).

    Returns
    -------
    uint8 array, (n, image_size, image_size, 1), 1 = hole.
    """
    missing = rng.random((n, image_size, image_size, 1), np.float32)
    return (missing < np.reshape(np.float32(fraction), (-1, 1, 1, 1))).astype(np.uint8)


def border_masks(
    n: int,
    rng: np.random.Generator,
    width: int | np.ndarray = 16,
    image_size: int = config.IMAGE_SIZE,
) -> np.ndarray:
    """A band of ``width`` pixels at one border: left, right, top or bottom, uniform.

    With half the image's size as width, one half of the image is missing.

    Returns
    -------
    uint8 array, (n, image_size, image_size, 1), 1 = hole.
    """
    side = _scale(rng.random(n), 0, 3)
    far = np.where(side % 2, image_size - width, 0)
    upright = side < 2
    top, left = np.where(upright, 0, far), np.where(upright, far, 0)
    height, across = np.where(upright, image_size, width), np.where(upright, width, image_size)
    return _rectangles(top, left, height, across, image_size)


# ---------------------------------------------------------------- suites


def suite_masks(name: str, n: int, split: str = "validation") -> np.ndarray:
    """The first ``n`` masks of a benchmark suite.

    Suite *s* draws from ``default_rng([2025, s])`` on test and ``default_rng([2025, s, 1])``
    on validation; ``quadratN`` for other N is the additional suite s = 100 + N.
    ``suite_masks(name, n)[:k]`` equals ``suite_masks(name, k)``.

    Parameters
    ----------
    name : one of :data:`SUITES`, or "quadrat1" … "quadrat31".
    n : number of masks, at most 10 000 on test and 5 000 on validation.
    split : "test" or "validation".

    Returns
    -------
    uint8 array, (n, 32, 32, 1), 1 = hole.

    Raises
    ------
    MaskError
        On an unknown name, a square that does not fit, or too large an ``n``.
    """
    if not 0 <= n <= SUITE_LENGTH[split]:
        raise MaskError(
            f"Verlangt sind {n} Masken. Der Maskensatz hat im Teil {split} {SUITE_LENGTH[split]}; "
            "bitte höchstens so viele Bilder bewerten."
        )
    number, draw = _find_suite(name)
    key = [BENCHMARK_SEED, number] + ([1] if split == "validation" else [])
    return draw(n, np.random.default_rng(key))


_SUITE_DRAWS = {
    "quadrat8": square_masks,
    "mitte16": lambda n, rng: centre_masks(n),
    "linien": line_masks,
    "freiform": freeform_masks,
    "pixel50": pixel_masks,
    "haelfte": border_masks,
}


def _find_suite(name: str):
    if name in SUITES:
        return SUITES.index(name), _SUITE_DRAWS[name]
    if match := re.fullmatch(r"quadrat(\d+)", name):
        size = int(match[1])
        return EXTRA_SUITE + size, functools.partial(square_masks, size=size)
    near = difflib.get_close_matches(name, SUITES, n=1, cutoff=0.5)
    hint = f" Gemeint ist vielleicht {near[0]}." if near else ""
    raise MaskError(
        f"Den Maskensatz „{name}“ gibt es nicht.{hint} Bekannt sind: {', '.join(SUITES)} "
        f"und quadrat1 bis quadrat{config.IMAGE_SIZE - 1}."
    )


# ---------------------------------------------------------------- training


def training_masks(kind: str, n: int, seed: int, epoch: int, step: int, size: int = 8) -> np.ndarray:
    """Fresh masks for one training step; the same arguments give the same masks.

    Parameters
    ----------
    kind : "quadrat" (squares of ``size``) or "mischung" (the suites' families in the shares of
        :data:`MIXTURE`, with squares of 4–16, centred squares of 8–20, 25–75 % missing pixels
        and border bands of 8–20 pixels).
    n : number of masks.
    seed, epoch, step : non-negative; together they seed the generator.
    size : edge of the squares of "quadrat", in pixels.

    Returns
    -------
    uint8 array, (n, 32, 32, 1), 1 = hole.

    Raises
    ------
    MaskError
        On an unknown kind or a square that does not fit into the image.
    """
    rng = np.random.default_rng([seed, epoch, step])
    if kind == "quadrat":
        return square_masks(n, rng, size)
    if kind not in TRAINING_KINDS:
        raise MaskError(
            f"Die Art „{kind}“ von Trainingsmasken gibt es nicht. Bekannt sind: {', '.join(TRAINING_KINDS)}."
        )
    family = rng.choice(len(MIXTURE), size=n, p=list(MIXTURE.values()))
    masks = np.empty((n, config.IMAGE_SIZE, config.IMAGE_SIZE, 1), np.uint8)
    for i, name in enumerate(MIXTURE):
        members = family == i
        masks[members] = _MIXTURE_DRAWS[name](np.count_nonzero(members), rng)
    return masks


def _mixed_squares(n: int, rng: np.random.Generator) -> np.ndarray:
    size = rng.integers(4, 16, n, endpoint=True)
    corners = (rng.random((2, n)) * (config.IMAGE_SIZE - size + 1)).astype(int)
    return _rectangles(*corners, size, size, config.IMAGE_SIZE)


def _mixed_centres(n: int, rng: np.random.Generator) -> np.ndarray:
    size = 2 * rng.integers(4, 10, n, endpoint=True)
    corner = (config.IMAGE_SIZE - size) // 2
    return _rectangles(corner, corner, size, size, config.IMAGE_SIZE)


_MIXTURE_DRAWS = {
    "quadrat": _mixed_squares,
    "mitte": _mixed_centres,
    "linien": line_masks,
    "freiform": freeform_masks,
    "pixel": lambda n, rng: pixel_masks(n, rng, rng.uniform(0.25, 0.75, n)),
    "rand": lambda n, rng: border_masks(n, rng, rng.integers(8, 20, n, endpoint=True)),
}


# ---------------------------------------------------------------- drawing


def _check_size(size: int, image_size: int) -> None:
    if not 1 <= size < image_size:
        raise MaskError(
            f"Ein Loch von {size}×{size} Pixeln passt nicht in ein Bild von "
            f"{image_size}×{image_size}. Erlaubt sind Kantenlängen von 1 bis {image_size - 1}; "
            "bitte eine kleinere Maske wählen."
        )


def _scale(uniform: np.ndarray, low: int, high: int) -> np.ndarray:
    """Turn uniform numbers in [0, 1) into integers in low..high, both inclusive."""
    return low + (uniform * (high - low + 1)).astype(np.int64)


def _rectangles(top, left, height, width, image_size: int) -> np.ndarray:
    """One filled rectangle per image: (N, image_size, image_size, 1); sizes may be scalars."""
    pixel = np.arange(image_size)
    top, left = top[:, None], left[:, None]
    height, width = np.reshape(height, (-1, 1)), np.reshape(width, (-1, 1))
    rows = (top <= pixel) & (pixel < top + height)
    columns = (left <= pixel) & (pixel < left + width)
    return (rows[:, :, None, None] & columns[:, None, :, None]).view(np.uint8)


def _squares(corners: np.ndarray, size: int, image_size: int) -> np.ndarray:
    """Squares with given tops and lefts, (N, 2), copied from a table of all positions."""
    table = _square_table(size, image_size)
    return table.take(np.ravel_multi_index(corners.T, 2 * (image_size - size + 1,)), axis=0)


@functools.cache
def _square_table(size: int, image_size: int) -> np.ndarray:
    top, left = np.indices(2 * (image_size - size + 1,)).reshape(2, -1)
    return _rectangles(top, left, size, size, image_size)


def _segment_points(start: np.ndarray, end: np.ndarray, n_points: int) -> np.ndarray:
    """Points on straight segments, (..., 2) and (..., 2) to (..., n_points, 2), whole pixels."""
    position = np.linspace(0, 1, n_points)[:, None]
    return np.rint(start[..., None, :] + position * (end - start)[..., None, :]).astype(np.int64)


def _paint_strokes(draws: np.ndarray, image_size: int) -> np.ndarray:
    """Paint :func:`freeform_masks` from one row of uniform numbers per image.

    Instead of painting stroke by stroke, note for every pixel *when* the brush first reaches
    it; the hole is what it has reached at the time at which the target is covered.
    """
    n = len(draws)
    target = np.ceil((0.1 + 0.3 * draws[:, 0]) * image_size**2).astype(int)
    brush = _scale(draws[:, 1], 2, 4)
    strokes = draws[:, 2:].reshape(n, MAX_STROKES, -1)
    n_segments = 1 + _scale(strokes[..., 0], 3, MAX_SEGMENTS - 1)
    start = strokes[..., None, 1:3] * image_size
    turns = (strokes[..., 4 : 4 + MAX_SEGMENTS] - 0.5) * np.pi
    turns[..., 0] = strokes[..., 3] * 2 * np.pi
    heading = turns.cumsum(-1)
    shortest, longest = STROKE_LENGTH
    length = shortest + (longest - shortest) * strokes[..., 4 + MAX_SEGMENTS :]
    moves = length[..., None] * np.stack([np.sin(heading), np.cos(heading)], -1)
    vertices = np.concatenate([start, start + moves.cumsum(-2)], -2)
    last = image_size - 1
    vertices = last - abs(vertices % (2 * last) - last)  # reflected into the image

    points = _segment_points(vertices[..., :-1, :], vertices[..., 1:, :], int(longest) + 1)
    image, *when = np.nonzero(np.arange(MAX_SEGMENTS) < n_segments[..., None])
    time = np.ravel_multi_index(when, (MAX_STROKES, MAX_SEGMENTS)).astype(np.uint16)
    steps = np.arange(points.shape[-2], dtype=np.uint16)
    y, x = np.moveaxis(points[image, when[0], when[1]], -1, 0)

    never = np.uint16(65535)
    reached = np.full((n, image_size, image_size), never)
    np.minimum.at(reached, (image[:, None], y, x), time[:, None] * len(steps) + steps)
    for size in (2, 3, 4):
        reached[brush == size] = _spread(reached[brush == size], size, never)
    order = np.sort(reached.reshape(n, -1), axis=1)
    lifted = np.take_along_axis(order, target[:, None] - 1, 1).clip(max=never - 1)
    return (reached <= lifted[:, :, None])[..., None].view(np.uint8)


def _spread(reached: np.ndarray, size: int, never: np.uint16) -> np.ndarray:
    """Earliest time under a round brush of ``size`` pixels: a minimum over its offsets."""
    offsets = np.arange(size) - (size - 1) / 2
    padded = np.pad(reached, ((0, 0), (size, size), (size, size)), constant_values=never)
    spread = np.full_like(reached, never)
    edge = reached.shape[1]
    for dy, dx in np.argwhere(offsets[:, None] ** 2 + offsets**2 <= size**2 / 4) - size // 2:
        window = padded[:, size + dy :, size + dx :][:, :edge, :edge]
        np.minimum(spread, window, out=spread)
    return spread
