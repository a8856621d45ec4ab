"""The live section painted on by pointer, touch and keyboard: the fill follows, and who is best is marked."""

import re

import pytest
from browser_case import NARROW, until
from live_page import (
    count,
    drag,
    drop,
    encode,
    n_missing,
    open_view,
    opened,
    pixel,
    psnr,
    read,
    wait_for_fill,
)
from PIL import Image

pytestmark = pytest.mark.browser


def test_brush_rectangle_eraser_and_undo(page):
    assert page.locator("#live .malen .einladung").is_visible()
    page.get_by_role("button", name="Leeren").click()
    assert n_missing(page) == 0 and psnr(page) == "–"
    assert page.locator("#live .gezeigt").inner_text().startswith("Noch kein Loch")
    page.reload()
    opened(page)
    assert page.locator("#live .malen .einladung").is_visible()
    page.get_by_role("button", name="Leeren").click()
    before = count(page)
    drag(page, (4, 10), (27, 10))
    assert n_missing(page) == 26 * 3  # a brush of three pixels
    assert not page.locator("#live .malen .einladung").is_visible()
    wait_for_fill(page, before)
    until(page, lambda: re.fullmatch(r"−?\d+,\d dB", psnr(page)))
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (2, 20), (5, 24))
    assert n_missing(page) == 26 * 3 + 20
    page.get_by_role("radio", name="Radierer").check()
    drag(page, (2, 20), (2, 24))
    erased = n_missing(page)
    assert erased < 26 * 3 + 20 - 9
    page.get_by_role("button", name="Rückgängig").click()
    assert n_missing(page) == 26 * 3 + 20


def test_picture_without_a_hole_is_shown_and_invites(page):
    invitation = page.locator("#live .malen .einladung")
    page.locator("#live .leinwand").click(position={"x": 30, "y": 30})
    assert not invitation.is_visible()
    page.get_by_role("button", name="Leeren").click()
    assert invitation.is_visible()
    assert read(page, ".ergebnis", 310, 310) == pixel(page, 15, 15) == pixel(page, 15, 15, "original")
    page.get_by_role("button", name="Rückgängig").click()
    assert not invitation.is_visible()
    drop(page, "grau.png", "image/png", encode(Image.new("RGB", (32, 32), (90, 60, 30)), "PNG"))
    assert invitation.is_visible() and read(page, ".ergebnis", 310, 310) == [90, 60, 30]
    drag(page, (10, 10), (12, 10))
    assert not invitation.is_visible()


def test_every_picture_keeps_what_was_painted_on_it(page):
    drag(page, (4, 4), (9, 4))
    painted = n_missing(page)
    second = page.locator("#live .auswahl label").nth(2)
    second.click()
    assert n_missing(page) == 64
    open_view(page, "groesse")
    page.get_by_role("slider", name="Kantenlänge").fill("12")
    page.locator("#live .auswahl label").nth(1).click()
    open_view(page, "fuellen")
    assert n_missing(page) == painted
    page.get_by_role("button", name="Rückgängig").click()
    second.click()
    assert n_missing(page) == 64  # the view's square is not the reader's mask


def test_fill_follows_the_mask_and_is_shown_in_full(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15))
    assert pixel(page, 2, 2, "kompakt") == pixel(page, 2, 2)  # known pixels stay
    until(page, lambda: psnr(page) != "…")
    assert page.locator("#live .grenze").input_value() == "0"
    assert read(page, ".ergebnis", 310, 310) == pixel(page, 15, 15, "kompakt")
    masked = read(page, ".leinwand", 310, 310)
    assert max(masked) < 140  # hatched


def test_full_mask_is_refused_and_nothing_is_lost(page):
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (0, 0), (31, 31))
    assert n_missing(page) == 1024
    assert "Kein Pixel ist bekannt" in page.locator("#live .meldung").inner_text()
    gap = page.evaluate("""() => { const [below, above] = ['.meldung', '.malen']
      .map(e => document.querySelector('#live ' + e).getBoundingClientRect());
      return below.top - above.bottom; }""")
    assert 0 <= gap < 30  # where one looks
    assert psnr(page) == "–"
    assert page.locator("#live .gezeigt").inner_text() == "Nichts ist bekannt, also ist nichts gefüllt."
    assert max(read(page, ".ergebnis", 310, 310)) < 140  # hatched, not the true picture
    before = count(page)
    page.get_by_role("button", name="Rückgängig").click()
    assert page.locator("#live .meldung").inner_text() == ""
    wait_for_fill(page, before)


