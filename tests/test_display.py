"""Outputs of the notebook: what the renderers need stands in data and metadata."""

import json

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure

from inpainting import display
from inpainting.german.numbers import Table

NASTY = '<script>alert(1)</script> & "Größe" *x*'


@pytest.fixture
def published(monkeypatch):
    """What was published, in order: data, metadata, and whether it updates an earlier output."""
    shell = InteractiveShell.instance()
    outputs = []

    def publish(data, metadata=None, *, transient=None, update=False, **rest):
        outputs.append({"data": data, "metadata": metadata, "transient": transient, "update": update})

    monkeypatch.setattr(shell.display_pub, "publish", publish)
    yield outputs
    for output in outputs:  # each is a valid output of a notebook
        cell_output = nbformat.v4.new_output(
            "display_data", json.loads(json.dumps(output["data"], default=encode))
        )
        cell = nbformat.v4.new_code_cell(outputs=[cell_output | {"metadata": output["metadata"]}])
        nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    InteractiveShell.clear_instance()


def encode(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def make_figure() -> Figure:
    figure = Figure((2, 1))
    figure.subplots().plot([1, 2])
    return figure


@pytest.mark.parametrize(
    "raster, mime, magic", [(True, "image/png", b"\x89PNG"), (False, "image/svg+xml", "<?xml")]
)
def test_figure_carries_name_caption_and_alternative_text(published, raster, mime, magic):
    display.show_figure(make_figure(), "abb-1", "Die *Größe* [@x].", NASTY, raster=raster)
    figure, caption = published
    assert figure["metadata"] == {
        "inpainting": {
            "kind": "figure",
            "name": "abb-1",
            "caption": "Die *Größe* [@x].",
            "alt": NASTY,
        }
    }
    assert set(figure["data"]) == {mime, "text/plain"} and figure["data"][mime].startswith(magic)
    assert figure["data"]["text/plain"] == "Abbildung abb-1"
    assert caption["metadata"] == {"inpainting": {"kind": "caption"}}
    assert caption["data"]["text/markdown"] == "*Abbildung: Die *Größe* [@x].*"


@pytest.mark.parametrize("raster", [True, False])
def test_same_figure_gives_the_same_bytes(published, raster):
    for _ in range(2):
        display.show_figure(make_figure(), "a", "b", "c", raster=raster)
    assert published[0]["data"] == published[2]["data"]


def test_picture_holds_no_date_and_no_version(published):
    display.show_figure(make_figure(), "a", "b", "c")
    display.show_figure(make_figure(), "a", "b", "c", raster=True)
    svg, png = published[0]["data"]["image/svg+xml"], published[2]["data"]["image/png"]
    assert "<dc:date>" not in svg and "Matplotlib" not in svg and b"Matplotlib" not in png


def test_table_as_json_for_documents_and_html_for_jupyter(published):
    content = Table(["A", "B"], [[NASTY, "1"]], highlight=[(0, 1)])
    display.show_table(content, "tab-1", "Eine Tabelle.")
    table, caption = published
    assert table["metadata"] == {"inpainting": {"kind": "table", "name": "tab-1", "caption": "Eine Tabelle."}}
    assert table["data"][display.TABLE_MIME] == content.to_json()
    assert "<script>" not in table["data"]["text/html"] and "&lt;script&gt;" in table["data"]["text/html"]
    assert table["data"]["text/plain"].splitlines() == ["A\tB", f"{NASTY}\t1"]
    assert caption["data"]["text/plain"] == "*Tabelle: Eine Tabelle.*"


def test_text_is_prose(published):
    display.show_text("**Größe** 3")
    assert published[0]["data"] == {"text/markdown": "**Größe** 3", "text/plain": "**Größe** 3"}
    assert published[0]["metadata"] == {"inpainting": {"kind": "prose"}}


def test_source_is_the_packages_own(published):
    display.show_source(make_figure, Table)
    listing = published[0]["data"]["text/markdown"]
    assert listing.count("```python\n") == 2 and listing.count("```") == 4
    assert "```python\ndef make_figure() -> Figure:\n    figure = Figure((2, 1))\n" in listing
    assert "class Table:" in listing


def test_placeholder_is_filled_where_it_stands(published):
    summary = display.Placeholder()
    display.show_text("dazwischen")
    summary.fill("fertig")
    first, _, filled = published
    assert first["data"]["text/markdown"] == "…" and not first["update"] and filled["update"]
    assert first["transient"]["display_id"] == filled["transient"]["display_id"]
    assert filled["data"]["text/markdown"] == "fertig"
    assert first["metadata"] == filled["metadata"] == {"inpainting": {"kind": "prose"}}


def test_a_figure_is_filled_in_later(published):
    pictures = display.Placeholder()
    pictures.fill_figure(make_figure(), "auftakt", "Bilder.", "Reihen von Bildern.")
    first, filled = published
    assert filled["update"] and filled["transient"] == first["transient"]
    assert filled["metadata"]["inpainting"] == {
        "kind": "figure",
        "name": "auftakt",
        "caption": "Bilder.",
        "alt": "Reihen von Bildern.",
    }
    assert filled["data"]["image/png"].startswith(b"\x89PNG")


def test_the_hero_has_neither_name_nor_caption(published):
    display.show_hero(make_figure(), "Zwei Reihen von Bildern.")
    assert published[0]["metadata"]["inpainting"] == {
        "kind": "figure",
        "alt": "Zwei Reihen von Bildern.",
        "role": "hero",
    }
    assert published[0]["data"]["image/png"].startswith(b"\x89PNG")


def test_the_one_sentence_has_its_role(published):
    display.show_text("Ein Satz.", role="result")
    assert published[0]["metadata"] == {"inpainting": {"kind": "prose", "role": "result"}}


@pytest.mark.parametrize("steps", [True, False])
def test_slide_carries_title_points_and_notes(published, steps):
    display.show_slide("Titel", ["a", "b"], notes="Gesprochen.", figure="auftakt", steps=steps)
    slide = published[0]["data"][display.SLIDE_MIME]
    assert slide["points"] == ["a", "b"] and slide["figure"] == "auftakt" and slide["notes"] == "Gesprochen."
    assert slide.get("steps", False) == steps


def test_a_docstring_ends_with_its_first_paragraph():
    source = 'def f(x):\n    """Add one,\n    always.\n\n    Parameters\n    ----------\n    x : a number.\n    """\n    return x + 1\n'
    assert (
        display._shorten_docstring(source) == 'def f(x):\n    """Add one,\n    always."""\n    return x + 1'
    )
    for short in ('def f(x):\n    """Add one."""\n\n    return x + 1', "def f(x):\n    return x"):
        assert display._shorten_docstring(short) == short
