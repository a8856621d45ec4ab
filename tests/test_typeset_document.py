import ast
import re
from pathlib import Path

import pytest
import report_case as case

from inpainting import typeset
from inpainting.typeset import cells, pandoc, titlepage
from inpainting.typeset.blocks import Code, Figure, Heading, ReportError, Table
from inpainting.typeset.citations import BIBLIOGRAPHY, read_bibliography
from inpainting.typeset.document import build_document


@pytest.fixture(scope="module")
def document():
    return build_document(case.make_notebook())


def build(*cells_, **title):
    notebook = case.make_notebook(**title)
    notebook.cells = list(cells_)
    return build_document(notebook)


def text_of(document):
    render = document.render("html")
    return " ".join(render(prose) for prose in document.prose)


def test_nothing_of_the_subject_is_imported():
    found = set()
    for path in Path(typeset.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("inpainting"):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found |= {name.split(".")[1] for name in names}
    assert found <= {"config", "errors", "files", "typeset"}


def test_sections_are_numbered_by_part(document):
    numbers = {heading.text: heading.number for heading in document.headings}
    assert numbers["Executive Summary"] == numbers["Literatur"] == ""
    assert numbers["Problemstellung"] == "1"
    assert numbers["Das Netz"] == "2.1"
    assert numbers["Ergänzende Ergebnisse"] == "A"
    assert numbers["Alle Familien"] == "A.1"
    assert numbers["Programmcode"] == "D"


def test_supplementary_cells_move_to_the_appendix(document):
    assert [block.name for block in document.appendix if isinstance(block, Figure)] == ["balken"]
    assert "breit" in [block.name for block in document.appendix if isinstance(block, Table)]
    assert "breit" not in [block.name for block in document.main if isinstance(block, Table)]


def test_numbers_follow_the_reading_order(document):
    figures = [block.number for block in document.blocks if isinstance(block, Figure)]
    assert figures == [str(n + 1) for n in range(len(figures))]


def test_listings_follow_the_order_of_execution(document):
    assert [code.number for code in document.listings] == list(range(1, len(document.listings) + 1))
    assert isinstance(document.summary[-2], Code) and document.summary[-2].number == 1


def test_references_become_words_and_numbers(document):
    text = text_of(document)
    assert 'href="#abb-verlauf"' in text and "Abbildung\u00a01" in text.replace("&nbsp;", "\u00a0")
    for word in ("Tabelle\u00a02", "Gleichung\u00a0(2)", "Anhang\u00a0A", "Abschnitt\u00a02.1"):
        assert word in text.replace("&nbsp;", "\u00a0")


def test_citations_are_numbered_by_first_use(document):
    assert [reference.label for reference in document.references][:2] == ["[1]", "[2]"]
    assert document.references[0].key == "krizhevsky2009"
    entry = pandoc.plain(document.references[1].prose.blocks)
    assert entry.startswith("M. Bertalmio, A. L. Bertozzi und G. Sapiro, „Navier–Stokes")
    assert "S.\u00a0355–362" in entry


def test_quotes_are_german(document):
    text = text_of(document)
    assert "„gut“" in text and "‚passt‘" in text and '"gut"' not in text


def test_markup_of_other_languages_is_text(document):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(document)


def test_slide_figure_is_the_reports(document):
    assert document.slides[0].figure.number == "1"
    assert document.slides[1].table.name == "ergebnis"


def test_parameters_show_the_effective_values(document):
    table = next(b for b in document.appendix if isinstance(b, Table) and b.name == "laufparameter")
    assert [[pandoc.plain(cell.blocks) for cell in row] for row in table.rows][0] == [
        "preset",
        "schnell",
        "Voreinstellung: ganzes CIFAR-10 oder die Stichprobe",
    ]


def test_a_runs_parameters_come_from_its_metadata():
    changed = [["seed", "7", "Startwert", "ja"], ["mask_size", "8", "Kante", ""]]
    document = build_document(case.make_notebook(parameters=changed))
    table = next(b for b in document.appendix if isinstance(b, Table) and b.name == "laufparameter")
    assert [[pandoc.plain(cell.blocks) for cell in row] for row in table.rows] == changed


def test_injected_parameters_win_over_defaults():
    notebook = case.make_notebook()
    injected = case.code("seed = 7", tags=["injected-parameters"])
    notebook.cells.insert(2, injected)
    assert {name: value for name, value, _, _ in cells.read_parameters(notebook)}["seed"] == "7"


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        (
            "Wie [@telea2003] zeigt",
            "„@telea2003“ steht nicht in literatur.bib. Gemeint ist vielleicht „@telea2004“",
        ),
        ("Siehe @abb:fehlt.", "Der Verweis „@abb:fehlt“ hat kein Ziel"),
        (
            "Siehe @abs:methodik.",
            "Der Verweis „@abs:methodik“ hat kein Ziel. Gemeint ist vielleicht „@abs:methode“",
        ),
        ("Siehe [@telea2004; @abs:methode].", "Bitte trennen"),
        ("![x](bild.png)", "„bild.png“ ist im Text eingebunden"),
        ("```python\nx = 1", "wird nicht geschlossen"),
        (r"Ein $\weird x$.", r"Die Formel „\weird x“ hat keinen gesprochenen Text"),
        ("$$y = 1$$", "unter „formeln“"),
    ],
)
def test_what_cannot_be_resolved_names_the_cell(markdown, message):
    with pytest.raises(ReportError) as error:
        build(case.text("# Methode"), case.text(markdown), case.text("```\nEnde\n```"))
    assert message in str(error.value)
    assert str(error.value).startswith("Zelle 2 („")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (case.figure("x", "Titel", alt=" "), "hat keinen Alternativtext"),
        (
            case.display({"text/plain": "x"}, "figure", name="x", caption="y", alt="z"),
            "hat kein Bild",
        ),
    ],
)
def test_incomplete_figures_are_refused(output, message):
    with pytest.raises(ReportError, match=message):
        build(case.code("plot()", output))


