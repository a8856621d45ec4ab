"""Numbers and cross-references: given once to the document, the same in every form of it."""

import difflib
import re

from inpainting.typeset import pandoc
from inpainting.typeset.blocks import (
    Code,
    Document,
    Figure,
    Heading,
    Prose,
    ReportError,
    Table,
    Text,
)

WORDS = {"abb": "Abbildung", "tab": "Tabelle", "gl": "Gleichung", "abs": "Abschnitt"}


class References:
    """What can be referred to, and the references to it.

    Attributes
    ----------
    targets : "abb:name" → (identifier, word, number).
    is_lenient : True for a notebook that stopped with an error: a target that was never
        reached then shows as "?" instead of raising.
    """

    def __init__(self, is_lenient: bool = False):
        self.targets: dict[str, tuple[str, str, str]] = {}
        self.is_lenient = is_lenient

    def number(self, document: Document) -> None:
        """Number sections, figures, tables and equations in reading order.

        Raises
        ------
        ReportError
            If a name is used twice, or a formula has no spoken text.
        """
        for block in document.summary + document.literature:
            if isinstance(block, Heading):
                self._add("abs", block.id, block, block.text, "", block.prose)
        _number_headings(document.main, str)
        _number_headings(document.appendix, lambda n: chr(ord("A") + n - 1))
        for block in document.main + document.appendix:
            if isinstance(block, Heading):
                word = "Anhang" if block.number.isalpha() else "Abschnitt"
                self._add("abs", block.id, block, word, block.number, block.prose)
        self._number_displays(document)
        self._number_formulas(document)

    def _number_displays(self, document: Document) -> None:
        n_figures = n_tables = 0
        heading = None
        starts = {id(part[0]): part for part in (document.main, document.appendix) if part}
        for block in document.blocks:
            if id(block) in starts:  # what stands before a part's first heading belongs to it
                heading = next((b for b in starts[id(block)] if isinstance(b, Heading)), heading)
            if isinstance(block, Heading):
                heading = block
            elif isinstance(block, Code):
                block.heading = heading
            elif isinstance(block, Figure) and block.name:
                n_figures += 1
                block.number = str(n_figures)
                self._add("abb", block.name, block, "Abbildung", block.number, block.caption)
            elif isinstance(block, Table):
                n_tables += 1
                block.number = str(n_tables)
                self._add("tab", block.name, block, "Tabelle", block.number, block.caption)

    def _number_formulas(self, document: Document) -> None:
        n = 0
        for block in document.blocks:
            nodes = pandoc.find(block.prose.blocks, "Math") if isinstance(block, Text) else []
            for node in nodes:
                if node["c"][0]["t"] != "DisplayMath":
                    continue
                cell = block.prose.cell
                about = next(cell.formulas, {}) if cell else {}
                node["alt"] = about.get("alt") or _refuse(node["c"][1], block.prose, "formeln")
                if name := about.get("name"):
                    n += 1
                    node["number"], node["id"] = str(n), f"gl-{name}"
                    self._add("gl", name, None, "Gleichung", f"({n})", block.prose)

    def _add(self, kind: str, name: str, block, word: str, number: str, prose: Prose) -> None:
        key = f"{kind}:{name}"
        if key in self.targets:
            raise ReportError(
                f"{prose.where}: Den Namen „{key}“ gibt es schon; jeder darf nur einmal vorkommen."
            )
        self.targets[key] = (block.id if block else f"{kind}-{name}", word, number)

    def resolve(self, prose: Prose) -> None:
        """Put numbers, links, spoken formulas and German quotes into a text.

        Raises
        ------
        ReportError
            On a reference without target; the message names the cell and the nearest name.
        """

        def change(node):
            if node["t"] == "Cite":
                return self._resolve_cite(node, prose)
            if node["t"] == "Math":
                return _resolve_formula(node, prose)
            if node["t"] == "Quoted":
                marks = "„“" if node["c"][0]["t"] == "DoubleQuote" else "‚‘"
                return [pandoc.string(marks[0]), *node["c"][1], pandoc.string(marks[1])]
            if node["t"] == "Link":
                return disarm(node)
            if node["t"] == "Image":
                raise ReportError(
                    f"{prose.where}: Das Bild „{node['c'][2][0]}“ ist im Text eingebunden. "
                    "Abbildungen entstehen im Bericht durch Code (show_figure)."
                )
            return None

        prose.blocks = pandoc.walk(prose.blocks, change)

    def _resolve_cite(self, node, prose: Prose):
        citations = node["c"][0]
        ours = [citation["citationId"].partition(":")[0] in WORDS for citation in citations]
        if not any(ours):
            return None
        if not all(ours):
            raise ReportError(
                f"{prose.where}: Literatur und Querverweise stehen in einer Klammer: "
                f"{pandoc.plain(node['c'][1])}. Bitte trennen."
            )
        result = []
        for i, citation in enumerate(citations):
            if i:
                last = i == len(citations) - 1
                result += [pandoc.string("\u00a0und" if last else ","), {"t": "Space"}]
            if citation["citationPrefix"]:
                result += [*citation["citationPrefix"], {"t": "Space"}]
            result += [self._link(citation, prose), *citation["citationSuffix"]]
        return result

    def _link(self, citation, prose: Prose):
        key = citation["citationId"]
        if key not in self.targets:
            if self.is_lenient:
                return pandoc.string(f"{WORDS[key.partition(':')[0]]}\u00a0?")
            raise self.unknown(key, prose)
        identifier, word, number = self.targets[key]
        number_only = citation["citationMode"]["t"] == "SuppressAuthor" and number
        text = number if number_only else f"{word}\u00a0{number}".strip()
        return pandoc.link([pandoc.string(text)], f"#{identifier}", ["verweis"])

    def unknown(self, key: str, prose: Prose) -> ReportError:
        """The error for a reference that has no target."""
        kind = key.partition(":")[0]
        same_kind = [name for name in self.targets if name.startswith(f"{kind}:")]
        return ReportError(f"{prose.where}: Der Verweis „@{key}“ hat kein Ziel. {suggest(key, same_kind)}")


