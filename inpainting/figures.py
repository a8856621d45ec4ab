"""Arrays to matplotlib figures in one house style.  Never trains, loads, shows or saves.

Figures are built without pyplot, so no global state is involved.  Every method keeps its
colour (Okabe & Ito, colour-blind safe) in all figures.
"""

import functools
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from inpainting import config
from inpainting.narrative import number

WIDTH = 6.3
"""Width of the text in the PDF, in inches."""

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#6B6B6B",
)  # fmt: skip

FONT = "Source Sans 3"
STYLE = {
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.formatter.use_locale": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "svg.hashsalt": "inpainting",
    "svg.fonttype": "path",
    "figure.facecolor": "white",
}


@functools.cache
def _register_font() -> None:
    for path in sorted((config.ASSETS / "fonts").glob("SourceSans3*.ttf")):
        font_manager.fontManager.addfont(path)


def _styled(plot):
    """Draw under the house style without touching matplotlib's global settings for others."""

    @functools.wraps(plot)
    def draw(*args, **kwargs) -> Figure:
        _register_font()
        with matplotlib.rc_context(STYLE):
            figure = plot(*args, **kwargs)
            figure.draw_without_rendering()  # layout and fonts are settled under this style
            return figure

    return draw


def decimal_comma(value: float, position=None) -> str:
    """Tick label with a decimal comma, for ``Axis.set_major_formatter``."""
    return f"{value:g}".replace(".", ",").replace("-", "−")


@_styled
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
            axes = figure.add_axes((
                left / WIDTH, bottom / height, 0.95 * cell / WIDTH, 0.95 * cell / height,
            ))  # fmt: skip
            axes.imshow(_clip(image), interpolation="nearest")
            axes.set_axis_off()
            if r == 0 and titles:
                axes.set_title(titles[c], fontsize=8, loc="center", pad=2)
        middle = (height - top - (r + 0.53) * cell) / height
        figure.text((margin - 0.06) / WIDTH, middle, name, ha="right", va="center", fontsize=8.5)
    return figure


def _clip(image: np.ndarray) -> np.ndarray:
    return image if image.dtype == np.uint8 else np.clip(image, 0, 1)


@_styled
def plot_losses(
    curves: Mapping[str, Sequence[float]], floors: Mapping[str, float], best_epoch: int
) -> Figure:
    """Loss against epoch, with the entropy floors that no network can fall below.

    Parameters
    ----------
    curves : German names of training and validation → loss of each epoch, in nat.
    floors : the same names → binary cross-entropy of those images with themselves, in nat.
    best_epoch : epoch of the best validation loss, from 1; marked. 0 if no loss is finite.
    """
    figure = Figure((WIDTH, 2.1), layout="constrained")
    axes = figure.subplots()
    n_epochs = max(len(losses) for losses in curves.values())
    # the first epoch may leave the frame, else its fall would flatten all others
    every = [x for losses in curves.values() for x in losses if np.isfinite(x)]
    later = [x for losses in curves.values() for x in losses[1:] if np.isfinite(x)]
    lowest = min(floors.values())
    highest = max(later or every or [lowest])
    span = max(highest - lowest, 1e-3)
    axes.set_ylim(lowest - 0.22 * span, highest + 0.1 * span)
    for (name, losses), colour in zip(curves.items(), (BLUE, ORANGE), strict=True):
        axes.plot(np.arange(1, n_epochs + 1), losses, color=colour, label=name,
                  marker="." if n_epochs < 4 else "")  # fmt: skip
    if best_epoch:
        axes.plot(best_epoch, losses[best_epoch - 1], "o", color=colour, markersize=5,
                  label=f"bestes Modell, Epoche {best_epoch}")  # fmt: skip
    upper = max(floors, key=floors.get)
    for (name, floor), colour in zip(floors.items(), (BLUE, ORANGE), strict=True):
        axes.axhline(floor, color=colour, linestyle="--", linewidth=1)
        axes.annotate(
            f"Untergrenze {name}: {floor:.4f}".replace(".", ","), (1, floor),
            (0, 3 if name == upper else -3), textcoords="offset points", color=GREY,
            fontsize=8.5, va="bottom" if name == upper else "top",
        )  # fmt: skip
    axes.set_xlabel("Epoche")
    axes.set_ylabel("Kreuzentropie in nat")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    return figure


