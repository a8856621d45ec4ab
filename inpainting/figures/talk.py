"""The figures of the talk: they say less than the report's and say it larger."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from inpainting.figures.images import CROP, Example, crop_around
from inpainting.figures.networks import LAYER_KINDS, Stage
from inpainting.figures.sheet import FULL, HIGH, TEXT, Sheet, build, drawn
from inpainting.figures.style import BLUE, GREY, ORANGE, colour, decimal_comma, marker, spread
from inpainting.german.numbers import OURS, in_one_line, label, number
from inpainting.measuring.evaluation import Estimate

TRUTH = "wahres Bild"
"""Heading of the column with the true images."""


@drawn
def plot_grid(
    examples: Sequence[Example],
    cell: float = 172,
    gap: float = 20,
    columns: Sequence[int] = (),
    below: Mapping[str, str] | None = None,
    steps: Mapping[str, int] | None = None,
    in_one: bool = False,
) -> Figure:
    """Pictures as rows; columns are the masked image, fills and the truth, each hole outlined.

    Parameters
    ----------
    examples : with the same fills each.
    cell, gap : edge of a picture and distance of the columns, in pixels.
    columns : positions of the fills to show; empty for all.
    below : name of a column → text under it.
    steps : name of a column → the step with which it appears; the others stand there at once.
    in_one : one line for each heading, without what follows its comma.
    """
    steps, below = steps or {}, below or {}
    fills = list(examples[0].fills)
    fills = [fills[i] for i in columns] if columns else fills
    names = ["maskiert", *fills, TRUTH]
    heads = [_in_one(name) if in_one else name for name in names]
    head = 12 + 30 * max(text.count("\n") + 1 for text in heads)
    foot = 38 if below else 2
    height = head + len(examples) * (cell + 12) - 12 + foot
    sheet = Sheet(len(names) * (cell + gap) - gap, height)
    for k, name in enumerate(names):
        left, step = k * (cell + gap), steps.get(name, 0)
        sheet.text(left + cell / 2, head - 13, heads[k], step)
        for row, example in enumerate(examples):
            image = example.fills[name][0] if name in fills else example.truth if k else example.masked
            crop = None if k == 0 else crop_around(example.mask[..., 0])
            sheet.picture((left, head + row * (cell + 12), cell, cell), image, example.mask, crop, step)
        if name in below:
            sheet.text(left + cell / 2, height - foot + 6, below[name], step, va="top", weight=600)
    return sheet.figure


def _in_one(heading: str) -> str:
    """The heading of a column in one line, without what follows its comma."""
    return in_one_line(heading.partition(",")[0])


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
        _in_one(first): (example.fills[first][0], crop),
        _in_one(fill): (example.fills[fill][0], crop),
        TRUTH: (example.truth, crop),
    }
    head, gap = 48, 24
    sheet = Sheet(2 * cell + gap, 2 * (cell + head))
    for i, (name, (image, part)) in enumerate(shown.items()):
        left, top = i % 2 * (cell + gap), i // 2 * (cell + head) + head
        sheet.text(left + cell / 2, top - 13, name)
        sheet.picture((left, top, cell, cell), image, example.mask, part)
    return sheet.figure


@drawn
def plot_holes(
    masks: Mapping[str, np.ndarray], masked: np.ndarray, truths: np.ndarray, cell: float = 212
) -> Figure:
    """An image under each kind of hole; with the first step the whole image covers it, the hole stays in a corner.

    Parameters
    ----------
    masks : German name of the suite → mask (H, W, 1), 1 = hole.
    masked, truths : one image for each, (N, H, W, 3), float in [0, 1].
    cell : edge of a picture, in pixels.
    """
    per_row, gap, head, small = min(len(masks), 3), 20, 40, cell / 3
    n_rows = -(-len(masks) // per_row)
    sheet = Sheet(per_row * (cell + gap) - gap, n_rows * (head + cell))
    for i, (name, image, truth) in enumerate(zip(masks, masked, truths, strict=True)):
        left, top = i % per_row * (cell + gap), i // per_row * (head + cell) + head
        sheet.text(left + cell / 2, top - 12, name)
        sheet.picture((left, top, cell, cell), image)
        sheet.picture((left, top, cell, cell), truth, step=1)
        sheet.picture((left + cell - small, top + cell - small, small, small), image, step=1, frame=3)
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
    sheet = Sheet(FULL, 470)
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
        sheet.text((start + end) / 2, 30, name)
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
def plot_sizes(sizes: Mapping[str, Mapping[str, Estimate]], first: Sequence[str]) -> Figure:
    """Accuracy against the edge of a square hole, a line a method; some at once, the others with a step.

    Parameters
    ----------
    sizes : method → edge of the hole in pixels, as text → pooled hole PSNR in dB.
    first : the methods that stand there at once.
    """
    figure = Figure((FULL / 72, HIGH / 72), layout="constrained")
    axes = figure.subplots()
    edges = sorted(int(edge) for edge in next(iter(sizes.values())))
    ends = [of_method[str(edges[-1])].value for of_method in sizes.values()]
    every = [e.value for of_method in sizes.values() for e in of_method.values()]
    span = max(max(every) - min(every), 1)
    axes.set_ylim(min(every) - 0.06 * span, max(every) + 0.06 * span)
    heights = spread(ends, 0.085 * span)
    for part, (method, of_method) in enumerate(sizes.items()):
        values = [of_method[str(edge)].value for edge in edges]
        look = marker(method) | {"linestyle": "-", "markersize": 10}
        (line,) = axes.plot(edges, values, **look)
        words = axes.annotate(
            _in_sizes(method),
            (edges[-1] + 0.03 * (edges[-1] - edges[0]), heights[part]),
            va="center",
            color=colour(method),
            annotation_clip=False,
            weight=600,
        )
        if method not in first:
            for k, artist in enumerate((line, words)):
                artist.set_gid(build(1, 2 * part + k))
    axes.set_xticks(edges)
    axes.set_xlabel("Kantenlänge des Lochs (Pixel)")
    axes.set_ylabel("PSNR im Loch (dB)")
    axes.yaxis.set_major_formatter(decimal_comma)
    return figure


def _in_sizes(method: str) -> str:
    """How a line is called before our networks have names."""
    return "unser Netz" if method in OURS else "eine Farbe" if method == "mittelwert" else label(method)


CROP_OF_WAY = CROP + 6
"""Edge of what :func:`plot_way` shows of a large hole's surroundings, in pixels of the image."""


