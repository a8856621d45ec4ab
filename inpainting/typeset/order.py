"""Where a figure stands among the paragraphs, and which cells a block belongs to."""

import re

from inpainting.typeset import pandoc
from inpainting.typeset.blocks import Block, Code, Figure, Heading, Table, Text

_SENTENCE_ENDS = re.compile(r"[.!?…][”“\"'‘’»)\]\s]*$")
_KINDS = {"figure": "abb", "table": "tab"}


def runs_on(before: pandoc.Node, after: pandoc.Node) -> bool:
    """Whether a sentence goes on from one block of a text to the next, or announces it.

    Between two such blocks no figure may stand: a sentence runs through a displayed formula, and a
    colon belongs to the list below it.
    """
    if before["t"] not in ("Para", "Plain"):
        return False
    first = after["c"][0] if after["t"] in ("Para", "Plain") and after["c"] else None
    if first and first["t"] == "Str" and first["c"][:1].islower():
        return True
    if first and _is_display(first):
        return True
    return not _SENTENCE_ENDS.search(pandoc.plain(before))


def _is_display(node: pandoc.Node) -> bool:
    return node["t"] == "Math" and node["c"][0]["t"] == "DisplayMath"


def after_first_reference(blocks: list[Block]) -> list[Block]:
    """Figures and tables moved behind the first text of their section that names them.

    One that was named before, or is named in no text of its section, stays where it is.
    """
    moved: dict[int, list[Block]] = {}
    away = set()
    named: set[str] = set()
    for i, block in enumerate(blocks):
        if isinstance(block, Text):
            named |= _names(block)
        elif isinstance(block, Figure | Table) and _key(block) and _key(block) not in named:
            if (place := _first_text_naming(blocks, i)) is not None:
                moved.setdefault(place, []).append(block)
                away.add(i)
    result = []
    for i, block in enumerate(blocks):
        if i not in away:
            result.append(block)
        result += moved.get(i, ())
    return result


def _key(block: Figure | Table) -> str:
    return f"{_KINDS[block.kind]}:{block.name}" if block.name else ""


def _names(block: Text) -> set[str]:
    return {c["citationId"] for node in pandoc.find(block.prose.blocks, "Cite") for c in node["c"][0]}


def _first_text_naming(blocks: list[Block], start: int) -> int | None:
    for i in range(start + 1, len(blocks)):
        if isinstance(blocks[i], Heading):
            return None
        if isinstance(blocks[i], Text) and _key(blocks[start]) in _names(blocks[i]):
            return i
    return None


def attach_codes(blocks: list[Block]) -> None:
    """Give each cell that shows nothing to the text before it, or to the block after it.

    Cells that show something are attached to the first of it already.
    """
    attached = {code.number for block in blocks for code in getattr(block, "codes", ())}
    before, waiting = None, []
    for block in blocks:
        if isinstance(block, Heading):
            before = None
        elif isinstance(block, Code):
            if block.number in attached:
                continue
            (before.codes if before else waiting).append(block)
        elif isinstance(block, Text | Figure | Table):
            block.codes[:0], waiting = waiting, []
            before = block
    if waiting and (last := next((b for b in reversed(blocks) if hasattr(b, "codes")), None)):
        last.codes.extend(waiting)
    for block in blocks:
        if hasattr(block, "codes"):
            block.codes.sort(key=lambda code: code.number)
