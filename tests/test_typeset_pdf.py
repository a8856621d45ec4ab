import re
import shutil
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
import report_case as case
from PIL import Image

from inpainting.typeset import pdf, tables
from inpainting.typeset.citations import BIBLIOGRAPHY, read_bibliography
from inpainting.typeset.document import build_document

EVIL = '<script>#panic("x")</script> $x$ *fett* _kursiv_ \\input{x} "Zitat" @ref // [a] {{ 7*7 }} %'


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "bericht.pdf"
    case.render_pdf(case.make_notebook(), path)
    return path


@pytest.fixture(scope="module")
def reader(path):
    return pypdf.PdfReader(path)


@pytest.fixture(scope="module")
def text(reader):
    return text_of(reader)


def text_of(reader):
    whole = "\n".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", re.sub(r"[-\u00ad\u2010]\n", "", whole))


def render(notebook, tmp_path, **options):
    case.render_pdf(notebook, tmp_path / "bericht.pdf", **options)
    return pypdf.PdfReader(tmp_path / "bericht.pdf")


def bookmarks(reader):
    return [item.title for item in reader.outline if not isinstance(item, list)]


def test_is_german_tagged_and_declared(reader):
    assert reader.root_object["/Lang"] == "de-DE"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1<" in reader.root_object["/Metadata"].get_object().get_data()
    assert reader.metadata.title == "Image Inpainting mit CNNs"
    assert reader.metadata.author == "D. Beispiel und Ä. Muster"


def test_order_of_the_parts(reader):
    assert bookmarks(reader) == [
        "Executive Summary",
        "Inhalt",
        "1 Problemstellung",
        "2 Methode",
        "3 Ergebnisse",
        "Literatur",
        "A Ergänzende Ergebnisse",
        "B Parameter des Laufs",
        "C Konsolenausgabe",
        "D Programmcode",
    ]


def test_front_matter_is_counted_apart(reader):
    assert reader.page_labels[:5] == ["i", "ii", "iii", "iv", "1"]


def test_sections_are_numbered_as_in_the_document(reader):
    document = build_document(case.make_notebook())
    expected = [f"{h.number} {h.text}".strip() for h in document.headings if h.level == 1]
    assert [title for title in bookmarks(reader) if title != "Inhalt"] == expected


@pytest.mark.parametrize(
    "words",
    [
        "Straße, Fluß und Füße: ß",
        "„gut“ heißt",
        "‚passt‘",
        "# $ % & _ * @ < > ~ ^ \\",
        "<script>alert(1)</script>",
        "Abbildung 1. Verlauf des Verlusts nach",
        "Gleichung (1)",
        "A. L. Bertozzi und G. Sapiro, „Navier–Stokes",
        "Dieser Bericht rechnet auf der mitgelieferten",
        "Ich habe die Arbeit selbst verfasst.",
        "Epoche 40/40: Verlust 0,5560",
    ],
)
def test_text(text, words):
    assert words in text


def test_long_word_is_whole(text):
    assert case.LONG_WORD in text.replace("-", "")


def test_notice_stands_on_the_first_page(reader):
    assert "mitgelieferten Stichprobe" in reader.pages[0].extract_text()


def test_code_is_listed_in_the_appendix_with_links_both_ways(reader, text):
    main = text_of_pages(reader, "1", "2")
    assert "draw_masks" not in main and "Listing 2" in main
    assert "gehört zu Abschnitt 2.1, Das Netz, S. 1" in text
    assert "# Größe: 8 × 8" in text and "10 Masken gezogen" in text
    main_links = _link_pages(reader, reader.page_labels.index("1"))
    code_page = next(page for title, page in _outline(reader) if title == "D Programmcode")
    assert any(page >= code_page for page in main_links)
    assert reader.page_labels.index("1") in _link_pages(reader, code_page)


def _outline(reader):
    return [
        (i.title, reader.get_destination_page_number(i)) for i in reader.outline if not isinstance(i, list)
    ]


def _link_pages(reader, number):
    """Pages that the links on a page lead to."""
    pages = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}
    found = []
    for note in reader.pages[number].get("/Annots", ()):
        action = note.get_object()
        target = action.get("/Dest") or action.get("/A", {}).get("/D")
        if target is not None and not isinstance(target, str):
            found.append(pages[target.get_object()[0].idnum])
        elif target is not None:
            found.append(reader.get_destination_page_number(reader.named_destinations[target]))
    return found


def text_of_pages(reader, *labels):
    return " ".join(reader.pages[reader.page_labels.index(label)].extract_text() for label in labels)


def test_code_in_place_on_request(tmp_path):
    reader = render(case.make_notebook(), tmp_path, code_in_place=True)
    assert "draw_masks" in text_of_pages(reader, "1", "2")


