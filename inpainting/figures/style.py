"""The house style of all figures: size, fonts, colours, and what every plot is wrapped in.

Figures are built without pyplot, so no global state is involved.  Every method keeps its
colour (Okabe & Ito, colour-blind safe) in all figures; text is black or grey, never coloured.
"""

import contextlib
import functools
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

from inpainting import config
from inpainting.german.numbers import OURS
from inpainting.measuring.result import SAMPLED

SMALL = 7.2
"""Smallest text, in points."""

WIDTH = 6.3
"""Width of the text in the PDF, in inches."""

BLUE, ORANGE, GREEN, RED, SKY, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#6B6B6B",
)

FONT = "Source Sans 3"
STYLE = {
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
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
def register_font() -> None:
    for path in sorted((config.ASSETS / "fonts").glob("SourceSans3*.ttf")):
        font_manager.fontManager.addfont(path)


@contextlib.contextmanager
def house_style():
    """The house style on top of matplotlib's own defaults, for a while; a user's matplotlibrc is shut out."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def styled(plot):
    """Draw under the house style without touching matplotlib's global settings for others."""

    @functools.wraps(plot)
    def draw(*args, **kwargs) -> Figure:
        register_font()
        with house_style():
            figure = plot(*args, **kwargs)
            figure.draw_without_rendering()  # layout and fonts are settled under this style
            return figure

    return draw


def decimal_comma(value: float, position=None) -> str:
    """Tick label with a decimal comma, for ``Axis.set_major_formatter``."""
    return f"{value:g}".replace(".", ",").replace("-", "−")


METHOD_COLOURS = {
    "mittelwert": GREY,
    "telea": "#117733",
    "navier_stokes": "#44AA99",
    "biharmonisch": GREEN,
    "gauss": BLUE,
    "gauss_vorschlag": SKY,
    "nachbar": "#999933",
    "prior": "#8C6BB1",
    "original": RED,
    "original_relu": ORANGE,
    "kompakt": "#000000",
    "kompakt_vorschlag": "#44546A",
    "gruendlich": "#882255",
    "gruendlich_vorschlag": "#CC3377",
    "maskiert": "#AAAAAA",
}
"""Method → colour of its markers and lines; kin are alike: interpolation green, Gaussian blue, 2025 red."""


def colour(method: str) -> str:
    return METHOD_COLOURS.get(method, "#000000")


def marker(method: str) -> dict:
    """How a method's point looks: a diamond for our mean answers, a triangle for what is drawn."""
    shape = "^" if method.endswith(SAMPLED) else "D" if method in OURS else "o"
    size = 4 if shape == "o" else 4.5
    return {"color": colour(method), "linestyle": "none", "marker": shape, "markersize": size}


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
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
