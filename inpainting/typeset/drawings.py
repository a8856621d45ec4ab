"""A slide's own drawing as part of the page: its text is text, and groups of it appear step by step."""

import re
import xml.etree.ElementTree as ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

STEP = re.compile(r"bau-(\d+)-\d+")
"""Id of a group that appears with a step: see :func:`inpainting.figures.sheet.build`."""

ELEMENTS = {
    "svg",
    "g",
    "path",
    "text",
    "tspan",
    "image",
    "use",
    "defs",
    "style",
    "clipPath",
    "rect",
    "circle",
}
"""What of a drawing is taken over; nothing in it can run or load."""

LOADS = re.compile(r"@import|image-set|url\(\s*[\"']?(?!#|data:image/png|[\"'\s])|\\", re.IGNORECASE)
"""Style that would fetch something; escapes, which could hide such words, count as well."""

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def inline(svg: bytes, alt: str, prefix: str) -> str:
    """The drawing as an element of an HTML page.

    Parameters
    ----------
    svg : as matplotlib writes it, in points; one point becomes one pixel.
    alt : what it shows.
    prefix : put before every id, so that drawings of one page do not meet.
    """
    root = ElementTree.fromstring(svg)
    _keep_known(root)
    for element in root.iter():
        _rename(element, prefix)
    width, height = (float(n) for n in root.get("viewBox").split()[2:])
    root.attrib.update({"role": "img", "aria-label": alt, "width": f"{width:g}", "height": f"{height:g}"})
    return ElementTree.tostring(root, encoding="unicode")


def _keep_known(parent) -> None:
    for child in list(parent):
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name not in ELEMENTS or name == "style" and LOADS.search(child.text or ""):
            parent.remove(child)
        else:
            child.tail = None
            _keep_known(child)


def _rename(element, prefix: str) -> None:
    if found := STEP.fullmatch(element.get("id", "")):
        element.set("class", "fragment")
        element.set("data-fragment-index", str(int(found[1]) - 1))
    for key, value in list(element.attrib.items()):
        name = key.rpartition("}")[2]
        if name.startswith("on") or name != "href" and LOADS.search(value):
            del element.attrib[key]
        elif name == "id":
            element.set(key, f"{prefix}{value}")
        elif name == "href" and value.startswith("#"):
            element.set(key, f"#{prefix}{value[1:]}")
        elif name == "href" and not value.startswith("data:image/png"):
            del element.attrib[key]
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{prefix}"))
