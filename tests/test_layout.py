"""What is read off the pages of a PDF, on small ones set for the purpose."""

import pypdf
import pytest
import typst

from inpainting.config import ASSETS
from inpainting.runs import layout

HEAD = """
#set document(title: "Probe")
#set page(paper: "a4", margin: (x: 2.4cm, y: 2cm))
#set text(font: "Source Serif 4", size: 10pt, lang: "de")
#let caption = text(font: "Source Sans 3", size: 8.8pt)[*Abbildung 1.* Ein Bild.]
#let picture = rect(width: 100%, height: 5cm)
"""


@pytest.fixture
def read(tmp_path):
    def read_(body):
        source = tmp_path / "probe.typ"
        source.write_text(HEAD + body, encoding="utf-8")
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[ASSETS / "fonts"])
        typst.Compiler(source, root=tmp_path, font_paths=fonts).compile(output=tmp_path / "probe.pdf")
        return [layout.read_lines(page) for page in pypdf.PdfReader(tmp_path / "probe.pdf").pages]

    return read_


def test_lines_by_kind(read):
    [lines] = read(
        "#text(font: 'Source Sans 3', size: 15pt)[Titel]\n\nEin Satz.\n\n#picture #caption".replace("'", '"')
    )
    assert [line.kind for line in lines] == ["heading", "body", "apart", "apart"]
    assert lines[1].text == "Ein Satz." and lines[2].top - lines[2].foot == pytest.approx(141.7, abs=1)


def test_notes_in_the_margin_are_left_out(read):
    [lines] = read('#place(left, dx: -2cm, text(font: "Source Sans 3", size: 7pt)[Rand])\nEin Satz.')
    assert [line.text for line in lines] == ["Ein Satz."]


@pytest.mark.parametrize(
    ("body", "is_torn"),
    [
        ("Der Satz über alle Werte,\n\n#picture #caption\n\nläuft weiter.", True),
        ("Ganz\n\n#picture #caption\n\ngleich sind sie nicht.", True),
        ("Der Satz ist zu Ende.\n\n#picture #caption\n\nder nächste.", False),
        ("Drei Dinge:\n\n#picture #caption\n\neins", False),
        ("- ein Punkt ohne Punkt\n\n#picture #caption\n\nEin Satz.", False),
        ("Ein Satz, der\n\n$ x = 1 $\n\nweiterläuft.", False),
    ],
)
def test_torn_sentences(read, body, is_torn):
    assert bool(layout.torn_sentences(read(body))) == is_torn


def test_sentence_torn_at_the_end_of_a_page(read):
    body = "#v(23cm)\nDer Satz beginnt hier und\n#pagebreak()\n#picture #caption\n\ngeht hier zu Ende."
    assert layout.torn_sentences(read(body)) == ["geht hier zu Ende."]


def test_sentence_over_two_pages_is_whole(read):
    body = "#v(23cm)\nDer Satz beginnt hier und\n#pagebreak()\ngeht hier zu Ende.\n\n#picture #caption"
    assert layout.torn_sentences(read(body)) == []


@pytest.mark.parametrize(
    ("body", "share"),
    [
        ("Ein Satz.", 0.98),
        ("Oben.\n#v(1fr)\nUnten.", 0.97),
        ("#rect(width: 100%, height: 100%)", 0.0),
        ("#rect(width: 100%, height: 50%)", 0.5),
        (
            "#image(bytes(```<svg xmlns='http://www.w3.org/2000/svg' width='400' height='700'><path d='M0 0H400V700H0Z' fill='red'/></svg>```.text), height: 60%)",
            0.4,
        ),
    ],
)
def test_empty_share(read, body, share):
    [lines] = read(body)
    assert layout.empty_share(lines) == pytest.approx(share, abs=0.02)
