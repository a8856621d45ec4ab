"""The three documents as nbconvert's exporters: ``jupyter nbconvert --to inpainting-html|-pdf|-slides``.

They take any executed notebook of the project; nbconvert names, writes and configures.
"""

from pathlib import Path

from nbconvert.exporters.exporter import Exporter
from traitlets import Bool, Unicode, default

from inpainting.typeset import citations, page, pdf, slides
from inpainting.typeset.blocks import Document
from inpainting.typeset.document import build_document


class DocumentExporter(Exporter):
    """What the three share: the notebook becomes a document."""

    export_from_notebook = None
    bibliography = Unicode(
        str(citations.BIBLIOGRAPHY), help="BibTeX file that the notebook's citations refer to."
    ).tag(config=True)
    section = Unicode(
        page.LIVE_SECTION,
        help="Module that makes the interactive section of page and slides; empty: its figure stays one.",
    ).tag(config=True)

    def from_notebook_node(self, nb, resources=None, **kw):
        """Render; returns the content and nbconvert's resources."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return self.render(build_document(nb, Path(self.bibliography)), resources), resources

    def render(self, document: Document, resources) -> str | bytes:
        raise NotImplementedError


class PageExporter(DocumentExporter):
    """Executed notebook → one HTML file that asks nothing of any server."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    def render(self, document: Document, resources) -> str:
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        beside = [name for name in page.COMPANIONS if (folder / name).is_file()]
        return page.render_page(document, beside, self.section)


class PdfExporter(DocumentExporter):
    """Executed notebook → PDF/UA-1, by way of Typst."""

    output_mimetype = "application/pdf"
    code_in_place = Bool(False, help="Show the code where it ran, not in the appendix.").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self):
        return ".pdf"

    def render(self, document: Document, resources) -> bytes:
        return pdf.render_pdf(document, self.code_in_place)


class SlidesExporter(DocumentExporter):
    """Executed notebook → its talk, one HTML file."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".slides.html"

    def render(self, document: Document, resources) -> str:
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        beside = [name for name in slides.COMPANIONS if (folder / name).is_file()]
        return slides.render_slides(
            document, "bericht.html" if "bericht.html" in beside else "", self.section, beside
        )