def test_alternative_text_is_found_where_clients_keep_it():
    output = case.figure("x", "Titel", alt="")
    output.metadata["image/svg+xml"] = {"alt": "Fünf Säulen"}
    assert build(case.code("plot()", output)).main[1].alt == "Fünf Säulen"


def test_hero_and_result_open_the_report(document):
    assert document.hero.name == "bilder"
    assert pandoc.plain(document.result.blocks) == "Das Netz füllt besser als die Fläche."
    texts = [pandoc.plain(block.prose.blocks) for block in document.summary if block.kind == "text"]
    assert not any("besser als die Fläche" in text for text in texts)


def test_a_hero_without_a_name_stands_on_the_title_alone():
    output = case.figure("", "", "Zwei Reihen von Bildern.", raster=True, role="hero")
    for key in ("name", "caption"):
        del output.metadata["inpainting"][key]
    document = build(case.code("show_hero(figure)", output))
    assert document.hero.alt == "Zwei Reihen von Bildern." and document.hero.name == ""
    assert not [block for block in document.blocks if block.kind == "figure"]


def test_address_must_be_one():
    assert titlepage.read_title_page(case.make_notebook(url="https://example.org")).url
    assert not titlepage.read_title_page(case.make_notebook(url="javascript:alert(1)")).url


def test_a_name_is_used_once():
    twice = [case.code("plot()", case.figure("x", "Titel")) for _ in range(2)]
    with pytest.raises(ReportError, match="„abb:x“ gibt es schon"):
        build(*twice)


def test_a_stopped_notebook_still_becomes_a_document():
    notebook = case.add_error(case.make_notebook())
    notebook.cells += [case.text("Nie erreicht: @abb:fehlt."), case.slide("Nie", figure="fehlt")]
    document = build_document(notebook)
    assert document.failures
    assert "Abbildung\u00a0?" in text_of(document).replace("&nbsp;", "\u00a0")


def test_appendix_has_its_own_titles():
    document = build(
        case.text("# Methode\n\nSiehe @abs:ergänzende-ergebnisse."),
        case.text("## Anhang", tags=["anhang"]),
        case.text("### Ergänzende Ergebnisse", tags=["ergaenzend"]),
        case.text("### Mehr", tags=["ergaenzend"]),
    )
    found = [(h.number, h.text) for h in document.headings if h.number]
    assert found == [("1", "Methode"), ("A", "Ergänzende Ergebnisse"), ("A.1", "Mehr")]


