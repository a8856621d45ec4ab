"""Charts of measured figures: losses, hole sizes, paired gaps, classes, positions, planes and curves."""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator

from inpainting.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    SMALL,
    WIDTH,
    colour,
    decimal_comma,
    marker,
    spread,
    styled,
)
from inpainting.german.naturalness import pareto_front
from inpainting.german.numbers import label, number
from inpainting.measuring.evaluation import Estimate


@styled
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
    draw_losses(figure.subplots(), curves, floors, best_epoch)
    return figure


def draw_losses(axes, curves, floors, best_epoch: int) -> None:
    """Draw :func:`plot_losses` into given axes; a first epoch above the frame is marked."""
    n_epochs = max(len(losses) for losses in curves.values())
    # the first epoch may leave the frame, else its fall would flatten all others
    every = [x for losses in curves.values() for x in losses if np.isfinite(x)]
    later = [x for losses in curves.values() for x in losses[1:] if np.isfinite(x)]
    lowest = min(floors.values())
    highest = max(later or every or [lowest])
    span = max(highest - lowest, 1e-3)
    top = highest + 0.85 * span
    axes.set_ylim(lowest - 0.45 * span, top)  # below the lower floor stands its name
    for (name, losses), shade in zip(curves.items(), (BLUE, ORANGE), strict=True):
        dot = "." if n_epochs < 4 else ""
        axes.plot(np.arange(1, n_epochs + 1), losses, color=shade, label=name, marker=dot)
        if losses and np.isfinite(losses[0]) and losses[0] > top:
            text = f"Epoche 1: {number(losses[0], 3)}"
            axes.annotate(text, (1, top), (4, -2), textcoords="offset points", va="top", fontsize=SMALL)
    if best_epoch:
        axes.plot(
            best_epoch,
            losses[best_epoch - 1],
            "o",
            color=shade,
            markersize=5,
            label=f"bestes Modell, Epoche {best_epoch}",
        )
    for (name, floor), shade in zip(floors.items(), (BLUE, ORANGE), strict=True):
        axes.axhline(floor, color=shade, linestyle="--", linewidth=1)
        is_upper = name == max(floors, key=floors.get)
        axes.annotate(
            f"Untergrenze {name}: {number(floor, 4)}",
            (1, floor),
            (0, 2 if is_upper else -3),
            textcoords="offset points",
            color="#333333",
            fontsize=SMALL,
            va="bottom" if is_upper else "top",
        )
    axes.set_xlabel("Epoche")
    axes.set_ylabel("Kreuzentropie (nat)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.legend(
        frameon=False, loc="upper right", borderaxespad=0, fontsize=SMALL, labelspacing=0.15, handlelength=1.2
    )


@styled
def plot_sweep(
    points: Sequence[str],
    series: Mapping[str, Sequence[tuple[float, float, float]]],
    labels: Mapping[str, str],
    axis_labels: tuple[str, str],
) -> Figure:
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
        axes.errorbar(
            range(len(points)),
            value,
            spread,
            marker="o",
            markersize=4,
            capsize=3,
            color=colour(method),
            label=labels[method],
        )
    axes.set_xticks(range(len(points)), points)
    axes.set_xlabel(axis_labels[0])
    axes.set_ylabel(axis_labels[1])
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@styled
def plot_trainings(
    curves: Mapping[str, Sequence[float]],
    floors: Mapping[str, float],
    best_epoch: int,
    own: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    titles: tuple[str, str],
) -> Figure:
    """The loss of the network of 2025 beside that of our networks' means.

    Parameters
    ----------
    curves, floors, best_epoch : see :func:`plot_losses`.
    own : network of ours → its loss on training and on validation images, epoch by epoch; may be empty.
    titles : German headings of the two panels.
    """
    figure = Figure((WIDTH, 2.1), layout="constrained")
    left, *right = figure.subplots(1, 2 if own else 1, squeeze=False)[0]
    draw_losses(left, curves, floors, best_epoch)
    left.set_title(titles[0])
    for axes in right:
        for method, losses in own.items():
            for of_part, line, part in zip(losses, (":", "-"), ("Training", "Validierung"), strict=True):
                epochs = np.arange(1, len(of_part) + 1)
                name = f"{label(method)}, {part}"
                axes.plot(epochs, of_part, color=colour(method), linestyle=line, label=name)
        axes.set_title(titles[1])
        axes.set_xlabel("Epoche")
        axes.set_ylabel("Verlust im Loch, ÷ h(m)")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.yaxis.set_major_formatter(decimal_comma)
        axes.legend(frameon=False, fontsize=SMALL, labelspacing=0.15, borderaxespad=0)
    return figure


