"""What notebook cells hold: tags, pictures, console output, parameters."""

import base64
import io
import math
import re
import xml.etree.ElementTree as ElementTree

TABLE_MIME = "application/vnd.inpainting.table+json"
SLIDE_MIME = "application/vnd.inpainting.slide+json"
LIVE_MIME = "application/vnd.inpainting.live+json"

SUMMARY, MAIN, LITERATURE, EXTRA, ANNEX = (
    "zusammenfassung",
    "hauptteil",
    "literatur",
    "ergaenzend",
    "anhang",
)
DEEPEST_SVG = 200
"""Levels of groups in a drawing; Typst's process dies of some thousands."""

ONLY = {"nur-pdf": "pdf", "nur-seite": "page"}
HIDDEN_TAGS = {"titel", "papermill-error-cell-tag"}
PARAMETER_TAGS = {"parameters", "injected-parameters"}


class Cell:
    """A notebook cell, and how many of its formulas have been seen."""

    def __init__(self, index: int, node):
        self.node = node
        self.tags = set(node.metadata.get("tags", ()))
        self.formulas = iter(node.metadata.get("formeln", ()))
        self.inline_formulas = node.metadata.get("formeln_inline", {})
        words = " ".join("".join(node.source).split())
        self.name = f"Zelle {index + 1} („{words[:40]}{'…' if len(words) > 40 else ''}“)"

    @property
    def part(self) -> str:
        return next((part for part in (SUMMARY, LITERATURE, EXTRA, ANNEX) if part in self.tags), MAIN)

    @property
    def only(self) -> str:
        """The one output that shows the cell, "" if all do."""
        return next((output for tag, output in ONLY.items() if tag in self.tags), "")


# Lone surrogates, which no file can hold, and control characters, which no XML may; the console
# needs the escape and the backspace.
_UNPRINTABLE = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(content):
    """A copy of a notebook, or of any JSON in it, whose texts can be written everywhere."""
    if isinstance(content, str):
        return content if content.isascii() and content.isprintable() else _UNPRINTABLE.sub("\ufffd", content)
    if isinstance(content, dict):
        return type(content)((key, clean(value)) for key, value in content.items())
    if isinstance(content, list):
        return [clean(value) for value in content]
    return content


def joined(text) -> str:
    return "".join(text)


def strip_ansi(text: str) -> str:
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text)


def console(outputs) -> str:
    """What a cell printed, as a terminal would show it in the end."""
    parts = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(joined(output.text))
        elif output.output_type == "execute_result" and "inpainting" not in output.metadata:
            parts.append(joined(output.data.get("text/plain", "")) + "\n")
    lines = strip_ansi("".join(parts)).split("\n")
    shown = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in lines]
    printable = ["".join(c for c in line if c.isprintable() or c == "\t") for line in shown]
    return "\n".join(printable).strip("\n")


def picture(data) -> tuple[bytes, str, float, float] | None:
    """Bytes, suffix, width and height in points.

    Raises
    ------
    ValueError
        If they are no picture, or one without a size; the message is German.
    """
    kinds = {"image/svg+xml": ("svg", "SVG", svg_size), "image/png": ("png", "PNG", raster_size)}
    mime = next((mime for mime in kinds if mime in data), None)
    if mime is None:
        return None
    suffix, name, measure = kinds[mime]
    try:
        text = joined(data[mime])
        content = text.encode() if suffix == "svg" else base64.b64decode(text)
        width, height = measure(content)
    except Exception:  # each of the parsers has its own kinds
        raise ValueError(f"ist kein lesbares {name}, sondern beschädigt oder abgeschnitten") from None
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError(f"hat als {name} keine Größe")
    return content, suffix, width, height


def svg_size(svg: bytes) -> tuple[float, float]:
    """Width and height in points, as the root element or its viewBox says."""
    depth, root = 0, None
    for event, element in ElementTree.iterparse(io.BytesIO(svg), ("start", "end")):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if depth > DEEPEST_SVG:
            raise ValueError("nested too deeply")
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise ValueError("no SVG")
    units = {"pt": 1, "px": 0.75, "": 0.75, "in": 72, "mm": 72 / 25.4, "cm": 72 / 2.54}
    sizes = []
    for side in ("width", "height"):
        match = re.fullmatch(r"([\d.]+)(\w*)", root.get(side, ""))
        if not match or match[2] not in units:
            box = [float(n) for n in root.get("viewBox", "0 0 300 150").replace(",", " ").split()]
            return box[2] * 0.75, box[3] * 0.75
        sizes.append(float(match[1]) * units[match[2]])
    return sizes[0], sizes[1]


def raster_size(data: bytes) -> tuple[float, float]:
    """Width and height in points, after the picture's own resolution."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.load()  # what is cut off or damaged shows here
        dpi = image.info.get("dpi", (96, 96))
        return image.width / dpi[0] * 72, image.height / dpi[1] * 72


_TEXT = r""""(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'"""
_PARAMETER = re.compile(rf"^(\w+)\s*(?::[^=]+)?=\s*({_TEXT}|[^#]*?)\s*(?:#\s*(.*))?$")


def read_parameters(notebook) -> list[tuple[str, str, str, str]]:
    """Name, value, German help of each parameter of the run, and "ja" if it was changed.

    A run writes them into the notebook's metadata; of a notebook that was executed by hand, the
    parameters cells say them, and nothing is known of what was changed.
    """
    if written := notebook.metadata.get("inpainting", {}).get("parameters"):
        return [tuple(map(str, about)) for about in written]
    stated: dict[str, str] = {}
    helps: dict[str, str] = {}
    for cell in notebook.cells:
        if PARAMETER_TAGS & set(cell.metadata.get("tags", ())):
            for line in joined(cell.source).splitlines():
                if match := _PARAMETER.match(line):
                    stated[match[1]] = match[2].strip("\"'")
                    helps.setdefault(match[1], match[3] or "")
    return [(name, value or "–", helps[name], "") for name, value in stated.items()]
