"""The live section's other views: samples, stages, hole sizes, the game; and the first screen."""

import re
from itertools import pairwise

import live_case
import pytest
import report_case as case
from browser_case import NARROW, WIDE, until
from live_page import count, drag, n_missing, open_view, opened, psnr, read

from inpainting import config
from inpainting.networks import flow, prior_unet

pytestmark = pytest.mark.browser


# ---------------------------------------------------------------- the other views


def test_four_samples_their_steps_and_where_they_differ(page):
    page.get_by_role("button", name="Mitte").click()
    page.evaluate("""() => { const bar = document.querySelector('#live .vier progress');
      window.liveSteps = [];
      new MutationObserver(() => liveSteps.push(bar.value)).observe(bar, {attributes: true}); }""")
    open_view(page, "vorschlaege")
    until(page, lambda: count(page, "vorschlaege") >= 4)
    # each step was to be seen, and the start
    assert page.evaluate("new Set(liveSteps).size") == flow.STEPS + 1
    labels = page.locator("#live .vier figcaption").all_inner_texts()
    assert [re.match(r"Startwert (\d) · ", label).group(1) for label in labels] == ["1", "2", "3", "4"]
    first = [read(page, f".vier figure:nth-child({i}) canvas", 160, 160) for i in (1, 2)]
    assert first[0] != first[1]
    until(page, lambda: "Graustufen" in page.locator("#live .einigkeit").inner_text())
    page.get_by_role("button", name="noch ein Vorschlag").click()
    until(page, lambda: count(page, "vorschlaege") >= 5)
    labels = page.locator("#live .vier figcaption").all_inner_texts()
    assert [re.match(r"Startwert (\d) · ", label).group(1) for label in labels] == ["2", "3", "4", "5"]
    assert read(page, ".vier figure:nth-child(1) canvas", 160, 160) == first[1]


def test_a_seed_gives_the_same_fill(open_page, live_run):
    colours = []
    for _ in range(2):
        page = opened(open_page(live_run / "bericht.html"))
        open_view(page, "vorschlaege")
        page.get_by_role("button", name="Mitte").click()
        until(page, lambda: "Graustufen" in page.locator("#live .einigkeit").inner_text())  # noqa: B023
        colours.append([read(page, f".vier figure:nth-child({i}) canvas", 150, 170) for i in (1, 2, 3, 4)])
    assert colours[0] == colours[1]


def test_stages_of_the_network(page):
    open_view(page, "schritte")
    until(page, lambda: count(page, "stufen") >= 1)
    names = page.locator("#live .stufen-reihe li span:first-of-type").all_inner_texts()
    steps = [f"{i}. CG" for i in (1, 2, 3, 5, prior_unet.CG_STEPS)]
    assert names == ["Maskiert", "Pull-push", *steps, "Korrektur", "Ergebnis"]
    slider = page.get_by_role("slider", name="Stufe im Netz")  # the film that runs gives way to it
    shown = page.locator("#live .stufen-name")
    slider.fill("7")
    assert shown.inner_text() == "Korrektur"
    page.clock.install()
    page.get_by_role("button", name="Abspielen").click()
    slider.fill("7")
    page.clock.run_for(20_000)
    assert shown.inner_text() == "Korrektur"
    slider.fill("8")
    assert shown.inner_text().startswith("Ergebnis · ")
    told = re.search(r"(−?\d+,\d dB), Fehler (\d+,\d)", shown.inner_text())
    assert page.locator("#live .stufen-reihe .zahl").last.inner_text() == told.group(2)
    open_view(page, "fuellen")
    until(page, lambda: psnr(page).endswith("dB"))
    assert psnr(page) == told.group(1)  # the last stage is the fill


def test_hole_size_is_a_slider_with_its_place_on_the_curve(page):
    open_view(page, "groesse")
    slider = page.get_by_role("slider", name="Kantenlänge")
    for edge in (4, 16, 11):
        slider.fill(str(edge))
        assert n_missing(page) == edge**2
        assert page.locator("#live .kante-wert").inner_text() == f"{edge}×{edge}"
    point = page.locator("#live .punkt.original")
    until(page, lambda: point.get_attribute("visibility") == "visible")
    label = page.locator("#live .nebeneinander figcaption").nth(1).inner_text()
    assert re.fullmatch(r"2025 · −?\d+,\d dB", label)
    page.get_by_role("button", name="Rückgängig").click()
    assert n_missing(page) == 16**2


def test_hole_size_gives_the_readers_hole_back(page):
    page.get_by_role("button", name="Leeren").click()
    drag(page, (4, 10), (27, 10))
    painted = n_missing(page)
    open_view(page, "groesse")
    assert n_missing(page) == 8**2
    open_view(page, "fuellen")
    assert n_missing(page) == painted


