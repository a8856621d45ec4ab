"""Drawings of the networks: that of 2025, and ours with a picture's real intermediate images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from inpainting.figures.images import add_picture
from inpainting.figures.style import BLUE, GREEN, GREY, RED, SMALL, WIDTH, styled

LAYER_KINDS = {
    "Conv2D": ("Faltung 3×3", BLUE),
    "MaxPooling2D": ("Max-Pooling 2×2", RED),
    "UpSampling2D": ("Upsampling 2×2", GREEN),
}


@styled
def plot_architecture(model) -> Figure:
    """Draw a sequential network: a block for each tensor, an arrow for each layer.

    A block's height follows the resolution, its width the number of channels; both are read
    from the model, as is the bottleneck, the tensor with the fewest values.

    Parameters
    ----------
    model : Keras model, a chain of layers named in ``LAYER_KINDS``.
    """
    shapes = [model.input_shape[1:]] + [layer.output.shape[1:] for layer in model.layers]
    kinds = [type(layer).__name__ for layer in model.layers]
    bottleneck = int(np.argmin([np.prod(shape) for shape in shapes]))
    heights = [shape[0] / 32 for shape in shapes]
    widths = [0.10 + shape[2] / 32 * 0.34 for shape in shapes]
    gap = 0.42
    lefts = np.concatenate([[0], np.cumsum([width + gap for width in widths])])[:-1]
    figure = Figure((WIDTH, 1.5))
    axes = figure.add_axes((0, 0, 1, 1))
    for i, (left, width, height, shape) in enumerate(zip(lefts, widths, heights, shapes, strict=True)):
        colour = "#F2C94C" if i == bottleneck else "#DCE6EE"
        axes.add_patch(
            Rectangle(
                (left, -height / 2), width, height, facecolor=colour, edgecolor="#333333", linewidth=0.8
            )
        )
        axes.text(
            left + width / 2,
            -height / 2 - 0.05,
            f"{shape[0]}×{shape[1]}\n×{shape[2]}",
            ha="center",
            va="top",
            fontsize=SMALL,
        )
    for i, kind in enumerate(kinds):
        start, end = lefts[i] + widths[i] + 0.03, lefts[i + 1] - 0.03
        axes.add_patch(
            FancyArrowPatch(
                (start, 0),
                (end, 0),
                arrowstyle="-|>",
                mutation_scale=9,
                color=LAYER_KINDS[kind][1],
                linewidth=1.6,
            )
        )
    right = lefts[-1] + widths[-1]
    for name, start, end in (
        ("Encoder", 0, lefts[bottleneck] - gap),
        ("Decoder", lefts[bottleneck] + widths[bottleneck] + gap, right),
    ):
        axes.annotate("", (start, 0.66), (end, 0.66), arrowprops={"arrowstyle": "-", "color": GREY})
        axes.text((start + end) / 2, 0.69, name, ha="center", fontsize=9)
    middle = lefts[bottleneck] + widths[bottleneck] / 2
    axes.text(middle, 0.69, "Bottleneck", ha="center", fontsize=9)
    used = [LAYER_KINDS[kind] for kind in dict.fromkeys(kinds)]
    for i, (name, colour) in enumerate(used):
        x = right * (0.14 + 0.27 * i)
        axes.add_patch(
            FancyArrowPatch(
                (x, -0.92), (x + 0.4, -0.92), arrowstyle="-|>", mutation_scale=9, color=colour, linewidth=1.6
            )
        )
        axes.text(x + 0.48, -0.92, name, va="center", fontsize=8)
    axes.set_xlim(-0.15, right + 0.15)
    axes.set_ylim(-1.02, 0.84)
    axes.set_axis_off()
    return figure


@dataclass(frozen=True)
class Stage:
    """One image on the way from the masked to the filled one.

    Attributes
    ----------
    name : German, above the image.
    image : (H, W, 3), float in [0, 1].
    note : German, below it: what it is worth; "" for nothing.
    by : German, on the arrow that leads to it; "" for no arrow.
    """

    name: str
    image: np.ndarray
    note: str = ""
    by: str = ""


@styled
def plot_pipeline(stages: Sequence[Stage], mask: np.ndarray, widths: Sequence[int], detail) -> Figure:
    """Our network: one picture's real intermediate images, and below them the parts that learn.

    Parameters
    ----------
    stages : in the order in which they arise.
    mask : (H, W, 1), 1 = hole; its outline is drawn on every image.
    widths : channels of the U-Net at 1/2, 1/4 and 1/8 of the resolution.
    detail : channels and number of the blocks at full resolution, or None.
    """
    n = len(stages)
    gap = 0.16
    cell = (WIDTH - gap * (n - 1)) / n
    height = cell + 1.54
    figure = Figure((WIDTH, height))
    top = height - 0.34
    for i, stage in enumerate(stages):
        left = i * (cell + gap)
        add_picture(figure, (left, top - cell, cell, cell), stage.image, mask)
        figure.text(
            (left + cell / 2) / WIDTH,
            (top + 0.04) / height,
            stage.name,
            ha="center",
            va="bottom",
            fontsize=SMALL,
            linespacing=0.95,
        )
        if stage.note:
            figure.text(
                (left + cell / 2) / WIDTH,
                (top - cell - 0.04) / height,
                stage.note,
                ha="center",
                va="top",
                fontsize=SMALL,
            )
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, height)
    for i, stage in enumerate(stages[1:], 1):
        if stage.by:
            x = i * (cell + gap) - gap
            _arrow(axes, (x + 0.01, top - cell / 2), (x + gap - 0.01, top - cell / 2), GREY)
    _draw_unet(axes, (0.1, 0.03, WIDTH - 0.2, 0.95), widths, detail)
    return figure


def _arrow(axes, start, end, colour: str) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=7, color=colour, linewidth=1, shrinkA=0, shrinkB=0
        )
    )


def _draw_unet(axes, box, widths: Sequence[int], detail) -> None:
    """The calculation from the known image to the composited one, as blocks at their resolutions.

    Two corrections are added where there are blocks at full resolution: that of the U-Net, and that of
    those blocks, which see the U-Net's features and the network's inputs once more.
    """
    left, bottom, width, height = box
    names = ["Bild und\nMaske", "Gauß-\nVorfüllung"]
    names += [f"1/{2 ** (i + 1)}: {w}" for i, w in enumerate(widths)]
    names += [f"1/{2 ** (i + 1)}: {w}" for i, w in reversed(list(enumerate(widths[:-1])))]
    n_levels = len(names) - 2
    names += ["Korrektur", "⊕", "einsetzen"]
    step = width / len(names)
    middle = bottom + 0.63 * height
    half_heights = {}

    def centre(i: float) -> float:
        return left + (i + 0.38) * step

    def box_at(x: float, y: float, w: float, h: float, text: str, learned: bool) -> None:
        axes.add_patch(
            Rectangle(
                (x - w / 2, y - h / 2),
                w,
                h,
                facecolor="#D6E6F2" if learned else "#F0F0F0",
                edgecolor=BLUE if learned else GREY,
                linewidth=0.8,
            )
        )
        axes.text(x, y, text, ha="center", va="center", fontsize=SMALL, linespacing=0.95)

    for i, name in enumerate(names):
        level = min(i - 2, 2 + n_levels - 1 - i) + 1 if 2 <= i < 2 + n_levels else 0
        tall = height * (0.28 if name == "Korrektur" else 0.5 - 0.09 * level)
        half_heights[i] = tall / 2
        if name == "⊕":
            axes.text(centre(i), middle, name, ha="center", va="center", fontsize=13)
        else:
            box_at(centre(i), middle, 0.76 * step, tall, name, 2 <= i < 3 + n_levels)
        if i:
            end = centre(i) - (0.16 if name == "⊕" else 0.4) * step
            start = centre(i - 1) + (0.16 if names[i - 1] == "⊕" else 0.38) * step
            _arrow(axes, (start, middle), (end, middle), GREY)
    for level in range(len(widths) - 1):
        start, end = 2 + level, 2 + n_levels - 1 - level
        y = middle + height * (0.37 - 0.07 * level)
        low = middle + half_heights[start]
        axes.plot([centre(start)] * 2 + [centre(end)] * 2, [low, y, y, low], color=BLUE, linewidth=0.8)
    total = 3 + n_levels
    y = bottom + 0.02 * height
    axes.plot(
        [centre(1), centre(1), centre(total)], [middle - half_heights[1], y, y], color=GREY, linewidth=0.8
    )
    _arrow(axes, (centre(total), y), (centre(total), middle - 0.13 * height), GREY)
    axes.text(
        (centre(1) + centre(total)) / 2,
        y + 0.02,
        "die Vorfüllung wird berichtigt, nicht ersetzt",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color="#333333",
    )
    if detail:
        _draw_detail(axes, box_at, centre, (middle, bottom, height, step), n_levels, half_heights, detail)


def _draw_detail(axes, box_at, centre, place, n_levels: int, half_heights, detail) -> None:
    """The blocks at full resolution beside the U-Net's way out: their inputs, and their own correction."""
    middle, bottom, height, step = place
    y, last, total = bottom + 0.28 * height, 1 + n_levels, 3 + n_levels
    x = centre(last + 1)
    box_at(x, y, 0.9 * step, 0.2 * height, f"1/1: {detail[1]}×{detail[0]}", True)
    axes.plot([centre(1) + 0.2 * step] * 2, [middle - half_heights[1], y], color=GREY, linewidth=0.8)
    _arrow(axes, (centre(1) + 0.2 * step, y), (x - 0.47 * step, y), GREY)
    axes.text(
        (centre(1) + x) / 2,
        y + 0.01,
        "Eingaben, noch einmal",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color="#333333",
    )
    corner = centre(last) + 0.2 * step
    axes.plot([corner, corner], [middle - half_heights[last], y + 0.05 * height], color=BLUE, linewidth=0.8)
    _arrow(axes, (corner, y + 0.05 * height), (x - 0.47 * step, y + 0.05 * height), BLUE)
    out = centre(total) - 0.1 * step
    axes.plot([x + 0.45 * step, out], [y, y], color=BLUE, linewidth=0.8)
    _arrow(axes, (out, y), (out, middle - 0.13 * height), BLUE)