@pytest.mark.parametrize(
    "button, low, high",
    [
        ("Quadrat", 64, 64),
        ("Mitte", 256, 256),
        ("Linien", 1, 500),
        ("Freiform", 103, 425),
        ("Pixel", 430, 600),
        ("Hälfte", 512, 512),
    ],
)
def test_suites_cover_what_they_promise(page, button, low, high):
    for _ in range(5):
        page.get_by_role("button", name=button, exact=True).click()
        assert low <= n_missing(page) <= high


def test_keyboard_alone(page):
    page.get_by_role("radio", name="Füllen").focus()
    while page.evaluate("document.activeElement.className") != "leinwand":
        page.keyboard.press("Tab")
    said = page.locator("#live .ansage-taste")
    page.keyboard.press("r")
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    before = n_missing(page)
    assert "Zeile 18, Spalte 19" in said.inner_text()
    page.keyboard.press("Space")
    assert before <= n_missing(page) <= before + 6 and n_missing(page) >= 6
    assert not page.locator("#live .malen .einladung").is_visible()
    page.keyboard.press("z")
    assert n_missing(page) == before and said.inner_text() == f"Rückgängig gemacht: {before} Pixel fehlen."
    for key in ("b", "+", "+", "Home", "Enter"):
        page.keyboard.press(key)
    assert page.locator("#live .groesse").input_value() == "5"
    spoken = page.locator("#live .ansage")
    until(page, lambda: re.search(r"PSNR im Loch: Unser Netz, kompakt .* Dezibel", spoken.inner_text()))
    assert said.inner_text() == "Gemalt."  # the result has a voice of its own
    assert re.search("am genauesten|gleichauf vorn", spoken.inner_text())
    methods = ("kompakt", "prior", "biharmonisch", "original")
    n_best = sum(bool(page.locator(f"#live [data-tafel={n}] .marke").inner_text()) for n in methods)
    assert spoken.inner_text().count("Dezibel") <= 1 + n_best  # the chosen one and the best, no other
    page.keyboard.press("Shift+ArrowLeft")
    assert "Spalte 11" in said.inner_text()


def test_what_was_found_for_another_hole_is_not_told(page):
    spoken = page.locator("#live .ansage")
    page.locator("#live [data-maske=mitte16]").click()
    until(page, lambda: "Dezibel" in spoken.inner_text())
    stroke = "document.querySelector('#live .malen .leinwand')"
    key = f"{stroke}.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter', bubbles: true}}))"
    assert (
        page.evaluate(f"() => {{ {key}; return document.querySelector('#live .ansage').textContent; }}") == ""
    )
    until(page, lambda: "Dezibel" in spoken.inner_text())


def test_all_views_and_tools_by_keyboard(page):
    page.get_by_role("radio", name="Füllen").focus()
    for view in ("vorschlaege", "schritte", "groesse", "spiel"):
        page.keyboard.press("ArrowRight")
        assert page.locator("#live").get_attribute("data-ansicht") == view
    page.keyboard.press("Tab")  # the level,
    page.keyboard.press("Tab")  # and the start
    page.keyboard.press("Enter")
    until(page, lambda: count(page, "paar") == 1)
    page.keyboard.press("2")
    assert page.locator("#live .urteil").inner_text().startswith(("Richtig", "Getäuscht"))
    page.keyboard.press("Enter")
    until(page, lambda: count(page, "paar") == 2)


def test_touch_paints_and_does_not_scroll(open_page, live_run):
    page = opened(open_page(live_run / "bericht.html", NARROW, has_touch=True, is_mobile=True))
    page.locator("#live .leeren").tap()
    page.locator("#live .leinwand").tap(position={"x": 100, "y": 100})
    assert n_missing(page) == 9
    assert page.locator("#live .leinwand").evaluate("e => getComputedStyle(e).touchAction") == "none"


@pytest.mark.parametrize("view", ["fuellen", "vorschlaege", "schritte", "groesse"])
def test_result_stands_beside_the_canvas_on_a_phone(open_page, live_run, view):
    page = opened(open_page(live_run / "bericht.html", NARROW))
    open_view(page, view)
    places = """() => [...document.querySelectorAll('#live, #live .leinwand, #live .ansicht canvas:not(.mehr *)')]
      .filter(e => e.getClientRects().length).map(e => e.getBoundingClientRect().toJSON())"""
    section, canvas, *boxes = page.evaluate(places)  # at one moment: what stands above may still grow
    first = boxes[0]
    assert first["x"] >= canvas["x"] + canvas["width"] and canvas["width"] > 150
    assert abs(first["y"] - canvas["y"]) < 5 and abs(first["width"] - canvas["width"]) < 5
    assert len(boxes) == {"fuellen": 1, "vorschlaege": 4, "schritte": 1, "groesse": 4}[view]
    smallest = {"vorschlaege": 150, "groesse": 100}.get(view, 150)
    assert all(box["width"] > smallest for box in boxes)
    assert max(box["bottom"] for box in boxes) - section["y"] < NARROW["height"]  # all on one screen