def test_wide_table_loses_no_cell(text):
    for column in range(14):
        for row in range(4):
            assert f"{10 + row + column},{column}{row} ± 0,0{column}" in text


def test_line_art_stays_line_art(reader):
    images = [image for page in reader.pages for image in page.images]
    assert len(images) == 2  # the one photograph, on the title page too; the bar charts are drawn


def test_fonts_are_embedded(path):
    if not shutil.which("pdffonts"):
        pytest.skip("poppler-utils is not installed")
    listing = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    rows = listing.splitlines()[2:]
    assert rows and all(" yes yes " in re.sub(r"\s+", " ", row) for row in rows)
    assert any("SourceSerif4" in row for row in rows)


def test_same_notebook_same_bytes(path, tmp_path):
    case.render_pdf(case.make_notebook(), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == path.read_bytes()


def test_user_text_is_never_markup(tmp_path):
    reader = render(
        case.make_notebook(title=EVIL, authors=EVIL, course=EVIL, notice=EVIL, declaration=EVIL),
        tmp_path,
    )
    assert reader.metadata.title == EVIL
    found = text_of(reader).replace(" ", "")
    assert found.count(EVIL.replace(" ", "")) >= 5


def test_logo(tmp_path):
    Image.new("RGB", (60, 30), "red").save(tmp_path / "logo.jpg")
    reader = render(case.make_notebook(logo=str(tmp_path / "logo.jpg")), tmp_path)
    assert len(reader.pages[0].images) == 2


def test_error_is_visible(tmp_path):
    assert "ValueError: Maske zu groß" in text_of(render(case.add_error(case.make_notebook()), tmp_path))


def test_minimal_notebook(tmp_path):
    notebook = case.make_notebook()
    notebook.metadata.pop("inpainting")
    notebook.cells = [case.text("# Nur Text\n\nEin Satz.")]
    assert "Ein Satz." in text_of(render(notebook, tmp_path))


@pytest.mark.parametrize(
    "cells",
    [
        [case.code("eins = 1")],
        [case.text("# A"), case.code("eins = 1")],
        [case.code("eins = 1"), case.text("# A")],
        [case.text("# Literatur", tags=["literatur"]), case.code("eins = 1", tags=["literatur"])],
        [case.text("# A\n\nSatz.", tags=["nur-seite"]), case.code("eins = 1")],
    ],
    ids=["allein", "nach Überschrift", "vor Überschrift", "in der Literatur", "nach Text der Seite"],
)
def test_code_that_nothing_shows_is_listed(tmp_path, cells):
    notebook = case.make_notebook()
    notebook.cells = cells
    case.render_pdf(notebook, tmp_path / "x.pdf")
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "x.pdf").pages)
    assert "eins = 1" in printed and "Listing 1" in printed


def test_long_output_loses_its_middle():
    console = "\n".join(f"Zeile {n}" for n in range(500))
    short = pdf.shorten(console).splitlines()
    assert short[0] == "Zeile 0" and short[-1] == "Zeile 499"
    assert "… 476 Zeilen ausgelassen, vollständig im Notebook …" in short
    assert len(pdf.shorten(console, is_training=True).splitlines()) == 9
    assert pdf.shorten("kurz") == "kurz"


def test_table_parts_fit_and_repeat_the_first_column():
    document = build_document(case.make_notebook())
    wide = next(block for block in document.appendix if getattr(block, "name", "") == "breit")
    parts = tables.lay_out(wide, 450, lambda prose: "x")
    assert len(parts) > 1
    assert sum(len(part.header) - 1 for part in parts) == 14
    narrow = next(block for block in document.main if getattr(block, "name", "") == "ergebnis")
    assert len(tables.lay_out(narrow, 450, lambda prose: "x")) == 1


def test_outloud_finds_no_error(path):
    """PDF/UA-1 and what a validator cannot see.

    The one warning that stays is ORD-001: outloud counts an element's own text before its
    children's, so that every paragraph with a link seems out of order; the test below walks
    the tree as a reader does.
    """
    pytest.importorskip("outloud")
    done = subprocess.run(
        [Path(sys.executable).with_name("outloud"), "-q", "--json", "-", path],
        capture_output=True,
        text=True,
    )
    assert "error" not in re.findall(r'"severity": "(\w+)"', done.stdout)
    warnings = re.findall(r'"rule": "([A-Z]+-\d+)",\s*"severity": "warning"', done.stdout)
    assert set(warnings) <= {"ORD-001"}, done.stdout[:2000]


def test_pages_are_painted_in_reading_order(path):
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(path) as document:
        for number, page in enumerate(document.pages, start=1):
            read = list(_marks(document.Root.StructTreeRoot.K, page.objgen, None))
            steps_back = sum(b < a for a, b in zip(read, read[1:], strict=False))
            assert steps_back <= 8, f"page {number}"  # floating figures, notes in the margin


