"""The figures of the talk, drawn in a slide's own pixels: one point is one pixel at 1280×720.

They say less than the report's and say it larger: no text below :data:`TEXT`, but the numbers of an
axis, which have :data:`TICKS`.  What appears step by step is a group with the id of :func:`build`.
"""

import functools
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from inpainting.figures.images import MAX_EDGES, OUTLINE, Example, crop_around, outline
from inpainting.figures.networks import LAYER_KINDS, Stage
from inpainting.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    colour,
    decimal_comma,
    house_style,
    marker,
    register_font,
)
from inpainting.german.numbers import in_one_line, label, number
from inpainting.measuring.evaluation import Estimate

TEXT, TICKS = 24, 20
"""Sizes of all text and of the numbers of an axis, in pixels of the slide."""

FULL = 1136
"""Width of a slide without its margins, in pixels."""

HIGH = 490
"""Height below a title of one line, in pixels."""

TRUTH = "wahres Bild"
"""Heading of the column with the true images."""

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


class _Sheet:
    """A figure with pixels as coordinates, the origin at the upper left."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.figure = Figure((width / 72, height / 72))
        self.n_parts = 0

    def picture(self, box, image: np.ndarray, mask=None, crop=None, step: int = 0) -> None:
        """Put an image into (left, top, width, height), its hole outlined."""
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
        axes.set_axis_off()
        self._mark(axes, step)

    def text(self, x: float, y: float, words: str, step: int = 0, **style) -> None:
        style = {"ha": "center", "va": "bottom", "linespacing": 1.0} | style
        self._mark(self.figure.text(x / self.width, 1 - y / self.height, words, **style), step)

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
        self._mark(patch, step)

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

    def _mark(self, artist, step: int) -> None:
        if step:
            self.n_parts += 1
            artist.set_gid(build(step, self.n_parts))


@drawn
def plot_grid(
    examples: Sequence[Example],
    cell: float = 172,
    gap: float = 20,
    columns: Sequence[int] = (),
    below: Mapping[str, str] | None = None,
    steps: Mapping[str, int] | None = None,
) -> Figure:
    """Pictures as rows; columns are the masked image, fills and the truth, each hole outlined.

    Parameters
    ----------
    examples : with the same fills each.
    cell, gap : edge of a picture and distance of the columns, in pixels.
    columns : positions of the fills to show; empty for all.
    below : name of a column → text under it.
    steps : name of a column → the step with which it appears; the others stand there at once.
    """
    steps, below = steps or {}, below or {}
    fills = list(examples[0].fills)
    fills = [fills[i] for i in columns] if columns else fills
    names = ["maskiert", *fills, TRUTH]
    head = 12 + 30 * max(name.count("\n") + 1 for name in names)
    foot = 38 if below else 2
    height = head + len(examples) * (cell + 12) - 12 + foot
    sheet = _Sheet(len(names) * (cell + gap) - gap, height)
    for k, name in enumerate(names):
        left, step = k * (cell + gap), steps.get(name, 0)
        sheet.text(left + cell / 2, head - 8, name, step)
        for row, example in enumerate(examples):
            image = example.fills[name][0] if name in fills else example.truth if k else example.masked
            crop = None if k == 0 else crop_around(example.mask[..., 0])
            sheet.picture((left, head + row * (cell + 12), cell, cell), image, example.mask, crop, step)
        if name in below:
            sheet.text(left + cell / 2, height - foot + 6, below[name], step, va="top", weight=600)
    return sheet.figure


@drawn
def plot_opening(example: Example, fill: str, cell: float = 240) -> Figure:
    """One picture four times: with its hole, as two methods fill it, and as it is.

    Parameters
    ----------
    example : its fills in the order of the methods; the first is shown against ``fill``.
    fill : name of the second method.
    cell : edge of a picture, in pixels.
    """
    first = next(iter(example.fills))
    crop = crop_around(example.mask[..., 0])
    shown = {
        "Was fehlt hier?": (example.masked, None),
        in_one_line(first): (example.fills[first][0], crop),
        fill.partition(",")[0]: (example.fills[fill][0], crop),
        "wahres Bild": (example.truth, crop),
    }
    head, gap = 48, 24
    sheet = _Sheet(2 * cell + gap, 2 * (cell + head))
    for i, (name, (image, part)) in enumerate(shown.items()):
        left, top = i % 2 * (cell + gap), i // 2 * (cell + head) + head
        sheet.text(left + cell / 2, top - 8, name)
        sheet.picture((left, top, cell, cell), image, example.mask, part)
    return sheet.figure


@drawn
def plot_holes(masks: Mapping[str, np.ndarray], masked: np.ndarray, truths: np.ndarray) -> Figure:
    """An image under each kind of hole; what it showed before appears with the first step.

    Parameters
    ----------
    masks : German name of the suite → mask (H, W, 1), 1 = hole.
    masked, truths : one image for each, (N, H, W, 3), float in [0, 1].
    """
    n, gap, head = len(masks), 16, 38
    cell = (FULL - (n - 1) * gap) / n
    sheet = _Sheet(FULL, head + 2 * cell + gap)
    for i, (name, image, truth) in enumerate(zip(masks, masked, truths, strict=True)):
        left = i * (cell + gap)
        sheet.text(left + cell / 2, head - 10, name)
        sheet.picture((left, head, cell, cell), image)
        sheet.picture((left, head + cell + gap, cell, cell), truth, step=1)
    return sheet.figure


@drawn
def plot_layers(model) -> Figure:
    """A sequential network: a block a tensor, as high as its resolution and as wide as its channels.

    Parameters
    ----------
    model : Keras model, a chain of layers named in :data:`inpainting.figures.networks.LAYER_KINDS`.
    """
    shapes = [model.input_shape[1:]] + [layer.output.shape[1:] for layer in model.layers]
    kinds = [type(layer).__name__ for layer in model.layers]
    narrow = int(np.argmin([np.prod(shape) for shape in shapes]))
    step, tallest, middle = FULL / len(shapes), 230, 175
    sheet = _Sheet(FULL, 470)
    for i, shape in enumerate(shapes):
        width, height = 14 + 1.1 * shape[2], tallest * shape[0] / 32
        x = (i + 0.5) * step
        box = (x - width / 2, middle - height / 2, width, height)
        sheet.block(box, "#F2C94C" if i == narrow else "#DCE6EE")
        words = f"{shape[0]}×{shape[1]}\n×{shape[2]}"
        sheet.text(x, middle + tallest / 2 + 12, words, va="top", weight=600 if i == narrow else 400)
        if i:
            before = 14 + 1.1 * shapes[i - 1][2]
            start, end = x - step + before / 2 + 5, x - width / 2 - 5
            sheet.arrow((start, middle), (end, middle), shade=LAYER_KINDS[kinds[i - 1]][1], line=4)
    parts = {
        "Encoder": (0, narrow * step),
        "Engstelle": (narrow * step, (narrow + 1) * step),
        "Decoder": ((narrow + 1) * step, FULL),
    }
    for name, (start, end) in parts.items():
        sheet.text((start + end) / 2, 34, name)
        sheet.arrow((start + 8, 42), (end - 8, 42), head=False, line=2)
    used = [LAYER_KINDS[kind] for kind in dict.fromkeys(kinds)]
    for i, (name, shade) in enumerate(used):
        x = 90 + 350 * i
        sheet.arrow((x, 430), (x + 56, 430), shade=shade, line=4)
        sheet.text(x + 70, 430, name, ha="left", va="center")
    return sheet.figure


@drawn
def plot_loss(curves: Mapping[str, Sequence[float]], floors: Mapping[str, float]) -> Figure:
    """Loss against epoch; the floors that no network can fall below appear with the first step.

    Parameters
    ----------
    curves : German names of training and validation → loss of each epoch, in nat.
    floors : the same names → cross-entropy of the true images with themselves, in nat.
    """
    figure = Figure((FULL / 72, HIGH / 72), layout="constrained")
    axes = figure.subplots()
    for (name, losses), shade in zip(curves.items(), (BLUE, ORANGE), strict=True):
        axes.plot(np.arange(1, len(losses) + 1), losses, color=shade, label=name, marker="o", markersize=5)
    every = [x for losses in curves.values() for x in losses if np.isfinite(x)] or [min(floors.values())]
    low, high = min(floors.values()), max(every)
    span = max(high - low, 1e-3)
    axes.set_ylim(low - 0.12 * span, high + 0.05 * span)
    shown = zip(floors.items(), (BLUE, ORANGE), strict=True)
    for part, ((_, floor), shade) in enumerate(shown):
        axes.axhline(floor, color=shade, linestyle="--", linewidth=3).set_gid(build(1, part))
    axes.annotate(
        f"Untergrenze: {number(min(floors.values()), 3)} bis {number(max(floors.values()), 3)}",
        (1, max(floors.values())),
        (0, 8),
        textcoords="offset points",
        va="bottom",
    ).set_gid(build(1, len(floors)))
    axes.set_xlabel("Epoche")
    axes.set_ylabel("Kreuzentropie (nat)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.legend(frameon=False, loc="upper right", borderaxespad=0, labelspacing=0.2)
    return figure


@drawn
def plot_way(stages: Sequence[Stage], mask: np.ndarray, calculated: str, learned: str) -> Figure:
    """A picture's way through our network, step by step: what is calculated, what is learned, the result.

    Parameters
    ----------
    stages : masked image, the calculated ones, the correction, the answer, the true image.
    mask : (H, W, 1), 1 = hole.
    calculated, learned : German, below the bracket of either part.
    """
    n, gap, head = len(stages), 30, 72
    cell = (FULL - (n - 1) * gap) / n
    sheet = _Sheet(FULL, head + cell + 150)
    steps = [0, *[1] * (n - 4), 2, 3, 4]
    middle = head + cell / 2
    for i, (stage, step) in enumerate(zip(stages, steps, strict=True)):
        left = i * (cell + gap)
        sheet.text(left + cell / 2, head - 8, stage.name, step)
        sheet.picture((left, head, cell, cell), stage.image, mask, step=step)
        if stage.note:
            sheet.text(left + cell / 2, head + cell + 8, stage.note, step, va="top")
        if 0 < i < n - 1:
            sheet.arrow((left - gap + 4, middle), (left - 4, middle), step)
    y = head + cell + 58
    for first, last, words, shade, step in (
        (1, n - 4, calculated, GREY, 1),
        (n - 3, n - 3, learned, BLUE, 2),
    ):
        start, end = first * (cell + gap), last * (cell + gap) + cell
        sheet.arrow((start, y), (end, y), step, head=False, shade=shade, line=5)
        sheet.text((start + end) / 2, y + 10, words, step, va="top")
    return sheet.figure


@drawn
def plot_leads(of_suites: Mapping[str, Mapping[str, Estimate]]) -> Figure:
    """Paired lead of our networks over the best other method, a row a suite; a step a network.

    Parameters
    ----------
    of_suites : German name of the suite → network → difference of the pooled hole PSNR, in dB.
    """
    suites = list(of_suites)
    networks = list(next(iter(of_suites.values())))
    figure = Figure((FULL / 72, HIGH / 72), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color="#333333", linewidth=2.5)
    offsets = np.linspace(0.18, -0.18, len(networks)) if len(networks) > 1 else [0.0]
    for k, (network, offset) in enumerate(zip(networks, offsets, strict=True)):
        estimates = [of_suites[suite][network] for suite in suites]
        rows = np.arange(len(suites)) + offset
        look = marker(network) | {"markersize": 13, "label": label(network)}
        bars = axes.hlines(
            rows, [e.low for e in estimates], [e.high for e in estimates], color=colour(network)
        )
        bars.set_linewidth(6)
        (points,) = axes.plot([e.value for e in estimates], rows, **look)
        for part, artist in enumerate((bars, points)):
            if k:
                artist.set_gid(build(k, part))
    axes.set_yticks(range(len(suites)), suites, fontsize=TEXT)
    axes.set_ylim(len(suites) - 0.5, -0.5)
    axes.set_xlabel("Vorsprung vor dem besten fremden Verfahren (dB, gepoolt)")
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.grid(axis="y", visible=False)
    axes.legend(frameon=False, loc="best", handletextpad=0.2)
    return figure


@drawn
def plot_changes(groups: Sequence[Sequence], passing: str = "") -> Figure:
    """What each change to the network of 2025 brings, a row a change; they appear in groups.

    Parameters
    ----------
    groups : of ``ladder.Rung``, each with its differences; the first stands there at once.
    passing : name of a rung whose gain does not last: drawn in grey; "" for none.
    """
    rungs = [rung for group in groups for rung in group]
    panels = {"quadrat8": "Quadrat 8×8", "suites": "alle sechs Maskensätze"}
    left, row_height, head, foot = 292, 26.5, 36, 72
    height = head + row_height * len(rungs) + foot
    sheet = _Sheet(FULL, height)
    step_of = [step for step, group in enumerate(groups) for _ in group]
    width = (FULL - left - 24) / 2
    for k, (key, title) in enumerate(panels.items()):
        x = left + k * (width + 24)
        axes = sheet.figure.add_axes(
            (x / FULL, foot / height, width / FULL, row_height * len(rungs) / height), label=key
        )
        axes.axvline(0, color="#333333", linewidth=2.5)
        for row, rung in enumerate(rungs):
            e = rung.differences[key]
            shade = BLUE if e.low > 0 else "#B03A00" if e.high < 0 else GREY
            shade = GREY if rung.name == passing else shade
            face = shade if rung.judged_by == key else "white"
            (line,) = axes.plot([e.low, e.high], [row, row], color=shade, linewidth=5, solid_capstyle="butt")
            (point,) = axes.plot(
                e.value, row, "o", color=shade, markersize=11, markerfacecolor=face, markeredgewidth=2.5
            )
            words = axes.annotate(
                number(e.value, 2, sign=True),
                (max(e.high, 0), row),
                (14, 0),
                textcoords="offset points",
                va="center",
            )
            for artist in (line, point, words):
                sheet._mark(artist, step_of[row])
        axes.set_yticks([])
        axes.set_ylim(len(rungs) - 0.5, -0.5)
        axes.set_title(title, pad=6)
        axes.xaxis.set_major_formatter(decimal_comma)
        axes.xaxis.get_major_locator().set_params(nbins=5)
        axes.margins(x=0.06)
        low, high = axes.get_xlim()
        axes.set_xlim(low, high + 0.26 * (high - low))
    for row, rung in enumerate(rungs):
        y = head + (row + 0.5) * row_height
        sheet.text(left - 16, y, rung.label, step_of[row], ha="right", va="center")
    sheet.text(left + width + 12, height - 2, "Änderung des PSNR im Loch (dB, gepoolt)")
    return sheet.figure
