"""An executed notebook as one document: what HTML, PDF and slides have in common.

Numbers, cross-references and citations are resolved here, once, so that the three cannot
disagree.  The order is that of the finished report, whatever the notebook's: summary, main
part, bibliography, appendix, slides.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from inpainting.typeset import cells as notebook_cells
from inpainting.typeset import citations, order, pandoc
from inpainting.typeset.blocks import (
    Block,
    Code,
    Consoles,
    Document,
    Failure,
    Figure,
    Heading,
    Listings,
    Prose,
    ReportError,
    Slide,
    Table,
    Text,
)
from inpainting.typeset.cells import (
    ANNEX,
    EXTRA,
    LITERATURE,
    LIVE_MIME,
    MAIN,
    SLIDE_MIME,
    SUMMARY,
    TABLE_MIME,
    Cell,
)
from inpainting.typeset.references import References
from inpainting.typeset.titlepage import read_title_page

SUMMARY_HEADING = "Executive Summary"
LITERATURE_HEADING = "Literatur"
EXTRA_HEADING = "Ergänzende Ergebnisse"
PARAMETERS_HEADING = "Parameter des Laufs"
CONSOLE_HEADING = "Konsolenausgabe"
CODE_HEADING = "Programmcode"


def build_document(notebook, bibliography: Path = citations.BIBLIOGRAPHY) -> Document:
    """Turn an executed notebook into a document.

    Parameters
    ----------
    notebook : nbformat NotebookNode, executed; outputs as :mod:`inpainting.typeset` describes them.
    bibliography : BibTeX file.

    Raises
    ------
    ReportError
        On an unknown citation key or reference, a name used twice, a figure without picture
        or alternative text, a formula without spoken text.
    """
    return _Builder(bibliography).build(notebook)


class _Builder:
    def __init__(self, bibliography: Path):
        self.bibliography = bibliography
        self.sources: list[tuple[Prose, str, bool]] = []
        self.slide_specs: list[tuple[Cell, dict, Figure | None]] = []
        self.hero: Figure | None = None
        self.result: Prose | None = None
        self.n_listings = 0

    def build(self, notebook) -> Document:
        notebook = notebook_cells.clean(notebook)
        cells = [Cell(i, node) for i, node in enumerate(notebook.cells)]
        shown = [
            cell
            for cell in cells
            if not cell.tags & (notebook_cells.HIDDEN_TAGS | notebook_cells.PARAMETER_TAGS)
        ]
        codes = {id(cell): code for cell in shown if (code := self._code(cell))}

        def part(name):
            return [b for c in shown if c.part == name for b in self._cell_blocks(c, codes.get(id(c)))]

        document = Document(read_title_page(notebook))
        summary, main, literature = part(SUMMARY), part(MAIN), part(LITERATURE)
        extra = [self._heading(EXTRA_HEADING), *part(EXTRA)]  # its identifier goes to ours
        appendix = extra if len(extra) > 1 else []
        n_extra = len(appendix)
        appendix += part(ANNEX)
        if values := notebook_cells.read_parameters(notebook):
            appendix += [self._heading(PARAMETERS_HEADING), self._parameter_table(values)]
        if any(code.is_training and code.console for code in codes.values()):
            appendix += [self._heading(CONSOLE_HEADING), Consoles()]
        if codes:
            appendix += [self._heading(CODE_HEADING), Listings()]
        slides = [self._slide(cell, spec) for cell, spec, _ in self.slide_specs]
        self._read()

        document.summary = _set_levels(self._split(summary, SUMMARY_HEADING), 1)
        document.main = _set_levels(self._split(main), 1)
        document.literature = _set_levels(self._split(literature, LITERATURE_HEADING), 1)
        document.appendix = self._split_appendix(appendix, n_extra)
        document.main = order.after_first_reference(document.main)
        document.appendix = order.after_first_reference(document.appendix)
        document.hero, document.result = self.hero, self.result
        for blocks in (document.summary, document.main, document.appendix):
            order.attach_codes(blocks)
        references = References(is_lenient=bool(document.failures))
        references.number(document)
        for slide, (_, spec, picture) in zip(slides, self.slide_specs, strict=True):
            _show_on_slide(slide, spec, picture, document, references)
        document.slides = slides
        document.prose = list(_all_prose(document))
        for prose in document.prose:
            references.resolve(prose)
        citations.cite(document, self.bibliography)
        return document

    # -- collecting

    def _prose(self, markdown: str, cell: Cell | None, inline: bool = False) -> Prose:
        prose = Prose([], cell)
        self.sources.append((prose, pandoc.inline_source(markdown) if inline else markdown, inline))
        return prose

    def _heading(self, text: str) -> Text:
        return Text(self._prose(f"# {text}", None))

    def _code(self, cell: Cell) -> Code | None:
        if cell.node.cell_type != "code" or cell.tags & {"folie", "versteckt"}:
            return None
        if not cell.node.source.strip():
            return None
        self.n_listings += 1
        printed = notebook_cells.console(cell.node.outputs)
        source = cell.node.source.strip("\n")
        return Code(self.n_listings, source, printed, "konsole" in cell.tags)

    def _cell_blocks(self, cell: Cell, code: Code | None) -> list[Block]:
        if cell.node.cell_type == "markdown":
            return [Text(self._prose(cell.node.source, cell), cell.only)]
        if cell.node.cell_type != "code":
            return []
        blocks = [block for output in cell.node.outputs for block in self._output_blocks(cell, output)]
        if code and (made := next((b for b in blocks if isinstance(b, Text | Figure | Table)), None)):
            made.codes.append(code)
        return ([code] if code else []) + blocks

    def _output_blocks(self, cell: Cell, output) -> list[Block]:
        if output.output_type == "error":
            traceback = notebook_cells.strip_ansi("\n".join(output.get("traceback", ())))
            return [Failure(f"{output.ename}: {output.evalue}", traceback)]
        if output.output_type not in ("display_data", "execute_result"):
            return []
        about = output.metadata.get("inpainting", {})
        kind = about.get("kind")
        if kind == "prose":
            markdown = notebook_cells.joined(output.data["text/markdown"])
            if about.get("role") == "result":
                self.result = self._prose(markdown, cell, inline=True)
                return []
            return [Text(self._prose(markdown, cell), about.get("only") or cell.only)]
        if kind == "figure":
            figure = self._figure(cell, output, about)
            if about.get("role") == "hero":
                self.hero = figure
            return [figure] if figure.name else []
        if kind == "table":
            return [self._table(cell, output.data[TABLE_MIME], about)]
        if kind == "slide":
            self.slide_specs.append((cell, output.data[SLIDE_MIME], self._own_picture(cell, output)))
        if kind is None and {"image/png", "image/svg+xml"} & set(output.data):
            return [self._bare_figure(cell, output)]
        return []

    def _figure(self, cell: Cell, output, about) -> Figure:
        name = about.get("name", "")
        picture = _picture(cell, output)
        if picture is None:
            raise ReportError(f"{cell.name}: Die Abbildung „{name}“ hat kein Bild (PNG oder SVG).")
        alt = (about.get("alt") or _find_alt(output)).strip()
        if not alt:
            raise ReportError(
                f"{cell.name}: Die Abbildung „{name}“ hat keinen Alternativtext. "
                "Er beschreibt das Bild in ein bis zwei Sätzen (Argument alt)."
            )
        caption = self._prose(about["caption"], cell, inline=True) if name else None
        return Figure(name, caption, alt, *picture, live=output.data.get(LIVE_MIME), where=cell.name)

    def _bare_figure(self, cell: Cell, output) -> Figure:
        alt = _find_alt(output) or "Bild ohne Beschreibung"
        return Figure("", None, alt, *_picture(cell, output), where=cell.name)

    def _own_picture(self, cell: Cell, output) -> Figure | None:
        """The picture that a slide brings along."""
        picture = _picture(cell, output)
        if picture is None:
            return None
        alt = (output.data[SLIDE_MIME].get("alt") or "").strip()
        if not alt:
            raise ReportError(f"{cell.name}: Das Bild der Folie hat keinen Alternativtext (alt).")
        return Figure("", None, alt, *picture, where=cell.name)

    def _table(self, cell: Cell, content: dict, about) -> Table:
        def inline(text):
            return self._prose(str(text), cell, inline=True)

        return Table(
            about["name"],
            inline(about["caption"]),
            [inline(text) for text in content["header"]],
            [[inline(text) for text in row] for row in content["rows"]],
            content["align"],
            {tuple(pair) for pair in content["highlight"]},
        )

    def _parameter_table(self, values: list[tuple[str, str, str, str]]) -> Table:
        def inline(text, node=None):
            return Prose([pandoc.line([node] if node else pandoc.text_inlines(text))])

        def code(text):
            return inline(text, {"t": "Code", "c": [["", [], []], text]})

        is_changed = any(mark for *_, mark in values)
        n = 4 if is_changed else 3
        rows = [[code(name), *map(inline, about)][:n] for name, *about in values]
        header = [inline(text) for text in ("Parameter", "Wert", "Bedeutung", "geändert")][:n]
        changes = (
            "geänderte weichen von der Voreinstellung ab."
            if is_changed
            else "alle wie in der Voreinstellung."
        )
        caption = inline(f"Parameter, mit denen dieser Bericht gerechnet wurde; {changes}")
        return Table("laufparameter", caption, header, rows, "l" * n, set())

    def _slide(self, cell: Cell, spec: dict) -> Slide:
        points = [self._prose(point, cell) for point in spec.get("points", ())]
        notes = self._prose(spec.get("notes") or "", cell)
        title = self._prose(spec["title"], cell, inline=True)
        return Slide(title, points, notes, None, None, bool(spec.get("steps")), bool(spec.get("opens")))

    # -- reading and splitting

    def _read(self) -> None:
        try:
            trees = pandoc.read([source for _, source, _ in self.sources])
        except pandoc.PandocError as error:
            cell = self.sources[error.piece][0].cell if error.piece is not None else None
            raise ReportError(f"{cell.name if cell else 'Text'}: {error}") from None
        for (prose, _, inline), tree in zip(self.sources, trees, strict=True):
            prose.blocks = [pandoc.line(pandoc.inlines(tree))] if inline else tree

    def _split(self, blocks: list[Block], heading: str = "") -> list[Block]:
        """Cut texts at their headings and between paragraphs; a part without a heading gets ``heading``."""
        result: list[Block] = []
        for block in blocks:
            if not isinstance(block, Text):
                result.append(block)
                continue
            n_before, codes = len(result), block.codes
            for node in block.prose.blocks:
                last = result[-1] if len(result) > n_before else None
                if node["t"] == "Header":
                    level, (identifier, _, _), inlines = node["c"]
                    prose = Prose([pandoc.line(inlines)], block.prose.cell)
                    result.append(Heading(level, identifier, prose))
                elif isinstance(last, Text) and order.runs_on(last.prose.blocks[-1], node):
                    last.prose.blocks.append(node)
                else:
                    result.append(Text(Prose([node], block.prose.cell), block.only, codes))
                    codes = []
        if heading and not any(isinstance(block, Heading) for block in result):
            prose = Prose([pandoc.line(pandoc.text_inlines(heading))])
            identifier = "-".join(heading.lower().split())
            result.insert(0, Heading(1, identifier, prose))
        return result

    def _split_appendix(self, blocks: list[Block], n_extra: int) -> list[Block]:
        first, rest = self._split(blocks[:n_extra]), _without_titles(self._split(blocks[n_extra:]))
        inner = _without_titles(first[1:])
        return [*first[:1], *_set_levels(inner, 2), *_set_levels(rest, 1)]


def _picture(cell: Cell, output) -> tuple[bytes, str, float, float] | None:
    try:
        return notebook_cells.picture(output.data)
    except ValueError as error:
        raise ReportError(
            f"{cell.name}: Das Bild in der Ausgabe {error}. Bitte die Zelle neu ausführen; erlaubt sind PNG "
            "und SVG, wie Matplotlib sie schreibt."
        ) from None


def _find_alt(output) -> str:
    """The alternative text where Jupyter's clients keep it: beside the picture, or for the output."""
    found = [output.metadata, *(v for v in output.metadata.values() if isinstance(v, dict))]
    return next((str(about["alt"]) for about in found if about.get("alt")), "")