@styled
def plot_hole_sizes(sizes: Mapping[str, Mapping[str, Estimate]], title: str) -> Figure:
    """How the methods fare with the size of the hole, their names at the ends of their lines.

    Parameters
    ----------
    sizes : method → edge of a square hole in pixels, as text → pooled hole PSNR.
    title : German.
    """
    figure = Figure((WIDTH, 1.75), layout="constrained")
    axes = figure.subplots()
    edges = sorted(int(edge) for edge in next(iter(sizes.values())))
    for method, of_method in sizes.items():
        values = [of_method[str(edge)] for edge in edges]
        low, high = ([getattr(value, end) for value in values] for end in ("low", "high"))
        axes.fill_between(edges, low, high, color=colour(method), alpha=0.15, linewidth=0)
        line = "--" if method == "original_relu" else "-"  # it lies on its twin in places
        axes.plot(edges, [v.value for v in values], **marker(method) | {"linestyle": line})
    ends = [of_method[str(edges[-1])].value for of_method in sizes.values()]
    bottom, top = axes.get_ylim()
    for _ in range(3):  # room for the names moves their places
        gap = 0.19 * np.ptp(axes.get_ylim())
        heights = spread(ends, gap)
        axes.set_ylim(min(bottom, min(heights) - gap / 2), top)
    for method, end, height in zip(sizes, ends, heights, strict=True):
        axes.annotate(
            label(method),
            (edges[-1], end),
            (edges[-1] + 0.03 * np.ptp(edges), height),
            fontsize=SMALL,
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour(method),
                "linewidth": 0.6,
                "shrinkA": 0,
                "shrinkB": 2,
            },
        )
    axes.yaxis.set_major_locator(MultipleLocator(5))
    axes.set_xticks(edges)
    axes.set_title(title)
    axes.set_xlabel("Kantenlänge des Lochs (Pixel)")
    axes.set_ylabel("PSNR im Loch (dB)")
    axes.yaxis.set_major_formatter(decimal_comma)
    return figure


@styled
def plot_answers(
    leads: Mapping[str, Mapping[str, Estimate]],
    points: Mapping[str, tuple[float, float]],
    titles: tuple[str, str],
    axis_labels: tuple[str, str],
) -> Figure:
    """How far our mean answers lead, and how every method stands in accuracy and in naturalness.

    Parameters
    ----------
    leads : German name of the suite → network of ours → its paired gap; 0 is the best other method.
    points : method → (distortion, perception), both better when smaller; none leave the right half out.
    titles : of the two halves, German.
    axis_labels : of the right half's x and y axis, German.
    """
    height = 0.55 + max(0.2 * len(leads), 0.113 * len(points))
    figure = Figure((WIDTH, height), layout="constrained")
    left, *right = figure.subplots(1, 2 if points else 1, squeeze=False)[0]
    left.set_title(titles[0])
    shown = _draw_leads(left, leads)
    for axes in right:
        axes.set_title(titles[1])
        shown = _draw_plane(axes, points)  # ours among them
        axes.set_xlabel(axis_labels[0])
        axes.set_ylabel(axis_labels[1])
    figure.legend(
        list(shown.values()),
        list(shown),
        loc="outside right upper",
        frameon=False,
        handletextpad=0.2,
        fontsize=SMALL,
        labelspacing=0.02,
        borderaxespad=0,
    )
    return figure


def _draw_leads(axes, leads: Mapping[str, Mapping[str, Estimate]]) -> dict:
    """A row a suite, a point with its interval a network; returns its names in the legend."""
    shown = {}
    axes.axvline(0, color=GREY, linewidth=0.9)
    for row, of_suite in enumerate(leads.values()):
        if row % 2 == 0:  # so that it is seen which markers belong together
            axes.axhspan(row - 0.5, row + 0.5, color="#F2F2F2", linewidth=0, zorder=0)
        offsets = np.linspace(-0.17, 0.17, len(of_suite)) if len(of_suite) > 1 else [0.0]
        for (network, e), offset in zip(of_suite.items(), offsets, strict=True):
            (shown[label(network)],) = axes.plot(e.value, row + offset, **marker(network) | {"markersize": 3})
            axes.plot(
                [e.low, e.high],
                [row + offset] * 2,
                color=colour(network),
                linewidth=1.3,
                solid_capstyle="butt",
            )
    axes.set_yticks(range(len(leads)), list(leads))
    axes.set_ylim(len(leads) - 0.35, -0.65)
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.xaxis.get_major_locator().set_params(nbins=5)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.1)
    return shown


