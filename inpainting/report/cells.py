"""What notebook cells hold: tags, pictures, console output, parameters."""

import ast
import base64
import io
import re
import xml.etree.ElementTree as ElementTree

from inpainting import config

SUMMARY, MAIN, LITERATURE, EXTRA, ANNEX = (
    "zusammenfassung",
    "hauptteil",
    "literatur",
    "ergaenzend",
    "anhang",
)
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
        return next(
            (part for part in (SUMMARY, LITERATURE, EXTRA, ANNEX) if part in self.tags), MAIN
        )


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
    """Bytes, suffix, width and height in points."""
    if "image/svg+xml" in data:
        svg = joined(data["image/svg+xml"]).encode()
        return svg, "svg", *svg_size(svg)
    if "image/png" in data:
        png = base64.b64decode(joined(data["image/png"]))
        return png, "png", *raster_size(png)
    return None


def svg_size(svg: bytes) -> tuple[float, float]:
    """Width and height in points, as the root element or its viewBox says."""
    root = ElementTree.fromstring(svg)
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
        dpi = image.info.get("dpi", (96, 96))
        return image.width / dpi[0] * 72, image.height / dpi[1] * 72


_PARAMETER = re.compile(r"^(\w+)\s*(?::[^=]+)?=\s*(.*?)\s*(?:#\s*(.*))?$")


def read_parameters(cells) -> list[tuple[str, str, str, str]]:
    """Name, value, German help of each parameter of the run, and "ja" if it was changed."""
    stated: dict[str, str] = {}
    helps: dict[str, str] = {}
    for cell in cells:
        if cell.tags & PARAMETER_TAGS:
            for line in cell.node.source.splitlines():
                if match := _PARAMETER.match(line):
                    stated[match[1]] = match[2]
                    helps.setdefault(match[1], match[3] or "")
    settings = _settings(stated)
    values = {name: _show_value(value) for name, value in settings.values.items()} if settings else {}
    changed = settings.changed() if settings else {}
    return [
        (name, values.get(name, value), helps[name], "ja" if name in changed else "")
        for name, value in stated.items()
    ]


def _settings(stated: dict[str, str]) -> config.Config | None:
    """The validated parameters, with the presets' values in place of None."""
    try:
        return config.load_config({name: ast.literal_eval(text) for name, text in stated.items()})
    except (ValueError, SyntaxError, config.ConfigError):
        return None


def _show_value(value) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value) or "–"
