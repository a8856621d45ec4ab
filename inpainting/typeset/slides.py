"""The talk as one HTML file: reveal.js, fonts and pictures are inside."""

from collections.abc import Collection

from markupsafe import Markup

from inpainting.typeset import drawings, pandoc, titlepage, web
from inpainting.typeset.blocks import Document, Figure, Reference, Slide
from inpainting.typeset.web import LIVE_SECTION

WIDE = 2.1
"""A figure with a larger ratio of width to height stands below the points, not beside them."""

BROAD_TABLE = 4
"""So does a table with more columns."""

COMPANIONS = {"bericht.html": "Seite", "bericht.pdf": "PDF", "bericht.ipynb": "Notebook"}
"""What may lie beside the slides, and how the last of them calls it."""

LONG_TITLE = 50
"""A title of more characters is set smaller, so that it keeps to one line."""


def render_slides(
    document: Document, report: str = "", section: str = LIVE_SECTION, beside: Collection[str] = ()
) -> str:
    """Set the talk of a document as a self-contained file.

    Parameters
    ----------
    document : as :func:`inpainting.typeset.document.build_document` makes it.
    report : name of the page in the same folder, to which the numbers of figures lead; "" for none.
    section : module that makes the interactive section; "" for none.
    beside : names of the other files in that folder; the last slide leads to those of :data:`COMPANIONS`.
    """
    rendered = document.render("html", _change_for_slides)
    tried = next((s.figure for s in document.slides if s.figure and s.figure.live), None)
    live = web.LiveSection(tried, section)
    page = document.title_page
    script = "\n".join(map(web.read_asset, ("reveal/reveal.js", "reveal/notes.js")))
    opening = next((slide for slide in document.slides if slide.opens), None)
    shown = [slide for slide in document.slides if slide is not opening]
    sheets = ("reveal/reset.css", "reveal/reveal.css", "templates/slides/folien.css")
    return (
        web.environment()
        .get_template("slides/index.html.j2")
        .render(
            document=document,
            page=page,
            opening=opening,
            slides=shown,
            drawing=_drawing,
            is_long=lambda slide: len(pandoc.plain(slide.title.blocks)) > LONG_TITLE,
            report=report,
            companions={name: word for name, word in COMPANIONS.items() if name in {report, *beside}},
            qr=Markup(titlepage.draw_qr_code(page.url).decode()) if page.url else "",
            layout=_layout,
            references=_cited(document),
            text=lambda prose: Markup(rendered(prose)),
            px=web.pixels,
            script=Markup(script),
            start=Markup(web.read_asset("templates/slides/folien.js")),
            live_scripts=live.scripts,
            style=Markup(web.stylesheet(*sheets) + live.style),
            live=live.data,
        )
    )


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


def _drawing(figure: Figure, name: str) -> Markup:
    """A drawing that the slide brought along, as part of the page; "" for any other picture."""
    if figure.caption is not None or figure.suffix != "svg":
        return Markup()
    return Markup(drawings.inline(figure.data, figure.alt, f"{name}-"))


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