def _draw_plane(axes, points: Mapping[str, tuple[float, float]]) -> dict:
    """A numbered point a method, dotted who is not outdone in both; returns its names in the legend."""
    order = sorted(points, key=lambda method: points[method])
    x, y = (np.array([points[m][i] for m in order]) for i in (0, 1))
    axes.step(
        *zip(*(points[m] for m in pareto_front(points)), strict=True),
        where="post",
        color=GREY,
        linewidth=0.9,
        linestyle=":",
    )
    shown = {}
    for i, method in enumerate(order):
        (shown[f"{i + 1}  {label(method)}"],) = axes.plot(x[i], y[i], **marker(method))
    span = np.ptp(x) or 1.0, np.ptp(y) or 1.0
    size = (150, 100)  # about the panel's, in points
    taken = [(a / span[0] * size[0], b / span[1] * size[1]) for a, b in zip(x, y, strict=True)]
    for i in range(len(order)):
        at = x[i] / span[0] * size[0], y[i] / span[1] * size[1]
        places = [(7, 3), (-7, 5), (7, -7), (-8, -7), (0, 9), (0, -10)]
        place = max(
            places,
            key=lambda p: min(
                11, *(np.hypot(at[0] + p[0] - a, at[1] + p[1] - b) for a, b in taken if (a, b) != at)
            ),
        )
        taken.append((at[0] + place[0], at[1] + place[1]))
        axes.annotate(
            str(i + 1),
            (x[i], y[i]),
            place,
            textcoords="offset points",
            fontsize=SMALL,
            va="center",
            ha="center",
            path_effects=[withStroke(linewidth=2.5, foreground="white")],  # the dotted line strikes no number
        )
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.yaxis.set_major_formatter(decimal_comma)
    axes.margins(0.1)
    return shown


@styled
def plot_classes(
    values: Mapping[str, Mapping[str, Estimate]], axis_label: str, goals: Mapping[str, float] | None = None
) -> Figure:
    """A figure by class with intervals, a row a class, the first on top.

    Parameters
    ----------
    values : German name of the class → method → figure.
    axis_label : German name and unit.
    goals : German name of the class → where its row has an upright stroke.
    """
    most = max(map(len, values.values()))
    height = max(0.75 + max(0.21, 0.065 * most) * len(values), 0.15 + 0.215 * most)  # the legend's, at least
    figure = Figure((WIDTH, height), layout="constrained")
    axes = figure.subplots()
    shown = {}
    for row, (name, of_class) in enumerate(values.items()):
        if row % 2 == 0:  # so that it is seen which markers belong together
            axes.axhspan(row - 0.5, row + 0.5, color="#F2F2F2", linewidth=0, zorder=0)
        if goals and name in goals:
            axes.plot([goals[name]] * 2, [row - 0.45, row + 0.45], color="#000000", linewidth=1)
        reach = 0.25 if most < 5 else 0.38
        offsets = np.linspace(-reach, reach, len(of_class)) if len(of_class) > 1 else [0.0]
        for (method, e), offset in zip(of_class.items(), offsets, strict=True):
            axes.plot(
                [e.low, e.high],
                [row + offset] * 2,
                color=colour(method),
                linewidth=1.3,
                solid_capstyle="butt",
            )
            (shown[method],) = axes.plot(e.value, row + offset, **marker(method) | {"markersize": 3.6})
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlabel(axis_label)
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.grid(axis="y", visible=False)
    figure.legend(list(shown.values()), [label(m) for m in shown], loc="outside right upper", frameon=False)
    return figure


@styled
def plot_error_maps(errors: Mapping[str, np.ndarray]) -> Figure:
    """Root mean squared error by position in the hole, methods side by side on one scale.

    Parameters
    ----------
    errors : method → (size, size), mean squared error in [0, 1]².
    """
    figure = Figure((WIDTH, 0.7 + (WIDTH - 0.9) / max(len(errors), 4)), layout="constrained")
    grid = figure.subplots(1, len(errors), squeeze=False)[0]
    roots = {method: 255 * np.sqrt(error) for method, error in errors.items()}
    highest = max(root.max() for root in roots.values())
    lowest = min(root.min() for root in roots.values())
    for axes, (method, root) in zip(grid, roots.items(), strict=True):
        shown = axes.imshow(root, cmap="cividis", vmin=lowest, vmax=highest, interpolation="nearest")
        whole = np.sqrt((root**2).mean())
        axes.set_title(f"{label(method)}\ngesamt {whole:.1f}".replace(".", ","), loc="center")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(visible=False)
    bar = figure.colorbar(shown, ax=list(grid), orientation="horizontal", aspect=40, pad=0.1)
    bar.set_label("Fehler in Graustufen (von 255)")
    return figure


