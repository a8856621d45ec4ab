"""Figures: house width, the same bytes for the same data, and everything in its place."""

import io
import math

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from inpainting import figures, narrative

IMAGES = np.arange(3 * 32 * 32 * 3, dtype=np.uint32).reshape(3, 32, 32, 3).astype(np.uint8)
CURVES = {"Training": [0.6, 0.58, 0.57], "Validierung": [0.61, 0.585, 0.59]}
ESTIMATES = {
    "telea": (19.6, 19.5, 19.7),
    "original": (18.6, 18.5, 18.7),
    "mittelwert": (14.9, 14.8, 15.0),
}


@pytest.fixture(scope="module")
def network():
    from inpainting import models

    return models.build_original("sigmoid")


OWN = ("kompakt",)
MEASURED = ESTIMATES | {"kompakt": (20.4, 20.3, 20.5)}
MARGINS = {
    "quadrat8": ("kompakt", 0.8, 0.75, 0.85), "linien": ("kompakt", -0.1, -0.2, 0.02),
    "haelfte": ("kompakt", -0.001, -0.02, 0.02),
}  # fmt: skip
SERIES = {
    method: {edge: tuple(x - edge / 4 for x in estimate) for edge in (4, 6, 16)}
    for method, estimate in MEASURED.items()
}
MILLISECONDS = {"telea": 0.05, "original": 0.6, "mittelwert": 0.04, "kompakt": 1.7}

ERRORS = {"telea": np.full((8, 8), 0.04), "kompakt": np.linspace(0.01, 0.02, 64).reshape(8, 8)}
LABELS = narrative.LABELS | {"kompakt": "Unser Netz (kompakt)"}

PLOTS = {
    "rows": lambda network: figures.plot_image_rows(
        {"Original": IMAGES, "Maskiert": IMAGES / 255}, list("abc")
    ),
    "losses": lambda network: figures.plot_losses(CURVES, dict.fromkeys(CURVES, 0.55), 2),
    "methods": lambda network: figures.plot_methods(ESTIMATES, narrative.LABELS, "PSNR (dB)"),
    "errors": lambda network: figures.plot_error_map(np.linspace(0, 0.1, 64).reshape(8, 8)),
    "architecture": figures.plot_architecture,
    "suites": lambda network: figures.plot_suites(
        dict.fromkeys(["quadrat8", "linien", "haelfte", "pixel50"], MEASURED), MARGINS, LABELS,
        "PSNR (dB)", OWN,
    ),
    "time": lambda network: figures.plot_quality_against_time(
        MILLISECONDS, MEASURED, LABELS, "PSNR (dB)", OWN
    ),
    "sizes": lambda network: figures.plot_hole_sizes(SERIES, LABELS, "PSNR (dB)", OWN),
    "error maps": lambda network: figures.plot_error_maps(ERRORS, LABELS),
    "groups": lambda network: figures.plot_groups(
        {"Frosch": MEASURED, "Schiff": MEASURED}, LABELS, "PSNR (dB)", OWN, ("unversehrt", 22.0)
    ),
    "gallery": lambda network: figures.plot_gallery(
        {"Wahrheit": IMAGES, "Entwurf (ReLU)": IMAGES / 255},
        {"Entwurf (ReLU)": ["1,0", "2,0", "3,0"]}, {"beste": 2, "schlechteste": 1},
    ),
}  # fmt: skip


