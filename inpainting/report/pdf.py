"""The report as PDF, typeset by Typst: PDF/UA-1, German, the same bytes for the same run."""

import datetime
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter

from inpainting.config import ASSETS
from inpainting.report import pandoc, tables
from inpainting.report.document import build_document
from inpainting.report.files import write_file
from inpainting.report.model import Code, Document, Figure, ReportError, Table

TEMPLATE = ASSETS / "templates" / "typst"
TEXT_WIDTH = 459.2
"""Width of the text, in points: A4 less two margins of 2.4 cm, as in ``bericht.typ``."""

WIDEST_HALF_LINE = 44
"""Console output with no line longer than this goes into two columns."""

LONGEST_OUTPUT = 60
"""Console output of more lines is cut in the middle."""


@dataclass
class Codes:
    """Code cells that ran one after another; in print, a note in the margin."""

    kind: ClassVar[str] = "codes"
    codes: list[Code]

    @property
    def id(self) -> str:
        return f"zelle-{self.codes[0].number}"


class PdfExporter(TemplateExporter):
    """Executed notebook → PDF, by way of Typst source."""

    extra_template_basedirs = [str(ASSETS / "templates")]
    template_name = "typst"
    export_from_notebook = None
    code_in_place = False

    def _file_extension_default(self):
        return ".typ"

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        environment.finalize = _as_typst
        return environment

    def from_notebook_node(self, nb, resources=None, **kw):
        """Render; returns the PDF's bytes and nbconvert's resources."""
        document = build_document(nb)
        with tempfile.TemporaryDirectory(prefix="inpainting-") as folder:
            source = self._write_source(document, Path(folder))
            return _compile(source), self._init_resources(resources)

    def _write_source(self, document: Document, folder: Path) -> Path:
        rendered = document.render("typst", _change_for_typst)
        listings, origins = document.listings, {}
        if not self.code_in_place:
            document.summary = _gather_code(document.summary, floating=False)
            document.main = _gather_code(document.main, floating=True)
            document.appendix = _gather_code(document.appendix, floating=False)
            for block in document.blocks:
                if isinstance(block, Codes):
                    origins |= {code.number: block.id for code in block.codes}

        names = (f"bild-{n}" for n in itertools.count(1))

        def write_picture(picture) -> str:
            name = f"{next(names)}.{picture.suffix}"
            (folder / name).write_bytes(picture.data)
            return name

        page = document.title_page
        logo = none = Markup("none")
        if page.logo:
            logo = Markup(f'image("{write_picture(page.logo)}", height: 1.8cm, alt: "Logo")')
        source = self.template.render(
            document=document,
            listings=listings,
            text=lambda prose: Markup(rendered(prose)),
            label=lambda identifier: Markup(f"label({_string(identifier)})"),
            file=write_picture,
            width=lambda figure: Markup(f"{min(figure.width, TEXT_WIDTH):.2f}pt"),
            layout=lambda table: tables.lay_out(table, TEXT_WIDTH, rendered),
            shorten=shorten,
            columns=_columns,
            escape=lambda value: Markup(f"#{_string(value)}"),
            place=_place,
            origin=lambda code: (
                Markup(f"label({_string(origins[code.number])})")
                if code.number in origins
                else none
            ),
            logo=logo,
            day=_typst_day(page.day),
            code_in_place=self.code_in_place,
        )
        (folder / "bericht.typ").write_bytes((TEMPLATE / "bericht.typ").read_bytes())
        (folder / "farben.tmTheme").write_bytes((TEMPLATE / "farben.tmTheme").read_bytes())
        path = folder / "main.typ"
        path.write_text(source, encoding="utf-8")
        return path


def render_pdf(notebook, target: Path, code_in_place: bool = False) -> None:
    """Write an executed notebook as PDF.

    Parameters
    ----------
    notebook : nbformat NotebookNode, executed.
    target : the file to write, whole or not at all.
    code_in_place : show the code where it ran, instead of in the appendix.

    Raises
    ------
    inpainting.report.model.ReportError
        See :func:`inpainting.report.document.build_document`.
    """
    exporter = PdfExporter()
    exporter.code_in_place = code_in_place
    content, _ = exporter.from_notebook_node(notebook)
    write_file(target, content)


def shorten(console: str) -> str:
    """Console output without its middle, if it is long."""
    lines = console.splitlines()
    if len(lines) <= LONGEST_OUTPUT:
        return console
    head, tail = lines[: LONGEST_OUTPUT // 2], lines[-LONGEST_OUTPUT // 2 :]
    left_out = len(lines) - len(head) - len(tail)
    return "\n".join([*head, f"… {left_out} Zeilen ausgelassen …", *tail])


def _columns(console: str) -> int:
    longest = max(map(len, console.splitlines()), default=0)
    return 2 if longest <= WIDEST_HALF_LINE and console.count("\n") > 8 else 1


def _gather_code(blocks, floating: bool):
    """One :class:`Codes` for cells between which nothing stands; floating figures move away."""
    result, last = [], None
    for block in blocks:
        if isinstance(block, Code):
            if last is None:
                last = Codes([])
                result.append(last)
            last.codes.append(block)
            continue
        if not (floating and isinstance(block, Figure | Table)):
            last = None
        result.append(block)
    return result


def _place(code: Code) -> Markup:
    heading = code.heading
    if heading is None:
        return Markup("")
    if not heading.number:
        return Markup(f"#{_string(heading.text)}")
    word = "Anhang" if heading.number.isalpha() else "Abschnitt"
    return Markup(f"#{_string(f'{word} {heading.number}, {heading.text}')}")


def _change_for_typst(node: pandoc.Node):
    if node["t"] == "Span" and "formel" in node["c"][0][1]:
        (identifier, _, pairs), content = node["c"]
        about = dict(pairs)
        target = f" #label({_string(identifier)})" if identifier else ""
        start = f"#formel({_string(about['alt'])}, {_string(about['nummer'])})["
        return [
            pandoc.raw_inline("typst", start),
            *content,
            pandoc.raw_inline("typst", f"{target}]"),
        ]
    if node["t"] == "Math":  # pandoc makes Typst set \\lvert as a relation
        tex = node["c"][1].replace(r"\lvert", r"\left|").replace(r"\rvert", r"\right|")
        return {"t": "Math", "c": [node["c"][0], tex]}
    if node["t"] == "CodeBlock":
        (_, classes, _), source = node["c"]
        language = _string("python") if "python" in classes else "none"
        return pandoc.raw_block("typst", f"#quelltext({language}, {_string(source)})")
    return None


def _as_typst(value):
    """What a template prints: rendered text as it is, all else as a Typst literal."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool):
        return Markup(str(value).lower())
    return Markup(value if isinstance(value, int) else _string(str(value)))


def _string(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _typst_day(day: datetime.date | None) -> Markup:
    if day is None:
        return Markup("none")
    return Markup(f"datetime(year: {day.year}, month: {day.month}, day: {day.day})")


def _compile(source: Path) -> bytes:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[ASSETS / "fonts"])
    try:
        compiler = typst.Compiler(root=source.parent, font_paths=fonts)
        return compiler.compile(source, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        hints = "".join(f" ({hint})" for hint in error.hints)
        raise ReportError(f"Typst setzt den Bericht nicht: {error.message}{hints}") from None
