"""The finished documents in Debian's Chromium: what a reader sees, hears and can do."""

import pypdf
import pytest
import report_case as case
from browser_case import NARROW, WIDE, open_slides, until, violations

from inpainting import config

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return case.make_run(tmp_path_factory.mktemp("lauf"))


@pytest.fixture(scope="module", params=["miniature", "referenz"])
def any_run(request, run):
    """The notebook in miniature, and the committed reference run."""
    if request.param == "miniature":
        return run
    if not (config.REFERENCE / "folien.html").exists():
        pytest.skip("there is no rendered reference run in results/referenz")
    return config.REFERENCE


# ---------------------------------------------------------------- the report


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(open_page, any_run, viewport, scheme):
    page = open_page(any_run / "bericht.html", viewport, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert violations(page) == "[]"


def test_axe_finds_nothing_in_a_table_of_groups(open_page, tmp_path):
    case.render_page(case.make_grouped(), tmp_path / "bericht.html")
    case.render_slides(case.make_grouped(), tmp_path / "folien.html")
    assert violations(open_page(tmp_path / "bericht.html")) == "[]"
    page = open_slides(open_page, tmp_path)
    page.evaluate("Reveal.slide(Reveal.getTotalSlides() - 2)")
    assert page.locator("section.present h2").inner_text() == "In Gruppen"
    assert violations(page) == "[]"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(open_page, any_run, width):
    page = open_page(any_run / "bericht.html", {"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_tables_of_a_report_fit_beside_its_contents(open_page, any_run):
    page = open_page(any_run / "bericht.html", {"width": 1280, "height": 800})
    cut = page.evaluate("""[...document.querySelectorAll('.breit')]
        .filter(b => b.scrollWidth > b.clientWidth).map(b => b.closest('figure').id)""")
    assert set(cut) <= {"tab-breit"}  # wide on purpose


def test_wide_table_scrolls_by_itself(open_page, run):
    page = open_page(run / "bericht.html", NARROW)
    inner, outer = page.evaluate(
        "(b => [b.scrollWidth, b.clientWidth])(document.querySelector('#tab-breit .breit'))"
    )
    assert inner > outer


def test_one_switch_shows_all_code(open_page, run):
    page = open_page(run / "bericht.html")
    assert page.locator("details.code[open]").count() == 0
    page.get_by_role("button", name="Code zeigen").click()
    assert page.locator("details.code:not([open])").count() == 0
    page.get_by_role("button", name="Code verbergen").click()
    assert page.locator("details.code[open]").count() == 0


def test_figure_enlarges_and_closes_by_keyboard(open_page, run):
    page = open_page(run / "bericht.html")
    page.get_by_role("button", name="Abbildung 1 vergrößern").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Abbildung 1")
    assert dialog.get_by_role("img").get_attribute("alt") == case.ALT
    assert dialog.bounding_box()["width"] > 1000
    assert violations(page) == "[]"
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_link_to_a_listing_unfolds_it(open_page, run):
    page = open_page(run / "bericht.html")
    link = page.locator('.listings a[href^="#code-"]').first
    link.click()
    folded = page.locator(link.get_attribute("href"))
    assert folded.get_attribute("open") is not None
    page.goto(page.url.partition("#")[0] + "#listing-3")
    assert page.locator("#listing-3 pre").first.is_visible()


def test_contents_fold_on_narrow_screens(open_page, run):
    page = open_page(run / "bericht.html", NARROW)
    contents = page.get_by_role("navigation", name="Inhaltsverzeichnis")
    assert not contents.get_by_role("link").first.is_visible()
    contents.get_by_text("Inhalt", exact=True).click()
    contents.get_by_role("link", name="3 Ergebnisse").click()
    assert "ergebnisse" in page.url


def test_readable_without_javascript(open_page, run):
    page = open_page(run / "bericht.html", java_script_enabled=False)
    assert page.get_by_role("heading", name="Problemstellung").is_visible()
    assert page.get_by_role("link", name="Ergebnisse").first.is_visible()
    assert not page.locator("#codeschalter").is_visible()
    page.locator("details:has(#listing-2) > summary").click()
    assert page.locator("#listing-2 pre").first.is_visible()


def test_fonts_come_from_the_page(open_page, run):
    page = open_page(run / "bericht.html")
    assert page.evaluate("document.fonts.ready.then(f => f.check('16px \"Source Serif 4\"', 'Größe'))")


def test_figures_do_not_glare_in_dark_mode(open_page, run):
    page = open_page(run / "bericht.html", color_scheme="dark")
    ground = """(image) => new Promise((done) => {
      const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
      context.filter = getComputedStyle(image).filter;
      context.fillStyle = getComputedStyle(image).backgroundColor;
      context.fillRect(0, 0, 9, 9);
      done(context.getImageData(4, 4, 1, 1).data[0]);
    })"""
    drawing, photograph = (page.locator(f"#abb-{name} img") for name in ("verlauf", "bilder"))
    assert drawing.evaluate(ground) < 60 and 120 < photograph.evaluate(ground) < 215
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"


def test_figures_keep_their_size_on_narrow_screens(open_page, any_run):
    page = open_page(any_run / "bericht.html", NARROW)
    widths = page.evaluate("""[...document.querySelectorAll('.abbildung:not(.live) .standbild')]
        .map(e => [e.querySelector('img').clientWidth, e.scrollWidth, e.clientWidth])""")
    assert widths and all(
        image >= min(700, scroll) and scroll >= image >= shown for image, scroll, shown in widths
    )


def test_no_formula_is_cut_on_narrow_screens(open_page, any_run):
    page = open_page(any_run / "bericht.html", NARROW)
    page.evaluate("document.fonts.ready")
    cut = page.evaluate("""[...document.querySelectorAll('.gleichung > .breit')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.parentElement.id)""")
    assert cut == []


def test_contents_are_seen_whole(open_page, any_run):
    page = open_page(any_run / "bericht.html", {"width": 1440, "height": 900})
    for place in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo({{top: {place}, behavior: 'instant'}})")
        seen = """(d => d.scrollHeight - d.clientHeight <= 1 && d.querySelector('[aria-current]').clientHeight > 0)
            (document.querySelector('nav.inhalt details'))"""
        until(page, lambda: page.evaluate(seen))  # noqa: B023


def test_print_leaves_out_the_navigation(open_page, run, tmp_path):
    page = open_page(run / "bericht.html")
    page.pdf(path=tmp_path / "druck.pdf", format="A4")
    first = pypdf.PdfReader(tmp_path / "druck.pdf").pages[0].extract_text()
    assert "Image Inpainting mit CNNs" in first and "Code zeigen" not in first
    assert "Executive Summary" in first  # no page that is empty or holds the title alone


def test_print_cuts_no_code_and_keeps_captions_with_their_tables(open_page, run):
    page = open_page(run / "bericht.html", {"width": 700, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("document.querySelector('main > pre code').textContent = 'x = 1; '.repeat(99)")
    assert page.locator("main > pre").first.evaluate("e => e.scrollWidth <= e.clientWidth")
    caption = page.locator(".tabelle figcaption").first
    assert caption.evaluate("e => getComputedStyle(e).breakAfter") == "avoid"


def test_long_words_break_in_print(open_page, tmp_path):
    case.make_run(tmp_path, title="Silbe" * 40)
    page = open_page(tmp_path / "bericht.html", {"width": 700, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_first_screen_shows_picture_result_and_ways(open_page, run):
    page = open_page(run / "bericht.html", {"width": 1440, "height": 900})
    for selector in (".auftakt img", ".ergebnis", ".wege"):
        box = page.locator(selector).bounding_box()
        assert box and box["y"] < 800, selector
    ways = page.locator(".wege a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert ways[:3] == ["bericht.pdf", "folien.html", "bericht.ipynb"] and ways[3] == "#programmcode"
    assert all((run / name).is_file() for name in ways[:3])


def test_figures_use_the_width(open_page, run):
    page = open_page(run / "bericht.html", {"width": 1440, "height": 900})
    assert page.locator("#abb-bilder img").bounding_box()["width"] == pytest.approx(935, abs=25)
    assert 780 <= page.locator("#problemstellung + p").bounding_box()["width"] <= 840


def test_reference_shows_its_target_on_hover(open_page, run):
    page = open_page(run / "bericht.html")
    card = page.get_by_role("tooltip")
    page.locator('main a[href^="#ref-"]').first.hover()
    card.get_by_text("Learning Multiple Layers").wait_for()
    assert violations(page) == "[]"
    page.clock.install()
    card.hover()
    page.clock.run_for(2000)
    assert card.is_visible()  # it stays while the mouse is on it
    page.keyboard.press("Escape")
    assert not card.is_visible()


def test_long_table_says_on_hover_that_it_goes_on(open_page, tmp_path):
    notebook = case.make_notebook()
    rows = [[f"Verfahren {n}", "viele Worte " * 4, "1"] for n in range(20)]
    notebook.cells.insert(
        1, case.code("show_table(long)", case.table("lang", "Lang.", case.Table(["a", "b", "c"], rows)))
    )
    notebook.cells.insert(2, case.text("Siehe @tab:lang und @tab:ergebnis."))
    case.render_page(notebook, tmp_path / "bericht.html")
    page = open_page(tmp_path / "bericht.html")
    card = page.get_by_role("tooltip")
    page.locator('main a.verweis[href="#tab-lang"]').first.hover()
    until(page, card.is_visible)
    words = card.locator("tbody tr").all_inner_texts()
    assert 2 <= len(words) <= 8 and words[0].startswith("Verfahren 0") and words[-1].strip() == "…"
    assert card.evaluate("e => e.scrollHeight <= e.clientHeight")
    page.keyboard.press("Escape")
    page.locator('main a.verweis[href="#tab-ergebnis"]').first.hover()
    until(page, card.is_visible)
    assert card.locator("tbody tr").count() == 3  # a short one is whole


def test_reference_shows_its_target_on_focus(open_page, run):
    page = open_page(run / "bericht.html")
    link = page.locator('main a.verweis[href="#abb-verlauf"]').first
    page.keyboard.press("Tab")
    link.focus()
    card = page.get_by_role("tooltip")
    card.get_by_text("Verlauf des Verlusts").wait_for()
    assert card.locator("img").get_attribute("alt") == case.ALT
    assert link.get_attribute("aria-describedby") == "karte"
    page.keyboard.press("Tab")
    assert not card.is_visible()


def test_magnifier_is_seen(open_page, run):
    page = open_page(run / "bericht.html")
    mark = "e => getComputedStyle(e, '::after').backgroundImage"
    assert page.locator("#abb-verlauf .lupe").evaluate(mark).startswith("url(")


def test_headings_can_be_linked_to(open_page, run):
    page = open_page(run / "bericht.html")
    page.locator("#methode").hover()
    page.locator("#methode .anker").click()
    assert page.url.endswith("#methode")


def test_formulas_are_valid_mathml(open_page, run):
    page = open_page(run / "bericht.html")
    wrong = page.evaluate("""() => {
      const sizes = {mfrac: 2, msub: 2, msup: 2, msubsup: 3, munder: 2, mover: 2, munderover: 3, mroot: 2};
      return Object.entries(sizes).flatMap(([name, n]) =>
        [...document.querySelectorAll(name)].filter(e => e.children.length !== n).map(e => e.outerHTML));
    }""")
    assert wrong == [] and page.locator("mfrac").count() >= 2


def test_title_with_markup_does_nothing(open_page, tmp_path):
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    case.render_page(case.make_notebook(title=evil), tmp_path / "bericht.html")
    page = open_page(tmp_path / "bericht.html")
    assert page.locator("h1").inner_text() == evil


# ---------------------------------------------------------------- the talk


def test_nothing_overflows_a_slide(open_page, any_run):
    page = open_slides(open_page, any_run)
    total = page.evaluate("Reveal.getTotalSlides()")
    assert total >= 10
    for n in range(total):
        page.evaluate(f"Reveal.slide({n})")
        over = page.evaluate(
            """() => {
              const slide = Reveal.getCurrentSlide(), frame = slide.getBoundingClientRect();
              const out = e => { const b = e.getBoundingClientRect();
                return b.width && (b.bottom > frame.bottom + 1 || b.right > frame.right + 1 || b.top < frame.top - 1); };
              const area = slide.querySelector('.flaeche');
              return [slide.scrollHeight > 720, slide.scrollWidth > 1280, area && area.scrollHeight > area.clientHeight + 1,
                      [...slide.querySelectorAll('h2, li, table, img, figcaption, .zeichnung > svg, .ausgang')].some(out)];
            }"""
        )
        assert not any(over), f"slide {n + 1}: {over}"


def test_axe_finds_nothing_on_slides(open_page, run):
    page = open_slides(open_page, run)
    for n in (0, 1, 2, 11):
        page.evaluate(f"Reveal.slide({n})")
        assert violations(page) == "[]", f"slide {n + 1}"


@pytest.mark.parametrize("title", ["Wort " * 40, "Silbe" * 40], ids=["words", "one word"])
def test_longest_title_fits(open_page, tmp_path, title):
    case.make_run(tmp_path, title=title, authors=title, course=title)
    page = open_page(tmp_path / "folien.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    size = page.evaluate("(s => [s.scrollWidth, s.scrollHeight])(Reveal.getCurrentSlide())")
    assert size[0] <= 1280 and size[1] <= 720
    page = open_page(tmp_path / "bericht.html", NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_arrow_keys_turn_the_pages(open_page, run):
    page = open_slides(open_page, run)
    page.keyboard.press("ArrowRight")
    assert page.locator("section.present h2").inner_text() == "Bilder flicken"
    assert not page.locator("aside.notes").first.is_visible()


def test_slides_print_one_to_a_page(open_page, run, tmp_path):
    page = open_slides(open_page, run, query="?print-pdf")
    page.wait_for_selector(".pdf-page")
    page.pdf(path=tmp_path / "folien.pdf", prefer_css_page_size=True, print_background=True)
    printed = pypdf.PdfReader(tmp_path / "folien.pdf")
    assert len(printed.pages) == 12
    assert "Bilder flicken" in printed.pages[1].extract_text()
    shown = page.evaluate("""[...document.querySelectorAll('.pdf-page')].map(p => {
      const page = p.getBoundingClientRect(), title = p.querySelector('h1, h2').getBoundingClientRect();
      return {margin: [title.left - page.left, title.top - page.top],
              images: [...p.querySelectorAll('img')].map(i => i.clientHeight)};
    })""")
    assert all(min(slide["margin"]) > 40 for slide in shown)
    assert all(height > 100 for slide in shown for height in slide["images"])


def test_points_appear_one_after_another(open_page, tmp_path):
    notebook = case.make_notebook()
    content = next(c for c in notebook.cells if "folie" in c.metadata.tags).outputs[0]
    content.data[case.SLIDE_MIME]["steps"] = True
    page = open_slides(open_page, case.make_run(tmp_path, notebook))
    page.keyboard.press("ArrowRight")
    points = page.locator("section.present li")
    seen = "e => getComputedStyle(e).visibility"
    assert points.evaluate_all("all => all.map(e => getComputedStyle(e).visibility)") == [
        "visible",
        "hidden",
    ]  # the first needs no click
    page.keyboard.press("ArrowRight")
    until(page, lambda: points.last.evaluate(seen) == "visible")  # it fades in


def text_sizes(page):
    """Rendered size of all text on slides, in pixels at 1280×720, drawings included, and whether it is inside.

    The numbers of an axis are told from other text by the group that matplotlib puts them in; the
    live section is a program, not a slide.
    """
    return page.evaluate("""() => {
      const found = [];
      for (const slide of document.querySelectorAll('.slides > section')) {
        Reveal.slide(Reveal.getIndices(slide).h, 0, 99);
        const scale = slide.getBoundingClientRect().width / 1280;
        for (const e of slide.querySelectorAll('*')) {
          if (e.closest('.notes, .katex, .werkstatt, defs, style')) continue;
          if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
          let size = parseFloat(getComputedStyle(e).fontSize);
          const matrix = e.getScreenCTM?.();
          if (matrix) size *= Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c)) / scale;
          const isTick = !!e.closest('g[id*="xtick_"]') || (!!e.closest('g[id*="ytick_"]') && /^[−+\\d,.]+$/.test(e.textContent.trim()));
          const box = e.getBoundingClientRect(), frame = slide.getBoundingClientRect();
          const isInside = box.left > frame.left - 3 && box.right < frame.right + 3 && box.top > frame.top - 3 && box.bottom < frame.bottom + 3;
          found.push([Math.round(size * 100) / 100, isTick, e.textContent.trim(), isInside]);
        }
      }
      return found;
    }""")


def test_everything_on_a_slide_is_legible(open_page, any_run):
    sizes = text_sizes(open_slides(open_page, any_run))
    small = [found for found in sizes if found[0] < (17.9 if found[1] else 23.9)]
    assert len(sizes) > 30 and small == []
    assert [found for found in sizes if not found[3]] == []  # nothing is cut off


def test_drawings_have_the_font_and_appear_in_steps(open_page, tmp_path):
    notebook = case.make_notebook()
    drawing = case.slide("Schritt für Schritt")
    drawing.outputs[0].data |= {"image/svg+xml": case.DRAWING}
    drawing.outputs[0].data[case.SLIDE_MIME]["alt"] = "Zwei Wörter."
    notebook.cells.append(drawing)
    page = open_slides(open_page, case.make_run(tmp_path, notebook))
    page.evaluate("Reveal.slide(11)")
    shown = "e => getComputedStyle(e).visibility"
    late = page.locator("section.present svg g.fragment")
    assert late.evaluate(shown) == "hidden"
    page.keyboard.press("ArrowRight")
    until(page, lambda: late.evaluate(shown) == "visible")
    found = [size for size, _, words, _ in text_sizes(page) if words in ("sofort", "später", "0,5")]
    assert found == [24, 24, 20]
    assert violations(page) == "[]"