def test_hole_size_asks_for_a_small_picture(page):
    page.get_by_title("Foto mit Kratzern").click()
    missing = n_missing(page)
    open_view(page, "groesse")
    assert page.get_by_text("bitte eines der kleinen Bilder wählen").is_visible()
    assert not page.locator("#live .nebeneinander").is_visible() and n_missing(page) == missing
    page.locator("#live .auswahl label").last.click()
    assert not page.get_by_text("bitte eines der kleinen Bilder wählen").is_visible()
    assert page.locator("#live .nebeneinander").is_visible() and n_missing(page) == 8**2


def test_point_outside_the_scale_becomes_an_arrow_and_names_keep_apart(page):
    open_view(page, "groesse")
    point = page.locator("#live .punkt.biharmonisch")
    shapes = set()
    for i in range(1, page.locator("#live .auswahl label").count()):
        page.locator("#live .auswahl label").nth(i).click()
        page.get_by_role("slider", name="Kantenlänge").fill("4")
        until(page, lambda: point.get_attribute("visibility") == "visible")
        told = page.locator("#live .nebeneinander figcaption", has_text="Biharmonisch").inner_text()
        value = float(re.search(r"−?\d+,\d", told).group().replace(",", ".").replace("−", "-"))
        shape = point.get_attribute("d")[:5]
        assert (
            value < 26.9 or value > 27.1 or shape == "M0 -6"
        )  # the scale ends 5 dB above the curves, at 27 dB
        assert shape == ("M0 -6" if value > 27 else "M-5 0") or 26.9 < value < 27.1
        shapes.add(shape)
    assert len(shapes) == 2  # both were seen
    boxes = page.locator("#live .kurve text").evaluate_all(
        "all => all.map(e => e.getBBox()).map(b => [b.y, b.y + b.height]).sort((a, b) => a[0] - b[0])"
    )
    assert all(above[1] <= below[0] + 2 for above, below in pairwise(boxes)) and boxes[-1][1] < 190


@pytest.mark.parametrize("level", ["leicht", "mittel", "schwer"])
def test_game_counts_what_was_told(page, level):
    open_view(page, "spiel")
    page.locator(f"#live input[value={level}]").check()
    page.get_by_role("button", name="Los").click()
    right = 0
    for n in range(1, 11):
        until(page, lambda: count(page, "paar") == n and page.locator("#live .paar").is_visible())  # noqa: B023
        assert not page.locator("#live .paar :is(.gefuellt, .echt)").count()  # nothing is given away
        page.keyboard.press("1")
        right += page.locator("#live .urteil").inner_text().startswith("Richtig")
        page.locator("#live .weiter").click()
    assert page.locator("#live .ergebnis-zahl").inner_text() == f"{right} von 10 erkannt"
    text = page.locator("#live .ergebnis-text").inner_text()
    assert (
        f"{10 - right}-mal von 10 als echt" in text
        and "Wer rät, erkennt im Mittel 5, und mit 89 % Wahrscheinlichkeit 3 bis 7." in text
    )
    assert {"leicht": "98 %", "mittel": "91 %", "schwer": "58 %"}[level] in text
    page.locator("#live").get_by_role("button", name="Noch einmal").click()
    assert "bleiben in diesem Browser" in page.locator("#live .spiel").inner_text()


def start_game(page, level: str = "leicht") -> None:
    open_view(page, "spiel")
    page.locator(f"#live input[value={level}]").check()
    page.get_by_role("button", name="Los").click()
    until(page, lambda: count(page, "paar") == 1 and page.locator("#live .paar").is_visible())


def pair(page) -> set[str]:
    return set(page.locator("#live .paar canvas").evaluate_all("all => all.map(e => e.toDataURL())"))


def test_levels_have_pairs_of_their_own(page):
    start_game(page)
    first = pair(page)
    page.reload()
    opened(page)
    start_game(page, "mittel")
    assert not first & pair(page)


def test_keys_answer_wherever_the_focus_is_while_a_pair_is_seen(page):
    start_game(page)
    verdict, question = page.locator("#live .urteil"), "Welches der beiden Bilder wurde repariert?"
    page.locator("#live .paar-nummer").click()
    assert page.evaluate("document.activeElement === document.body")
    page.evaluate("""document.body.append(Object.assign(document.createElement("input"), {id: "feld"}))""")
    page.locator("#feld").press("2")
    assert page.locator("#feld").input_value() == "2" and verdict.inner_text() == question
    page.evaluate("document.getElementById('feld').remove()")
    open_view(page, "fuellen")
    page.keyboard.press("2")  # nobody sees the pair
    open_view(page, "spiel")
    assert verdict.inner_text() == question
    page.locator("#live .paar-nummer").click()
    page.keyboard.press("2")
    assert verdict.inner_text().startswith(("Richtig", "Getäuscht"))
    page.locator("#live .paar-nummer").click()
    page.keyboard.press("Enter")
    until(page, lambda: count(page, "paar") == 2)


