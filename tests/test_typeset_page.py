import base64
import re

import bs4
import pytest
import report_case as case

from inpainting.typeset import formulas, web

EVIL = '<script>alert("x")</script> & $\\evil$ #let x = {{ 7*7 }} *fett* "Zitat"'


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("html") / "bericht.html"
    case.render_page(case.make_notebook(), path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return bs4.BeautifulSoup(source, "html.parser")


def render(notebook, tmp_path):
    case.render_page(notebook, tmp_path / "bericht.html")
    return bs4.BeautifulSoup((tmp_path / "bericht.html").read_text(encoding="utf-8"), "html.parser")


def test_is_german_and_small(source, page):
    assert page.html["lang"] == "de"
    assert len(source) < 3_000_000


def test_loads_nothing(page):
    assert not page.select("script[src], link, iframe, object, embed")
    assert all(image["src"].startswith("data:image/") for image in page.select("img"))
    assert not re.search(r"url\(\"?(?!\"?data:)", page.style.get_text())


def test_policy_allows_only_our_script(page):
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    scripts = page.select("script")
    assert len(scripts) == 1
    assert web.script_hashes(scripts[0].string) in policy
    assert "default-src 'none'" in policy and "connect-src" not in policy


def test_every_link_has_a_target(page):
    targets = {tag["id"] for tag in page.select("[id]")}
    assert {a["href"][1:] for a in page.select('a[href^="#"]')} <= targets


def test_identifiers_are_unique(page):
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_contents_list_every_section(page):
    listed = [a.get_text(" ", strip=True) for a in page.select("nav.inhalt a")]
    assert listed[:3] == ["Executive Summary", "1 Problemstellung", "1.1 Datensatz"]
    assert "A Ergänzende Ergebnisse" in listed


def test_code_is_folded_and_highlighted(page):
    listing = page.select_one("#listing-2")
    assert listing.parent.name == "details" and not listing.parent.has_attr("open")
    assert listing.select_one(".kn").get_text() == "import"
    assert "masks = draw_masks(rng, n_images=10)  # Größe: 8 × 8" in listing.get_text()


def test_long_output_is_folded_short_output_is_not(page):
    folded = [s.get_text() for s in page.select("details.ausgabe > summary")]
    assert "Konsolenausgabe (40 Zeilen)" in folded
    assert "10 Masken gezogen" in [pre.get_text() for pre in page.select("pre.ausgabe")]


def test_cells_for_slides_parameters_and_title_are_left_out(page):
    text = page.get_text()
    assert "show_slide" not in text and "Meine Damen" not in text
    assert len(page.select("h1")) == 1
    assert page.select_one("#tab-laufparameter")


def test_figures_carry_their_alternative_text(page):
    images = page.select("figure.abbildung img")
    assert images[0]["alt"] == case.ALT
    assert base64.b64decode(images[0]["src"].split(",")[1]).decode() == case.SVG


def test_formulas_are_typeset_and_spoken(page):
    formula = page.select_one("#gl-psnr .formel")
    assert formula["aria-label"] == "PSNR ist gleich 10 mal Zehnerlogarithmus von 1 durch MSE"
    assert formula.select_one("math") and formula.select_one(".katex-html")
    assert page.select_one("#gl-psnr .nummer").get_text() == "(2)"
    assert "$" not in page.select_one("#das-netz").find_next("p").get_text()


def test_table_cells(page):
    table = page.select_one("#tab-ergebnis")
    assert table.select_one("td.hervor").get_text() == "18,24 dB"
    assert table.select_one("tbody th")["scope"] == "row"
    assert table.select("td strong")[0].get_text() == "16,93 dB"
    assert table.select_one(".formel")["aria-label"] == "f Index Theta"


def test_user_text_is_never_markup(tmp_path):
    page = render(
        case.make_notebook(title=EVIL, authors=EVIL, course=EVIL, notice=EVIL, declaration=EVIL),
        tmp_path,
    )
    assert page.h1.get_text() == EVIL
    assert page.title.get_text() == EVIL
    assert len(page.select("script")) == 1
    assert EVIL in page.select_one(".hinweis").get_text()
    assert EVIL in page.select_one(".erklaerung").get_text()


def test_hostile_output_is_never_markup(tmp_path):
    notebook = case.make_notebook()
    notebook.cells.append(case.code(f"# {EVIL}", case.new_output("stream", name="stdout", text=EVIL)))
    notebook.cells.append(case.code("plot()", case.figure("boese", f"`{EVIL}`", alt=EVIL)))
    page = render(notebook, tmp_path)
    assert len(page.select("script")) == 1
    assert page.select("figure.abbildung img")[2]["alt"] == EVIL


def test_error_is_visible(tmp_path):
    page = render(case.add_error(case.make_notebook()), tmp_path)
    failure = page.select_one("div.fehler")
    assert "ValueError: Maske zu groß" in failure.get_text()
    assert "<b>" in failure.pre.get_text() and "\x1b" not in failure.get_text()
    assert "Unvollständig" in page.select_one("header.titel").get_text()


def test_notebook_without_metadata_or_sources(tmp_path):
    notebook = case.make_notebook()
    notebook.metadata.pop("inpainting")
    notebook.cells = [case.text("# Nur Text\n\nEin Satz.")]
    page = render(notebook, tmp_path)
    assert page.h1.get_text() == "Bericht"
    assert not page.select("ol.literatur")


def test_empty_cells_are_no_headers_and_groups_name_two_columns(tmp_path):
    table = render(case.make_grouped(), tmp_path).select_one("#tab-gruppen")
    assert [cell.name for cell in table.select("thead tr > *")] == ["td", "th", "th"]
    rows = [[cell.name for cell in row.select(":scope > *")] for row in table.select("tbody tr")]
    assert rows == [["th", "th", "td"], ["td", "th", "td"], ["th", "th", "td"]]
    assert all(header.get_text(strip=True) for header in table.select("th"))


def test_failed_rendering_keeps_the_old_file(tmp_path):
    target = tmp_path / "bericht.html"
    target.write_text("alt")
    notebook = case.make_notebook()
    notebook.cells.append(case.text("[@gibtesnicht]"))
    with pytest.raises(Exception, match="gibtesnicht"):
        case.render_page(notebook, target)
    assert target.read_text() == "alt"
    assert [path.name for path in tmp_path.iterdir()] == ["bericht.html"]


def test_bad_formula():
    with pytest.raises(formulas.FormulaError, match="fehlerhaft"):
        formulas.typeset(r"\frac{a", True)


def test_same_notebook_same_bytes(source, tmp_path):
    case.render_page(case.make_notebook(), tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == source
