"""The report as one HTML file that asks nothing of any server."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from inpainting.typeset import PAGE_SCALE, web
from inpainting.typeset.blocks import Block, Code, Document, Heading, Text
from inpainting.typeset.web import LIVE_SECTION

COMPANIONS = {
    "bericht.pdf": "PDF",
    "folien.html": "Folien",
    "bericht.ipynb": "Notebook",
    "abgabe.zip": "Abgabe",
}
"""What may lie beside the page, and how the page calls it."""

SHORT_OUTPUT = 12
"""Console output of more lines is folded."""


@dataclass
class Codes:
    """All code of one section, folded, at its end."""

    kind: ClassVar[str] = "codes"
    codes: list[Code]
    heading: Heading | None

    @property
    def id(self) -> str:
        return f"code-{self.codes[0].number}"


def render_page(document: Document, beside: Collection[str] = (), section: str = LIVE_SECTION) -> str:
    """Set a document as a self-contained page.

    Parameters
    ----------
    document : as :func:`inpainting.typeset.document.build_document` makes it.
    beside : names of the files that lie in the page's folder or will; those of :data:`COMPANIONS`
        are linked from the first screen.
    section : module that makes the interactive section, see :data:`inpainting.typeset.web.LIVE_SECTION`;
        "" for none.
    """
    rendered = document.render("html", web.change_for_html)
    live = web.LiveSection(document.live, section)
    script = web.read_asset("templates/html/bericht.js")
    parts = {
        name: gather_code(getattr(document, name)) for name in ("summary", "main", "literature", "appendix")
    }
    return (
        web.environment()
        .get_template("html/index.html.j2")
        .render(
            document=document,
            page=document.title_page,
            parts=parts,
            folded=[block for part in parts.values() for block in part if isinstance(block, Codes)],
            companions={name: word for name, word in COMPANIONS.items() if name in beside},
            text=lambda prose: Markup(rendered(prose)),
            highlight=lambda source: Markup(web.highlight(source)),
            script=Markup(script),
            live_scripts=live.scripts,
            script_hashes=Markup(web.script_hashes(script, *live.scripts)),
            style=Markup(web.stylesheet("templates/html/bericht.css") + live.style),
            live=live.data,
            short_output=SHORT_OUTPUT,
            px=lambda points: web.pixels(points, PAGE_SCALE),
        )
    )


def gather_code(blocks: list[Block]) -> list[Block | Codes]:
    """The blocks with the code of each section in one place, at its end; without what is for print."""
    result: list[Block | Codes] = []
    codes: list[Code] = []
    heading = None
    for block in blocks:
        if isinstance(block, Heading):
            result += [Codes(codes, heading)] if codes else []
            codes, heading = [], block
        if isinstance(block, Code):
            codes.append(block)
        elif not (isinstance(block, Text) and block.only == "pdf"):
            result.append(block)
    return result + ([Codes(codes, heading)] if codes else [])
