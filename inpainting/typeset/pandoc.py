"""Many pieces of Markdown through one pandoc process, as pandoc's JSON tree.

The pieces are joined by separators, converted in one pass, and cut apart again: a citation in
a caption and one in a paragraph then share one numbering, and a start of pandoc is paid once.
"""

import functools
import json
import re
import secrets
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from inpainting.errors import UserError

READER = (
    "markdown"
    "-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks"
    "-yaml_metadata_block-pandoc_title_block-implicit_figures-example_lists"
    "-blank_before_header-blank_before_blockquote"
    "+lists_without_preceding_blankline+autolink_bare_uris+smart"
)
"""Pandoc's Markdown, as near to Jupyter's as it goes; markup of other languages is plain text."""

LONGEST_READING = 60.0
"""Seconds for all of a document's text, which takes one or two: pandoc's parser needs for some texts,
such as brackets in brackets, twice as long for each character more."""

LONGEST_PIECE = 10.0
"""Seconds for some of the text, while the piece that takes too long is looked for."""

DEEPEST = 24
"""Levels of lists, quotations and emphasis in one another; Typst sets hardly more."""

WRITERS = {"html": "html5", "typst": "typst-smart-citations"}
API_VERSION = [1, 23, 1]
WORD_JOINER = "\u2060"

Node = dict
Blocks = list[Node]


class PandocError(UserError):
    """Pandoc could not read a piece of text; ``piece`` is its number, None if that is not known."""

    def __init__(self, message: str, piece: int | None = None):
        super().__init__(message)
        self.piece = piece


def read(pieces: Sequence[str]) -> list[Blocks]:
    """Parse each Markdown piece; heading identifiers are unique over all of them.

    Names, addresses and code languages are read; whatever else a text states of its elements in
    braces, ``[x]{onclick="…"}``, is left out: in a page it could run.

    Raises
    ------
    PandocError
        If a piece swallows what follows it, by a code block that is never closed, is nested too
        deeply, or takes too long.
    """
    try:
        trees = _parse(pieces, LONGEST_READING)
    except (subprocess.TimeoutExpired, RecursionError) as error:
        piece = _find_culprit(pieces)
        raise PandocError(_describe_refusal(error), piece) from None
    for piece, tree in enumerate(trees):
        if _depth(tree) > DEEPEST:
            raise PandocError(_describe_refusal(RecursionError()), piece)
    return [_without_attributes(tree) for tree in trees]


def _parse(pieces: Sequence[str], longest: float) -> list[Blocks]:
    token = f"trenner-{secrets.token_hex(8)}"
    text = "".join(f"~~~ {{.{token}}}\n{i}\n~~~\n\n{piece}\n\n" for i, piece in enumerate(pieces))
    tree = json.loads(_run(["-f", READER, "-t", "json"], text, longest))
    return _cut(tree["blocks"], len(pieces), token)


def _find_culprit(pieces: Sequence[str]) -> int | None:
    """The piece that pandoc does not read in time, found by halving; None if each half is read."""
    first, last = 0, len(pieces)
    while last - first > 1:
        middle = (first + last) // 2
        for low, high in ((first, middle), (middle, last)):
            try:
                _parse(pieces[low:high], LONGEST_PIECE)
            except (subprocess.TimeoutExpired, RecursionError):
                first, last = low, high
                break
            except PandocError:  # a code block that is not closed hides what follows
                continue
        else:
            return None
    return first


def _describe_refusal(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return (
            f"Listen, Zitate oder Hervorhebungen sind mehr als {DEEPEST} Stufen tief ineinander "
            "geschachtelt. Bitte flacher gliedern."
        )
    return (
        "Pandoc liest den Text nicht in vertretbarer Zeit, meist wegen vieler eckiger Klammern ineinander. "
        "Bitte als Code setzen (`…`) oder mit \\ davor: \\[."
    )


def _depth(tree) -> int:
    """How many elements lie in one another at most."""
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict):
            depth += "t" in item
            deepest = max(deepest, depth)
            item = item.values()
        if not isinstance(item, str | int | float | None):
            waiting += [(value, depth) for value in item]
    return deepest


