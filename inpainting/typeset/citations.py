"""Citations: resolved by citeproc over the whole text, numbered by first use."""

import re
from pathlib import Path

from inpainting import config, errors
from inpainting.typeset import pandoc
from inpainting.typeset.blocks import Document, Prose, Reference, ReportError
from inpainting.typeset.references import disarm, suggest

BIBLIOGRAPHY = config.NOTEBOOK.parent / "literatur.bib"
STYLE = config.ASSETS / "csl" / "ieee-deutsch.csl"


def cite(document: Document, bibliography: Path) -> None:
    """Resolve every citation of a document and fill in its references.

    Raises
    ------
    ReportError
        On a key that the bibliography lacks; the message names the cell and the nearest key.
    """
    entries = read_bibliography(bibliography)
    for prose in document.prose:
        for node in pandoc.find(prose.blocks, "Cite"):
            for citation in node["c"][0]:
                if (key := citation["citationId"]) not in entries:
                    raise ReportError(
                        f"{prose.where}: Das Kürzel „@{key}“ steht nicht in {bibliography.name}. "
                        + suggest(key, list(entries))
                    )
    cited, found = pandoc.cite([prose.blocks for prose in document.prose], bibliography, STYLE)
    for prose, blocks in zip(document.prose, cited, strict=True):
        prose.blocks = pandoc.walk(blocks, _unwrap)
    document.references = [_make_reference(node, entries) for node in found]
    document.prose += [reference.prose for reference in document.references]


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
        raise ReportError(
            f"Die Literaturdatei {path.name} ist nicht lesbar ({errors.reason(error)})."
        ) from None
    except UnicodeDecodeError:
        raise ReportError(f"Die Literaturdatei {path.name} ist nicht in UTF-8.") from None
    return {key: kind.lower() for kind, key in re.findall(r"^\s*@(\w+)\s*\{\s*([^\s,]+)\s*,", text, re.M)}


def _unwrap(node):
    return node["c"][1] if node["t"] == "Cite" else None


def _make_reference(node, entries: dict[str, str]) -> Reference:
    key = node["c"][0][0].removeprefix("ref-")
    label, text = "", node["c"][1][0]["c"]
    for part in pandoc.find(node["c"][1], "Span"):
        if "csl-left-margin" in part["c"][0][1]:
            label = pandoc.plain(part["c"][1])
        elif "csl-right-inline" in part["c"][0][1]:
            text = part["c"][1]
    text = pandoc.walk(_keep_together(text), _as_text)
    return Reference(key, entries[key], label, Prose([pandoc.line(text)]))


def _as_text(node):
    """What a bibliography has no business to hold becomes its text: formulas, markup, odd links."""
    if node["t"] in ("Math", "RawInline"):
        return pandoc.string(node["c"][1])
    if node["t"] in ("Span", "Link", "Code"):
        node["c"][0][2] = []  # attributes, which could run in a page
    return disarm(node)


def _keep_together(inlines: list[pandoc.Node]) -> list[pandoc.Node]:
    """No line break between "S." and its number."""
    result: list[pandoc.Node] = []
    for node in inlines:
        after = result[-1]["c"] if result and result[-1]["t"] == "Str" else ""
        is_space = node["t"] == "Space" and after.endswith(("S.", "Bd.", "Nr."))
        result.append(pandoc.string("\u00a0") if is_space else node)
    return result
