"""The report as PDF, typeset by Typst: PDF/UA-1, German, the same bytes for the same document."""

import datetime
import functools
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

from inpainting.config import ASSETS
from inpainting.typeset import glyphs, pandoc, placement, tables, titlepage
from inpainting.typeset.blocks import Block, Code, Document, Figure, Heading, ReportError, Table, Text
from inpainting.typeset.placement import Piece

TEMPLATES = ASSETS / "templates" / "typst"
TEXT_WIDTH = 459.2
"""Width of the text, in points: A4 less two margins of 2.4 cm, as in ``bericht.typ``."""

TEXT_HEIGHT = 716.0
"""Height that a figure and its caption may have, in points: a page less its margins, and a little."""

HERO_HEIGHT = 250.0
"""Largest height of the picture on the title page, in points."""

CAPTION_HEIGHT = 60.0
"""What a figure of a whole page leaves for its caption, in points."""

WIDEST_HALF_LINE = 44
"""Console output with no line longer than this goes into two columns."""

LONGEST_OUTPUT = 24
"""Console output of more lines is cut in the middle."""

LONGEST_TRAINING = 8
"""So is that of a training: every epoch stands in the notebook."""


def render_pdf(document: Document, code_in_place: bool = False) -> bytes:
    """Set a document as PDF.

    Parameters
    ----------
    document : as :func:`inpainting.typeset.document.build_document` makes it.
    code_in_place : show the code where it ran, instead of in the appendix.

    Raises
    ------
    ReportError
        If Typst refuses it; the message says what it said.
    """
    with tempfile.TemporaryDirectory(prefix="inpainting-") as folder:
        return _Print(document, Path(folder), code_in_place).compile()


