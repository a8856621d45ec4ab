import pypdf
import pytest
import report_case as case

from inpainting.typeset import glyphs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Größe: 8 × 8 – „ja“ → ½ ✓ Σ Я ł", []),
        ("王小明 und 王", ["王", "小", "明"]),
        ("Hallo 😀\u200d❤\ufe0f", ["😀"]),
        ("한국어", ["한", "국", "어"]),
        ("Zeile\nTab\tEnde\u00ad\u202f", []),
    ],
)
def test_missing_characters(text, found):
    assert [c for c in glyphs.missing(text) if c != "❤"] == found


def test_every_character_of_the_fonts_is_known():
    assert glyphs.missing("".join(map(chr, range(0x20, 0x180))).replace("\x7f", "")) == [
        c for c in map(chr, range(0x80, 0xA0))
    ]


def test_substitute_is_visible_and_in_the_fonts():
    assert glyphs.replace("a王b\u3000c") == "a□b c"
    assert glyphs.missing(glyphs.SUBSTITUTE) == []


def test_description_names_them():
    said = glyphs.describe(glyphs.missing("王小明"))
    assert "„□“: 王 (U+738B), 小 (U+5C0F), 明 (U+660E)." in said
    assert glyphs.describe([]) == ""
    assert "und 2 weitere" in glyphs.describe(list("一二三四五六七八九十"))


NAMES = "王小明, 김철수 und 😀\ud83d Ä\u0300 \x00\u2028 ᚠ ﷽ \U0010fffd"


def test_pdf_never_fails_for_a_character(tmp_path):
    notebook = case.make_notebook(title=NAMES, authors=NAMES, course=NAMES, declaration=NAMES)
    notebook.cells += [
        case.text(
            f"# {NAMES}\n\n{NAMES} $x = \\text{{王}}$ `{NAMES}`", formeln_inline={"x = \\text{王}": NAMES}
        ),
        case.code(f"# {NAMES}", case.new_output("stream", name="stdout", text=NAMES)),
        case.code("plot()", case.figure("zeichen", NAMES, alt=NAMES)),
        case.code("show()", case.table("schrift", NAMES, case.Table([NAMES], [[NAMES]]))),
        case.text("Siehe @abb:zeichen, @tab:schrift."),
    ]
    case.render_pdf(notebook, tmp_path / "bericht.pdf")
    reader = pypdf.PdfReader(tmp_path / "bericht.pdf")
    assert reader.metadata.author.startswith("王小明, 김철수 und 😀")  # no glyphs needed there
    assert "□□□" in reader.pages[0].extract_text()
    case.render_page(notebook, tmp_path / "bericht.html")
    assert "王小明" in (tmp_path / "bericht.html").read_text("utf-8")
    case.render_slides(notebook, tmp_path / "folien.html")
