"""An executed notebook as one document: what HTML, PDF and slides have in common.

Numbers, cross-references and citations are resolved here, once, so that the three cannot
disagree.  The order is that of the finished report, whatever the notebook's: summary, main
part, bibliography, appendix, slides.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from inpainting import config
from inpainting.display import SLIDE_MIME, TABLE_MIME
from inpainting.report import cells as notebook_cells
from inpainting.report import pandoc, spoken
from inpainting.report.cells import ANNEX, EXTRA, LITERATURE, MAIN, SUMMARY, Cell
from inpainting.report.model import (
    Block, Code, Consoles, Document, Failure, Figure, Heading, Listings, Prose, Reference,
    ReportError, Slide, Table, Text,
)  # fmt: skip
from inpainting.report.titlepage import read_title_page

BIBLIOGRAPHY = config.NOTEBOOK.parent / "literatur.bib"
STYLE = config.ASSETS / "csl" / "ieee-deutsch.csl"

SUMMARY_HEADING = "Executive Summary"
LITERATURE_HEADING = "Literatur"
EXTRA_HEADING = "Ergänzende Ergebnisse"
PARAMETERS_HEADING = "Parameter des Laufs"
CONSOLE_HEADING = "Konsolenausgabe des Trainings"
CODE_HEADING = "Programmcode"

REFERENCE_WORDS = {"abb": "Abbildung", "tab": "Tabelle", "gl": "Gleichung", "abs": "Abschnitt"}


def build_document(notebook, bibliography: Path = BIBLIOGRAPHY) -> Document:
    """Turn an executed notebook into a document.

    Parameters
    ----------
    notebook : nbformat NotebookNode, executed; outputs as in :mod:`inpainting.display`.
    bibliography : BibTeX file.

    Raises
    ------
    ReportError
        On an unknown citation key or reference, a name used twice, a figure without picture
        or alternative text, a formula without spoken text.
    """
    builder = _Builder(bibliography)
    document = builder.build(notebook)
    return document


class _Builder:
    def __init__(self, bibliography: Path):
        self.bibliography = bibliography
        self.sources: list[tuple[Prose, str, bool]] = []
        self.targets: dict[str, tuple[str, str, str]] = {}
        self.slide_specs: list[tuple[Cell, dict]] = []
        self.n_listings = 0

    def build(self, notebook) -> Document:
        cells = [Cell(i, node) for i, node in enumerate(notebook.cells)]
        shown = [cell for cell in cells if not cell.tags & (notebook_cells.HIDDEN_TAGS | notebook_cells.PARAMETER_TAGS)]
        codes = {id(cell): code for cell in shown if (code := self._code(cell))}

        def part(name):
            return [b for c in shown if c.part == name for b in self._cell_blocks(c, codes.get(id(c)))]

        document = Document(read_title_page(notebook))
        summary, main, literature = part(SUMMARY), part(MAIN), part(LITERATURE)
        extra = [self._heading(EXTRA_HEADING), *part(EXTRA)]  # its identifier goes to ours
        appendix = extra if len(extra) > 1 else []
        n_extra = len(appendix)
        appendix += part(ANNEX)
        if values := notebook_cells.read_parameters(cells):
            appendix += [self._heading(PARAMETERS_HEADING), self._parameter_table(values)]
        if any(code.is_training for code in codes.values()):
            appendix += [self._heading(CONSOLE_HEADING), Consoles()]
        if codes:
            appendix += [self._heading(CODE_HEADING), Listings()]
        slides = [self._slide(cell, spec) for cell, spec in self.slide_specs]
        self._read()

        document.summary = _set_levels(self._split(summary, SUMMARY_HEADING), 1)
        document.main = _set_levels(self._split(main), 1)
        document.literature = _set_levels(self._split(literature, LITERATURE_HEADING), 1)
        document.appendix = self._split_appendix(appendix, n_extra)
        self._number(document)
        document.slides = [self._finish_slide(slide, spec[1], document, spec[0])
                           for slide, spec in zip(slides, self.slide_specs, strict=True)]  # fmt: skip
        document.prose = list(_all_prose(document))
        for prose in document.prose:
            prose.blocks = self._resolve(prose)
        self._cite(document)
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
        return Code(self.n_listings, cell.node.source.strip("\n"), notebook_cells.console(cell.node.outputs),
                    "konsole" in cell.tags)  # fmt: skip

    def _cell_blocks(self, cell: Cell, code: Code | None) -> list[Block]:
        if cell.node.cell_type == "markdown":
            return [Text(self._prose(cell.node.source, cell))]
        if cell.node.cell_type != "code":
            return []
        blocks = [code] if code else []
        for output in cell.node.outputs:
            blocks += self._output_blocks(cell, output)
        return blocks

    def _output_blocks(self, cell: Cell, output) -> list[Block]:
        if output.output_type == "error":
            traceback = notebook_cells.strip_ansi("\n".join(output.get("traceback", ())))
            return [Failure(f"{output.ename}: {output.evalue}", traceback)]
        if output.output_type not in ("display_data", "execute_result"):
            return []
        about = output.metadata.get("inpainting", {})
        kind = about.get("kind")
        if kind == "prose":
            return [Text(self._prose(notebook_cells.joined(output.data["text/markdown"]), cell))]
        if kind == "figure":
            return [self._figure(cell, output, about)]
        if kind == "table":
            return [self._table(cell, output.data[TABLE_MIME], about)]
        if kind == "slide":
            self.slide_specs.append((cell, output.data[SLIDE_MIME]))
        if kind is None and {"image/png", "image/svg+xml"} & set(output.data):
            return [self._bare_figure(output)]
        return []

    def _figure(self, cell: Cell, output, about) -> Figure:
        name = about["name"]
        picture = notebook_cells.picture(output.data)
        if picture is None:
            raise ReportError(f"{cell.name}: Die Abbildung „{name}“ hat kein Bild (PNG oder SVG).")
        if not about.get("alt", "").strip():
            raise ReportError(
                f"{cell.name}: Die Abbildung „{name}“ hat keinen Alternativtext. "
                "Er beschreibt das Bild in ein bis zwei Sätzen (Argument alt)."
            )
        caption = self._prose(about["caption"], cell, inline=True)
        return Figure(name, caption, about["alt"].strip(), *picture)

    def _bare_figure(self, output) -> Figure:
        alt = output.metadata.get("alt") or "Bild ohne Beschreibung"
        return Figure("", None, alt, *notebook_cells.picture(output.data))

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

    def _parameter_table(self, values: list[tuple[str, str, str]]) -> Table:
        def inline(text, node=None):
            return Prose([pandoc.line([node] if node else pandoc.text_inlines(text))])

        def code(text):
            return inline(text, {"t": "Code", "c": [["", [], []], text]})

        rows = [[code(name), inline(value), inline(meaning)] for name, value, meaning in values]
        header = [inline(text) for text in ("Parameter", "Wert", "Bedeutung")]
        caption = inline("Parameter, mit denen dieser Bericht gerechnet wurde.")
        return Table("laufparameter", caption, header, rows, "lll", set())

    def _slide(self, cell: Cell, spec: dict) -> Slide:
        points = [self._prose(point, cell) for point in spec.get("points", ())]
        notes = self._prose(spec.get("notes") or "", cell)
        return Slide(self._prose(spec["title"], cell, inline=True), points, notes, None, None)

    def _finish_slide(self, slide: Slide, spec: dict, document: Document, cell: Cell) -> Slide:
        for kind, attribute in (("abb", "figure"), ("tab", "table")):
            if name := spec.get(attribute):
                blocks = [b for b in document.blocks if b.kind == attribute and b.name == name]
                if not blocks:
                    raise self._unknown_reference(f"{kind}:{name}", cell)
                setattr(slide, attribute, blocks[0])
        return slide

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
        """Cut texts at their headings; a part without one gets ``heading``."""
        result: list[Block] = []
        for block in blocks:
            if not isinstance(block, Text):
                result.append(block)
                continue
            for node in block.prose.blocks:
                if node["t"] == "Header":
                    level, (identifier, _, _), inlines = node["c"]
                    prose = Prose([pandoc.line(inlines)], block.prose.cell)
                    result.append(Heading(level, identifier, prose))
                elif result and isinstance(result[-1], Text) and result[-1].prose.cell is block.prose.cell:
                    result[-1].prose.blocks.append(node)
                else:
                    result.append(Text(Prose([node], block.prose.cell)))
        if heading and not any(isinstance(block, Heading) for block in result):
            prose = Prose([pandoc.line(pandoc.text_inlines(heading))])
            identifier = "-".join(heading.lower().split())
            result.insert(0, Heading(1, identifier, prose))
        return result

    def _split_appendix(self, blocks: list[Block], n_extra: int) -> list[Block]:
        first, rest = self._split(blocks[:n_extra]), _without_titles(self._split(blocks[n_extra:]))
        inner = _without_titles(first[1:])
        return [*first[:1], *_set_levels(inner, 2), *_set_levels(rest, 1)]

    # -- numbering

    def _number(self, document: Document) -> None:
        for block in document.summary + document.literature:
            if isinstance(block, Heading):
                self._add_target("abs", block.id, block.id, block.text, "", block.prose.cell)
        _number_headings(document.main, lambda n: str(n))
        _number_headings(document.appendix, lambda n: chr(ord("A") + n - 1))
        for block in document.main + document.appendix:
            if isinstance(block, Heading):
                word = "Anhang" if block.number.isalpha() else "Abschnitt"
                self._add_target("abs", block.id, block.id, word, block.number, block.prose.cell)
        n_figures = n_tables = 0
        heading = None
        for block in document.blocks:
            if isinstance(block, Heading):
                heading = block
            elif isinstance(block, Code):
                block.heading = heading
            elif isinstance(block, Figure) and block.name:
                n_figures += 1
                block.number = str(n_figures)
                cell = block.caption.cell
                self._add_target("abb", block.name, block.id, "Abbildung", block.number, cell)
            elif isinstance(block, Table):
                n_tables += 1
                block.number = str(n_tables)
                cell = block.caption.cell
                self._add_target("tab", block.name, block.id, "Tabelle", block.number, cell)
        self._number_formulas(document)

    def _number_formulas(self, document: Document) -> None:
        n = 0
        texts = [block.prose for block in document.blocks if isinstance(block, Text)]
        for prose in texts:
            for node in pandoc.find(prose.blocks, "Math"):
                if node["c"][0]["t"] != "DisplayMath":
                    continue
                about = next(prose.cell.formulas, {}) if prose.cell else {}
                name = about.get("name") or ""
                node["alt"] = about.get("alt") or self._speak(node["c"][1], prose.cell, "formeln")
                if name:
                    n += 1
                    node["number"], node["id"] = str(n), f"gl-{name}"
                    self._add_target("gl", name, f"gl-{name}", "Gleichung", f"({n})", prose.cell)

    def _add_target(self, kind, name, identifier, word, number, cell) -> None:
        key = f"{kind}:{name}"
        if key in self.targets:
            where = cell.name if cell else "Bericht"
            raise ReportError(f"{where}: Den Namen „{key}“ gibt es schon; jeder darf nur einmal vorkommen.")
        self.targets[key] = (identifier, word, number)

    # -- resolving

    def _resolve(self, prose: Prose) -> pandoc.Blocks:
        def change(node):
            if node["t"] == "Cite":
                return self._resolve_cite(node, prose.cell)
            if node["t"] == "Math":
                return self._resolve_formula(node, prose.cell)
            if node["t"] == "Quoted":
                marks = "„“" if node["c"][0]["t"] == "DoubleQuote" else "‚‘"
                return [pandoc.string(marks[0]), *node["c"][1], pandoc.string(marks[1])]
            if node["t"] == "Image":
                where = prose.cell.name if prose.cell else "Bericht"
                raise ReportError(
                    f"{where}: Das Bild „{node['c'][2][0]}“ ist im Text eingebunden. "
                    "Abbildungen entstehen im Bericht durch Code (show_figure)."
                )
            return None

        return pandoc.walk(prose.blocks, change)

    def _resolve_formula(self, node, cell: Cell | None):
        kind, tex = node["c"]
        display = kind["t"] == "DisplayMath"
        if not (alt := node.get("alt")):
            overrides = cell.inline_formulas if cell else {}
            alt = overrides.get(tex) or self._speak(tex, cell, "formeln_inline")
        classes = ["formel", "abgesetzt" if display else "im-text"]
        plain = {"t": "Math", "c": node["c"]}
        return pandoc.span([plain], node.get("id", ""), classes, alt=alt, nummer=node.get("number", ""))

    def _speak(self, tex: str, cell: Cell | None, key: str) -> str:
        try:
            return spoken.speak(tex)
        except spoken.SpeechError as error:
            where = cell.name if cell else "Bericht"
            raise ReportError(
                f"{where}: {error} Der gesprochene Text zu „{tex}“ gehört in die Metadaten "
                f"der Zelle, unter „{key}“."
            ) from None

    def _resolve_cite(self, node, cell: Cell | None):
        citations = node["c"][0]
        kinds = [c["citationId"].partition(":")[0] in REFERENCE_WORDS for c in citations]
        if not any(kinds):
            return None
        if not all(kinds):
            where = cell.name if cell else "Bericht"
            raise ReportError(f"{where}: Literatur und Querverweise stehen in einer Klammer: "
                              f"{pandoc.plain(node['c'][1])}. Bitte trennen.")  # fmt: skip
        result = []
        for i, citation in enumerate(citations):
            if i:
                last = i == len(citations) - 1
                result += [pandoc.string("\u00a0und" if last else ","), {"t": "Space"}]
            if citation["citationPrefix"]:
                result += [*citation["citationPrefix"], {"t": "Space"}]
            result += [self._reference(citation, cell), *citation["citationSuffix"]]
        return result

    def _reference(self, citation, cell: Cell | None):
        key = citation["citationId"]
        if key not in self.targets:
            raise self._unknown_reference(key, cell)
        identifier, word, number = self.targets[key]
        number_only = citation["citationMode"]["t"] == "SuppressAuthor" and number
        text = number if number_only else f"{word}\u00a0{number}".strip()
        return pandoc.link([pandoc.string(text)], f"#{identifier}", ["verweis"])

    def _unknown_reference(self, key: str, cell: Cell | None) -> ReportError:
        kind = key.partition(":")[0]
        same_kind = [name for name in self.targets if name.startswith(f"{kind}:")]
        return ReportError(
            f"{cell.name if cell else 'Bericht'}: Der Verweis „@{key}“ hat kein Ziel. "
            + _suggest(key, same_kind)
        )

    def _cite(self, document: Document) -> None:
        entries = read_bibliography(self.bibliography)
        for prose in document.prose:
            for node in pandoc.find(prose.blocks, "Cite"):
                for citation in node["c"][0]:
                    if (key := citation["citationId"]) not in entries:
                        where = prose.cell.name if prose.cell else "Bericht"
                        raise ReportError(
                            f"{where}: Das Kürzel „@{key}“ steht nicht in {self.bibliography.name}. "
                            + _suggest(key, list(entries))
                        )
        cited, found = pandoc.cite([p.blocks for p in document.prose], self.bibliography, STYLE)
        for prose, blocks in zip(document.prose, cited, strict=True):
            prose.blocks = pandoc.walk(blocks, _unwrap_cite)
        document.references = [_reference_entry(node, entries) for node in found]
        document.prose += [reference.prose for reference in document.references]


def _unwrap_cite(node):
    return node["c"][1] if node["t"] == "Cite" else None


def _reference_entry(node, entries: dict[str, str]) -> Reference:
    key = node["c"][0][0].removeprefix("ref-")
    label, text = "", node["c"][1][0]["c"]
    for part in pandoc.find(node["c"][1], "Span"):
        if "csl-left-margin" in part["c"][0][1]:
            label = pandoc.plain(part["c"][1])
        elif "csl-right-inline" in part["c"][0][1]:
            text = part["c"][1]
    return Reference(key, entries[key], label, Prose([pandoc.line(_keep_together(text))]))


def _keep_together(inlines: list[pandoc.Node]) -> list[pandoc.Node]:
    """No line break between "S." and its number."""
    result: list[pandoc.Node] = []
    for node in inlines:
        after = result[-1]["c"] if result and result[-1]["t"] == "Str" else ""
        is_space = node["t"] == "Space" and after.endswith(("S.", "Bd.", "Nr."))
        result.append(pandoc.string("\u00a0") if is_space else node)
    return result


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


def _number_headings(blocks: list[Block], first) -> None:
    counts: list[int] = []
    for block in blocks:
        if isinstance(block, Heading):
            counts = (counts + [0] * block.level)[: block.level]
            counts[-1] += 1
            block.number = ".".join([first(counts[0]), *map(str, counts[1:])])


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
    for slide in document.slides:
        yield from (slide.title, *slide.points, slide.notes)


def _suggest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"Gemeint ist vielleicht „@{near[0]}“."
    return f"Bekannt sind: {', '.join(f'@{name}' for name in sorted(known)) or 'keine'}."


def read_bibliography(path: Path) -> dict[str, str]:
    """Keys of a BibTeX file and their entry types.

    Raises
    ------
    ReportError
        If the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"Die Literaturdatei {path.name} ist nicht lesbar ({error.strerror}).") from None
    return {key: kind.lower() for kind, key in re.findall(r"^\s*@(\w+)\s*\{\s*([^\s,]+)\s*,", text, re.M)}
