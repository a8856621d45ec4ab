import re

import bs4
import pytest
import report_case as case

from inpainting.report import slides
from inpainting.report.document import build_document
from inpainting.report.model import ReportError


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "folien.html"
    slides.render_slides(case.make_notebook(), path)
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
        "Abbildung 1 im Bericht", "Tabelle 2 im Bericht", "Abbildung 2 im Bericht",
    ]  # fmt: skip


def test_no_link_leads_into_the_report(page):
    assert not page.select('a[href^="#"]')


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
    slides.render_slides(case.make_notebook(title=evil, authors=evil), tmp_path / "f.html")
    page = bs4.BeautifulSoup((tmp_path / "f.html").read_text(encoding="utf-8"), "html.parser")
    assert page.h1.get_text() == evil
    assert len(page.select("script")) == 2