def suggest(key: str, known: list[str]) -> str:
    """German hint at the nearest known name, or at all of them."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"Gemeint ist vielleicht „@{near[0]}“."
    return f"Bekannt sind: {', '.join(f'@{name}' for name in sorted(known)) or 'keine'}."


def _number_headings(blocks, first) -> None:
    counts: list[int] = []
    for block in blocks:
        if isinstance(block, Heading):
            counts = (counts + [0] * block.level)[: block.level]
            counts[-1] += 1
            block.number = ".".join([first(counts[0]), *map(str, counts[1:])])


def _resolve_formula(node, prose: Prose):
    kind, tex = node["c"]
    if not (alt := node.get("alt")):
        overrides = prose.cell.inline_formulas if prose.cell else {}
        alt = overrides.get(tex) or _refuse(tex, prose, "formeln_inline")
    classes = ["formel", "abgesetzt" if kind["t"] == "DisplayMath" else "im-text"]
    plain = {"t": "Math", "c": node["c"]}
    return pandoc.span([plain], node.get("id", ""), classes, alt=alt, nummer=node.get("number", ""))


def _refuse(tex: str, prose: Prose, key: str):
    raise ReportError(
        f"{prose.where}: Die Formel „{tex}“ hat keinen gesprochenen Text. Er gehört in die Metadaten der "
        f"Zelle, unter „{key}“."
    )


def _is_safe(target: str) -> bool:
    """Whether a link leads to a place in the document, to a page on the web, or to an address."""
    scheme = re.match(r"\s*([a-z][a-z0-9+.\x00-\x20-]*):", target, re.I)
    return scheme is None or scheme[1].lower() in ("http", "https", "mailto")


def disarm(node):
    """A link that would run something becomes its text; see :func:`pandoc.walk`."""
    if node["t"] == "Link" and not _is_safe(node["c"][2][0]):
        return node["c"][1]
    return None