@drawn
def plot_way(stages: Sequence[Stage], mask: np.ndarray, calculated: str, learned: str) -> Figure:
    """A picture's way through our network, step by step: a row of what is calculated, a row of what is learned.

    Parameters
    ----------
    stages : masked image, the calculated ones, the correction, the answer, the true image.
    mask : (H, W, 1), 1 = hole.
    calculated, learned : German, at the left of either row.
    """
    n, margin, gap, cell = len(stages), 46, 22, 232
    rows = [stages[: n - 3], stages[n - 3 :]]
    pitch = (FULL - margin) / max(map(len, rows))
    sheet = Sheet(FULL, 2 * cell + gap)
    crop = crop_around(mask[..., 0], CROP_OF_WAY)
    steps = iter([*[0] * (n - 3), 1, 2, 3])
    for r, (row, words, shade) in enumerate(zip(rows, (calculated, learned), (GREY, BLUE), strict=True)):
        top = r * (cell + gap)
        sheet.arrow((34, top), (34, top + cell), r, head=False, shade=shade, line=5)
        sheet.text(14, top + cell / 2, words, r, rotation=90, va="center", rotation_mode="anchor")
        for k, stage in enumerate(row):
            step, left = next(steps), margin + k * pitch
            sheet.picture((left, top, cell, cell), stage.image, mask, crop, step)
            note = f"\n{stage.note}" if stage.note else ""
            sheet.text(left + cell + 12, top, stage.name + note, step, ha="left", va="top", linespacing=1.25)
            if 0 < k and step < 3:  # nothing leads to the truth
                sheet.arrow(
                    (left - pitch + cell + 12, top + cell * 0.62), (left - 10, top + cell * 0.62), step
                )
    return sheet.figure


@drawn
def plot_leads(of_suites: Mapping[str, Mapping[str, Estimate]]) -> Figure:
    """Paired lead of our networks over the best other method, a row a suite; the last network first, then a step each.

    Parameters
    ----------
    of_suites : German name of the suite → network → difference of the pooled hole PSNR, in dB.
    """
    suites = list(of_suites)
    networks = list(next(iter(of_suites.values())))[::-1]
    figure = Figure((FULL / 72, HIGH / 72), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color="#333333", linewidth=2.5)
    offsets = np.linspace(-0.17, 0.17, len(networks)) if _overlap(of_suites) else [0.0] * len(networks)
    for k, (network, offset) in enumerate(zip(networks, offsets, strict=True)):
        estimates = [of_suites[suite][network] for suite in suites]
        rows = np.arange(len(suites)) + offset
        bars = axes.hlines(
            rows, [e.low for e in estimates], [e.high for e in estimates], color=colour(network)
        )
        bars.set_linewidth(6)
        (points,) = axes.plot([e.value for e in estimates], rows, **marker(network) | {"markersize": 13})
        words = axes.annotate(
            label(network),
            (estimates[0].value, 0),
            (0, 20),
            textcoords="offset points",
            ha="center",
            va="baseline",
            color=colour(network),
            weight=600,
        )
        for part, artist in enumerate((bars, points, words)):
            if k:
                artist.set_gid(build(k, part))
    axes.set_yticks(range(len(suites)), suites, fontsize=TEXT)
    axes.set_ylim(len(suites) - 0.5, -0.85)
    axes.margins(x=0.08)
    axes.set_xlabel("Vorsprung vor dem besten fremden Verfahren (dB, gepoolt)")
    axes.xaxis.set_major_formatter(decimal_comma)
    axes.grid(axis="y", visible=False)
    return figure