def to_svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context(figures.STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def texts(figure: Figure) -> list[str]:
    return [
        text.get_text() for text in figure.findobj(Text) if text.get_text() and text.get_visible()
    ]


@pytest.mark.parametrize("name", PLOTS)
def test_width_fits_the_page_and_bytes_repeat(network, name):
    figure, again = PLOTS[name](network), PLOTS[name](network)
    width, height = figure.get_size_inches()
    assert width == figures.WIDTH if name != "errors" else width < figures.WIDTH
    assert 0.5 < height < 8
    assert to_svg(figure) == to_svg(again)


@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_cut_off(network, name):
    figure = PLOTS[name](network)
    canvas = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert (
        canvas.x0 >= -0.01
        and canvas.y0 >= -0.01
        and canvas.x1 <= width + 0.01
        and canvas.y1 <= height + 0.01
    )


def test_house_style_leaves_the_global_one_alone(network):
    before = dict(matplotlib.rcParams)
    for plot in PLOTS.values():
        plot(network)
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in vars(figures)


def test_text_is_set_in_the_shipped_font():
    figure = PLOTS["losses"](None)
    from matplotlib import font_manager

    found = font_manager.findfont(
        font_manager.FontProperties(family=figures.FONT), fallback_to_default=False
    )
    assert "inpainting" in found and figures.FONT in figure.axes[0].xaxis.label.get_fontfamily()


@pytest.mark.parametrize("value, text", [(0.5, "0,5"), (-1, "−1"), (1e-05, "1e−05"), (18, "18")])
def test_ticks_have_a_decimal_comma(value, text):
    assert figures.decimal_comma(value) == text


# ---------------------------------------------------------------- images


def test_grid_shows_every_image_once_and_names_rows_and_columns():
    figure = PLOTS["rows"](None)
    assert len(figure.axes) == 6
    assert [text.get_text() for text in figure.texts] == ["Original", "Maskiert"]
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c", "", "", ""]
    shown = figure.axes[3].images[0].get_array()
    np.testing.assert_allclose(shown, IMAGES[0] / 255)


def test_floats_beyond_the_range_are_clipped():
    figure = figures.plot_image_rows({"": np.array([[[[-1.0, 0.5, 2.0]]]])})
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[[0, 0.5, 1]]])


# ---------------------------------------------------------------- losses


def test_losses_show_curves_floor_and_best_model():
    figure = PLOTS["losses"](None)
    lines = figure.axes[0].lines
    np.testing.assert_array_equal(
        lines[0].get_xydata(), np.stack([[1, 2, 3], CURVES["Training"]], 1)
    )
    assert lines[2].get_xydata().tolist() == [[2, 0.585]]
    assert lines[3].get_ydata()[0] == 0.55
    assert "Untergrenze Validierung: 0,5500" in texts(
        figure
    ) and "bestes Modell, Epoche 2" in texts(figure)
    low, high = figure.axes[0].get_ylim()
    assert low < 0.55 and high > 0.585


@pytest.mark.parametrize(
    "loss, val_loss, best",
    [([0.6], [0.61], 1), ([0.6, math.nan], [0.61, math.nan], 1), ([math.nan], [math.nan], 0),
     ([0.55] * 3, [0.55] * 3, 1), ([3.3, 0.7], [0.8, math.inf], 1), ([0.6] * 1000, [0.61] * 1000, 1000)],
    ids=["one epoch", "ends in nan", "only nan", "at the floor", "inf", "1000 epochs"],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_losses_of_odd_trainings(loss, val_loss, best):
    floors = {"Training": 0.55, "Validierung": 0.55}
    figure = figures.plot_losses({"Training": loss, "Validierung": val_loss}, floors, best)
    low, high = figure.axes[0].get_ylim()
    assert low < 0.55 < high and math.isfinite(high)
    assert any("bestes Modell" in text for text in texts(figure)) == (best > 0)


def test_all_of_a_diverging_validation_curve_is_seen():
    figure = figures.plot_losses(
        {"a": [0.6, 0.58, 0.57], "b": [0.6, 0.59, 0.7]}, {"a": 0.55, "b": 0.54}, 2
    )
    assert figure.axes[0].get_ylim()[1] > 0.7


# ---------------------------------------------------------------- methods


def test_methods_are_sorted_and_keep_their_colours():
    figure = PLOTS["methods"](None)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        narrative.LABELS[method] for method in ("mittelwert", "original", "telea")
    ]
    assert to_hex(axes.lines[0].get_color()).upper() == figures.METHOD_COLOURS["mittelwert"]
    assert list(axes.lines[0].get_xdata()) == [14.8, 15.0]
    assert "19,60" in texts(figure)


def test_every_method_has_its_own_colour():
    assert set(narrative.LABELS) <= set(figures.METHOD_COLOURS)
    assert len(set(figures.METHOD_COLOURS.values())) == len(figures.METHOD_COLOURS)


# ---------------------------------------------------------------- errors


def test_error_map_is_a_root_in_grey_levels():
    figure = figures.plot_error_map(np.full((5, 5), 0.04))
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), 51)
    assert {"links", "rechts", "oben", "unten"} <= set(texts(figure))


@pytest.mark.parametrize("size", [1, 2, 3, 31])
@pytest.mark.filterwarnings("error")
def test_error_map_of_any_hole(size):
    figure = figures.plot_error_map(np.full((size, size), 0.01))
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert len(labels) == len(set(labels)) == (1 if size == 1 else 2)


# ---------------------------------------------------------------- architecture


