"""Where things stand on the pages of a finished PDF: what is body text, what is set apart, what is empty."""

import re
from dataclasses import dataclass

TOP, BOTTOM = 785.0, 56.0
"""Of the text, in points from the foot of the page."""

LEFT = 60.0
"""What begins further left is a note in the margin."""

BODY_FONT, BODY_SIZES = "SourceSerif", (9.6, 10.4)
HEADING_FONT, LEAST_HEADING = "SourceSans", 10.0
"""Fonts and sizes, in points, by which lines of text and headings are told apart."""


LEAST_DRAWING = 20.0
"""Height of a drawing, in points; a rule, a fraction's bar or a root is lower."""

_POINTS = {b"m", b"l", b"c", b"v", b"y"}
_PAINTING = {b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}


@dataclass
class Line:
    """Something on a page: "body", "heading", "apart" (picture, caption, table) or "other"."""

    kind: str
    top: float
    foot: float
    text: str = ""


def read_lines(page) -> list[Line]:
    """The lines and pictures of a page, from top to foot, without its footer and the margin.

    Parameters
    ----------
    page : a page of a pypdf reader.
    """
    runs: list[tuple[float, float, str, float, str]] = []
    lines: list[Line] = []

    def see_text(text, cm, tm, font, size):
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            name = str((font or {}).get("/BaseFont", ""))
            runs.append((y, x, name, abs(size * tm[3] * cm[3]), text))

    path: list[float] = []

    def see_picture(operator, operands, cm, tm):
        if operator == b"Do":
            low, high = _extent(page["/Resources"]["/XObject"][operands[0]], cm)
            lines.append(Line("apart", high, low))
        elif operator in _POINTS:
            path.extend(float(y) * cm[3] + cm[5] for y in operands[1::2])
        elif operator == b"re":
            path.extend(
                (float(operands[1]) * cm[3] + cm[5], float(operands[1] + operands[3]) * cm[3] + cm[5])
            )
        elif operator in _PAINTING and path:
            kind = "apart" if max(path) - min(path) > LEAST_DRAWING else "other"
            lines.append(Line(kind, min(max(path), TOP), max(min(path), BOTTOM)))
            path.clear()
        elif operator == b"n":
            path.clear()

    page.extract_text(visitor_text=see_text, visitor_operand_before=see_picture)
    rows: dict[int, list] = {}
    for run in runs:
        rows.setdefault(round(run[0] / 2), []).append(run)
    lines += [_line(sorted(row, key=lambda run: run[1])) for row in rows.values() if _is_inside(row)]
    return sorted((line for line in lines if line.top > BOTTOM), key=lambda line: -line.top)


def _is_inside(row) -> bool:
    return max(run[1] for run in row) >= LEFT and row[0][0] > BOTTOM


def _extent(picture, cm) -> tuple[float, float]:
    box = [0, 0, 1, 1]
    if picture.get("/Subtype") == "/Form":
        box, m = (
            [float(n) for n in picture["/BBox"]],
            [float(n) for n in picture.get("/Matrix", (1, 0, 0, 1, 0, 0))],
        )
        box = [box[0], box[1] * m[3] + m[5], box[2], box[3] * m[3] + m[5]]
    heights = (box[1] * cm[3] + cm[5], box[3] * cm[3] + cm[5])
    return min(heights), max(heights)


def _line(row) -> Line:
    row = [run for run in row if run[1] >= LEFT]
    y, size = row[0][0], max(run[3] for run in row)
    text = " ".join("".join(run[4] for run in row).split())
    kind = "apart"
    if any(BODY_FONT in name and BODY_SIZES[0] <= size <= BODY_SIZES[1] for _, _, name, size, _ in row):
        kind = "body"
    elif any(HEADING_FONT in name and size >= LEAST_HEADING for _, _, name, size, _ in row):
        kind = "heading"
    elif not any(HEADING_FONT in name for _, _, name, _, _ in row):
        kind = "other"  # formulas, code
    return Line(kind, y + size, y, text)


def empty_share(lines: list[Line]) -> float:
    """The largest empty stretch of a page, as a share of the height of its text."""
    edge, largest = TOP, 0.0
    for line in lines:
        largest = max(largest, edge - line.top)
        edge = min(edge, line.foot)
    return max(largest, edge - BOTTOM) / (TOP - BOTTOM)


def torn_sentences(pages: list[list[Line]]) -> list[str]:
    """Beginnings of the lines behind a figure or table that stands within a sentence."""
    found = []
    before, is_apart = "", False
    for line in (line for page in pages for line in page):
        if line.kind == "heading":
            before, is_apart = "", False
        elif line.kind == "apart":
            is_apart = True
        elif line.kind == "body":
            if is_apart and _goes_on(before, line.text):
                found.append(line.text[:40])
            before, is_apart = line.text, False
    return found


def _goes_on(before: str, after: str) -> bool:
    if not before or re.search(r"[.!?:][”“‘’»)\]]*$", before):
        return False
    return after[:1].islower() or before.endswith((",", ";", "-", "–"))