def _show_on_slide(slide: Slide, spec: dict, picture, document: Document, references: References) -> None:
    """Put a slide's own picture on it, or the report's figure or table, by name.

    A picture of its own that is named after the report's figure has that figure's number.
    """
    slide.figure = picture
    for kind, attribute in (("abb", "figure"), ("tab", "table")):
        if name := spec.get(attribute):
            blocks = [b for b in document.blocks if b.kind == attribute and b.name == name]
            if not blocks and not references.is_lenient:
                raise references.unknown(f"{kind}:{name}", slide.title)
            block = blocks[0] if blocks else None
            if attribute == "figure" and block and picture:
                block = dataclasses.replace(picture, name=block.name, number=block.number)
            setattr(slide, attribute, block or slide.figure if attribute == "figure" else block)


def _set_levels(blocks: list[Block], top: int) -> list[Block]:
    """Shift the headings so that the highest is of level ``top``."""
    headings = [block for block in blocks if isinstance(block, Heading)]
    shift = top - min((heading.level for heading in headings), default=top)
    for heading in headings:
        heading.level += shift
    return blocks


def _without_titles(blocks: list[Block]) -> list[Block]:
    """Without headings that only say what the appendix is: it has its own."""
    titles = (EXTRA_HEADING, "Anhang")
    return [b for b in blocks if not (isinstance(b, Heading) and b.text in titles)]


def _all_prose(document: Document) -> Iterator[Prose]:
    for block in document.blocks:
        if isinstance(block, Heading | Text):
            yield block.prose
        elif isinstance(block, Figure) and block.caption:
            yield block.caption
        elif isinstance(block, Table):
            yield block.caption
            yield from block.header
            for row in block.rows:
                yield from row
    if document.result:
        yield document.result
    for slide in document.slides:
        yield from (slide.title, *slide.points, slide.notes)