def _overlap(of_suites: Mapping[str, Mapping[str, Estimate]]) -> bool:
    """Whether two networks would lie on each other in a row, or their names in the first."""
    ends = [value for of in of_suites.values() for e in of.values() for value in (0, e.low, e.high)]
    near = 0.025 * (max(ends) - min(ends))
    for i, of in enumerate(of_suites.values()):
        lows = sorted(of.values(), key=lambda e: e.value)
        for a, b in zip(lows, lows[1:], strict=False):
            if a.high + near > b.low or (i == 0 and b.value - a.value < 5 * near):
                return True
    return False


KEY = (("gesichert besser", BLUE), ("schlechter", "#B03A00"), ("unsicher oder vergänglich", GREY))
"""What the colours of :func:`plot_changes` say."""


@drawn
def plot_changes(
    groups: Sequence[Sequence], remarks: Mapping[str, str] | None = None, fleeting: Collection[str] = ()
) -> Figure:
    """What changes to the network of 2025 bring, a row a change; they appear in groups.

    Parameters
    ----------
    groups : of ``ladder.Rung``, each with its differences; the first stands there at once.
    remarks : name of a rung → German, in small below its name.
    fleeting : names of rungs whose gain does not last: drawn in grey.
    """
    rungs = [rung for group in groups for rung in group]
    panels = {"quadrat8": "Quadrat 8×8", "suites": "alle sechs Maskensätze"}
    left, head, foot = 316, 40, 116
    height = HIGH
    tall = (height - head - foot) / len(rungs)
    sheet = Sheet(FULL, height)
    step_of = [step for step, group in enumerate(groups) for _ in group]
    width = (FULL - left - 24) / 2
    for k, (key, title) in enumerate(panels.items()):
        x = left + k * (width + 24)
        axes = sheet.figure.add_axes(
            (x / FULL, foot / height, width / FULL, (height - head - foot) / height), label=key
        )
        axes.axvline(0, color="#333333", linewidth=2.5)
        for row, rung in enumerate(rungs):
            e = rung.differences[key]
            shade = KEY[0][1] if e.low > 0 else KEY[1][1] if e.high < 0 else GREY
            shade = GREY if rung.name in fleeting else shade
            face = shade if rung.judged_by == key else "white"
            (line,) = axes.plot([e.low, e.high], [row, row], color=shade, linewidth=6, solid_capstyle="butt")
            (point,) = axes.plot(
                e.value, row, "o", color=shade, markersize=13, markerfacecolor=face, markeredgewidth=2.5
            )
            words = axes.annotate(
                number(e.value, 2, sign=True),
                (max(e.high, 0), row),
                (14, 0),
                textcoords="offset points",
                va="center",
            )
            for artist in (line, point, words):
                sheet.mark(artist, step_of[row])
        axes.set_yticks([])
        axes.set_ylim(len(rungs) - 0.5, -0.5)
        axes.set_title(title, pad=8)
        axes.xaxis.set_major_formatter(decimal_comma)
        axes.xaxis.get_major_locator().set_params(nbins=5)
        axes.margins(x=0.06)
        low, high = axes.get_xlim()
        axes.set_xlim(low, high + 0.26 * (high - low))
    for row, rung in enumerate(rungs):
        y = head + (row + 0.5) * tall
        words = (remarks or {}).get(rung.name)
        shift = 14 if words else 0
        sheet.text(left - 16, y - shift, rung.label, step_of[row], ha="right", va="center", weight=600)
        if words:
            sheet.text(left - 16, y + shift, words, step_of[row], ha="right", va="center", color="#57606c")
    sheet.text(left + width + 12, height - 50, "Änderung des PSNR im Loch (dB, gepoolt)")
    x = 0.0
    for words, shade in KEY:
        sheet.arrow((x, height - 14), (x + 36, height - 14), head=False, shade=shade, line=6)
        sheet.text(x + 48, height - 6, words, ha="left")
        x += 82 + 11 * len(words)
    sheet.dot((x + 10, height - 14), "#333333")
    sheet.text(x + 28, height - 6, "voll: hiernach entschieden", ha="left")
    return sheet.figure
