"""Figures, tables and text of the notebook, as outputs that the renderers understand.

Each output carries what the documents need in its metadata, under the key ``inpainting``:

======== ============================== ==============================================
kind     further keys                   data
======== ============================== ==============================================
figure   name, caption, alt             ``image/svg+xml`` or ``image/png``; and
                                        :data:`LIVE_MIME` if readers can try it
table    name, caption                  :data:`TABLE_MIME` and ``text/html``
prose    (none)                         ``text/markdown``
slide    (none)                         :data:`SLIDE_MIME`; and ``image/svg+xml`` if the
                                        slide has a picture of its own
caption  (none)                         ``text/markdown``; repeats a caption in JupyterLab,
                                        renderers leave it out
======== ============================== ==============================================

Captions, cells and prose are pandoc Markdown: ``[@key]`` cites an entry of ``literatur.bib``,
``@abb:name``, ``@tab:name``, ``@gl:name`` and ``@abs:heading`` refer to figures, tables,
equations and sections.
"""

import ast
import inspect
import io
from collections.abc import Mapping, Sequence

import matplotlib

from inpainting import figures
from inpainting.german.numbers import Table
from inpainting.typeset.cells import LIVE_MIME, SLIDE_MIME, TABLE_MIME

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


def show_hero(figure, alt: str) -> None:
    """Show the photograph that opens the report, on the title page and nowhere in the text.

    Parameters
    ----------
    figure : matplotlib Figure
    alt : German plain text.
    """
    _show(figure_bundle(figure, raster=True) | {"text/plain": alt}, "figure", alt=alt, role="hero")


def show_table(table: Table, name: str, caption: str) -> None:
    """Show a table with number and caption; referred to as ``@tab:name``."""
    _show(table_bundle(table), "table", name=name, caption=caption)
    _show_caption("Tabelle", caption)


def show_text(markdown: str, role: str = "") -> None:
    """Show a paragraph of the report that was written from this run's results.

    Parameters
    ----------
    markdown : German.
    role : "result" for the one sentence that stands on the title page and opens the page.
    """
    _show(prose_bundle(markdown), "prose", **{"role": role} if role else {})


def show_slide(
    title: str,
    points: Sequence[str] = (),
    *,
    notes: str,
    figure: str | None = None,
    table: str | None = None,
    steps: bool = False,
    picture=None,
    alt: str = "",
    opens: bool = False,
) -> None:
    """Add a slide to the talk; HTML and PDF leave it out.

    Parameters
    ----------
    title, points, notes : German Markdown; the notes are for the speaker alone.
    figure, table : name of a figure or a table of the report that the slide shows.
    steps : let the points appear one after another.
    picture : matplotlib Figure of :mod:`inpainting.figures.talk`, shown instead of the report's
        ``figure``, to which it then refers.
    alt : German plain text that describes the picture.
    opens : whether picture and notes belong to the title slide.
    """
    slide = {"title": title, "points": list(points), "notes": notes, "figure": figure, "table": table}
    slide |= {"steps": True} if steps else {}
    slide |= {"opens": True} if opens else {}
    data = {"text/plain": "\n".join([f"Folie: {title}", *(f"- {point}" for point in points)])}
    if picture is not None:
        slide["alt"] = alt
        data |= slide_bundle(picture)
    _show({SLIDE_MIME: slide} | data, "slide")


def show_source(*objects) -> None:
    """Show the source of functions or classes as it stands in the package, not a copy.

    Of their docstrings the first paragraph alone: what follows it is for those who call them.
    """
    listings = (f"```python\n{_shorten_docstring(inspect.getsource(thing))}\n```" for thing in objects)
    _show(prose_bundle("\n\n".join(listings)), "prose")


def _shorten_docstring(source: str) -> str:
    """The source of a function or class, its docstring cut behind the first paragraph."""
    lines = source.rstrip().splitlines()
    first = ast.parse(source).body[0].body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        for i in range(first.lineno, first.end_lineno):
            if not lines[i].strip():
                return "\n".join([*lines[: i - 1], f'{lines[i - 1]}"""', *lines[first.end_lineno :]])
    return "\n".join(lines)


def show_live(
    figure,
    name: str,
    caption: str,
    alt: str,
    pictures: Sequence,
    networks: Mapping,
    **more,
) -> None:
    """Show a figure in whose place the page's readers can try the networks themselves.

    Parameters
    ----------
    figure, name, caption, alt : see :func:`show_figure`; a photograph, shown where no scripts
        run and in the PDF.
    pictures : :class:`inpainting.live.content.Picture` to choose from; the page starts with a usual one, see
        :func:`inpainting.live.content.choose_start`.
    networks : "kompakt", and "original" and "gruendlich" if they are to be compared → the
        ``training.Trained`` whose weights are embedded.
    more : ``gains``, ``hole_sizes`` and ``pairs`` as :mod:`inpainting.live.content` makes them,
        ``ranked_by``: the network whose ranks the pictures' rules tell, and ``verdict``: method →
        share of its fills that a network trained for it tells from true images.  The section does
        without what is missing.
    """
    content = {
        "pictures": [picture.to_json() for picture in pictures],
        "networks": {
            key: {"entry": trained.folder.name, "sha256": trained.record["model_sha256"]}
            for key, trained in networks.items()
        },
    } | more
    bundle = figure_bundle(figure, raster=True) | {"text/plain": f"Abbildung {name}"}
    _show(bundle | {LIVE_MIME: content}, "figure", name=name, caption=caption, alt=alt)
    _show_caption("Abbildung", caption)


class Placeholder:
    """A paragraph, table or figure that stands here and is filled once the results are known."""

    def __init__(self):
        from IPython.display import display

        self._handle = display(prose_bundle("…"), raw=True, display_id=True, metadata=about("prose"))

    def fill(self, markdown: str) -> None:
        self._handle.update(prose_bundle(markdown), raw=True, metadata=about("prose"))

    def fill_figure(self, figure, name: str, caption: str, alt: str) -> None:
        """A photograph; see :func:`show_figure`."""
        metadata = about("figure", name=name, caption=caption, alt=alt)
        data = figure_bundle(figure, raster=True) | {"text/plain": f"Abbildung {name}"}
        self._handle.update(data, raw=True, metadata=metadata)

    def fill_table(self, table: Table, name: str, caption: str) -> None:
        metadata = about("table", name=name, caption=caption)
        self._handle.update(table_bundle(table), raw=True, metadata=metadata)


def figure_bundle(figure, raster: bool = False) -> dict:
    """A figure as the data of a notebook output: SVG, or PNG for photographs."""
    buffer = io.BytesIO()
    with figures.house_style():  # also the salt of the SVG's ids, so that they are the same again
        if raster:
            figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
            return {"image/png": buffer.getvalue()}
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return {"image/svg+xml": buffer.getvalue().decode()}


def slide_bundle(figure) -> dict:
    """A figure of the talk as SVG whose text stays text: the slides have its font."""
    buffer = io.BytesIO()
    with figures.house_style(), matplotlib.rc_context({"svg.fonttype": "none"}):
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
