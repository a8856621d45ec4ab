"""The live section in its page and on its slide: readable for everyone, in place, small; and where it cannot run."""

import pytest
from browser_case import NARROW, WIDE, open_slides, until, violations
from live_page import count, drop, open_view, opened, psnr

from inpainting import config

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_in_any_state(open_page, live_run, viewport, scheme):
    page = opened(
        open_page(live_run / "bericht.html", viewport, color_scheme=scheme, reduced_motion="reduce")
    )
    assert violations(page) == "[]"
    for view, done in (("vorschlaege", "vorschlaege"), ("schritte", "stufen"), ("groesse", "gefuellt")):
        before = count(page, done)
        open_view(page, view)
        until(page, lambda: count(page, done) > before)  # noqa: B023
        assert violations(page) == "[]", view
    open_view(page, "spiel")
    assert violations(page) == "[]", "the game's beginning"
    page.get_by_role("button", name="Los").click()
    until(page, lambda: count(page, "paar") == 1)
    assert violations(page) == "[]", "a pair"
    for n in range(1, 11):
        until(page, lambda: count(page, "paar") == n and page.locator("#live .paar").is_visible())  # noqa: B023
        page.keyboard.press("1")
        assert n > 1 or violations(page) == "[]", "an answer"
        page.keyboard.press("Enter")
    assert page.locator("#live .ergebnis-zahl").is_visible()
    assert violations(page) == "[]", "the game's end"
    open_view(page, "fuellen")
    page.get_by_role("button", name="Leeren").click()
    assert violations(page) == "[]", "no hole"
    drop(page, "kaputt.png", "image/png", b"")
    assert violations(page) == "[]", "an error"
    page.get_by_title("Foto mit Kratzern").click()
    until(page, lambda: psnr(page).endswith("dB"))
    assert violations(page) == "[]", "a photograph"
    credit = page.locator("#live .meldung")
    assert "NASA" in credit.inner_text()
    open_view(page, "spiel")
    assert credit.text_content() == ""  # there is no photograph in the game
    open_view(page, "fuellen")
    assert "NASA" in credit.inner_text()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_the_screen(open_page, live_run, width):
    page = opened(open_page(live_run / "bericht.html", {"width": width, "height": 800}))
    for view in ("fuellen", "vorschlaege", "schritte", "groesse", "spiel"):
        open_view(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_figure_stands_in_without_javascript(open_page, live_run):
    page = open_page(live_run / "bericht.html", java_script_enabled=False)
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()


def test_figure_stands_in_without_vector_instructions(browser, live_run):
    page = browser.new_page()
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto((live_run / "bericht.html").as_uri())
    assert "SIMD" in page.locator("#abb-live .live-meldung").inner_text()
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()
    page.close()


def test_figure_stands_in_without_a_worker(browser, live_run):
    page = browser.new_page()
    page.add_init_script("""window.Worker = class { constructor() { setTimeout(() => this.onerror(new Event("error"))); }
      postMessage() {} }""")
    page.goto((live_run / "bericht.html").as_uri())
    assert "nicht im Hintergrund rechnen" in page.locator("#abb-live .live-meldung").inner_text()
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()
    page.close()


def test_policy_forbids_connections(browser, live_run):
    page = browser.new_page()
    page.goto((live_run / "bericht.html").as_uri())
    refused = page.evaluate("fetch('data:text/plain,x').then(() => 'open', () => 'refused')")
    page.close()
    assert refused == "refused"


def test_page_stays_small():
    pages = list(config.RESULTS.glob("*/bericht.html"))
    if not pages:
        pytest.skip("there is no rendered report in results/")
    assert all(path.stat().st_size <= 12e6 for path in pages)


def test_slide_is_the_section_in_large(open_page, live_run):
    page = open_slides(open_page, live_run)
    page.evaluate("Reveal.slide(2)")
    opened(page)
    until(page, lambda: page.locator("#live .tafeln .zahl:visible").count() == 3)
    width = "all => all.map(e => Math.round(e.getBoundingClientRect().width))"
    assert min(page.locator("#live :is(.leinwand, .ergebnis)").evaluate_all(width)) >= 440
    tiles = page.locator("#live .tafeln li:visible")
    assert [tiles.nth(i).get_attribute("data-tafel") for i in range(3)] == ["kompakt", "prior", "original"]
    assert tiles.count() == 3 and min(tiles.locator("canvas").evaluate_all(width)) >= 160
    small = page.evaluate("""() => [...document.querySelectorAll('#live *')].filter(e =>
      [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility()
      && !e.closest('.nebenher') && getComputedStyle(e).clipPath === 'none' && parseFloat(getComputedStyle(e).fontSize) < 24).map(e => e.outerHTML)""")
    assert small == []


def test_slide_has_its_planned_holes_behind_a_menu(open_page, live_run):
    page = open_slides(open_page, live_run)
    page.evaluate("Reveal.slide(2)")
    opened(page)
    hole = page.locator("#live [data-maske=mitte16]")
    assert not hole.is_visible()
    page.locator("#live summary").press("Enter")
    box = page.locator("#live .lochplan fieldset").bounding_box()
    assert box["y"] > 0 and box["x"] + box["width"] < 1280 and box["y"] + box["height"] < 700
    hole.press("Enter")
    until(page, lambda: not hole.is_visible())
    assert page.locator("#live .stand").inner_text().startswith("256 ")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["fuellen", "vorschlaege", "schritte", "groesse", "spiel"])
def test_slide_fits_and_keeps_its_keys(open_page, live_run, view, scheme):
    page = open_slides(open_page, live_run, color_scheme=scheme)
    page.evaluate("Reveal.slide(2)")
    opened(page)
    open_view(page, view)
    if view == "spiel":
        page.get_by_role("button", name="Los").click()
        until(page, lambda: count(page, "paar") == 1)
    over = page.evaluate("""() => { const f = Reveal.getCurrentSlide().getBoundingClientRect();
      return [...document.querySelectorAll('#live :is(canvas, button, input, p, svg)')].filter(e => {
        const b = e.getBoundingClientRect(), isHidden = getComputedStyle(e).clipPath !== 'none' || !e.checkVisibility();
        return b.width && !isHidden && (b.bottom > f.bottom || b.right > f.right || b.top < f.top); })
        .map(e => e.className + e.tagName + e.textContent.slice(0, 20)); }""")
    assert over == []
    astray = page.evaluate("""() => [...document.querySelectorAll('#live figure:has(canvas)')].filter(f => {
      const [picture, text] = ['canvas', 'figcaption'].map(e => f.querySelector(e).getBoundingClientRect());
      return text.height && (text.top < picture.bottom - 1 || text.top > picture.bottom + 8
        || text.left < picture.left - 1 || text.right > f.parentElement.getBoundingClientRect().right + 1);
    }).map(f => f.textContent)""")
    assert astray == []  # every picture's words are under it
    assert violations(page) == "[]"
    ours = page.locator("#live .kurve.kompakt").evaluate("e => getComputedStyle(e).color")
    assert ours == "rgb(0, 114, 178)"  # slides are light, whatever the reader prefers
    if view != "spiel":
        page.locator("#live .leinwand").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices().h") == 3
