"""nbconvert finds the exporters by name, with their options, on notebooks of the project."""

import subprocess
import sys
import tomllib

import nbformat
import pypdf
import pytest
import report_case as case
from nbconvert.exporters import get_exporter

from inpainting import config
from inpainting.typeset import exporters

ENTRY_POINTS = {
    "inpainting-html": exporters.PageExporter,
    "inpainting-pdf": exporters.PdfExporter,
    "inpainting-slides": exporters.SlidesExporter,
}


@pytest.fixture
def path(tmp_path):
    nbformat.write(case.make_notebook(), tmp_path / "bericht.ipynb")
    return tmp_path / "bericht.ipynb"


def convert(path, exporter, *options):
    """nbconvert's own command, with the class in place of an installed entry point."""
    command = [sys.executable, "-m", "nbconvert", "--to", f"{exporter.__module__}.{exporter.__name__}"]
    done = subprocess.run([*command, *options, path], capture_output=True, text=True, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    return sorted(p.name for p in path.parent.iterdir() if p != path)


def test_entry_points_name_the_classes():
    declared = tomllib.loads((config.ROOT / "pyproject.toml").read_text("utf-8"))
    points = declared["project"]["entry-points"]["nbconvert.exporters"]
    assert points == {name: f"{cls.__module__}:{cls.__name__}" for name, cls in ENTRY_POINTS.items()}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_installed_names_lead_there(name):
    try:
        found = get_exporter(name)
    except NameError:
        pytest.skip("the package was installed before it had exporters: pip install -e .")
    assert found is ENTRY_POINTS[name]


@pytest.mark.slow
def test_commands_write_the_three_documents(path):
    (path.parent / "bericht.pdf").write_bytes(b"")
    assert "bericht.html" in convert(path, exporters.PageExporter)
    assert "bericht.slides.html" in convert(path, exporters.SlidesExporter)
    convert(path, exporters.PdfExporter, "--PdfExporter.code_in_place=True")
    page = (path.parent / "bericht.html").read_text("utf-8")
    assert 'href="bericht.pdf"' in page and 'href="folien.html"' not in page
    main = pypdf.PdfReader(path.parent / "bericht.pdf").pages[4].extract_text()
    assert "draw_masks" in main


def test_bibliography_is_an_option(tmp_path):
    (tmp_path / "eigene.bib").write_text("@book{eins, title={Das Eine}, author={E. Ins}, year=2020}")
    notebook = case.make_notebook()
    notebook.cells = [case.text("# A\n\nWie [@eins].")]
    page, resources = exporters.PageExporter(bibliography=str(tmp_path / "eigene.bib")).from_notebook_node(
        notebook
    )
    assert "Das Eine" in page and resources["output_extension"] == ".html"


def test_the_given_notebook_stays_as_it_is():
    notebook = case.make_notebook()
    before = nbformat.writes(notebook)
    exporters.PageExporter().from_notebook_node(notebook)
    assert nbformat.writes(notebook) == before


def test_interactive_section_is_an_option():
    notebook = case.make_notebook()
    notebook.cells[-1].outputs[0].data["application/vnd.inpainting.live+json"] = {}
    page, _ = exporters.PageExporter(section="").from_notebook_node(notebook)
    assert "live-daten" not in page