def test_full_screen_is_read_from_the_last_row_and_can_be_left(page):
    start_game(page)
    button = page.locator("#live .vollbild")
    button.click()
    until(page, lambda: button.inner_text() == "Vollbild beenden")
    assert page.locator("#live .paar-nummer").inner_text() == "Leicht: das Netz von 2025 · Paar 1 von 10"
    page.keyboard.press("1")
    verdict = page.locator("#live .urteil")
    assert verdict.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 32
    inside = "e => e.getBoundingClientRect().bottom <= innerHeight"
    assert all(page.locator(f"#live {part}").evaluate(inside) for part in (".urteil", ".weiter"))
    button.click()
    until(page, lambda: button.inner_text() == "Vollbild")


def test_section_does_without_what_it_was_not_given(open_page, live_store, live_networks, part, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", live_store)
        notebook = live_case.make_notebook(
            {"kompakt": live_networks["kompakt"]}, live_case.choose_pictures(part)
        )
        case.render_page(notebook, tmp_path / "bericht.html")
    page = opened(open_page(tmp_path / "bericht.html"))
    assert page.locator("#live .reiter label:visible").all_inner_texts() == [
        "Füllen",
        "Vorschläge",
        "Schritt für Schritt",
        "Lochgröße",
    ]
    open_view(page, "groesse")
    page.get_by_role("slider", name="Kantenlänge").fill("12")
    assert n_missing(page) == 144


# ---------------------------------------------------------------- the first screen


def test_first_screen_fills_and_can_be_painted_on(open_page, live_run):
    page = open_page(live_run / "bericht.html")
    teaser = page.locator(".teaser")
    until(
        page,
        lambda: page.locator(".teaser-stand").inner_text() == "von unserem kleinen Netz „kompakt“ gefüllt",
    )
    area = page.locator(".teaser-quelle").bounding_box()
    assert area["y"] + area["height"] < 1.35 * WIDE["height"]  # there without much scrolling
    before = int(teaser.get_attribute("data-gefuellt"))
    page.mouse.click(area["x"] + 40, area["y"] + 40)
    until(page, lambda: int(teaser.get_attribute("data-gefuellt")) > before)
    assert not teaser.locator(".einladung").is_visible()
    page.get_by_role("link", name="Echt oder gefüllt?").click()
    assert page.locator("#live").get_attribute("data-ansicht") == "spiel"
    assert page.evaluate("document.activeElement.className") == "los haupt"


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, NARROW], ids=["wide", "narrow"])
def test_first_screen_holds_pictures_and_buttons(open_page, live_run, viewport):
    page = open_page(live_run / "bericht.html", viewport)
    until(page, lambda: page.locator(".teaser").is_visible())
    for part in (".teaser-auswahl", ".teaser-noch", ".teaser-spiel"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= viewport["height"], part
    sizes = "e => e.clientWidth / e.parentElement.clientWidth"
    assert page.locator(".teaser .einladung").evaluate(sizes) < 0.5


def test_first_screen_is_a_slider_too(open_page, live_run):
    page = open_page(live_run / "bericht.html", reduced_motion="reduce")
    until(
        page,
        lambda: page.locator(".teaser-stand").inner_text() == "von unserem kleinen Netz „kompakt“ gefüllt",
    )
    slider = page.get_by_role("slider", name="Das Loch von links wieder aufdecken")
    assert slider.input_value() == "0" and slider.get_attribute("aria-valuetext") == "ganz gefüllt"
    filled = teaser_pixels(page)
    area = page.locator(".teaser-ergebnis").bounding_box()
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + 15, middle)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.75 * area["width"], middle, steps=4)
    page.mouse.up()
    assert 74 <= int(slider.input_value()) <= 76  # the line is where the pointer is
    grip = page.locator(".teaser .griff").bounding_box()
    assert abs(grip["x"] + grip["width"] / 2 - area["x"] - 0.75 * area["width"]) < 6
    assert teaser_pixels(page) != filled
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert (
        slider.get_attribute("aria-valuetext")
        == f"links {slider.input_value()} Prozent mit Loch, rechts gefüllt"
    )
    page.keyboard.press("Home")
    assert slider.input_value() == "0" and teaser_pixels(page) == filled


def test_first_screen_is_dragged_by_touch(open_page, live_run):
    page = open_page(live_run / "bericht.html", NARROW, has_touch=True, is_mobile=True)
    until(page, lambda: page.locator(".teaser").is_visible())
    canvas = page.locator(".teaser-ergebnis")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    touch = page.context.new_cdp_session(page)
    for kind, share in (("Start", 0.1), ("Move", 0.3), ("Move", 0.6), ("End", None)):
        points = [{"x": area["x"] + share * area["width"], "y": area["y"] + 40}] if share else []
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    until(page, lambda: 58 <= int(page.locator(".teaser-grenze").input_value()) <= 62)


def teaser_pixels(page) -> str:
    return page.locator(".teaser-ergebnis").evaluate("canvas => canvas.toDataURL()")


def test_reduced_motion_shows_the_end(open_page, live_run):
    page = open_page(live_run / "bericht.html", reduced_motion="reduce")
    told = page.locator(".teaser-stand")
    until(page, lambda: told.inner_text() != "")
    assert told.inner_text() == "von unserem kleinen Netz „kompakt“ gefüllt"
