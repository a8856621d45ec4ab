"""Notebooks and bibliographies that try to be more than text: they are shown, or refused with a reason."""

import os

import bs4
import pypdf
import pytest
import report_case as case

from inpainting.typeset import cells, drawings, page, pandoc, pdf, slides
from inpainting.typeset.blocks import ReportError
from inpainting.typeset.document import build_document

TEXTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '#panic("x") #import "@preview/x:1.0.0": * #read("/etc/passwd")',
    r"\input{/etc/passwd} \write18{ls} \csname x\endcsname",
    "{{ 7*7 }} {% raw %} {# c #}",
    "]] ]) #[ ] // kein Kommentar /* auch nicht */ $ `",
)


def render(notebook, bibliography=None):
    document = build_document(notebook, *([bibliography] if bibliography else []))
    web = [page.render_page(document), slides.render_slides(document)]
    return [bs4.BeautifulSoup(text, "html.parser") for text in web], pdf.render_pdf(document)


def text_of_pdf(content, tmp_path):
    (tmp_path / "x.pdf").write_bytes(content)
    pages = pypdf.PdfReader(tmp_path / "x.pdf").pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_every_place_shows_text_as_text(tmp_path):
    notebook = case.make_notebook()
    for n, evil in enumerate(TEXTS):
        escaped = "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!$@<>~^|\"'/%&=;:," else c for c in evil)
        notebook.cells += [
            case.text(f"Prosa: {escaped}"),
            case.code(evil, case.new_output("stream", name="stdout", text=evil)),
            case.code("plot()", case.figure(f"b{n}", f"{escaped}", alt=evil)),
            case.code("show()", case.table(f"t{n}", escaped, case.Table([escaped], [[escaped]]))),
            case.text(f"@abb:b{n} @tab:t{n}\n\n```\n{evil}\n```"),
            case.slide(escaped, [escaped], escaped),
        ]
    (report, talk), printed = render(notebook)
    assert len(report.select("script")) == 1 and len(talk.select("script")) == 2
    assert not report.select("[onerror]") and not talk.select("[onerror]")
    for evil in TEXTS:
        assert report.get_text().count(evil) >= 6, evil
        assert evil in talk.get_text()
        assert text_of_pdf(printed, tmp_path).count("".join(evil.split())) >= 4, evil


@pytest.mark.parametrize("markdown", TEXTS)
def test_nothing_unescaped_runs_either(markdown):
    notebook = case.make_notebook()
    notebook.cells = [case.text(f"# A\n\n{markdown}")]
    try:
        (report, _), _ = render(notebook)
    except Exception as error:
        assert str(error).startswith("Zelle 1")  # an unknown reference, or a formula nobody can speak
    else:
        assert len(report.select("script")) == 1 and not report.select("[onerror]")
        assert "root:" not in report.get_text()


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"],
)
def test_links_lead_to_pages_only(target):
    notebook = case.make_notebook()
    notebook.cells = [
        case.text(f"# A\n\n[hier]({target}) und [dort](https://example.org/a)."),
        case.slide("B"),
    ]
    notebook.cells[1].outputs[0].data["application/vnd.inpainting.slide+json"]["points"] = [
        f"[hier]({target})"
    ]
    (report, talk), printed = render(notebook)
    assert [a["href"] for a in report.select("main p a") if a.get_text() == "hier"] == []
    assert report.select_one('main p a[href="https://example.org/a"]')
    assert not talk.select("li a") and target.encode() not in printed


ATTRIBUTES = {
    "Wort": '[x]{onclick="alert(1)"}',
    "Fokus": '[x]{onfocus="alert(1)" autofocus="1" tabindex="1" contenteditable="1"}',
    "Stil": '[x]{style="background:url(http://e.example)" class="formel"}',
    "Formel ohne Formel": "[x]{.formel}",
    "Code": '`x`{onmouseover="alert(1)"}',
    "Codeblock": '``` {onclick="alert(1)" startFrom="7"}\nx\n```',
    "Kasten": '::: {onclick="alert(1)"}\nx\n:::',
    "Überschrift": '## H {onclick="alert(1)" style="x"}',
    "Verweis": '[x](https://example.org){onclick="alert(1)"}',
    "Zelle": '| a |\n|---|\n| [x]{onclick="alert(1)"} |\n\n: Titel {onclick="alert(1)"}',
    "Fußnote": 'Wort.[^1]\n\n[^1]: [x]{onclick="alert(1)"}',
    "Liste": '- [x]{onclick="alert(1)"}',
}