def test_architecture_names_every_shape_and_kind_of_layer(network):
    shown = texts(figures.plot_architecture(network))
    shapes = [network.input_shape[1:], *(layer.output.shape[1:] for layer in network.layers)]
    assert [text.replace("\n", "") for text in shown if text[0].isdigit()] == [
        "×".join(map(str, s)) for s in shapes
    ]
    assert {
        "Encoder",
        "Bottleneck",
        "Decoder",
        "Faltung 3×3",
        "Max-Pooling 2×2",
        "Upsampling 2×2",
    } <= set(shown)


def test_bottleneck_is_the_smallest_tensor(network):
    figure = figures.plot_architecture(network)
    (yellow,) = [
        patch for patch in figure.axes[0].patches if to_hex(patch.get_facecolor()) == "#f2c94c"
    ]
    shapes = [network.input_shape[1:], *(layer.output.shape[1:] for layer in network.layers)]
    assert yellow.get_height() == min(shapes, key=np.prod)[0] / 32


# ---------------------------------------------------------------- the benchmark


def test_suites_mark_the_best_baseline_and_write_the_lead():
    figure = PLOTS["suites"](None)
    first = figure.axes[0]
    assert first.lines[0].get_xdata() == [19.6, 19.6]  # telea: the network does not count
    shown = texts(figure)
    assert "+0,80 [+0,75; +0,85]" in shown and "−0,10 [−0,20; +0,02]" in shown
    assert "+0,00 [−0,02; +0,02]" in shown  # as in the table: no minus before a zero
    named = [label.get_text() for label in first.get_yticklabels()]
    assert named == [LABELS[method] for method in reversed(MEASURED)]


def test_own_networks_have_a_shape_of_their_own():
    for name in ("suites", "time", "sizes", "groups"):
        markers = {
            to_hex(line.get_color()): line.get_marker()
            for line in PLOTS[name](None).axes[0].lines if line.get_marker() not in ("None", "")
        }  # fmt: skip
        assert markers.pop("#000000") == "D" and set(markers.values()) == {"o"}


def test_quality_stands_against_a_logarithm_of_time():
    axes = PLOTS["time"](None).axes[0]
    assert axes.get_xscale() == "log"
    points = {tuple(line.get_xydata()[0]) for line in axes.lines if len(line.get_xydata()) == 1}
    assert points == {(MILLISECONDS[method], MEASURED[method][0]) for method in MILLISECONDS}


def test_lines_over_hole_sizes_keep_the_distances():
    axes = PLOTS["sizes"](None).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[4, 18.6], [6, 18.1], [16, 15.6]])
    assert [text.get_text() for text in axes.texts] == [LABELS[method] for method in SERIES]


@pytest.mark.parametrize("values", [[1, 1, 1], [5, 1, 1.2], [0, 0.9, 2], [3], [2, 1.9, 2.1, 9, 9]])
def test_labels_are_spread_no_further_than_needed(values):
    spread = figures._spread(values, 1.0)
    order = np.argsort(values, kind="stable")
    assert (np.diff(spread[order]) >= 1 - 1e-9).all()
    assert np.mean(spread) == pytest.approx(np.mean(values))
    if (np.diff(np.sort(values)) >= 1).all():
        assert spread.tolist() == values


def test_error_maps_share_one_scale():
    figure = PLOTS["error maps"](None)
    maps = [axes.images[0] for axes in figure.axes[:2]]
    np.testing.assert_allclose(maps[0].get_array(), 51)
    assert maps[0].get_clim() == maps[1].get_clim() == pytest.approx((25.5, 51))
    assert f"{LABELS['telea']}\ngesamt 51,0" in texts(figure)


def test_groups_name_every_method_once_and_the_reference():
    figure = PLOTS["groups"](None)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == [*(LABELS[method] for method in MEASURED), "unversehrt"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["Schiff", "Frosch"]


def test_gallery_captions_stand_under_their_images():
    figure = PLOTS["gallery"](None)
    assert len(figure.axes) == 6
    by_text = {text.get_text(): text.get_position() for text in figure.texts}
    for caption, axes in zip(["1,0", "2,0", "3,0"], figure.axes[3:], strict=True):
        box = axes.get_position()
        assert box.x0 < by_text[caption][0] < box.x1 and by_text[caption][1] < box.y0
    first, _, third = (axes.get_position() for axes in figure.axes[:3])
    assert first.x1 < by_text["beste"][0] < third.x0 < by_text["schlechteste"][0] < third.x1
    np.testing.assert_allclose(figure.axes[3].images[0].get_array(), IMAGES[0] / 255)