def test_slider_uncovers_the_hole(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15) and psnr(page) != "…")
    slider = page.get_by_role("slider", name="Vergleich")
    filled = read(page, ".ergebnis", 310, 310)
    slider.fill("100")
    assert read(page, ".ergebnis", 310, 310) != filled
    assert slider.get_attribute("aria-valuetext").startswith("links 100 Prozent")
    slider.fill("0")
    assert read(page, ".ergebnis", 310, 310) == filled
    page.get_by_role("button", name="Biharmonisch").click()
    until(page, lambda: page.locator("#live .gezeigt").inner_text().startswith("Biharmonisch · "))
    assert read(page, ".ergebnis", 310, 310) != filled


def test_painting_does_not_wait_and_the_newest_wins(page):
    before = count(page)
    during = page.evaluate("""() => { const canvas = document.querySelector('#live .leinwand');
      canvas.setPointerCapture = () => {};
      const area = canvas.getBoundingClientRect(), at = (type, i) => canvas.dispatchEvent(
        new PointerEvent(type, {pointerId: 1, button: 0, clientX: area.left + 5 + i, clientY: area.top + 80}));
      at('pointerdown', 0); for (let i = 0; i < 200; i++) at('pointermove', i); at('pointerup', 200);
      return Number(document.getElementById('live').dataset.gefuellt); }""")
    assert during == before  # 200 moves in one task, in which no network ran,
    assert n_missing(page) > 50  # and the mask is there
    until(page, lambda: psnr(page) not in ("…", "–"))
    until(page, lambda: psnr(page, "original") not in ("…", "–"))
    assert count(page) - before < 20  # not one fill a move: only the newest mask counts


def test_best_is_marked_and_ties_too(page):
    page.get_by_role("button", name="Mitte").click()
    methods = ("kompakt", "prior", "biharmonisch", "original")
    until(page, lambda: all(psnr(page, name).endswith("dB") for name in methods))
    values = {name: float(psnr(page, name)[:-3].replace(",", ".").replace("−", "-")) for name in methods}
    best = {name for name in methods if values[name] == max(values.values())}
    marked = {n for n in methods if page.locator(f"#live [data-tafel={n}] .marke").inner_text()}
    assert marked == best
    # where all is as its surroundings, everybody is right
    drop(page, "grau.png", "image/png", encode(Image.new("RGB", (32, 32), (90, 90, 90)), "PNG"))
    page.get_by_role("button", name="Quadrat").click()
    until(page, lambda: psnr(page, "biharmonisch") == psnr(page, "kompakt") == "60,0 dB" or psnr(page) != "…")


def test_single_pictures_scatter(page):
    text, mark = page.locator("#live .streuung"), page.locator("#live .streuung .zeiger")
    assert "der 10\u202f000 Testbilder (Quadrat 8×8)" in text.inner_text()
    axis = page.locator("#live .streuung svg text").all_text_contents()
    assert {"ungenauer", "genauer", "Vorsprung vor Biharmonisch (dB)"} <= set(axis)
    until(page, lambda: re.search(r"Dieses Bild, dieses Loch: [+−]\d+,\d dB", text.inner_text()))
    assert mark.get_attribute("visibility") == "visible"
    first, place = text.inner_text(), mark.get_attribute("transform")
    assert re.search(
        "„Unser Netz, kompakt“ genauer als „Biharmonisch“; „Netz von 2025“ ist es auf 9 %", first
    )
    page.get_by_role("button", name="Netz von 2025").click()  # its own histogram, and its own place in it
    until(page, lambda: "„Netz von 2025“ genauer als „Biharmonisch“" in text.inner_text())
    assert mark.get_attribute("visibility") == "visible" and mark.get_attribute("transform") != place
    page.get_by_role("button", name="Unser Netz, kompakt").click()
    assert text.inner_text() == first
    page.get_by_role("button", name="Mitte").click()  # another hole: not among those that were counted
    until(page, lambda: re.search(r"[+−]\d+,\d dB; das Bild darüber zählt nur", text.inner_text()))
    assert mark.get_attribute("visibility") == "hidden"