def _without_attributes(tree, kind: str = ""):
    """A tree whose elements have their identifiers, links their classes, code its language, no more."""
    if isinstance(tree, dict):
        return {key: _without_attributes(value, tree.get("t", "")) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    if (
        len(tree) == 3
        and isinstance(tree[0], str)
        and isinstance(tree[1], list)
        and isinstance(tree[2], list)
    ):
        return [tree[0], tree[1] if kind in ("CodeBlock", "Link") else [], []]
    return [_without_attributes(value, kind) for value in tree]


def inline_source(text: str) -> str:
    """Markdown that is one line of running text, whatever block syntax it begins with."""
    return WORD_JOINER + " ".join(_words(text))


def _words(text: str) -> list[str]:
    """A text's words; what a no-break space holds together is one."""
    return re.findall(r"[\S\u00a0\u202f]+", text)


def inlines(blocks: Blocks) -> list[Node]:
    """The running text of a piece that was made by :func:`inline_source`."""
    found = blocks[0]["c"] if blocks and blocks[0]["t"] in ("Para", "Plain") else []
    if found and found[0]["t"] == "Str":
        first = found[0]["c"].removeprefix(WORD_JOINER)
        found = ([string(first)] if first else []) + found[1:]
    return found


def cite(pieces: Sequence[Blocks], bibliography: Path, style: Path) -> tuple[list[Blocks], Blocks]:
    """Resolve the citations of all pieces; returns the pieces and the bibliography's entries."""
    token = f"trenner-{secrets.token_hex(8)}"
    separators = [_node("CodeBlock", [["", [token], []], str(i)]) for i in range(len(pieces) + 1)]
    blocks = [block for i, piece in enumerate(pieces) for block in (separators[i], *piece)]
    options = [
        "-f",
        "json",
        "-t",
        "json",
        "--citeproc",
        f"--bibliography={bibliography}",
        f"--csl={style}",
        "-M",
        "lang=de-DE",
        "-M",
        "link-citations=true",
    ]
    tree = json.loads(_run(options, _document([*blocks, separators[-1]])))
    *cited, references = _cut(tree["blocks"], len(pieces) + 1, token)
    entries = [e for block in references if block["t"] == "Div" for e in block["c"][1]]
    return cited, entries


def _bind_percent(tree):
    """No line break between a number and its per cent sign."""
    if isinstance(tree, dict):
        return {key: _bind_percent(value) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    result = []
    for item in map(_bind_percent, tree):
        if isinstance(item, dict) and item.get("t") == "Str" and item["c"].startswith("%"):
            before = result[-2].get("c", "") if len(result) > 1 and result[-1] == _node("Space") else ""
            if isinstance(before, str) and before[-1:].isdigit():
                result[-1] = string("\u00a0")
        result.append(item)
    return result


def write(pieces: Sequence[Blocks], form: str) -> list[str]:
    """Render each piece as "html" or "typst"."""
    token = f"trenner-{secrets.token_hex(8)}"
    blocks = []
    for piece in pieces:
        blocks += [*_bind_percent(piece), _node("RawBlock", [form, token])]
    options = [
        "-f",
        "json",
        "-t",
        WRITERS[form],
        "--wrap=none",
        "--reference-location=block",
        "--syntax-highlighting=none",
    ]
    return [part.strip() for part in _run(options, _document(blocks)).split(token)[:-1]]


def walk(tree, change: Callable[[Node], Node | list[Node] | None]):
    """Rebuild a tree from the leaves up; ``change`` returns what replaces a node, None keeps it."""
    if isinstance(tree, list):
        result = []
        for item in tree:
            new = walk(item, change)
            is_splice = isinstance(item, dict) and isinstance(new, list)
            result.extend(new) if is_splice else result.append(new)
        return result
    if not isinstance(tree, dict):
        return tree
    rebuilt = {key: walk(value, change) for key, value in tree.items()}
    if "t" not in rebuilt:
        return rebuilt
    changed = change(rebuilt)
    return rebuilt if changed is None else changed


def find(tree, kind: str) -> list[Node]:
    """All nodes of one kind, in reading order."""
    found = []

    def visit(item):
        if isinstance(item, dict):
            if item.get("t") == kind:
                found.append(item)
            for value in item.values():
                visit(value)
        elif isinstance(item, list):
            for value in item:
                visit(value)

    visit(tree)
    return found


def plain(tree) -> str:
    """The text of a tree, without any markup."""
    words = {"Space": " ", "SoftBreak": " ", "LineBreak": " "}
    parts = []

    def visit(item):
        if isinstance(item, list):
            for value in item:
                visit(value)
        elif isinstance(item, dict) and "t" in item:
            content = item.get("c")
            if item["t"] in words:
                parts.append(words[item["t"]])
            elif item["t"] == "Str":
                parts.append(content)
            elif item["t"] in ("Code", "Math", "CodeBlock"):
                parts.append(content[1])
            elif item["t"] != "Note":
                visit(content)

    visit(tree)
    return "".join(parts).strip()


def string(text: str) -> Node:
    return _node("Str", text)


def text_inlines(text: str) -> list[Node]:
    """Plain text as inlines: nothing in it is markup."""
    return [node for word in _words(text) for node in (_node("Space"), string(word))][1:]


def span(content: list[Node], identifier="", classes=(), **attributes: str) -> Node:
    return _node("Span", [[identifier, list(classes), [list(a) for a in attributes.items()]], content])


def link(content: list[Node], target: str, classes=()) -> Node:
    return _node("Link", [["", list(classes), []], content, [target, ""]])


def raw_inline(form: str, text: str) -> Node:
    return _node("RawInline", [form, text])


def raw_block(form: str, text: str) -> Node:
    return _node("RawBlock", [form, text])


def line(content: list[Node]) -> Node:
    return _node("Plain", content)


def _node(kind: str, content=None) -> Node:
    return {"t": kind} if content is None else {"t": kind, "c": content}


def _document(blocks: Blocks) -> str:
    return json.dumps({"pandoc-api-version": API_VERSION, "meta": {}, "blocks": blocks})


def _cut(blocks: Blocks, n: int, token: str) -> list[Blocks]:
    pieces: list[Blocks] = []
    for block in blocks:
        if block["t"] == "CodeBlock" and block["c"][0][1] == [token]:
            if int(block["c"][1]) != len(pieces):
                break
            pieces.append([])
        else:
            pieces[-1].append(block)
    if len(pieces) != n:
        raise PandocError("Ein Codeblock (``` oder ~~~) wird nicht geschlossen.", len(pieces) - 1)
    return pieces


@functools.cache
def _program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def _run(options: list[str], text: str, longest: float | None = None) -> str:
    """What pandoc makes of a text.

    Raises
    ------
    subprocess.TimeoutExpired
        If it takes more than ``longest`` seconds.
    """
    done = subprocess.run(
        [_program(), *options, "--quiet"],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=longest,
    )
    if done.returncode:
        raise PandocError(f"Pandoc meldet: {done.stderr.strip()}")
    return done.stdout