METHOD_COLOURS = {
    "mittelwert": GREY, "telea": SKY, "navier_stokes": BLUE, "biharmonisch": GREEN,
    "gauss": PURPLE, "original": RED, "original_relu": ORANGE,
    "kompakt": "black", "gruendlich": "#882255", "maskiert": "#AAAAAA",
}  # fmt: skip


@_styled
def plot_methods(estimates: Mapping[str, tuple[float, float, float]],
                 labels: Mapping[str, str], axis_label: str) -> Figure:  # fmt: skip
    """Methods on one axis, best on top, with their intervals and values.

    Parameters
    ----------
    estimates : method → (value, lower, upper end of the 95 % interval).
    labels : method → German name.
    axis_label : German name and unit of the axis.
    """
    order = sorted(estimates, key=lambda method: estimates[method][0])
    figure = Figure((WIDTH, 0.4 + 0.2 * len(order)), layout="constrained")
    axes = figure.subplots()
    for row, method in enumerate(order):
        value, low, high = estimates[method]
        colour = METHOD_COLOURS.get(method, "black")
        axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(value, row, "o", color=colour, markersize=5)
        axes.annotate(
            f"{value:.2f}".replace(".", ","), (high, row), (6, 0), textcoords="offset points",
            va="center", fontsize=8,
        )  # fmt: skip
    axes.set_yticks(range(len(order)), [labels[method] for method in order])
    axes.set_xlabel(axis_label)
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.08)
    axes.set_ylim(-0.6, len(order) - 0.4)
    return figure


@_styled
def plot_sweep(points: Sequence[str], series: Mapping[str, Sequence[tuple[float, float, float]]],
               labels: Mapping[str, str], axis_labels: tuple[str, str]) -> Figure:  # fmt: skip
    """Every method over the values of a swept parameter, with intervals.

    Parameters
    ----------
    points : the values, as text, in order.
    series : method → (value, lower, upper end) for each point; ends NaN without an interval.
    labels : method → German name.
    axis_labels : German, of the x and the y axis.
    """
    figure = Figure((WIDTH, 3.4), layout="constrained")
    axes = figure.subplots()
    for method, estimates in series.items():
        value, low, high = np.transpose(estimates)
        spread = np.nan_to_num([value - low, high - value])
        axes.errorbar(range(len(points)), value, spread, marker="o", markersize=4, capsize=3,
                      color=METHOD_COLOURS.get(method, "black"), label=labels[method])  # fmt: skip
    axes.set_xticks(range(len(points)), points)
    axes.set_xlabel(axis_labels[0])
    axes.set_ylabel(axis_labels[1])
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@_styled
def plot_error_map(error: np.ndarray) -> Figure:
    """Root mean squared error by position in a square hole.

    Parameters
    ----------
    error : (size, size), mean squared error in [0, 1]².
    """
    figure = Figure((2.9, 2.3), layout="constrained")
    axes = figure.subplots()
    shown = axes.imshow(np.sqrt(error) * 255, cmap="cividis", interpolation="nearest")
    figure.colorbar(shown, label="Fehler in Graustufen (von 255)")
    ends = sorted({0, len(error) - 1})
    numbers = [str(end + 1) for end in ends]
    axes.set_xticks(ends, ["links", "rechts"] if len(error) > 3 else numbers)
    axes.set_yticks(ends, ["oben", "unten"] if len(error) > 3 else numbers)
    axes.grid(visible=False)
    return figure


# ---------------------------------------------------------------- ladder

VERDICTS = {
    "gewinnt": (BLUE, "o", "gewinnt"),
    "verliert": (RED, "v", "verliert"),
    "unklar": (GREY, "D", "unklar: Intervall der Änderung enthält 0"),
    "": ("black", "s", "Ausgangspunkt"),
}
"""Verdict of a rung → colour, marker, German legend."""


