"""The report as one HTML file that asks nothing of any server."""

from pathlib import Path

from markupsafe import Markup

from inpainting.config import ASSETS
from inpainting.report import formulas, live, web
from inpainting.report.document import build_document
from inpainting.report.files import write_file

TEMPLATE = ASSETS / "templates" / "html"
SHORT_OUTPUT = 12
"""Console output of more lines is folded."""


class HtmlExporter(web.WebExporter):
    """Executed notebook → self-contained HTML."""

    template_name = "html"

    def from_notebook_node(self, nb, resources=None, **kw):
        """Render; returns the page and nbconvert's resources."""
        document = build_document(nb)
        rendered = document.render("html", web.change_for_html)
        script = (TEMPLATE / "bericht.js").read_text(encoding="utf-8")
        style = _stylesheet()
        if document.live:
            script += live.script()
            style += live.stylesheet()
        page = self.template.render(
            document=document,
            text=lambda prose: Markup(rendered(prose)),
            highlight=lambda source: Markup(web.highlight(source)),
            script=Markup(script),
            script_hash=web.script_hash(script),
            style=Markup(style),
            live=live.embed(document.live),
            short_output=SHORT_OUTPUT,
            px=lambda points: round(points * 96 / 72),
        )
        return page, self._init_resources(resources)


def render_html(notebook, target: Path) -> None:
    """Write an executed notebook as a self-contained page.

    Parameters
    ----------
    notebook : nbformat NotebookNode, executed.
    target : the file to write, whole or not at all.

    Raises
    ------
    inpainting.report.model.ReportError
        See :func:`inpainting.report.document.build_document`.
    """
    page, _ = HtmlExporter().from_notebook_node(notebook)
    write_file(target, page)


def _stylesheet() -> str:
    own = (TEMPLATE / "bericht.css").read_text(encoding="utf-8")
    return "\n".join((web.font_faces(), formulas.stylesheet(), own))
