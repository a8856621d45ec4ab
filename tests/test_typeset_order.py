import pytest
import report_case as case

from inpainting.typeset import order, pandoc
from inpainting.typeset.blocks import Code, Figure, Heading, Text
from inpainting.typeset.document import build_document


def build(*cells_):
    notebook = case.make_notebook()
    notebook.cells = list(cells_)
    return build_document(notebook)


def outline(blocks):
    """Names of figures, first words of texts."""
    return [
        block.name if isinstance(block, Figure) else pandoc.plain(block.prose.blocks).split()[0]
        for block in blocks
        if isinstance(block, Figure | Text | Heading)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Ein Satz.", "Noch einer.", False),
        ("Er sagt „so.“", "Noch einer.", False),
        ("Ist das so?", "Ja.", False),
        ("So steht es dort [@telea2004].", "Neu.", False),
        ("Über alle Werte,", "läuft er weiter.", True),
        ("Drei Dinge:", "- eins\n- zwei", True),
        ("Der Satz", "geht weiter.", True),
        ("Es gilt.", "$$x = 1$$", True),
        ("$$x = 1,$$", "mit allen Werten.", True),
        ("$$x = 1,$$", "Die Werte.", True),
        ("$$x = 1.$$", "Die Werte.", False),
        ("- eins\n- zwei", "Ein Satz.", False),
        ("```\ncode\n```", "Ein Satz.", False),
    ],
)
def test_sentences_that_run_on(before, after, expected):
    first, second = pandoc.read([before, after])
    assert order.runs_on(first[-1], second[0]) == expected


def test_paragraphs_are_blocks_of_their_own():
    document = build(case.text("# A\n\nEins.\n\nZwei: \n\n- a\n- b\n\nDrei."))
    assert outline(document.main) == ["A", "Eins.", "Zwei:ab", "Drei."]


def test_figure_stands_behind_its_first_reference():
    document = build(
        case.text("# A"),
        case.code("x", case.figure("eins", "E")),
        case.code("x", case.figure("zwei", "Z")),
        case.text("Erst etwas.\n\nDann @abb:eins und @abb:zwei.\n\nZuletzt."),
    )
    assert outline(document.main) == ["A", "Erst", "Dann", "eins", "zwei", "Zuletzt."]
    assert [block.number for block in document.main if isinstance(block, Figure)] == ["1", "2"]


def test_figure_that_was_named_before_stays():
    document = build(
        case.text("Siehe @abb:eins."), case.code("x", case.figure("eins", "E")), case.text("Auch @abb:eins.")
    )
    assert outline(document.main) == ["Siehe", "eins", "Auch"]


def test_figure_does_not_leave_its_section():
    document = build(
        case.text("# A"), case.code("x", case.figure("eins", "E")), case.text("# B\n\nSiehe @abb:eins.")
    )
    assert outline(document.main) == ["A", "eins", "B", "Siehe"]


def codes(document):
    return {
        outline([block])[0]: [code.number for code in block.codes]
        for block in document.main
        if isinstance(block, Figure | Text)
    }


def test_listing_belongs_to_what_it_made():
    document = build(
        case.text("Eins."),
        case.code("a = 1"),
        case.text("Zwei."),
        case.code("plot()", case.figure("bild", "B")),
        case.text("Drei.\n\nMehr."),
    )
    assert codes(document) == {"Eins.": [1], "Zwei.": [], "bild": [2], "Drei.": [], "Mehr.": []}


def test_listing_before_any_text_goes_to_the_next():
    document = build(case.text("# A"), case.code("a = 1"), case.code("b = 2"), case.text("Eins."))
    assert codes(document) == {"Eins.": [1, 2]}


def test_listing_of_an_empty_section_is_not_lost():
    document = build(case.text("# A\n\nEins."), case.text("# B"), case.code("a = 1"))
    assert codes(document) == {"Eins.": [1]}
    assert sum(isinstance(block, Code) for block in document.main) == 1
