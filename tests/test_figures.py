"""Figures: the same bytes for the same data, nothing cut off, nothing too small, everything in its place."""

import io
import math

import matplotlib
import numpy as np
import pytest
from invented import around
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from inpainting import figures
from inpainting.figures import images, style
from inpainting.german import numbers
from inpainting.measuring import ladder

IMAGES = np.arange(3 * 32 * 32 * 3, dtype=np.uint32).reshape(3, 32, 32, 3).astype(np.uint8)
CURVES = {"Training": [0.6, 0.58, 0.57], "Validierung": [0.61, 0.585, 0.59]}
HOLE = np.zeros((32, 32, 1), np.uint8)
HOLE[20:28, 4:12] = 1
LARGE = np.zeros((32, 32, 1), np.uint8)
LARGE[8:24, 8:24] = 1
SIZES = {
    m: {edge: around(x - int(edge) / 4) for edge in ("4", "8", "16")}
    for m, x in {"gauss": 20, "original": 17, "kompakt": 21}.items()
}
LEADS = {
    "Quadrat 8×8": {"kompakt": around(0.5), "gruendlich": around(1.2)},
    "Hälfte": {"kompakt": around(0), "gruendlich": around(0.2)},
}
POINTS = {
    "telea": (50.0, 2.3),
    "gauss": (41.0, 2.1),
    "kompakt": (40.0, 2.2),
    "kompakt_vorschlag": (52.0, 1.1),
    "original": (75.0, 3.0),
}
TITLES = ("Abstand", "Ebene"), ("Verzerrung", "Wahrnehmung")
ERRORS = {"telea": np.full((8, 8), 0.04), "kompakt": np.linspace(0.01, 0.02, 64).reshape(8, 8)}


def make_example(hole=HOLE, note="20,1 dB"):
    truth = IMAGES[0] / 255
    fills = {"Netz von\n2025": (truth * 0.9, note), "unser Netz,\nMittelwert": (truth * 0.8, note)}
    return figures.Example("Katze,\nQuadrat 8×8", truth, truth * (1 - hole), hole, fills)


def make_stages():
    truth = IMAGES[0] / 255
    steps = [
        figures.Stage(name, truth, "15,3 dB", "→")
        for name in ("Pull-Push", "Gauß-\nVorfüllung", "Mittelwert")
    ]
    return [figures.Stage("maskiert", truth), *steps, figures.Stage("wahres\nBild", truth)]


@pytest.fixture(scope="module")
def network():
    from inpainting.networks import autoencoder

    return autoencoder.build_original("sigmoid")


PLOTS = {
    "rows": lambda network: figures.plot_image_rows(
        {"Original": IMAGES, "Maskiert": IMAGES / 255}, ["a", "b", "c"]
    ),
    "losses": lambda network: figures.plot_losses(CURVES, dict.fromkeys(CURVES, 0.55), 2),
    "trainings": lambda network: figures.plot_trainings(
        CURVES,
        dict.fromkeys(CURVES, 0.55),
        2,
        {"kompakt": ([0.3, 0.2], [0.3, 0.25])},
        ("Netz von 2025", "unsere"),
    ),
    "trainings without ours": lambda network: figures.plot_trainings(
        CURVES, dict.fromkeys(CURVES, 0.55), 2, {}, ("Netz von 2025", "unsere")
    ),
    "hole sizes": lambda network: figures.plot_hole_sizes(SIZES, "Lochgröße"),
    "architecture": figures.plot_architecture,
    "masks": lambda network: figures.plot_masks(
        {"Quadrat 8×8": HOLE, "Mitte 16×16": LARGE}, IMAGES[:2] / 255
    ),
    "fills": lambda network: figures.plot_fills([make_example(), make_example(LARGE)]),
    "fills in two columns": lambda network: figures.plot_fills([make_example()] * 3, per_row=2),
    "pipeline": lambda network: figures.plot_pipeline(make_stages(), LARGE, (64, 96, 128), None),
    "pipeline with detail": lambda network: figures.plot_pipeline(
        make_stages(), LARGE, (64, 128, 192), (48, 4)
    ),
    "answers": lambda network: figures.plot_answers(LEADS, POINTS, *TITLES),
    "answers without a plane": lambda network: figures.plot_answers(LEADS, {}, *TITLES),
    "classes": lambda network: figures.plot_classes(
        {"Frosch": {"gauss": around(18), "kompakt": around(19)}, "Schiff": {"gauss": around(17)}}, "PSNR (dB)"
    ),
    "classes with goals": lambda network: figures.plot_classes(
        {s: {m: around(60) for m in numbers.LABELS} for s in ("Linien", "Hälfte")}, "%", {"Linien": 61.0}
    ),
    "error maps": lambda network: figures.plot_error_maps(ERRORS),
    "steps": lambda network: figures.plot_steps({"Schärfe": {2: 0.5, 4: 0.8, 12: 0.95}}, {"Schärfe": 1.0}),
    "ladder": lambda network: figures.draw_ladder(ladder.load_results(), ["sigmoid"]),
}


