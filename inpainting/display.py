"""Figures, tables and text of the notebook, as outputs that the renderers understand.

Each output carries what the documents need in its metadata, under the key ``inpainting``:

======== ============================== ==============================================
kind     further keys                   data
======== ============================== ==============================================
figure   name, caption, alt             ``image/svg+xml`` or ``image/png``
table    name, caption                  :data:`TABLE_MIME` and ``text/html``
prose    (none)                         ``text/markdown``
caption  (none)                         ``text/markdown``; repeats a caption in JupyterLab,
                                        renderers leave it out
======== ============================== ==============================================

Captions, cells and prose are pandoc Markdown: ``[@key]`` cites an entry of ``literatur.bib``,
``@abb:name``, ``@tab:name``, ``@gl:name`` and ``@abs:heading`` refer to figures, tables,
equations and sections.
"""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

TABLE_MIME = "application/vnd.inpainting.table+json"
PNG_DPI = 200


@dataclass(frozen=True)
class Table:
    """A table of German text cells.

    Attributes
    ----------
    header : column titles.
    rows : each as long as ``header``.
    align : "l", "r" or "c" for each column; by default the first left, the others right.
    highlight : (row, column) of cells that are set bold.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str = ""
    highlight: Sequence[tuple[int, int]] = field(default_factory=tuple)

    def to_json(self) -> dict:
        return {
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
            "align": self.align or "l" + "r" * (len(self.header) - 1),
            "highlight": [list(cell) for cell in self.highlight],
        }

    def to_html(self) -> str:
        """Plain HTML for JupyterLab; the documents set :meth:`to_json` in their own way."""
        content = self.to_json()
        side = {"l": "left", "r": "right", "c": "center"}
        styles = [f'style="text-align:{side[letter]}"' for letter in content["align"]]

        def row(cells, tag, index=None):
            return "".join(
                f"<{tag} {style}>"
                + (f"<b>{html.escape(cell)}</b>" if (index, column) in highlighted else html.escape(cell))
                + f"</{tag}>"
                for column, (cell, style) in enumerate(zip(cells, styles, strict=True))
            )

        highlighted = {tuple(cell) for cell in content["highlight"]}
        body = "".join(f"<tr>{row(cells, 'td', i)}</tr>" for i, cells in enumerate(content["rows"]))
        head = row(content["header"], "th")
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_text(self) -> str:
        return "\n".join("\t".join(cells) for cells in [self.header, *self.rows])


def show_figure(figure, name: str, caption: str, alt: str, raster: bool = False) -> None:
    """Show a matplotlib figure with number, caption and alternative text.

    Parameters
    ----------
    figure : matplotlib Figure
    name : referred to as ``@abb:name``; also the file name in the run's ``figures`` folder.
    caption, alt : German Markdown and German plain text.
    raster : True for photographs (PNG), False for line art (SVG).
    """
    buffer = io.BytesIO()
    if raster:
        figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
        data = {"image/png": buffer.getvalue()}
    else:
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        data = {"image/svg+xml": buffer.getvalue().decode()}
    _show(data | {"text/plain": f"Abbildung {name}"}, "figure", name=name, caption=caption, alt=alt)
    _show_caption("Abbildung", caption)


def show_table(table: Table, name: str, caption: str) -> None:
    """Show a table with number and caption; referred to as ``@tab:name``."""
    data = {TABLE_MIME: table.to_json(), "text/html": table.to_html(), "text/plain": table.to_text()}
    _show(data, "table", name=name, caption=caption)
    _show_caption("Tabelle", caption)


def show_text(markdown: str) -> None:
    """Show a paragraph of the report that was written from this run's results."""
    _show(_prose_bundle(markdown), "prose")


class Placeholder:
    """A paragraph that stands here and is filled once the results are known."""

    def __init__(self):
        from IPython.display import display

        self._handle = display(_prose_bundle("…"), raw=True, display_id=True,
                               metadata=_metadata("prose"))  # fmt: skip

    def fill(self, markdown: str) -> None:
        self._handle.update(_prose_bundle(markdown), raw=True, metadata=_metadata("prose"))


def _prose_bundle(markdown: str) -> dict:
    return {"text/markdown": markdown, "text/plain": markdown}


def _metadata(kind: str, **keys) -> dict:
    return {"inpainting": {"kind": kind, **keys}}


def _show_caption(word: str, caption: str) -> None:
    _show(_prose_bundle(f"*{word}: {caption}*"), "caption")


def _show(data: dict, kind: str, **keys) -> None:
    from IPython.display import display

    display(data, raw=True, metadata=_metadata(kind, **keys))