def test_missing_bibliography(tmp_path):
    with pytest.raises(ReportError, match="nicht lesbar"):
        read_bibliography(tmp_path / "fehlt.bib")


def test_block_syntax_in_captions_and_table_cells_stays_text():
    table = case.table("t", "1. April", case.Table(["# a", "- b"], [["2. x", "> y"]]))
    document = build(case.code("show()", table))
    block = document.main[1]
    assert pandoc.plain(block.caption.blocks) == "1. April"
    assert [pandoc.plain(cell.blocks) for cell in [*block.header, *block.rows[0]]] == [
        "# a",
        "- b",
        "2. x",
        "> y",
    ]


def test_code_before_the_first_heading_of_a_part_belongs_to_that_heading():
    document = build(
        case.text("# Kurz\n\nText.", tags=["zusammenfassung"]),
        case.code("x = 1"),
        case.text("# Anfang\n\nText."),
    )
    assert [code.heading.text for code in document.listings] == ["Anfang"]


def test_heading_levels_are_normalised():
    document = build(case.text("### Tief\n\n#### Tiefer"))
    assert [(h.level, h.number) for h in document.main if isinstance(h, Heading)] == [
        (1, "1"),
        (2, "1.1"),
    ]


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("10 %\r50 %\r100 %\n", "100 %"),
        ("\x1b[31mrot\x1b[0m\n", "rot"),
        ("eins\r\nzwei\n", "eins\nzwei"),
        ("a\x00b\x08\n", "ab"),
    ],
)
def test_console_shows_what_a_terminal_shows_in_the_end(printed, shown):
    assert cells.console([case.new_output("stream", name="stdout", text=printed)]) == shown


def test_spoken_text_of_an_inline_formula():
    document = build(case.text(r"Ein $\weird x$.", formeln_inline={r"\weird x": "seltsames x"}))
    assert 'alt="seltsames x"' in text_of(document)


@pytest.mark.parametrize(
    ("date", "shown", "day"),
    [
        ("2026-11-02", "2. November 2026", 2),
        ("02.11.2026", "2. November 2026", 2),
        ("2. November 2026", "2. November 2026", 2),
        ("Herbst 2026", "Herbst 2026", None),
        ("31.02.2026", "31.02.2026", None),
        ("", "", None),
    ],
)
def test_dates(date, shown, day):
    page = titlepage.read_title_page(case.make_notebook(date=date))
    assert page.date == shown
    assert (page.day.day if page.day else None) == day


def test_title_page_has_no_control_characters():
    page = titlepage.read_title_page(case.make_notebook(title="A\x00B\nC\u202eD", declaration="eins\n\nzwei"))
    assert page.title == "A B C D"
    assert page.declaration == ["eins", "zwei"]


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\nkaputt", b"<svg", b"GIF89a"])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_unreadable_logo(tmp_path, content, suffix):
    path = tmp_path / f"logo.{suffix}"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReportError, match="Logo .*Erlaubt ist eine Bilddatei vom Typ PNG, JPEG oder SVG"):
        titlepage.read_title_page(case.make_notebook(logo=str(path)))


def test_every_entry_of_the_bibliography_can_be_cited():
    entries = read_bibliography(BIBLIOGRAPHY)
    document = build(case.text(" ".join(f"[@{key}]" for key in entries)))
    assert len(document.references) == len(entries)
    assert sum(kind in ("article", "inproceedings", "techreport") for kind in entries.values()) >= 10
    for reference in document.references:
        text = pandoc.plain(reference.prose.blocks)
        assert not re.search(r"[{}]|\?\?|None", text), text


def test_no_break_spaces_stay_and_per_cent_signs_are_bound():
    assert (
        pandoc.inline_source("Quadrat\u00a08×8  und\nmehr")
        == pandoc.WORD_JOINER + "Quadrat\u00a08×8 und mehr"
    )
    assert pandoc.plain([pandoc.line(pandoc.text_inlines("13\u202f347 Bilder"))]) == "13\u202f347 Bilder"
    (written,) = pandoc.write(pandoc.read(["auf *Pixel* 50 % und % allein"]), "html")
    assert "50\u00a0% und" in written
