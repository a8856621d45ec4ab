"""Tables in print: a size at which they fit, and several parts where none does."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from inpainting.config import ASSETS
from inpainting.typeset import pandoc
from inpainting.typeset.blocks import Prose, Table

SIZES = (8.8, 8.0, 7.2)
PADDING = 8.5
"""Space beside the text of a cell, both sides together, in points."""

CODE_ADVANCE = 0.54
"""Width of a letter of code in a table, relative to the text's size."""

FIGURES_ARE_WIDER = 1.03
"""Tables are set in figures of equal width, text is measured in ordinary ones."""

WIDEST_TEXT = 150
"""A text column is broken, and its words hyphenated, rather than wider than this, in points."""


@dataclass
class Part:
    """A table, or as many of its columns as fit beside the first; Typst code and cells."""

    columns: Markup
    align: Markup
    size: Markup
    hyphenate: bool
    header: list[Markup]
    rows: list[list[Markup]]


def lay_out(table: Table, width: float, render: Callable[[Prose], str]) -> list[Part]:
    """Split a table so that each part fits into ``width`` points.

    The largest size at which the whole fits is taken; if even the smallest is too wide, the
    columns go into several parts that all begin with the first column.
    """
    for size in SIZES:
        widths = [_least_width(table, column, size) for column in range(len(table.header))]
        if sum(widths) <= width:
            return [_part(table, list(range(len(widths))), widths, size, width, render)]
    groups = _group(widths, width)
    return [_part(table, group, widths, size, width, render) for group in groups]


def _group(widths: list[float], width: float) -> list[list[int]]:
    groups, room = [[0]], width - widths[0]
    for column in range(1, len(widths)):
        if widths[column] > room and len(groups[-1]) > 1:
            groups.append([0])
            room = width - widths[0]
        groups[-1].append(column)
        room -= widths[column]
    return groups


def _part(table, columns, widths, size, width, render) -> Part:
    sides = {"l": "left", "r": "right", "c": "center"}
    natural = {c: _natural_width(table, c, size) for c in columns}
    tracks = ["auto"] * len(columns)
    if (excess := sum(natural.values()) - width) > 0:
        slack = {c: natural[c] - widths[c] for c in columns}
        share = excess / sum(slack.values())
        tracks = [f"{natural[c] - share * slack[c]:.1f}pt" for c in columns]

    def cell(row: int, column: int) -> Markup:
        content = render(table.rows[row][column])
        if table.align[column] != "l":
            content = f"#box[{content}]"  # a number stays on one line
        strong = (row, column) in table.highlight
        return Markup(f"#strong[{content}]" if strong else content)

    return Part(
        Markup("(" + "".join(f"{track}, " for track in tracks) + ")"),
        Markup("(" + "".join(f"{sides[table.align[c]]}, " for c in columns) + ")"),
        Markup(f"{size}pt"),
        max(natural.values()) > WIDEST_TEXT,
        [Markup(f"#strong[{render(table.header[c])}]") for c in columns],
        [[cell(row, c) for c in columns] for row in range(len(table.rows))],
    )


def _least_width(table: Table, column: int, size: float) -> float:
    """How narrow a column can become; numbers are not broken."""
    if table.align[column] != "l":
        cells = [_line_width(row[column], size) for row in table.rows]
    else:
        cells = [min(_longest_word(row[column], size), WIDEST_TEXT) for row in table.rows]
    return max([_longest_word(table.header[column], size), *cells]) + PADDING


def _natural_width(table: Table, column: int, size: float) -> float:
    texts = [table.header[column], *(row[column] for row in table.rows)]
    return max(_line_width(text, size) for text in texts) + PADDING


def _longest_word(prose: Prose, size: float) -> float:
    words = re.split(r"[ \n]+", pandoc.plain(prose.blocks))  # a no-break space holds two together
    return max(_text_width(word, size, _is_code(prose)) for word in words)


def _line_width(prose: Prose, size: float) -> float:
    return _text_width(pandoc.plain(prose.blocks), size, _is_code(prose))


def _is_code(prose: Prose) -> bool:
    return bool(pandoc.find(prose.blocks, "Code"))


def _text_width(text: str, size: float, is_code: bool) -> float:
    width = _font().getlength(text) / 100 * FIGURES_ARE_WIDER
    return size * (max(width, CODE_ADVANCE * len(text)) if is_code else width)


@functools.cache
def _font():
    from PIL import ImageFont

    return ImageFont.truetype(ASSETS / "fonts" / "SourceSans3_600SemiBold.ttf", 100)