def to_svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context(figures.STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("name", PLOTS)
def test_width_fits_the_page_and_bytes_repeat(network, name):
    figure, again = PLOTS[name](network), PLOTS[name](network)
    width, height = figure.get_size_inches()
    assert width <= figures.WIDTH + 1e-9 and 0.4 < height < 8
    assert to_svg(figure) == to_svg(again)


@pytest.mark.parametrize("name", PLOTS)
def test_no_text_is_smaller_than_seven_points(network, name):
    shown = [t for t in PLOTS[name](network).findobj(Text) if t.get_text().strip() and t.get_visible()]
    assert shown and min(t.get_fontsize() for t in shown) >= 7


@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_cut_off(network, name):
    figure = PLOTS[name](network)
    with style.house_style():  # as it is saved
        figure.draw_without_rendering()
        canvas = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert (
        canvas.x0 >= -0.01 and canvas.y0 >= -0.01 and canvas.x1 <= width + 0.01 and canvas.y1 <= height + 0.01
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

    found = font_manager.findfont(font_manager.FontProperties(family=figures.FONT), fallback_to_default=False)
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
    np.testing.assert_array_equal(lines[0].get_xydata(), np.stack([[1, 2, 3], CURVES["Training"]], 1))
    assert lines[2].get_xydata().tolist() == [[2, 0.585]]
    assert lines[3].get_ydata()[0] == 0.55
    assert "Untergrenze Validierung: 0,5500" in texts(figure) and "bestes Modell, Epoche 2" in texts(figure)
    low, high = figure.axes[0].get_ylim()
    assert low < 0.55 and high > 0.585


@pytest.mark.parametrize(
    "loss, val_loss, best",
    [
        ([0.6], [0.61], 1),
        ([0.6, math.nan], [0.61, math.nan], 1),
        ([math.nan], [math.nan], 0),
        ([0.55] * 3, [0.55] * 3, 1),
        ([3.3, 0.7], [0.8, math.inf], 1),
        ([0.6] * 1000, [0.61] * 1000, 1000),
    ],
    ids=["one epoch", "ends in nan", "only nan", "at the floor", "inf", "1000 epochs"],
)
@pytest.mark.filterwarnings("error")
def test_losses_of_odd_trainings(loss, val_loss, best):
    floors = {"Training": 0.55, "Validierung": 0.55}
    figure = figures.plot_losses({"Training": loss, "Validierung": val_loss}, floors, best)
    low, high = figure.axes[0].get_ylim()
    assert low < 0.55 < high and math.isfinite(high)
    assert any("bestes Modell" in text for text in texts(figure)) == (best > 0)


def test_all_of_a_diverging_validation_curve_is_seen():
    figure = figures.plot_losses({"a": [0.6, 0.58, 0.57], "b": [0.6, 0.59, 0.7]}, {"a": 0.55, "b": 0.54}, 2)
    assert figure.axes[0].get_ylim()[1] > 0.7


def test_a_first_epoch_above_the_frame_is_marked():
    curves = {"Training": [0.7, *[0.58, 0.57]], "Validierung": [0.61, 0.585, 0.59]}
    assert "Epoche 1: 0,700" in texts(figures.plot_losses(curves, dict.fromkeys(curves, 0.55), 2))


def test_every_method_has_its_own_colour():
    assert set(numbers.LABELS) <= set(figures.METHOD_COLOURS)
    assert len(set(figures.METHOD_COLOURS.values())) == len(figures.METHOD_COLOURS)


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
    (yellow,) = [patch for patch in figure.axes[0].patches if to_hex(patch.get_facecolor()) == "#f2c94c"]
    shapes = [network.input_shape[1:], *(layer.output.shape[1:] for layer in network.layers)]
    assert yellow.get_height() == min(shapes, key=np.prod)[0] / 32


@pytest.mark.parametrize("values", [[1, 1, 1], [5, 1, 1.2], [0, 0.9, 2], [3], [2, 1.9, 2.1, 9, 9]])
def test_labels_are_spread_no_further_than_needed(values):
    moved = style.spread(values, 1.0)
    order = np.argsort(values, kind="stable")
    assert (np.diff(moved[order]) >= 1 - 1e-9).all()
    assert np.mean(moved) == pytest.approx(np.mean(values))
    if (np.diff(np.sort(values)) >= 1).all():
        assert moved.tolist() == values


def test_error_maps_share_one_scale():
    figure = PLOTS["error maps"](None)
    maps = [axes.images[0] for axes in figure.axes[:2]]
    np.testing.assert_allclose(maps[0].get_array(), 51)
    assert maps[0].get_clim() == maps[1].get_clim() == pytest.approx((25.5, 51))
    assert f"{numbers.LABELS['telea']}\ngesamt 51,0" in texts(figure)


# ---------------------------------------------------------------- fills


def test_the_outline_is_the_border_of_the_hole():
    assert len(images.outline(HOLE[..., 0])) == 4 * 8
    edge = np.zeros((32, 32), np.uint8)
    edge[:16] = 1  # a half: only the border to the known half is drawn
    assert len(images.outline(edge)) == 32
    assert images.outline(np.zeros((32, 32), np.uint8)) == []


@pytest.mark.parametrize("corner", [(0, 0), (24, 24), (12, 3)])
def test_a_crop_holds_the_hole_and_stays_inside(corner):
    hole = np.zeros((32, 32), np.uint8)
    y, x = corner
    hole[y : y + 8, x : x + 8] = 1
    rows, columns = images.crop_around(hole)
    assert hole[rows, columns].sum() == 64 and hole[rows, columns].shape == (16, 16)


def test_a_large_hole_is_shown_with_the_whole_image():
    assert images.crop_around(LARGE[..., 0]) == (slice(0, 32), slice(0, 32))


def test_fills_show_the_masked_image_every_method_and_the_truth():
    figure = PLOTS["fills"](None)
    shown = texts(figure)
    assert len(figure.axes) == 2 * 4
    assert {"maskiert", "wahres Bild", "Netz von\n2025", "20,1 dB"} <= set(shown)
    whole, crop = (figure.axes[i].get_position() for i in (0, 1))
    pixel = [box.width / n for box, n in ((whole, 32), (crop, 16))]
    assert pixel[1] / pixel[0] == pytest.approx(3)  # three times as large


# ---------------------------------------------------------------- charts


def test_every_network_keeps_its_shape():
    assert style.marker("kompakt")["marker"] == "D" and style.marker("gauss")["marker"] == "o"
    assert style.marker("gruendlich_vorschlag")["marker"] == "^"


def test_the_plane_numbers_every_method_and_marks_the_front():
    figure = PLOTS["answers"](None)
    shown = texts(figure)
    assert [t for t in shown if t.isdigit()][: len(POINTS)] and all(
        str(i + 1) in shown for i in range(len(POINTS))
    )
    front = figure.axes[1].lines[0].get_xydata().tolist()
    assert front == [[40.0, 2.2], [41.0, 2.1], [52.0, 1.1]]


def test_the_ladder_fills_the_point_of_the_measure_that_decides():
    results = ladder.load_results()
    figure = figures.draw_ladder(results, "sigmoid")
    rungs = [rung for rung in results.rungs if rung.differences]
    for axes, key in zip(figure.axes, ("quadrat8", "suites", "image"), strict=True):
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert len(dots) == len(rungs)
        for dot, rung in zip(dots, rungs, strict=True):
            assert (to_hex(dot.get_markerfacecolor()) != "#ffffff") == (rung.judged_by == key)
            assert dot.get_xdata()[0] == pytest.approx(rung.differences[key].value)
    assert (
        to_hex([line for line in figure.axes[0].lines if line.get_marker() == "o"][0].get_color()).upper()
        == style.GREY
    )


def test_every_network_of_ours_has_a_point_on_every_suite():
    for name in ("answers", "answers without a plane"):
        figure = PLOTS[name](None)
        points = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
        assert [line.get_xdata()[0] for line in points] == [0.5, 1.2, 0, 0.2]
    assert len(figure.axes) == 1 and [t.get_text() for t in figure.legends[0].texts] == [
        "kompakt",
        "gründlich",
    ]


def boxes(figure, shown):
    figure.draw_without_rendering()
    return {text.get_text(): text.get_window_extent() for text in figure.findobj(Text) if shown(text)}


def test_no_interval_of_the_ladder_strikes_a_number():
    results = ladder.load_results()
    figure = figures.draw_ladder(results)
    for axes in figure.axes:
        figure.draw_without_rendering()
        numbers_ = [text for text in axes.texts if text.get_text()[:1] in ("+", "−")]
        assert len(numbers_) == sum(bool(rung.differences) for rung in results.rungs)
        left = min(text.get_window_extent().x0 for text in numbers_)
        seen = axes.get_xlim()[1]  # what lies beyond is shown by an arrow
        ends = [x for line in axes.lines[1:] for x in line.get_xdata() if x <= seen]
        ends = [axes.transData.transform((x, 0))[0] for x in ends]
        assert max(ends) < left


def test_an_outlier_of_the_ladder_does_not_flatten_the_others():
    results = ladder.load_results()
    whole = figures.draw_ladder(results).axes[2]
    values = {rung.name: rung.differences["image"].value for rung in results.rungs if rung.differences}
    low, high = whole.get_xlim()
    left_out = [name for name, value in values.items() if not low <= value <= high]
    assert left_out and max(values, key=lambda name: abs(values[name])) in left_out
    arrows = [text for text in whole.texts if not text.get_text()]
    assert len(arrows) == 2  # the two that are more than twice as large as what comes next


def test_names_beside_the_curves_of_hole_sizes_do_not_touch():
    close = {
        m: {e: around(17 + i / 50) for e in ("4", "16")} for i, m in enumerate(style.METHOD_COLOURS) if i < 5
    }
    figure = figures.plot_hole_sizes(close, "Lochgröße")
    figure.draw_without_rendering()
    named = [t for t in figure.axes[0].texts if t.get_text() in [numbers.label(m) for m in close]]
    found = [Text.get_window_extent(text) for text in named]  # without the line to its curve
    heights = sorted((box.y0, box.y1) for box in found)
    assert len(heights) == 5 and all(a[1] <= b[0] + 0.5 for a, b in zip(heights, heights[1:], strict=False))


def test_the_name_of_the_lower_floor_stands_above_the_axis():
    figure = figures.plot_losses(CURVES, {"Training": 0.552, "Validierung": 0.55}, 2)
    (box,) = boxes(figure, lambda text: text.get_text().startswith("Untergrenze Validierung")).values()
    assert box.y0 > figure.axes[0].get_window_extent().y0


def test_markers_of_the_leads_lie_inside_their_frame():
    figure = PLOTS["answers"](None)
    for axes in figure.axes[:1]:
        low, high = sorted(axes.get_ylim())
        assert all(
            low + 0.25 < y < high - 0.25
            for line in axes.lines
            for y in line.get_ydata()
            if 0 < y < 1 or y < 0
        )


def test_classes_are_drawn_with_their_intervals():
    figure = PLOTS["classes"](None)
    spans = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert len(spans) == 3 and np.ptp(spans[0].get_xdata()) == pytest.approx(0.06)


def test_goals_are_strokes_in_their_rows():
    values = {"Linien": {"gauss": around(70)}, "Hälfte": {"gauss": around(80)}}
    (axes,) = figures.plot_classes(values, "%", {"Hälfte": 75.0}).axes
    strokes = [line for line in axes.lines if list(line.get_xdata()) == [75.0, 75.0]]
    assert [list(line.get_ydata()) for line in strokes] == [[0.55, 1.45]]


def test_every_name_of_the_plane_is_inside_the_figure():
    points = {m: (30.0 + i, 4.0 - i / 5) for i, m in enumerate(numbers.LABELS)}
    figure = figures.plot_answers(LEADS, points, *TITLES)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    names, whole = legend.get_window_extent(), figure.bbox
    assert len(legend.get_texts()) >= 14 and whole.y0 <= names.y0 and names.y1 <= whole.y1
