"""A slide's own pixels to draw in: one point is one pixel at 1280×720.

No text is below :data:`TEXT`, but the numbers of an axis, which have :data:`TICKS`.  What appears step by
step is a group with the id of :func:`build`.
"""

import functools

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle

from inpainting.figures.images import MAX_EDGES, OUTLINE, outline
from inpainting.figures.style import GREY, house_style, register_font

TEXT, TICKS = 24, 20
"""Sizes of all text and of the numbers of an axis, in pixels of the slide."""

FULL = 1136
"""Width of a slide without its margins, in pixels."""

HIGH = 490
"""Height below a title of one line, in pixels."""

STYLE = {
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "xtick.labelsize": TICKS,
    "ytick.labelsize": TICKS,
    "lines.linewidth": 4,
    "axes.linewidth": 1.5,
    "grid.linewidth": 1.2,
    "xtick.major.size": 6,
    "ytick.major.size": 0,
    "figure.dpi": 72,
}


def build(step: int, part: int = 0) -> str:
    """The id of a group that appears with the given step, from 1; ``part`` tells groups of a step apart."""
    return f"bau-{step}-{part}"


def drawn(plot):
    """Draw under the house style in the sizes of a slide."""

    @functools.wraps(plot)
    def draw(*args, **kwargs) -> Figure:
        register_font()
        with house_style(), matplotlib.rc_context(STYLE):
            figure = plot(*args, **kwargs)
            figure.draw_without_rendering()
            return figure

    return draw


class Sheet:
    """A figure with pixels as coordinates, the origin at the upper left."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.figure = Figure((width / 72, height / 72))
        self.n_parts = 0

    def picture(self, box, image: np.ndarray, mask=None, crop=None, step: int = 0, frame: int = 0) -> None:
        """Put an image into (left, top, width, height), its hole outlined; in a white frame of so many pixels."""
        left, top, width, height = box
        axes = self.figure.add_axes(
            (
                left / self.width,
                1 - (top + height) / self.height,
                width / self.width,
                height / self.height,
            )
        )
        rows, columns = crop or (slice(0, image.shape[0]), slice(0, image.shape[1]))
        axes.imshow(np.clip(image, 0, 1)[rows, columns], interpolation="none")
        if mask is not None:
            segments = outline(mask[rows, columns, 0])
            if 0 < len(segments) <= MAX_EDGES:
                for shade, line in (("#222222", 5), (OUTLINE, 2.5)):
                    axes.add_collection(
                        LineCollection(segments, colors=shade, linewidths=line, capstyle="projecting")
                    )
        if frame:
            height, width = image.shape[:2]
            around = Rectangle((-0.5, -0.5), width, height, fill=False, clip_on=False)
            around.set(edgecolor="white", linewidth=2 * frame, zorder=0)
            axes.add_patch(around)
        axes.set_axis_off()
        self.mark(axes, step)

    def text(self, x: float, y: float, words: str, step: int = 0, **style) -> None:
        """Write words whose last line stands on ``y``: so headings have one line, whatever letters they have."""
        style = {"ha": "center", "va": "baseline", "linespacing": 1.0} | style
        self.mark(self.figure.text(x / self.width, 1 - y / self.height, words, **style), step)

    def arrow(self, start, end, step: int = 0, head: bool = True, shade: str = GREY, line: float = 3) -> None:
        points = [(x / self.width, 1 - y / self.height) for x, y in (start, end)]
        patch = FancyArrowPatch(
            *points,
            arrowstyle="-|>" if head else "-",
            mutation_scale=16,
            color=shade,
            linewidth=line,
            shrinkA=0,
            shrinkB=0,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(patch)
        self.mark(patch, step)

    def dot(self, place, shade: str) -> None:
        x, y = place
        dot = Line2D(
            [x / self.width],
            [1 - y / self.height],
            marker="o",
            markersize=13,
            color=shade,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(dot)

    def block(self, box, face: str) -> None:
        left, top, width, height = box
        self.figure.add_artist(
            Rectangle(
                (left / self.width, 1 - (top + height) / self.height),
                width / self.width,
                height / self.height,
                facecolor=face,
                edgecolor="#333333",
                linewidth=1.5,
                transform=self.figure.transFigure,
            )
        )

    def mark(self, artist, step: int) -> None:
        """Let what was drawn appear with a step, from 1; 0 is at once."""
        if step:
            self.n_parts += 1
            artist.set_gid(build(step, self.n_parts))