@styled
def plot_steps(panels: Mapping[str, Mapping[int, float]], marks: Mapping[str, float] | None = None) -> Figure:
    """Quality of the samples against the number of steps that draw them, a panel a measure.

    Parameters
    ----------
    panels : German name of the measure → steps → value.
    marks : German name of the measure → value of the true images, drawn dashed.
    """
    figure = Figure((WIDTH, 1.9), layout="constrained")
    for axes, (title, curve) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        if marks and title in marks:
            axes.axhline(marks[title], color=GREY, linestyle="--", linewidth=0.9)
        steps = sorted(curve)
        axes.plot(steps, [curve[n] for n in steps], **marker("gruendlich_vorschlag") | {"linestyle": "-"})
        axes.set_xscale("log", base=2)
        axes.set_xticks(steps, list(map(str, steps)))
        axes.minorticks_off()
        axes.set_title(title)
        axes.set_xlabel("Schritte")
        axes.yaxis.set_major_formatter(decimal_comma)
    return figure


MOST_OUTLIERS = 2


def _outliers(differences: Mapping[str, Estimate]) -> list[str]:
    """The few largest changes that would flatten all others: more than twice what comes next."""
    order = sorted(differences, key=lambda name: -abs(differences[name].value))
    found = []
    for name, following in itertools.pairwise(order[: MOST_OUTLIERS + 1]):
        if abs(differences[name].value) <= 2 * abs(differences[following].value):
            break
        found.append(name)
    return found if len(order) > MOST_OUTLIERS + 1 else []


def _frame(shown: Sequence[Estimate]) -> tuple[float, float]:
    """Ends of an axis that holds all intervals, and zero, with room beside them for an arrow."""
    low, high = min(0.0, *(e.low for e in shown)), max(0.0, *(e.high for e in shown))
    span = high - low or 1.0
    return low - 0.25 * span, high + 0.25 * span


@styled
def draw_ladder(results, fleeting: Collection[str] = ()) -> Figure:
    """What each rung changes in the hole, on squares and on all suites, and in the whole image.

    The deciding measure is filled; the numbers stand in a column of their own, where no line strikes them.

    Parameters
    ----------
    results : ``ladder.LadderResults``.
    fleeting : names of rungs whose change is only that of a short training: drawn in grey.
    """
    rungs = [rung for rung in results.rungs if rung.differences]
    figure = Figure((WIDTH, 0.38 + 0.117 * len(rungs)), layout="constrained")
    panels = {"quadrat8": "Quadrat 8×8 (dB)", "suites": "sechs Maskensätze (dB)", "image": "ganzes Bild (dB)"}
    for axes, (key, title) in zip(figure.subplots(1, 3, sharey=True), panels.items(), strict=True):
        axes.axvline(0, color=GREY, linewidth=0.9)
        beyond = _outliers({rung.name: rung.differences[key] for rung in rungs})
        inside = [rung.differences[key] for rung in rungs if rung.name not in beyond]
        for row, rung in enumerate(rungs):
            e = rung.differences[key]
            decides = rung.judged_by == key
            shade = (
                GREY if rung.name in fleeting else BLUE if e.low > 0 else "#B03A00" if e.high < 0 else GREY
            )
            axes.plot([e.low, e.high], [row, row], color=shade, linewidth=1.8, solid_capstyle="butt")
            axes.plot(
                e.value, row, "o", color=shade, markersize=4, markerfacecolor=shade if decides else "white"
            )
            axes.annotate(
                number(e.value, 2, sign=True),
                (1, row),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="center_baseline",
                fontsize=SMALL,
            )
        axes.set_title(title)
        axes.xaxis.set_major_formatter(decimal_comma)
        axes.xaxis.get_major_locator().set_params(nbins=5)
        axes.grid(axis="y", visible=False)
        low, high = _frame(inside) if beyond else axes.get_xlim()
        axes.set_xlim(low, high + 0.42 * (high - low))
        axes.set_xticks([tick for tick in axes.get_xticks() if low <= tick <= high])
        for row, rung in enumerate(rungs):
            if rung.name in beyond:  # its value stands at the right; the arrow says where it lies
                side = 1 if rung.differences[key].value > 0 else -1
                tip, step = (high if side > 0 else low), 0.12 * (high - low)
                shade = BLUE if side > 0 else "#B03A00"
                axes.annotate(
                    "",
                    (tip, row),
                    (tip - side * step, row),
                    arrowprops={
                        "arrowstyle": "-|>",
                        "edgecolor": shade,
                        "facecolor": shade if rung.judged_by == key else "white",
                        "linewidth": 1.2,
                        "mutation_scale": 8,
                    },
                )
    axes.set_yticks(range(len(rungs)), [rung.label for rung in rungs], fontsize=SMALL, va="center_baseline")
    axes.set_ylim(len(rungs) - 0.3, -0.7)
    return figure