@_styled
def draw_ladder(results) -> Figure:
    """What each rung of the ladder bought: figures with intervals, the lowest rung on top.

    Colour and marker say whether the rung gains or loses against the one below it, in the
    figure of each panel.

    Parameters
    ----------
    results : ``ladder.LadderResults``.
    """
    rungs = results.rungs
    figure = Figure((WIDTH, 0.85 + 0.2 * len(rungs)), layout="constrained")
    panels = {"quadrat8": "Loch, quadrat8", "suites": "Loch, sechs Maskensätze",
              "image": "ganzes Bild, quadrat8"}  # fmt: skip
    shown = {}
    for axes, (key, title) in zip(figure.subplots(1, 3, sharey=True), panels.items(), strict=True):
        for row, rung in enumerate(rungs):
            estimate, verdict = rung.estimates[key], rung.verdict(key)
            colour, marker, _ = VERDICTS[verdict]
            axes.plot([estimate.low, estimate.high], [row, row], color=colour, linewidth=2.5,
                      solid_capstyle="butt")  # fmt: skip
            (shown[verdict],) = axes.plot(estimate.value, row, marker, color=colour, markersize=4)
            axes.annotate(
                f"{estimate.value:.2f}".replace(".", ","), (estimate.high, row), (4, 0),
                textcoords="offset points", va="center", fontsize=7,
            )  # fmt: skip
        axes.set_title(title)
        axes.set_xlabel("PSNR (dB)")
        axes.xaxis.set_major_formatter(decimal_comma)
        axes.xaxis.get_major_locator().set_params(nbins=4)
        axes.margins(x=0.05)
        axes.set_xlim(right=axes.get_xlim()[1] + 0.3 * np.ptp(axes.get_xlim()))
        axes.grid(axis="y", visible=False)
    axes.set_yticks(range(len(rungs)), [rung.label for rung in rungs])
    axes.set_ylim(len(rungs) - 0.4, -0.6)
    figure.legend(
        [shown[verdict] for verdict in VERDICTS if verdict in shown],
        [VERDICTS[verdict][2] for verdict in VERDICTS if verdict in shown],
        loc="outside lower center", ncols=4, frameon=False, fontsize=8, handletextpad=0.2,
    )  # fmt: skip
    return figure


@_styled
def draw_compute(results) -> Figure:
    """The rung of ``kompakt`` against the number of its steps, which doubles along the axis.

    Parameters
    ----------
    results : ``ladder.LadderResults``, with a curve of more compute.
    """
    points = results.compute
    figure = Figure((WIDTH, 2.2), layout="constrained")
    panels = {"quadrat8": "Loch, quadrat8", "suites": "Loch, sechs Maskensätze"}
    for axes, (key, title) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        value, low, high = np.transpose([
            (point.estimates[key].value, point.estimates[key].low, point.estimates[key].high)
            for point in points
        ])  # fmt: skip
        n_steps = [point.n_steps for point in points]
        axes.errorbar(n_steps, value, [value - low, high - value], marker="o", markersize=4,
                      capsize=3, color=BLUE)  # fmt: skip
        for x, y in zip(n_steps, value, strict=True):
            axes.annotate(f"{y:.2f}".replace(".", ","), (x, y), (6, -3),
                          textcoords="offset points", va="top", fontsize=8)  # fmt: skip
        axes.set_xscale("log", base=2)
        axes.set_xticks(n_steps, [f"{n}\n×{point.factor}" for n, point in zip(n_steps, points)])
        axes.minorticks_off()
        axes.margins(x=0.15, y=0.2)
        axes.set_title(title)
        axes.set_xlabel("Schritte")
        axes.yaxis.set_major_formatter(decimal_comma)
    figure.axes[0].set_ylabel("PSNR (dB)")
    return figure


# ---------------------------------------------------------------- architecture

LAYER_KINDS = {
    "Conv2D": ("Faltung 3×3", BLUE),
    "MaxPooling2D": ("Max-Pooling 2×2", RED),
    "UpSampling2D": ("Upsampling 2×2", GREEN),
}


@_styled
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
    figure = Figure((WIDTH, 2.15))
    axes = figure.add_axes((0, 0, 1, 1))
    for i, (left, width, height, shape) in enumerate(zip(lefts, widths, heights, shapes, strict=True)):
        colour = "#F2C94C" if i == bottleneck else "#DCE6EE"
        axes.add_patch(Rectangle((left, -height / 2), width, height, facecolor=colour,
                                 edgecolor="#333333", linewidth=0.8))  # fmt: skip
        axes.text(left + width / 2, -height / 2 - 0.05, f"{shape[0]}×{shape[1]}\n×{shape[2]}",
                  ha="center", va="top", fontsize=6.5)  # fmt: skip
    for i, kind in enumerate(kinds):
        start, end = lefts[i] + widths[i] + 0.03, lefts[i + 1] - 0.03
        axes.add_patch(FancyArrowPatch((start, 0), (end, 0), arrowstyle="-|>", mutation_scale=9,
                                       color=LAYER_KINDS[kind][1], linewidth=1.6))  # fmt: skip
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
        axes.add_patch(FancyArrowPatch((x, -0.92), (x + 0.4, -0.92), arrowstyle="-|>",
                                       mutation_scale=9, color=colour, linewidth=1.6))  # fmt: skip
        axes.text(x + 0.48, -0.92, name, va="center", fontsize=8)
    axes.set_xlim(-0.15, right + 0.15)
    axes.set_ylim(-1.02, 0.84)
    axes.set_axis_off()
    return figure


