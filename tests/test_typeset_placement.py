"""Figures in print, by a page model in place of Typst: blocks below one another, none broken but text."""

import dataclasses

import pytest

from inpainting.typeset import placement
from inpainting.typeset.placement import PAGE_BOTTOM, PAGE_TOP, Piece

LINE = 12.7
SPACE_ABOVE = 14.0


def text(name, n_lines):
    return Piece(f"{name}|{n_lines * LINE}")


def heading(name):
    return Piece(f"{name}|25", "heading")


def figure(name, height, least=0.9):
    return Piece(f"{name}|{height}", "display", lambda scale: f"{name}|{height * scale}", height, least)


def measure(flows):
    marks, page = {}, 0
    for flow in flows:
        page, y = page + 1, PAGE_TOP
        for i, piece in enumerate(flow):
            marks[len(marks)] = (page, y)
            height = float(piece.source.split("|")[1])
            follows = flow[i + 1 : i + 2] if piece.kind == "heading" else ()
            needs = height + sum(
                float(f.source.split("|")[1]) if f.kind == "display" else LINE for f in follows
            )
            if piece.kind == "text":
                y += height
                while y > PAGE_BOTTOM:
                    page, y = page + 1, y - (PAGE_BOTTOM - PAGE_TOP)
            else:
                space = SPACE_ABOVE if piece.kind == "display" and y > PAGE_TOP else 0
                if y + space + needs > PAGE_BOTTOM:
                    page, y, space = page + 1, PAGE_TOP, 0
                y += space + height
        marks[len(marks)] = (page, y)
    return marks


def arrange(*pieces, patience=40.0):
    [flow] = placement.arrange([list(pieces)], [patience], measure)
    return flow


def names(flow):
    return [piece.source.split("|")[0] for piece in flow]


def test_what_fits_stays():
    flow = [text("a", 10), figure("bild", 200), text("b", 10)]
    assert arrange(*flow) == flow


def test_text_moves_up_until_the_page_is_full():
    flow = arrange(
        text("a", 45), figure("bild", 300), text("b", 5), text("c", 8), text("d", 20), text("e", 5)
    )
    assert names(flow) == ["a", "b", "c", "bild", "d", "e"]


def test_figures_keep_their_order():
    flow = arrange(text("a", 45), figure("eins", 300), figure("zwei", 50), text("b", 20), text("c", 20))
    assert names(flow) == ["a", "b", "eins", "zwei", "c"]


def test_a_little_too_large_shrinks():
    [_, picture, _] = arrange(text("a", 45), figure("bild", 150), text("b", 20))
    assert 0.9 <= float(picture.source.split("|")[1]) / 150 < 1


def test_without_text_photographs_shrink_further_than_drawings():
    for least, shrinks in ((0.72, True), (0.9, False)):
        flow = arrange(text("a", 45), figure("bild", 175, least), figure("noch", 600))
        assert (float(flow[1].source.split("|")[1]) < 175) == shrinks


@pytest.mark.parametrize(("patience", "expected"), [(40.0, "abHcF"), (500.0, "abFHc")])
def test_headings_are_passed_when_the_gap_is_large(patience, expected):
    flow = arrange(
        text("a", 35), figure("F", 400), text("b", 6), heading("H"), text("c", 30), patience=patience
    )
    assert "".join(names(flow)) == expected


def test_no_figure_comes_between_a_heading_and_its_text():
    flow = arrange(text("a", 53), figure("F", 300), text("b", 2), heading("H"), text("c", 30))
    assert names(flow)[names(flow).index("F") - 1] != "H"


def test_none_passes_a_stop():
    flow = [text("a", 35), figure("F", 400), dataclasses.replace(heading("B"), kind="stop"), text("b", 30)]
    assert names(arrange(*flow)) == ["a", "F", "B", "b"]


def test_ends_although_nothing_fits():
    flow = [piece for n in range(30) for piece in (text(f"t{n}", 1), figure(f"f{n}", 500))]
    assert sorted(names(arrange(*flow))) == sorted(names(flow))


def test_parts_are_arranged_apart():
    parts = [[text("a", 45), figure(name, 300), text("b", 30)] for name in "FG"]
    flows = placement.arrange(parts, [40.0, 40.0], measure)
    assert [names(flow) for flow in flows] == [["a", "b", "F"], ["a", "b", "G"]]