def _marks(node, page, own_page):
    """Numbers of the marked content of one page below a node of the structure tree."""
    import pikepdf

    if isinstance(node, int):
        if own_page == page:
            yield node
    elif isinstance(node, pikepdf.Array):
        for child in node:
            yield from _marks(child, page, own_page)
    elif isinstance(node, pikepdf.Dictionary):
        own_page = node.Pg.objgen if "/Pg" in node else own_page
        if node.get("/Type") == "/MCR":
            yield from _marks(int(node.MCID), page, own_page)
        elif "/K" in node:
            yield from _marks(node.K, page, own_page)


def test_no_caption_stands_without_its_table(tmp_path):
    notebook = case.make_notebook()
    end = next(i for i, cell in enumerate(notebook.cells) if "show_slide" in cell.source)
    for n in range(40):
        shown = case.table(f"lang{n}", f"Zeilenfolge {n} ohne Ende.", case.SMALL_TABLE)
        said = case.text("Ein Satz. " * (40 + 13 * n), tags=["ergaenzend"])
        notebook.cells[end + 2 * n : end + 2 * n] = [said, case.code("show()", shown, tags=["ergaenzend"])]
    pages = [page.extract_text() for page in render(notebook, tmp_path).pages]
    behind = [text.split("ohne Ende.")[1:] for text in pages]
    assert sum(map(len, behind)) == 40
    assert all("Mittelwert" in after for page in behind for after in page)


@pytest.mark.parametrize("n_lines", range(38, 54, 3))
def test_a_mark_goes_to_the_page_of_what_it_marks(tmp_path, n_lines):
    """However full the page is: the mark of a figure, a table or a paragraph is on the same page as it."""
    filling = "\n\n".join(["Satz."] * n_lines)
    blocks = {
        "bild": case.figure("bild", "Kennwort Bild."),
        "tab": case.table("tab", "Kennwort Tabelle.", case.SMALL_TABLE),
        "satz": case.prose("Kennwort Absatz, " + "lang und länger, " * 60 + "Ende."),
    }
    for name, block in blocks.items():
        notebook = case.new_notebook(
            cells=[case.text(f"# Anfang\n\n{filling}"), case.code(f"{name}()", block)]
        )
        reader = render(notebook, tmp_path)
        pages = [page.extract_text() for page in reader.pages]
        (at,) = [n for n, text in enumerate(pages) if "Kennwort" in text and "Anhang" not in text]
        assert re.search(r"Listing\s1", pages[at]), name


def test_numbers_of_a_full_table_stay_on_one_line(tmp_path):
    """A table that is set smaller to fit is printed as small as it was measured."""
    change = "+15,58 [+14,48;\u00a0+16,54]"
    rows = [["Residuales U-Net", *["30,71", change] * 3] for _ in range(3)]
    header = ["Stufe", "Quadrat 8×8", "Änderung", "sechs Sätze", "Änderung", "ganzes Bild", "Änderung"]
    full = case.Table(header, rows, highlight=[(0, 2), (1, 4), (2, 6)])
    notebook = case.new_notebook(
        cells=[case.text("# Anfang"), case.code("show()", case.table("voll", "Voll.", full))]
    )
    lines = "\n".join(page.extract_text() for page in render(notebook, tmp_path).pages).splitlines()
    assert sum(line.count("+16,54]") for line in lines if "[+14,48;" in line) == 9


def test_a_block_of_code_is_not_broken(tmp_path):
    for n in (40, 50):  # paragraphs that leave room for a part of the code
        source = "\n".join(f"zeile_{i} = {i}" for i in range(20))
        filling = "\n\n".join(["Satz."] * n)
        notebook = case.new_notebook(cells=[case.text(f"# Anfang\n\n{filling}\n\n```python\n{source}\n```")])
        pages = [page.extract_text() for page in render(notebook, tmp_path).pages]
        assert sum("zeile_0 " in text and "zeile_19 " in text for text in pages) == 1


def test_no_reference_stands_alone_on_a_page(tmp_path):
    keys = [key for key in read_bibliography(BIBLIOGRAPHY) if key not in ("manser2025", "suvorov2022")]
    for n in (31, 32, 34):  # all on a page, and too many for one
        notebook = case.new_notebook(
            cells=[
                case.text(f"# Anfang\n\nSatz [{'; '.join(f'@{key}' for key in keys[:n])}]."),
                case.text("# Literatur", tags=["literatur"]),
            ]
        )
        pages = [page.extract_text() for page in render(notebook, tmp_path).pages]
        last = next(text for text in pages if re.search(rf"\[{n}\] ?[A-Z]", text))
        assert re.search(rf"\[{n - 3}\] ?[A-Z]", last), n