# ---------------------------------------------------------------- the benchmark


def _colour(method: str) -> str:
    return METHOD_COLOURS.get(method, "black")


def _marker(method: str, own: Sequence[str]) -> dict:
    """How a method's point looks: its colour, and a diamond for the project's networks."""
    shape = {"marker": "D", "markersize": 4.5} if method in own else {"marker": "o", "markersize": 4}
    return {"color": _colour(method), "linestyle": "none", **shape}


def _spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Positions moved apart as little as needed: neighbours keep at least ``gap``."""
    order = np.argsort(positions)
    moved = np.asarray(positions, float)[order]
    blocks = [[position, 1] for position in moved]  # centre and number of labels
    i = 0
    while i + 1 < len(blocks):
        (low, n_low), (high, n_high) = blocks[i], blocks[i + 1]
        if high - low < gap * (n_low + n_high) / 2 - 1e-9:
            n = n_low + n_high
            blocks[i : i + 2] = [[(low * n_low + high * n_high) / n, n]]
            i = max(0, i - 1)
        else:
            i += 1
    spread = [centre + gap * (k - (n - 1) / 2) for centre, n in blocks for k in range(n)]
    result = np.empty(len(moved))
    result[order] = spread
    return result


@_styled
def plot_suites(
    estimates: Mapping[str, Mapping[str, tuple[float, float, float]]],
    margins: Mapping[str, tuple[str, float, float, float]],
    labels: Mapping[str, str],
    axis_label: str,
    own: Sequence[str] = (),
) -> Figure:
    """Every method on every suite, with intervals; the lead over the best baseline is written.

    The dashed line is the best method that is not among ``own``.

    Parameters
    ----------
    estimates : suite → method → (value, lower, upper end); the same methods for every suite.
    margins : suite → (network, difference to the best baseline, lower, upper end), paired.
    labels : method → German name.
    axis_label : German name and unit of the axes.
    own : the project's networks.
    """
    n_rows = -(-len(estimates) // 3)
    methods = list(next(iter(estimates.values())))
    figure = Figure((WIDTH, 0.25 + n_rows * (0.55 + 0.155 * len(methods))), layout="constrained")
    grid = figure.subplots(n_rows, min(3, len(estimates)), sharey=True, squeeze=False)
    for axes in grid.flat[len(estimates) :]:
        axes.set_axis_off()
    for axes, (suite, of_suite) in zip(grid.flat, estimates.items(), strict=False):
        baseline = max(value for method, (value, *_) in of_suite.items() if method not in own)
        axes.axvline(baseline, color=GREY, linestyle="--", linewidth=0.9)
        for row, method in enumerate(reversed(methods)):
            value, low, high = of_suite[method]
            axes.plot([low, high], [row, row], color=_colour(method), linewidth=2.5,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot(value, row, **_marker(method, own))
        axes.set_title(suite)
        if suite in margins:
            network, *margin = margins[suite]
            value, low, high = (number(end, 2, sign=True) for end in margin)
            axes.set_title(f"{value} [{low}; {high}]", loc="right", fontsize=7.5,
                           color=_colour(network))  # fmt: skip
        axes.set_yticks(range(len(methods)), [labels[m] for m in reversed(methods)], fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.xaxis.get_major_locator().set_params(nbins=5)
        axes.xaxis.set_major_formatter(decimal_comma)
        axes.grid(axis="y", visible=False)
        axes.margins(x=0.1)
        axes.set_ylim(-0.6, len(methods) - 0.4)
    figure.supxlabel(axis_label, fontsize=9)
    return figure


@_styled
def plot_quality_against_time(
    milliseconds: Mapping[str, float],
    estimates: Mapping[str, tuple[float, float, float]],
    labels: Mapping[str, str],
    axis_label: str,
    own: Sequence[str] = (),
) -> Figure:
    """Quality against time per image, a point for each method: better is up and to the left.

    Parameters
    ----------
    milliseconds : method → milliseconds per image, on a logarithmic axis.
    estimates : method → (value, lower, upper end of the 95 % interval).
    labels : method → German name.
    axis_label : German name and unit of the quality.
    own : the project's networks.
    """
    figure = Figure((WIDTH, 3.0), layout="constrained")
    axes = figure.subplots()
    values = [estimates[method][0] for method in milliseconds]
    span = max(values) - min(values) or 1.0
    heights = _spread(values, 0.06 * span)
    for (method, time), height in zip(milliseconds.items(), heights, strict=True):
        value, low, high = estimates[method]
        axes.plot([time, time], [low, high], color=_colour(method), linewidth=2)
        axes.plot(time, value, **_marker(method, own))
        blocked = any(
            time < milliseconds[other] < 6 * time and abs(estimates[other][0] - height) < 0.06 * span
            for other in milliseconds
        )  # by another marker on the right
        axes.annotate(
            labels[method], (time, value), (time / 1.2 if blocked else 1.15 * time, height),
            fontsize=8.5, ha="right" if blocked else "left", va="center", color=_colour(method),
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )  # fmt: skip
    fastest, slowest = min(milliseconds.values()), max(milliseconds.values())
    axes.set_xscale("log")
    axes.set_xlim(fastest / 1.6, slowest * max(4, (slowest / fastest) ** 0.45))
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.set_xlabel("Zeit je Bild in Millisekunden, ein Thread")
    axes.set_ylabel(axis_label)
    return figure


@_styled
def plot_hole_sizes(
    series: Mapping[str, Mapping[int, tuple[float, float, float]]],
    labels: Mapping[str, str],
    axis_label: str,
    own: Sequence[str] = (),
) -> Figure:
    """Quality against the edge of square holes: a line for each method, named at its end.

    Parameters
    ----------
    series : method → edge in pixels → (value, lower, upper end), edges ascending.
    labels : method → German name.
    axis_label : German name and unit of the quality.
    own : the project's networks.
    """
    figure = Figure((WIDTH, 3.2), layout="constrained")
    axes = figure.subplots()
    edges = list(next(iter(series.values())))
    every = np.array([list(of_method.values()) for of_method in series.values()])
    span = every.max() - every.min() or 1.0
    heights = _spread(every[:, -1, 0], 0.052 * span)
    for method, values, height in zip(series, every, heights, strict=True):
        value, low, high = values.T
        look = _marker(method, own) | {"linestyle": "-", "linewidth": 2.2 if method in own else 1.4}
        axes.fill_between(edges, low, high, color=_colour(method), alpha=0.15, linewidth=0)
        axes.plot(edges, value, **look)
        axes.annotate(
            labels[method], (edges[-1], value[-1]), (edges[-1] + 0.03 * np.ptp(edges), height),
            fontsize=8.5, va="center", color=_colour(method), annotation_clip=False,
        )  # fmt: skip
    axes.set_xticks(edges)
    axes.set_xlim(edges[0] - 0.5, edges[-1] + 0.5)
    axes.set_xlabel("Kantenlänge des Lochs in Pixeln")
    axes.set_ylabel(axis_label)
    axes.yaxis.set_major_formatter(decimal_comma)
    return figure


@_styled
def plot_error_maps(errors: Mapping[str, np.ndarray], labels: Mapping[str, str]) -> Figure:
    """Root mean squared error by position in the hole, methods side by side on one scale.

    Parameters
    ----------
    errors : method → (size, size), mean squared error in [0, 1]².
    labels : method → German name.
    """
    figure = Figure((WIDTH, 0.75 + (WIDTH - 0.9) / max(len(errors), 3)), layout="constrained")
    grid = figure.subplots(1, len(errors), squeeze=False)[0]
    roots = {method: 255 * np.sqrt(error) for method, error in errors.items()}
    highest = max(root.max() for root in roots.values())
    lowest = min(root.min() for root in roots.values())
    for axes, (method, root) in zip(grid, roots.items(), strict=True):
        shown = axes.imshow(root, cmap="cividis", vmin=lowest, vmax=highest, interpolation="nearest")
        whole = np.sqrt((root**2).mean())
        axes.set_title(f"{labels[method]}\ngesamt {whole:.1f}".replace(".", ","), loc="center")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(visible=False)
    bar = figure.colorbar(shown, ax=list(grid), orientation="horizontal", aspect=40, pad=0.04)
    bar.set_label("Fehler in Graustufen (von 255)")
    return figure


@_styled
def plot_groups(
    groups: Mapping[str, Mapping[str, tuple[float, float, float]]],
    labels: Mapping[str, str],
    axis_label: str,
    own: Sequence[str] = (),
    reference: tuple[str, float] | None = None,
) -> Figure:
    """Methods within groups, such as the classes: a row a group, a point with interval a method.

    Parameters
    ----------
    groups : German name of the group → method → (value, lower, upper end).
    labels : method → German name.
    axis_label : German name and unit of the axis.
    own : the project's networks.
    reference : German name and value of a vertical line, or None.
    """
    methods = list(next(iter(groups.values())))
    figure = Figure((WIDTH, 0.9 + len(groups) * (0.12 + 0.04 * len(methods))), layout="constrained")
    axes = figure.subplots()
    offsets = np.linspace(0.36, -0.36, len(methods))
    for row, of_group in enumerate(reversed(list(groups.values()))):
        axes.axhspan(row - 0.5, row + 0.5, color="#F6F6F6" if row % 2 else "white", zorder=0)
        for offset, (method, (value, low, high)) in zip(offsets, of_group.items(), strict=True):
            axes.plot([low, high], [row + offset] * 2, color=_colour(method), linewidth=1.2)
            axes.plot(value, row + offset, **_marker(method, own),
                      label=labels[method] if row == 0 else None)  # fmt: skip
    if reference:
        name, value = reference
        axes.axvline(value, color="black", linestyle="--", linewidth=0.9, label=name)
    axes.set_yticks(range(len(groups)), list(reversed(groups)))
    axes.set_ylim(-0.5, len(groups) - 0.5)
    axes.set_xlabel(axis_label)
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.grid(axis="y", visible=False)
    figure.legend(*axes.get_legend_handles_labels(), frameon=False, ncols=4, fontsize=8,
                  loc="outside upper center", handletextpad=0.3, columnspacing=1.2)  # fmt: skip
    return figure


@_styled
def plot_gallery(
    rows: Mapping[str, np.ndarray],
    captions: Mapping[str, Sequence[str]],
    groups: Mapping[str, int],
) -> Figure:
    """Images as columns, what was made of them as rows, with a short text under each.

    Parameters
    ----------
    rows : German name → (N, H, W, 3), uint8 or float; floats are clipped to [0, 1].
    captions : name of a row → N texts under its images; rows without are set closer.
    groups : German heading → number of columns under it, together N; "" for none.
    """
    n_columns = sum(groups.values())
    margin, gap, head = 0.95, 0.08, 0.22 if any(groups) else 0.03
    cell = (WIDTH - margin - gap * (len(groups) - 1)) / n_columns
    group_of = np.repeat(np.arange(len(groups)), list(groups.values()))
    lefts = margin + np.arange(n_columns) * cell + gap * group_of
    heights = [0.94 * cell + (0.17 if name in captions else 0.03) for name in rows]
    total = head + sum(heights)
    figure = Figure((WIDTH, total))
    top = total - head
    for (name, images), height in zip(rows.items(), heights, strict=True):
        bottom = top - 0.94 * cell
        for column, (image, left) in enumerate(zip(images, lefts, strict=True)):
            axes = figure.add_axes((
                left / WIDTH, bottom / total, 0.94 * cell / WIDTH, 0.94 * cell / total,
            ))  # fmt: skip
            axes.imshow(_clip(image), interpolation="nearest")
            axes.set_axis_off()
            if name in captions:
                middle = left + 0.47 * cell
                figure.text(middle / WIDTH, (bottom - 0.02) / total, captions[name][column],
                            ha="center", va="top", fontsize=7.5)  # fmt: skip
        figure.text((margin - 0.07) / WIDTH, (bottom + 0.47 * cell) / total,
                    textwrap.fill(name, 14), ha="right", va="center", fontsize=8.5)  # fmt: skip
        top -= height
    firsts = np.cumsum([0, *groups.values()])
    for heading, first, last in zip(groups, firsts, firsts[1:] - 1, strict=False):
        middle = (lefts[first] + lefts[last] + 0.94 * cell) / 2
        figure.text(middle / WIDTH, (total - 0.03) / total, heading, ha="center", va="top",
                    fontsize=9)  # fmt: skip
    return figure
