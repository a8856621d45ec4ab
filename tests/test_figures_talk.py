"""The talk's figures: large type, what was asked for, and groups that appear step by step."""

import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest
from invented import around

from inpainting import display
from inpainting.figures import Example, Stage, talk
from inpainting.networks import autoencoder


def picture(rng):
    return rng.random((32, 32, 3)).astype(np.float32)


def hole():
    mask = np.zeros((32, 32, 1))
    mask[4:12, 4:12] = 1
    return mask


def example(rng):
    fills = {name: (picture(rng), "1 dB") for name in ("Netz von\n2025", "unser Netz,\nMittelwert")}
    return Example("Katze", picture(rng), picture(rng), hole(), fills)


def rung(label, value):
    change = {key: around(value) for key in ("quadrat8", "suites")}
    return SimpleNamespace(name=label, label=label, judged_by="suites", differences=change)


def sizes(**values):
    return {method: {"4": around(value + 3), "16": around(value)} for method, value in values.items()}


LEADS = {suite: {"kompakt": around(0.1), "gruendlich": around(-0.2)} for suite in ("Linien", "Hälfte")}

FIGURES = {
    "grid": lambda rng: talk.plot_grid(
        [example(rng)] * 2,
        below={"Netz von\n2025": "17 dB"},
        steps={"unser Netz,\nMittelwert": 1, talk.TRUTH: 2},
    ),
    "grid in one line": lambda rng: talk.plot_grid([example(rng)] * 2, 178, in_one=True),
    "opening": lambda rng: talk.plot_opening(example(rng), "unser Netz,\nMittelwert"),
    "holes": lambda rng: talk.plot_holes(
        {f"Satz {i}": hole() for i in range(6)}, [picture(rng)] * 6, [picture(rng)] * 6
    ),
    "layers": lambda rng: talk.plot_layers(autoencoder.build_original(output="sigmoid")),
    "loss": lambda rng: talk.plot_loss(
        {"Training": [0.6, 0.57], "Validierung": [0.59, 0.56]}, {"Training": 0.55, "Validierung": 0.54}
    ),
    "no finite loss": lambda rng: talk.plot_loss(
        {"Training": [np.nan], "Validierung": [np.nan]}, {"Training": 0.55, "Validierung": 0.54}
    ),
    "way": lambda rng: talk.plot_way(
        [Stage(f"Stufe {i}", picture(rng), "1 dB") for i in range(6)], hole(), "gerechnet", "gelernt"
    ),
    "sizes": lambda rng: talk.plot_sizes(sizes(mittelwert=13, original=10, gruendlich=16), ("original",)),
    "one flat line": lambda rng: talk.plot_sizes(
        {"original": {"4": around(10), "16": around(10)}}, ("original",)
    ),
    "leads": lambda rng: talk.plot_leads(LEADS),
    "leads that meet": lambda rng: talk.plot_leads(
        {"Linien": {"kompakt": around(0.1), "gruendlich": around(0.1)}}
    ),
    "one network": lambda rng: talk.plot_leads({s: {"kompakt": of["kompakt"]} for s, of in LEADS.items()}),
    "changes": lambda rng: talk.plot_changes(
        [[rung("a", 0.5)], [rung("b", -0.5), rung("c", 0.0)]], {"c": "von kurzer Dauer"}, "c"
    ),
}
STEPS = {"grid": 2, "holes": 1, "loss": 1, "no finite loss": 1, "way": 3, "sizes": 1, "leads": 1}
STEPS |= {"leads that meet": 1, "changes": 1}


@pytest.fixture(params=FIGURES)
def drawn(request, rng):
    return request.param, FIGURES[request.param](rng)


def texts(figure):
    """Every text that is drawn, with whether it is a number of an axis."""
    yield from ((text, False) for text in figure.texts)
    for axes in figure.axes:
        ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()] if axes.axison else []
        yield from ((text, text.get_text()[:1] in "−+0123456789") for text in ticks)
        others = [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        yield from ((text, False) for text in others)
        if axes.get_legend():
            yield from ((text, False) for text in axes.get_legend().get_texts())


def test_all_text_is_legible_from_the_back_row(drawn):
    sizes = [(t.get_fontsize(), is_tick) for t, is_tick in texts(drawn[1]) if t.get_text().strip()]
    assert sizes and all(size >= (18 if is_tick else 24) for size, is_tick in sizes)


def test_figure_fits_a_slide(drawn):
    width, height = drawn[1].get_size_inches() * 72
    assert width <= 1136.1 and height <= (512 if width > 600 else 600)


def test_steps_are_groups_of_the_drawing(drawn):
    name, figure = drawn
    svg = display.slide_bundle(figure)["image/svg+xml"]
    assert "<text" in svg
    for step in range(1, 6):
        assert (f'id="bau-{step}-' in svg) == (step <= STEPS.get(name, 0)), step


def headings(figure):
    return {text.get_text(): text.get_position()[1] for text in figure.texts}


def test_headings_of_columns_stand_on_one_line(rng):
    for figure in (FIGURES["grid"](rng), FIGURES["grid in one line"](rng)):
        found = {text: y for text, y in headings(figure).items() if not text.endswith("dB")}
        assert len(found) == 4 and len(set(found.values())) == 1
        assert {text.get_va() for text in figure.texts if text.get_text() in found} == {"baseline"}
    assert set(found) == {"maskiert", "Netz von 2025", "unser Netz", "wahres Bild"}


def test_a_large_hole_is_shown_near_in_two_rows(rng):
    mask = np.zeros((32, 32, 1))
    mask[8:24, 8:24] = 1
    stages = [Stage(f"Stufe {i}", picture(rng), "") for i in range(6)]
    figure = talk.plot_way(stages, mask, "gerechnet", "gelernt")
    shown = [axes.get_images()[0].get_array().shape for axes in figure.axes]
    assert shown == [(22, 22, 3)] * 6
    assert len({round(axes.get_position().y0, 3) for axes in figure.axes}) == 2


def test_networks_share_a_line_unless_they_would_cover_each_other(rng):
    def rows(leads):
        figure = talk.plot_leads(leads)
        return [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_marker() == "D"]

    apart, together = rows(LEADS), rows({s: dict.fromkeys(of, around(0.1)) for s, of in LEADS.items()})
    assert len(set(apart)) == 1 and len(set(together)) == 2


def test_the_network_of_the_title_stands_there_at_once(rng):
    svg = display.slide_bundle(talk.plot_leads(LEADS))["image/svg+xml"]
    root = ElementTree.fromstring(svg)
    late = [group for group in root.iter() if group.get("id", "").startswith("bau-1-")]
    words = ["".join(group.itertext()).split() for group in late]
    assert ["kompakt"] in words and ["gründlich"] not in words and "gründlich" in svg


def test_same_figure_same_bytes(rng):
    a, b = (display.slide_bundle(talk.plot_leads(LEADS)) for _ in range(2))
    assert a == b
