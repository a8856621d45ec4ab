"""Figures of images: rows, masks, fills beside each other with outlined holes and enlarged crops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from inpainting.figures.style import GREY, SMALL, WIDTH, styled

OUTLINE = "#FFD400"
"""Colour of a hole's outline: in no photograph's way, and readable on black and white."""

MAX_EDGES = 260
"""Holes with more border edges are not outlined: single pixels would vanish under the lines."""

CROP = 16
"""Edge of the square around a small hole that is shown enlarged, in pixels."""


@styled
def plot_image_rows(rows: Mapping[str, np.ndarray], titles: Sequence[str] = ()) -> Figure:
    """A grid of images: one row an entry, its German name beside it.

    Parameters
    ----------
    rows : name → (N, H, W, 3), uint8 or float; floats are clipped to [0, 1].
    titles : N titles of the columns, above the first row; empty for none.
    """
    n_columns = max(len(images) for images in rows.values())
    margin = 0.85 if any(rows) else 0.0
    cell = (WIDTH - margin) / n_columns
    top = 0.2 if titles else 0.02
    height = cell * len(rows) + top
    figure = Figure((WIDTH, height))
    for r, (name, images) in enumerate(rows.items()):
        for c, image in enumerate(images):
            left, bottom = margin + c * cell, height - top - (r + 1) * cell
            axes = figure.add_axes(
                (
                    left / WIDTH,
                    bottom / height,
                    0.95 * cell / WIDTH,
                    0.95 * cell / height,
                )
            )
            axes.imshow(_clip(image), interpolation="nearest")
            axes.set_axis_off()
            if r == 0 and titles:
                axes.set_title(titles[c], fontsize=8, loc="center", pad=2)
        middle = (height - top - (r + 0.53) * cell) / height
        figure.text((margin - 0.06) / WIDTH, middle, name, ha="right", va="center", fontsize=8)
    return figure


def _clip(image: np.ndarray) -> np.ndarray:
    return image if image.dtype == np.uint8 else np.clip(image, 0, 1)


def outline(mask: np.ndarray) -> list:
    """The border of a hole as line segments in pixel coordinates, without the image's own edge.

    Parameters
    ----------
    mask : (H, W), 1 = hole.
    """
    hole = np.asarray(mask, bool)
    rows, columns = np.nonzero(hole[:, 1:] != hole[:, :-1])
    segments = [((x + 0.5, y - 0.5), (x + 0.5, y + 0.5)) for y, x in zip(rows, columns, strict=True)]
    rows, columns = np.nonzero(hole[1:] != hole[:-1])
    return segments + [((x - 0.5, y + 0.5), (x + 0.5, y + 0.5)) for y, x in zip(rows, columns, strict=True)]


def crop_around(mask: np.ndarray, size: int = CROP) -> tuple[slice, slice]:
    """Rows and columns of a square that shows the hole with its surroundings; all, if it is large.

    Parameters
    ----------
    mask : (H, W), 1 = hole.
    size : edge of the square, in pixels.
    """
    edge = len(mask)
    spans = []
    for axis in (1, 0):
        places = np.nonzero(mask.any(axis))[0]
        first, last = (places[0], places[-1] + 1) if len(places) else (0, edge)
        spans.append((first, last))
    if max(last - first for first, last in spans) > size - 4:
        return slice(0, edge), slice(0, edge)
    starts = [min(max(0, (first + last - size) // 2), edge - size) for first, last in spans]
    return tuple(slice(start, start + size) for start in starts)


def add_picture(figure: Figure, box, image: np.ndarray, mask: np.ndarray | None = None, crop=None) -> None:
    """Put an image into a box of a figure, in inches from the lower left, with its hole outlined."""
    width, height = figure.get_size_inches()
    left, bottom, w, h = box
    axes = figure.add_axes((left / width, bottom / height, w / width, h / height))
    rows, columns = crop or (slice(0, image.shape[0]), slice(0, image.shape[1]))
    axes.imshow(_clip(image)[rows, columns], interpolation="nearest")
    if mask is not None:
        segments = outline(mask[rows, columns, 0])
        if 0 < len(segments) <= MAX_EDGES:
            axes.add_collection(
                LineCollection(segments, colors="#222222", linewidths=1.6, capstyle="projecting")
            )
            axes.add_collection(
                LineCollection(segments, colors=OUTLINE, linewidths=0.8, capstyle="projecting")
            )
    axes.set_axis_off()


@dataclass(frozen=True)
class Example:
    """One picture of a comparison: what is masked, what was made of it, and the truth.

    Attributes
    ----------
    name : German, at the left.
    truth, masked : (H, W, 3), float in [0, 1].
    mask : (H, W, 1), 1 = hole.
    fills : German name of the method → (filled image, note below it).
    """

    name: str
    truth: np.ndarray
    masked: np.ndarray
    mask: np.ndarray
    fills: Mapping[str, tuple[np.ndarray, str]] = field(default_factory=dict)


@styled
def plot_fills(examples: Sequence[Example], cell: float = 0.86, per_row: int = 1) -> Figure:
    """Pictures as rows, methods as columns: the whole masked image, then enlarged crops, the truth last.

    The crop is three times as large as the image beside it where the hole is small; every hole is
    outlined.

    Parameters
    ----------
    examples : with the same methods each.
    cell : edge of a crop, in inches.
    per_row : examples beside each other; with more than one the names stand above.
    """
    titles = ["maskiert", *examples[0].fills, "wahres Bild"]
    gap, margin, small = 0.05, 0.78 if per_row == 1 else 0.0, 2 / 3 * cell
    block = small + (len(titles) - 1) * (cell + gap)
    scale = min(1.0, (WIDTH - margin - 0.2 * (per_row - 1)) / (per_row * block))
    cell, small, block = scale * cell, scale * small, scale * block
    note = 0.17 if any(text for e in examples for _, text in e.fills.values()) else 0.03
    head = 0.32 if any("\n" in title for title in titles) else 0.17
    n_rows = -(-len(examples) // per_row)
    height = head + n_rows * (cell + note + 0.02)
    figure = Figure((margin + per_row * block + 0.2 * (per_row - 1), height))
    width = figure.get_size_inches()[0]
    for i, example in enumerate(examples):
        row, column = divmod(i, per_row)
        left = margin + column * (block + 0.2)
        bottom = height - head - (row + 1) * (cell + note + 0.02) + note
        if per_row == 1:
            figure.text(
                (margin - 0.06) / width,
                (bottom + cell / 2) / height,
                example.name,
                ha="right",
                va="center",
                fontsize=SMALL + 0.3,
            )
        crop = crop_around(example.mask[..., 0])
        add_picture(figure, (left, bottom + (cell - small) / 2, small, small), example.masked, example.mask)
        centres = [left + small / 2]
        shown = [*example.fills.values(), (example.truth, "")]
        for k, (image, text) in enumerate(shown):
            x = left + small + gap * scale + k * (cell + gap * scale)
            add_picture(figure, (x, bottom, cell, cell), image, example.mask, crop)
            centres.append(x + cell / 2)
            if text:
                figure.text(
                    (x + cell / 2) / width,
                    (bottom - 0.02) / height,
                    text,
                    ha="center",
                    va="top",
                    fontsize=SMALL,
                )
        if row == 0:
            for k, (x, title) in enumerate(zip(centres, titles, strict=True)):
                is_edge = k == 0 and per_row > 1  # a name wider than the image below it would be cut off
                figure.text(
                    (left if is_edge else x) / width,
                    (height - head + 0.055) / height,
                    title,
                    ha="left" if is_edge else "center",
                    va="baseline",
                    fontsize=SMALL + 0.3,
                    linespacing=0.95,
                )
    return figure


@styled
def plot_masks(masks: Mapping[str, np.ndarray], images: np.ndarray) -> Figure:
    """The suites as a strip: a mask, and an image under it, for each.

    Parameters
    ----------
    masks : German name of the suite → mask (H, W, 1), 1 = hole, drawn white.
    images : one masked image for each, (N, H, W, 3), float in [0, 1].
    """
    n = len(masks)
    gap = 0.07
    cell = (WIDTH - (2 * n - 1) * gap) / (2 * n)
    height = cell + 0.19
    figure = Figure((WIDTH, height))
    for i, ((name, mask), image) in enumerate(zip(masks.items(), images, strict=True)):
        left = 2 * i * (cell + gap)
        add_picture(figure, (left, 0, cell, cell), np.repeat(mask.astype(float), 3, axis=-1))
        corner, size = (left / WIDTH, 0), (cell / WIDTH, cell / height)  # white holes reach to the edge
        figure.add_artist(Rectangle(corner, *size, fill=False, edgecolor=GREY, linewidth=0.8))
        add_picture(figure, (left + cell + 0.3 * gap, 0, cell, cell), image)
        figure.text(
            (left + cell) / WIDTH,
            (cell + 0.03) / height,
            name,
            ha="center",
            va="bottom",
            fontsize=SMALL + 0.3,
        )
    return figure