@pytest.mark.parametrize("markdown", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_of_a_text_run_nothing(markdown):
    evil = '[y]{onclick="alert(1)" style="x:y"}'
    notebook = case.make_notebook()
    notebook.cells = [
        case.text(f"# A\n\nSatz @abb:b.\n\n{markdown}"),
        case.code(
            "a", case.figure("b", f"Titel {evil}"), case.table("t", evil, case.Table([evil], [[evil]]))
        ),
        case.slide(f"Folie {evil}", [evil], evil),
    ]
    documents, _ = render(notebook)
    for web in documents:
        for element in web.select("body *"):
            assert not [name for name in element.attrs if name.startswith("on")], element
            assert not [word for word in ("alert(1)", "e.example", "x:y") if word in str(element.attrs)]
            assert not {"autofocus", "contenteditable", "startfrom", "data-startfrom"} & set(element.attrs)


def test_a_drawing_loads_nothing():
    evil = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>@import "http://e.example"</style>'
        b'<g style="fill: url(http://e.example/x)" clip-path="url(#p)" onclick="alert(1)"/></svg>'
    )
    drawn = drawings.inline(evil, "x", "a-")
    assert "e.example" not in drawn and "alert" not in drawn and "url(#a-p)" in drawn


@pytest.mark.parametrize(
    "markdown",
    ["[" * 5000 + "]" * 5000, "[" * 200 + "x"],
    ids=["Klammern", "offene Klammern"],
)
def test_a_text_that_pandoc_never_reads_is_named(markdown, monkeypatch):
    monkeypatch.setattr(pandoc, "LONGEST_READING", 2.0)
    monkeypatch.setattr(pandoc, "LONGEST_PIECE", 1.5)
    notebook = case.make_notebook()
    notebook.cells[5:5] = [case.text(f"Schlimm. {markdown}")]
    with pytest.raises(ReportError, match=r"^Zelle 6 .*vertretbarer Zeit.*Klammern"):
        build_document(notebook)


@pytest.mark.parametrize(
    "markdown",
    [">" * 2000 + " x", "\n".join("  " * n + "- x" for n in range(200)), "> " * 40 + "x", "*a **b " * 60 + "x" + "** *" * 60],
    ids=["Zitate", "Listen", "vierzig Zitate", "Hervorhebungen"],
)  # fmt: skip
def test_deep_nesting_is_named_or_set(markdown):
    notebook = case.make_notebook()
    notebook.cells[5:5] = [case.text(f"Tief.\n\n{markdown}")]
    try:
        render(notebook)
    except ReportError as error:
        assert str(error).startswith("Zelle 6 ") and "geschachtelt" in str(error)


