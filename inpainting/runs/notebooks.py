"""Reading a notebook whose cells have odd names, or none, without a word of nbformat's."""

import json
import warnings
from pathlib import Path

import nbformat

from inpainting import files

FIRST_WITH_IDS = 5
"""Minor version of the format from which on cells have ids."""


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook; a cell without an id, or with that of another, gets one after its place.

    nbformat would give it a random one and an English warning; so do other people's tools each time they
    save.

    Raises
    ------
    Many kinds
        If the file cannot be read, or is no notebook.
    """
    content = files.read_json(path)
    if content.get("nbformat") == 4 and content.get("nbformat_minor", 0) >= FIRST_WITH_IDS:
        _name_cells(content["cells"])
    with warnings.catch_warnings(action="ignore"):
        return nbformat.reads(json.dumps(content), as_version=4)


def _name_cells(cells: list[dict]) -> None:
    """Give ids to cells that have none of their own."""
    taken = {str(cell.get("id")) for cell in cells}
    seen: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = cell.get("id")
        if name is None or name in seen:
            name, number = f"zelle-{place}", 1
            while name in taken:
                name, number = f"zelle-{place}-{number}", number + 1
            cell["id"] = name
            taken.add(name)
        seen.add(name)