class _Print:
    """One document on its way to Typst, in a folder for its pictures and sources."""

    def __init__(self, document: Document, folder: Path, code_in_place: bool):
        self.document, self.folder, self.code_in_place = document, folder, code_in_place
        self._names = (f"bild-{n}" for n in itertools.count(1))
        self._pictures: dict[str, str] = {}
        rendered = document.render("typst", _change_for_typst)
        page = document.title_page
        printed = (b for b in document.summary + document.main + document.appendix if not _is_left_out(b))
        marked = {code.number for block in printed for code in getattr(block, "codes", ())}
        self._values = dict(
            document=document,
            page=page,
            listings=document.listings,
            text=lambda prose: Markup(rendered(prose)),
            label=lambda identifier: Markup(f"label({_string(identifier)})"),
            origin=lambda code: Markup(
                f"label({_string(f'zelle-{code.number}')})" if code.number in marked else "none"
            ),
            spoken=lambda text: Markup(_spoken(text)),
            layout=lambda table: tables.lay_out(table, TEXT_WIDTH, rendered),
            shorten=shorten,
            columns=_columns,
            escape=lambda value: Markup(f"#{_string(value)}"),
            place=_place,
            code_in_place=code_in_place,
            day=_typst_day(page.day),
            logo=self._write(page.logo.data, page.logo.suffix) if page.logo else Markup("none"),
            qr=self._write(titlepage.draw_qr_code(page.url), "svg") if page.url else Markup("none"),
        )
        self._macros = _environment().get_template("bausteine.typ.j2").make_module(self._values)
        for name in ("bericht.typ", "farben.tmTheme"):
            (folder / name).write_bytes((TEMPLATES / name).read_bytes())

    def _write(self, data: bytes, suffix: str) -> str:
        name = f"{next(self._names)}.{suffix}"
        (self.folder / name).write_bytes(data)
        return name

    def compile(self) -> bytes:
        try:
            return self._compile()
        except ReportError as error:
            if where := self._find_damaged_picture():
                raise ReportError(
                    f"{where}: Das Bild in der Ausgabe ist kein lesbares PNG oder SVG."
                ) from None
            raise error

    def _find_damaged_picture(self) -> str:
        """The cell whose picture Typst does not read; "" if it reads them all."""
        import typst

        probe = self.folder / "probe.typ"
        for name, where in self._pictures.items():
            probe.write_text(f"#image({_string(name)})", encoding="utf-8")
            try:
                typst.compile(probe, root=self.folder, format="pdf")
            except RuntimeError:
                return where
        return ""

    def _compile(self) -> bytes:
        hero = self.document.hero
        self._values["hero"] = self._write(hero.data, hero.suffix) if hero else Markup("none")
        width = min(TEXT_WIDTH, HERO_HEIGHT * hero.width / hero.height) if hero else TEXT_WIDTH
        self._values["hero_width"] = Markup(f"{width:.2f}pt")
        summary = self._pieces(self.document.summary)
        main = self._pieces(self.document.main)
        literature = [Piece(str(self._macros.literatur()))] if self.document.references else []
        annex = literature + self._pieces(self.document.appendix, stop_at=1)

        def measure(flows):
            return _measure(self._source(summary, flows[0], flows[1]))

        flows = placement.arrange([main, annex], [placement.TIGHT, placement.LOOSE], measure)
        return _compile(self._source(summary, *flows))

    def _pieces(self, blocks: list[Block], stop_at: int = 0) -> list[Piece]:
        """Blocks as pieces of source; no figure passes a heading of level ``stop_at``."""
        pieces = []
        for block in blocks:
            if _is_left_out(block):
                continue
            if isinstance(block, Code) and not self.code_in_place:
                continue
            is_paragraph = isinstance(block, Text) and block.prose.blocks[0]["t"] == "Para"
            marks = Markup(self._macros.marks(block, is_paragraph)) if not self.code_in_place else Markup("")
            if isinstance(block, Figure):
                name = self._write(block.data, block.suffix)
                self._pictures[name] = block.where or "Bericht"
                draw = functools.partial(self._figure, block, marks, name)
                least = placement.LEAST_SCALE[block.suffix]
                pieces.append(Piece(draw(1.0), "display", draw, _print_size(block)[1], least))
            else:
                kind = "display" if isinstance(block, Table) else "text"
                if isinstance(block, Heading):
                    kind = "stop" if block.level <= stop_at else "heading"
                if isinstance(block, Table) or is_paragraph:
                    source = self._macros.block(block, marks)
                else:
                    source = _stay_with(marks) + self._macros.block(block)
                pieces.append(Piece(str(source), kind))
        return pieces

    def _figure(self, figure: Figure, marks: Markup, file: str, scale: float) -> str:
        width = _print_size(figure)[0] * scale
        return str(self._macros.figure(figure, file, Markup(f"{width:.2f}pt"), marks))

    def _source(self, summary, main, annex) -> Path:
        numbers = itertools.count()

        def joined(pieces: list[Piece]) -> Markup:
            marked = [f"#marke({next(numbers)})\n{piece.source}\n" for piece in pieces]
            return Markup("\n".join([*marked, f"#marke({next(numbers)})\n"]))

        values = self._values | {"parts": [joined(part) for part in (main, annex)]}
        values["summary"] = Markup("\n".join(piece.source for piece in summary))
        source = _environment().get_template("index.typ.j2").render(values)
        path = self.folder / "main.typ"
        path.write_text(glyphs.replace(source), encoding="utf-8")
        return path


def _is_left_out(block: Block) -> bool:
    """Whether a block is for the page alone."""
    return isinstance(block, Text) and block.only == "page"


def _stay_with(marks: Markup) -> Markup:
    """Marks that go to the next page with the block that follows; "" without any."""
    return marks and Markup("#block(height: 0pt, above: 0.85em, below: 0pt, sticky: true)[{}]\n").format(
        marks
    )


def _print_size(figure: Figure) -> tuple[float, float]:
    """Width and height in points: the figure's own, or as much as the page has."""
    scale = min(1, TEXT_WIDTH / figure.width, (TEXT_HEIGHT - CAPTION_HEIGHT) / figure.height)
    return figure.width * scale, figure.height * scale


