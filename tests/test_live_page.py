"""The live section in its page and on its slide: readable for everyone, in place, small; and where it cannot run."""

import base64

import live_case
import pytest
import report_case as case
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


@pytest.fixture(scope="module")
def many_figures(live_store, live_networks, part, tmp_path_factory):
    """A page with a long way to its live section."""
    folder = tmp_path_factory.mktemp("viele")
    notebook = live_case.make_notebook(live_networks, live_case.choose_pictures(part))
    for n in range(24):  # a browser loads late what is thousands of pixels away
        figure = case.figure(f"bild{n}", "Ein Bild, breiter als ein Telefon.", raster=True)
        own = base64.b64decode(figure.data["image/png"]) + bytes([n])  # the same one is not loaded twice
        figure.data["image/png"] = base64.b64encode(own).decode()
        notebook.cells.insert(3, case.code("show_figure(…)", figure))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", live_store)
        case.render_page(notebook, folder / "bericht.html")
    return folder


@pytest.mark.parametrize("viewport", [NARROW, {"width": 720, "height": 450}], ids=["narrow", "low"])
def test_link_to_the_section_ends_there(open_page, many_figures, viewport):
    page = opened(open_page(many_figures / "bericht.html", viewport))
    page.evaluate("document.documentElement.style.scrollBehavior = ''")  # as readers have it
    page.evaluate("addEventListener('scrollend', () => { window.isThere = true; })")
    page.locator(".wege .ausprobieren").evaluate("link => link.click()")
    until(page, lambda: page.evaluate("window.isThere"))
    assert 0 <= page.locator("#abb-live").bounding_box()["y"] <= 60


@pytest.mark.parametrize("viewport", [NARROW, {"width": 720, "height": 450}], ids=["narrow", "low"])
def test_address_of_the_section_opens_there_until_the_reader_acts(open_page, many_figures, viewport):
    page = opened(open_page(many_figures / "bericht.html", viewport, query="#abb-live"))
    section = page.locator("#abb-live")
    until(page, lambda: 0 <= section.bounding_box()["y"] <= 60)
    page.evaluate("dispatchEvent(new WheelEvent('wheel')); scrollTo({ top: 0, behavior: 'instant' })")
    page.evaluate("document.querySelector('header').style.marginTop = '50px'")  # the page grows
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("scrollY") < 100


def test_contents_and_figures_lead_to_the_section(open_page, live_run):
    page = opened(open_page(live_run / "bericht.html"))
    page.get_by_role("navigation").get_by_role("link", name="Selbst ausprobieren").first.click()
    assert page.url.endswith("#abb-live")
    assert page.locator(".selbst-sehen").count() == 1
    page.locator("#abb-bremsen").get_by_role("link", name="selbst sehen").click()
    assert page.locator("#live").get_attribute("data-ansicht") == "groesse"
    until(page, lambda: 0 <= page.locator("#abb-live").bounding_box()["y"] <= 60)
    page.go_back()
    until(page, lambda: page.locator("#live").get_attribute("data-ansicht") == "groesse")


def test_pictures_say_what_their_rank_is_of(open_page, live_run):
    page = opened(open_page(live_run / "bericht.html"))
    assert page.locator("#live .auswahl .kopf").inner_text() == "Rang bei kompakt:"
    names = page.locator("#live .auswahl label").evaluate_all("all => all.map(label => label.title)")
    assert len(set(names)) == len(names)
    ranked = [name for name in names if name.startswith("Rang bei kompakt, ")]
    assert ranked == names[-3:] and all(": " in name for name in ranked)
    words = page.locator("#live .auswahl label").all_inner_texts()
    assert [text.split()[-1] for text in words[-3:]] == [name.split(": ")[1] for name in ranked]
    tiles = page.locator("#live .tafeln .name").all_inner_texts()
    assert all(name[0].isupper() for name in tiles)


def test_canvas_names_its_picture_and_every_view_has_a_heading(open_page, live_run):
    page = opened(open_page(live_run / "bericht.html"))
    page.get_by_role("radio", name="Katze", exact=True).check()
    label = page.locator("#live .leinwand").get_attribute("aria-label")
    assert label == "Katze, Maske, 32 mal 32 Pixel"
    for view in ("fuellen", "vorschlaege", "schritte", "groesse", "spiel"):
        open_view(page, view)
        name = page.locator(f"#live input[value={view}] + span").inner_text()
        assert page.locator("#live").get_by_role("heading", name=name, exact=True).count() == 1


def test_print_shows_the_still_and_no_controls(open_page, live_run):
    page = opened(open_page(live_run / "bericht.html"))
    page.emulate_media(media="print")
    assert page.locator(".auftakt .standbild img").is_visible()
    assert page.locator("#abb-live .standbild img").is_visible()
    for part in (".teaser", "#live", ".selbst-sehen", ".fest"):
        assert not page.locator(part).is_visible(), part


def test_figure_stands_in_without_javascript(open_page, live_run):
    page = open_page(live_run / "bericht.html", java_script_enabled=False)
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()
    assert not page.locator(".selbst-sehen").is_visible()


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
