"""Figures, tables and text of the notebook, as outputs that the renderers understand.

Each output carries what the documents need in its metadata, under the key ``inpainting``:

======== ============================== ==============================================
kind     further keys                   data
======== ============================== ==============================================
figure   name, caption, alt             ``image/svg+xml`` or ``image/png``
table    name, caption                  :data:`TABLE_MIME` and ``text/html``
prose    (none)                         ``text/markdown``
slide    (none)                         :data:`SLIDE_MIME`
caption  (none)                         ``text/markdown``; repeats a caption in JupyterLab,
                                        renderers leave it out
======== ============================== ==============================================

Captions, cells and prose are pandoc Markdown: ``[@key]`` cites an entry of ``literatur.bib``,
``@abb:name``, ``@tab:name``, ``@gl:name`` and ``@abs:heading`` refer to figures, tables,
equations and sections.
"""

import inspect
import io

import matplotlib

from inpainting import figures
from inpainting.narrative import Table

TABLE_MIME = "application/vnd.inpainting.table+json"
SLIDE_MIME = "application/vnd.inpainting.slide+json"
PNG_DPI = 200


def show_figure(figure, name: str, caption: str, alt: str, raster: bool = False) -> None:
    """Show a matplotlib figure with number, caption and alternative text.

    Parameters
    ----------
    figure : matplotlib Figure
    name : referred to as ``@abb:name``; also the file name in the run's ``figures`` folder.
    caption, alt : German Markdown and German plain text.
    raster : True for photographs (PNG), False for line art (SVG).
    """
    data = figure_bundle(figure, raster)
    _show(data | {"text/plain": f"Abbildung {name}"}, "figure", name=name, caption=caption, alt=alt)
    _show_caption("Abbildung", caption)


def show_table(table: Table, name: str, caption: str) -> None:
    """Show a table with number and caption; referred to as ``@tab:name``."""
    _show(table_bundle(table), "table", name=name, caption=caption)
    _show_caption("Tabelle", caption)


def show_text(markdown: str) -> None:
    """Show a paragraph of the report that was written from this run's results."""
    _show(prose_bundle(markdown), "prose")


def show_slide(
    title: str, *points: str, notes: str, figure: str | None = None, table: str | None = None
) -> None:
    """Add a slide to the talk; HTML and PDF leave it out.

    Parameters
    ----------
    title, points, notes : German Markdown; the notes are for the speaker alone.
    figure, table : name of a figure or a table of the report that the slide shows.
    """
    slide = {"title": title, "points": list(points), "notes": notes,
             "figure": figure, "table": table}  # fmt: skip
    text = "\n".join([f"Folie: {title}", *(f"- {point}" for point in points)])
    _show({SLIDE_MIME: slide, "text/plain": text}, "slide")


def show_source(*objects) -> None:
    """Show the source of functions or classes as it stands in the package, not a copy."""
    listings = (f"```python\n{inspect.getsource(thing).rstrip()}\n```" for thing in objects)
    _show(prose_bundle("\n\n".join(listings)), "prose")


class Placeholder:
    """A paragraph or table that stands here and is filled once the results are known."""

    def __init__(self):
        from IPython.display import display

        self._handle = display(
            prose_bundle("…"), raw=True, display_id=True, metadata=about("prose")
        )

    def fill(self, markdown: str) -> None:
        self._handle.update(prose_bundle(markdown), raw=True, metadata=about("prose"))

    def fill_table(self, table: Table, name: str, caption: str) -> None:
        metadata = about("table", name=name, caption=caption)
        self._handle.update(table_bundle(table), raw=True, metadata=metadata)


def figure_bundle(figure, raster: bool = False) -> dict:
    """A figure as the data of a notebook output: SVG, or PNG for photographs."""
    buffer = io.BytesIO()
    if raster:
        figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
        return {"image/png": buffer.getvalue()}
    with matplotlib.rc_context({"svg.hashsalt": figures.STYLE["svg.hashsalt"]}):  # same ids again
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return {"image/svg+xml": buffer.getvalue().decode()}


def table_bundle(table: Table) -> dict:
    """A table as the data of a notebook output."""
    return {
        TABLE_MIME: table.to_json(),
        "text/html": table.to_html(),
        "text/plain": table.to_text(),
    }


def prose_bundle(markdown: str) -> dict:
    return {"text/markdown": markdown, "text/plain": markdown}


def about(kind: str, **keys) -> dict:
    """The metadata of a notebook output."""
    return {"inpainting": {"kind": kind, **keys}}


def _show_caption(word: str, caption: str) -> None:
    _show(prose_bundle(f"*{word}: {caption}*"), "caption")


def _show(data: dict, kind: str, **keys) -> None:
    from IPython.display import display

    display(data, raw=True, metadata=about(kind, **keys))