@pytest.mark.parametrize(
    "data",
    [
        {"image/png": "%%%"},
        {"image/png": case.make_png()[:4000]},
        {"image/png": "iVBORw0KGgo="},
        {"image/svg+xml": "<svg"},
        {"image/svg+xml": "<html/>"},
        {"image/svg+xml": case.SVG.replace("<path", "<text>&nbsp;</text><path")},
        {"image/svg+xml": case.SVG.replace("</svg>", "<g>" * 5000 + "</g>" * 5000 + "</svg>")},
        {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>'},
        {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 5"/>'},
    ],
    ids=lambda data: str(data)[:40],
)
def test_a_damaged_picture_is_named_by_its_cell(data):
    notebook = case.make_notebook()
    notebook.cells = [
        case.text("# A\n\nSatz."),
        case.code("zeichne()", case.new_output("display_data", data)),
    ]
    with pytest.raises(ReportError, match=r"^Zelle 2 \(„zeichne\(\)“\): Das Bild .*(PNG|SVG)"):
        render(notebook)


def test_a_picture_that_only_typst_refuses_is_named(monkeypatch):
    monkeypatch.setattr(cells, "svg_size", lambda svg: (90.0, 90.0))
    notebook = case.make_notebook()
    bad = case.new_output("display_data", {"image/svg+xml": "<html/>"})
    notebook.cells = [case.text("# A\n\nSatz."), case.code("zeichne()", bad)]
    with pytest.raises(ReportError, match=r"^Zelle 2 .*kein lesbares PNG oder SVG"):
        pdf.render_pdf(build_document(notebook))


def test_hostile_bibliography(tmp_path):
    (tmp_path / "boese.bib").write_text(
        r"""@article{eins, title={<script>alert(1)</script> \input{/etc/passwd} #panic("x") $x_{1}$},
          author={Bobby {Tables'); DROP}, O. and <b>Fett</b>, F.}, journal={\href{javascript:alert(1)}{Klick}},
          year={2020}, url={javascript:alert(2)}, doi={10.1/<img src=x onerror=alert(3)>}}
        @misc{zwei, title={\csname x\endcsname}, note={\url{file:///etc/passwd}}}
        @comment{nichts} % nichts
        """
    )
    notebook = case.make_notebook()
    notebook.cells = [case.text("# A\n\nWie [@eins; @zwei].")]
    (report, _), printed = render(notebook, tmp_path / "boese.bib")
    assert len(report.select("script")) == 1 and not report.select("[onerror]")
    assert all(a["href"].startswith(("#", "http")) for a in report.select("main a"))
    assert len(report.select("ol.literatur li")) == 2
    assert "root:" not in report.get_text() and b"javascript:" not in printed


def test_bibliography_that_is_none(tmp_path):
    for content in (b"", b"\xff\xfe", b"@article{x", b"{" * 500):
        (tmp_path / "x.bib").write_bytes(content)
        notebook = case.make_notebook()
        notebook.cells = [case.text("# A\n\nWie [@eins].")]
        with pytest.raises(Exception, match="x.bib"):
            render(notebook, tmp_path / "x.bib")


def test_a_thousand_columns(tmp_path):
    started = sum(os.times()[:4])
    wide = case.Table([f"S{n}" for n in range(1000)], [[f"{n},{row}" for n in range(1000)] for row in (1, 2)])
    notebook = case.make_notebook()
    notebook.cells = [case.text("# A\n\n@tab:w"), case.code("x", case.table("w", "Breit.", wide))]
    (report, _), printed = render(notebook)
    assert len(report.select("#tab-w tbody td")) + len(report.select("#tab-w tbody th")) == 2000
    text = text_of_pdf(printed, tmp_path)
    assert all(f"{n},2" in text for n in range(1000))
    assert sum(os.times()[:4]) - started < 120  # seconds of the processor, its children's too


def test_a_table_longer_than_a_page_goes_on(tmp_path):
    long = case.Table(["Nr.", "Wert"], [[f"Zeile {n}", f"{n},5"] for n in range(400)])
    notebook = case.make_notebook()
    notebook.cells = [case.text("# A\n\n@tab:l"), case.code("x", case.table("l", "Lang.", long))]
    _, printed = render(notebook)
    text = text_of_pdf(printed, tmp_path)
    assert all(f"Zeile{n}" in text for n in range(400))


def test_a_table_of_half_a_page_is_not_broken(tmp_path):
    half = case.Table(["Nr.", "Wert"], [[f"Zeile {n}", f"{n},5"] for n in range(20)])
    notebook = case.make_notebook()
    notebook.cells = [
        case.text("# A\n\n" + "Ein Satz. " * 900 + "\n\n@tab:h"),
        case.code("x", case.table("h", "Halb.", half)),
    ]
    _, printed = render(notebook)
    (tmp_path / "x.pdf").write_bytes(printed)
    holding = [p for p in pypdf.PdfReader(tmp_path / "x.pdf").pages if "Zeile" in p.extract_text()]
    assert len(holding) == 1