def shorten(console: str, is_training: bool = False) -> str:
    """Console output without its middle, if it is long."""
    longest = LONGEST_TRAINING if is_training else LONGEST_OUTPUT
    lines = console.splitlines()
    if len(lines) <= longest:
        return console
    head, tail = lines[: longest // 2], lines[-(longest // 2) :]
    left_out = len(lines) - len(head) - len(tail)
    return "\n".join([*head, f"… {left_out} Zeilen ausgelassen, vollständig im Notebook …", *tail])


def _columns(console: str) -> int:
    longest = max(map(len, console.splitlines()), default=0)
    return 2 if longest <= WIDEST_HALF_LINE and console.count("\n") > 8 else 1


def _place(code: Code) -> Markup:
    """Which section a listing belongs to, as Typst text."""
    heading = code.heading
    if heading is None:
        return Markup("")
    if not heading.number:
        return Markup(f"#{_string(f'gehört zu „{heading.text}“')}")
    word = "Anhang" if heading.number.isalpha() else "Abschnitt"
    return Markup(f"#{_string(f'gehört zu {word} {heading.number}, {heading.text}')}")


def _change_for_typst(node: pandoc.Node):
    if node["t"] == "Span" and "formel" in node["c"][0][1]:
        (identifier, _, pairs), content = node["c"]
        about = dict(pairs)
        target = f" #label({_string(identifier)})" if identifier else ""
        start = f"#formel({_spoken(about['alt'])}, {_string(about['nummer'])})["
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


@functools.cache
def _environment() -> jinja2.Environment:
    """Templates whose values are Typst literals unless they are marked as source."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(
        loader=loader, autoescape=True, finalize=_as_typst, trim_blocks=True, undefined=jinja2.StrictUndefined
    )


def _as_typst(value):
    """What a template prints: rendered text as it is, all else as a Typst literal."""
    if isinstance(value, Markup | jinja2.Undefined):
        return value
    if isinstance(value, bool):
        return Markup(str(value).lower())
    return Markup(value if isinstance(value, int) else _string(str(value)))


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _spoken(text: str) -> str:
    """A string that is read aloud or stands in the file's properties, and so needs no glyphs."""
    missing = {ord(character): f"\\u{{{ord(character):x}}}" for character in glyphs.missing(text)}
    return _string(text).translate(missing)


def _typst_day(day: datetime.date | None) -> Markup:
    if day is None:
        return Markup("none")
    return Markup(f"datetime(year: {day.year}, month: {day.month}, day: {day.day})")


@functools.cache
def _fonts():
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[ASSETS / "fonts"])


def _measure(source: Path) -> Mapping[int, tuple[int, float]]:
    """Page and height on it, in points, of each mark that the source holds."""
    import json

    import typst

    inputs = {"messen": "ja"}
    try:
        compiler = typst.Compiler(source, root=source.parent, font_paths=_fonts(), sys_inputs=inputs)
        found = json.loads(compiler.query("<marken>", field="value"))[0]
    except RuntimeError as error:  # TypstError is one, and not all are TypstErrors
        raise _refusal(error) from None
    return {n: (at["page"], float(at["y"].removesuffix("pt"))) for n, at in found}


def _compile(source: Path) -> bytes:
    import typst

    try:
        compiler = typst.Compiler(source, root=source.parent, font_paths=_fonts())
        return compiler.compile(format="pdf", pdf_standards=["ua-1"])
    except RuntimeError as error:  # TypstError is one, and not all are TypstErrors
        raise _refusal(error) from None


def _refusal(error) -> ReportError:
    hints = "".join(f" ({hint})" for hint in getattr(error, "hints", ()))
    return ReportError(f"Typst setzt den Bericht nicht: {getattr(error, 'message', error)}{hints}")
