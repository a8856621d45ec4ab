"""The talk as one HTML file: reveal.js, fonts and pictures are inside."""

from pathlib import Path

from markupsafe import Markup

from inpainting.config import ASSETS
from inpainting.report import formulas, live, pandoc, web
from inpainting.report.document import build_document
from inpainting.report.files import write_file
from inpainting.report.model import Document, Reference, Slide

TEMPLATE = ASSETS / "templates" / "slides"
REVEAL = ASSETS / "reveal"

WIDE = 2.1
"""A figure with a larger ratio of width to height stands below the points, not beside them."""

BROAD_TABLE = 4
"""So does a table with more columns."""


class SlidesExporter(web.WebExporter):
    """Executed notebook → self-contained slides."""

    template_name = "slides"

    def from_notebook_node(self, nb, resources=None, **kw):
        """Render; returns the page and nbconvert's resources."""
        document = build_document(nb)
        rendered = document.render("html", _change_for_slides)
        start, style = _read(TEMPLATE / "folien.js"), _stylesheet()
        shown = next((s.figure for s in document.slides if s.figure and s.figure.live), None)
        if shown:
            start += live.script()
            style += live.stylesheet()
        page = self.template.render(
            document=document,
            layout=_layout,
            references=_cited(document),
            text=lambda prose: Markup(rendered(prose)),
            px=lambda points: round(points * 96 / 72),
            script=Markup(_read(REVEAL / "reveal.js") + "\n" + _read(REVEAL / "notes.js")),
            start=Markup(start),
            style=Markup(style),
            live=live.embed(shown),
        )
        return page, self._init_resources(resources)


def render_slides(notebook, target: Path) -> None:
    """Write the talk of an executed notebook: its outputs of kind "slide".

    Parameters
    ----------
    notebook : nbformat NotebookNode, executed.
    target : the file to write, whole or not at all.

    Raises
    ------
    inpainting.report.model.ReportError
        See :func:`inpainting.report.document.build_document`.
    """
    page, _ = SlidesExporter().from_notebook_node(notebook)
    write_file(target, page)


def _layout(slide: Slide) -> str:
    """How points and picture share the slide: "nur-text", "nur-bild", "neben" or "unter"."""
    if slide.figure is None and slide.table is None:
        return "nur-text"
    if slide.figure and slide.figure.live:
        return "unter"
    if not slide.points:
        return "nur-bild"
    if slide.table is not None:
        return "unter" if len(slide.table.header) > BROAD_TABLE else "neben"
    return "unter" if slide.figure.width > WIDE * slide.figure.height else "neben"


def _cited(document: Document) -> list[Reference]:
    """The references that stand on a slide."""
    targets = set()
    for slide in document.slides:
        for prose in _prose_of(slide):
            targets |= {node["c"][2][0] for node in pandoc.find(prose.blocks, "Link")}
    return [reference for reference in document.references if f"#{reference.id}" in targets]


def _prose_of(slide: Slide):
    yield from (slide.title, *slide.points)
    if slide.table is not None:
        yield from slide.table.header
        for row in slide.table.rows:
            yield from row


def _change_for_slides(node: pandoc.Node):
    if node["t"] == "Link" and node["c"][2][0].startswith("#"):
        return node["c"][1]  # the target is in the report, not here
    return web.change_for_html(node)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("</script", "<\\/script")


def _stylesheet() -> str:
    sheets = (REVEAL / "reset.css", REVEAL / "reveal.css", TEMPLATE / "folien.css")
    return "\n".join([web.font_faces(), formulas.stylesheet(), *map(_read, sheets)])
