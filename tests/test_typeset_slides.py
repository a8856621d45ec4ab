import re

import bs4
import pytest
import report_case as case

from inpainting.typeset.blocks import ReportError
from inpainting.typeset.document import build_document


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "folien.html"
    case.render_slides(case.make_notebook(), path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return bs4.BeautifulSoup(source, "html.parser")


def test_title_slides_and_sources(page):
    sections = page.select(".slides > section")
    assert len(sections) == 12
    assert sections[0]["class"] == ["titelfolie"] and sections[-1]["class"] == ["quellen"]
    assert "mitgelieferten Stichprobe" in sections[0].get_text()


def test_one_file_loads_nothing(source, page):
    assert not page.select("script[src], link, iframe")
    assert not re.search(r"url\((?!data:)", page.style.get_text())
    assert len(source) < 3_000_000


def test_notes_are_for_the_speaker(page):
    notes = page.select_one(".slides > section:nth-of-type(2) aside.notes")
    assert notes.get_text(strip=True) == "Guten Tag, meine Damen und Herren."


def test_only_sources_on_slides_are_listed_with_the_reports_numbers(page):
    document = build_document(case.make_notebook())
    labels = {reference.key: reference.label for reference in document.references}
    listed = [li.select_one(".nummer").get_text() for li in page.select(".quellen li")]
    assert listed == [labels["damelin2018"], labels["pathak2016"]]


def test_numbers_are_the_reports(page):
    assert [f.get_text() for f in page.select("figcaption")] == [
        "Abbildung 1 im Bericht",
        "Tabelle 2 im Bericht",
        "Abbildung 2 im Bericht",
    ]


def test_empty_cells_are_no_headers(tmp_path):
    case.render_slides(case.make_grouped(), tmp_path / "folien.html")
    page = bs4.BeautifulSoup((tmp_path / "folien.html").read_text("utf-8"), "html.parser")
    header = page.select(".slides > section:nth-last-of-type(2) thead tr > *")
    assert [(cell.name, cell.get("scope")) for cell in header] == [("td", None), ("th", "col"), ("th", "col")]


def test_no_link_leads_into_the_report(page):
    assert not page.select('a[href^="#"]')
    assert not page.select("figcaption a")  # the page does not lie beside it


def test_numbers_lead_into_the_page_beside(tmp_path):
    case.render_slides(case.make_notebook(), tmp_path / "f.html", "bericht.html")
    page = bs4.BeautifulSoup((tmp_path / "f.html").read_text(encoding="utf-8"), "html.parser")
    assert page.select_one("figcaption a")["href"] == "bericht.html#abb-verlauf"


def test_a_slide_may_bring_its_own_picture(tmp_path):
    notebook = case.make_notebook()
    cell = case.slide("Eigenes Bild")
    cell.outputs[0].data |= {"image/svg+xml": case.SVG}
    notebook.cells.append(cell)
    with pytest.raises(ReportError, match="Das Bild der Folie hat keinen Alternativtext"):
        build_document(notebook)
    cell.outputs[0].data[case.SLIDE_MIME]["alt"] = "Fünf Säulen."
    document = build_document(notebook)
    assert document.slides[-1].figure.alt == "Fünf Säulen."
    assert len([b for b in document.blocks if b.kind == "figure"]) == 3


def with_drawing(figure=None, **keys):
    """The notebook in miniature with a slide that brings a drawing."""
    notebook = case.make_notebook()
    cell = case.slide("Eigene Zeichnung", notes="Gesprochen.", figure=figure)
    cell.outputs[0].data |= {"image/svg+xml": case.DRAWING}
    cell.outputs[0].data[case.SLIDE_MIME] |= {"alt": "Drei Wörter."} | keys
    notebook.cells.append(cell)
    return notebook


def render(notebook, tmp_path):
    case.render_slides(notebook, tmp_path / "f.html", "bericht.html")
    return bs4.BeautifulSoup((tmp_path / "f.html").read_text(encoding="utf-8"), "html.parser")


def test_drawing_is_part_of_the_page_and_runs_and_loads_nothing(tmp_path):
    svg = render(with_drawing(), tmp_path).select_one("figure svg")
    assert svg["aria-label"] == "Drei Wörter." and svg["width"] == "800" and "onload" not in svg.attrs
    assert not svg.select("script, metadata") and "example.org" not in str(svg)
    late = svg.select_one(".fragment")
    assert late["data-fragment-index"] == "0" and late.get_text(strip=True) == "später"
    clip = svg.find("clippath")["id"]
    assert svg.select_one("g[clip-path]")["clip-path"] == f"url(#{clip})" and clip != "p"


def test_drawing_may_stand_for_a_figure_of_the_report(tmp_path):
    section = render(with_drawing("verlauf"), tmp_path).select(".slides > section")[-2]
    assert section.select_one("figcaption a")["href"] == "bericht.html#abb-verlauf"
    assert section.select_one("svg") and not section.select_one("img")


def test_opening_gives_the_title_slide_its_picture_and_notes(tmp_path):
    page = render(with_drawing(opens=True), tmp_path)
    title, *others = page.select(".slides > section")
    assert title.select_one("svg") and title.select_one(".notes").get_text(strip=True) == "Gesprochen."
    assert len(others) == 11 and "Eigene Zeichnung" not in page.get_text()


def test_last_slide_leads_to_the_report(tmp_path):
    page = render(case.make_notebook(url="https://example.org/b"), tmp_path)
    last = page.select(".slides > section")[-2]
    assert last.select_one(".ausgang a")["href"] == "bericht.html" and last.select_one(".ausgang .qr svg")
    beside = ("bericht.html", "bericht.pdf", "bericht.ipynb", "anderes.txt")
    case.render_slides(case.make_notebook(), tmp_path / "f.html", "bericht.html", beside=beside)
    last = bs4.BeautifulSoup((tmp_path / "f.html").read_text("utf-8"), "html.parser").select_one(".ausgang")
    assert [(a["href"], a.get_text()) for a in last.select("a")] == [
        ("bericht.html", "Seite"),
        ("bericht.pdf", "PDF"),
        ("bericht.ipynb", "Notebook"),
    ]


def test_notes_keep_a_paragraph_for_each_click(tmp_path):
    notebook = case.make_notebook()
    notebook.cells.append(case.slide("Klicken", notes="Davor.\n\n**▸** Danach."))
    notes = render(notebook, tmp_path).select(".slides > section .notes")[-2]
    assert [p.get_text() for p in notes.select("p")] == ["Davor.", "▸ Danach."]
    assert notes.select("p > strong")[0].get_text() == "▸"


def test_address_as_qr_code(tmp_path):
    case.render_slides(case.make_notebook(url="https://example.org/b"), tmp_path / "f.html")
    page = bs4.BeautifulSoup((tmp_path / "f.html").read_text(encoding="utf-8"), "html.parser")
    assert (
        page.select_one(".titelfolie .qr svg")
        and "https://example.org/b" in page.select_one(".qr")["aria-label"]
    )


def test_policy_lets_nothing_out(page):
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert "connect-src 'none'" in policy and "form-action 'none'" in policy


def test_unknown_figure_names_the_cell():
    notebook = case.make_notebook()
    notebook.cells.append(case.slide("Titel", figure="verlaut"))
    with pytest.raises(
        ReportError,
        match="Zelle .* „@abb:verlaut“ hat kein Ziel. Gemeint ist vielleicht „@abb:verlauf“",
    ):
        build_document(notebook)


def test_user_text_is_never_markup(tmp_path):
    evil = "</title></script><script>alert(1)</script>"
    case.render_slides(case.make_notebook(title=evil, authors=evil), tmp_path / "f.html")
    page = bs4.BeautifulSoup((tmp_path / "f.html").read_text(encoding="utf-8"), "html.parser")
    assert page.h1.get_text() == evil
    assert len(page.select("script")) == 2
