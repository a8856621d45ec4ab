"""Where figures and tables stand in print.

None floats: a float at the head of a page tears the sentence that runs on there.  A figure that does not
fit into what is left of its page moves behind as many of the paragraphs that follow as fill it; the
first of them that runs on to the next page ends above the figure.  One that nearly fits shrinks.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PAGE_TOP, PAGE_BOTTOM = 56.7, 785.2
"""Of the text, in points from the head of the page, as in ``bericht.typ``."""

LEAST_SCALE = {"png": 0.72, "svg": 0.9}
"""How far figures shrink to fill a page: photographs further than what has labels."""

PREFERRED_SCALE = 0.93
"""A figure shrinks by so little rather than move away from its paragraph."""

SMALL_GAP = 40.0
"""Empty space at the foot of a page that is left alone, in points."""

SPACE = 16.0
"""Between a figure and what stands above it, in points."""

TIGHT, LOOSE = 40.0, 250.0
"""A larger gap, in points, lets a figure pass the heading of the next section: in the main part, whose
pages are counted, and in the appendix, where a figure had better stay in its section."""

MOST_ROUNDS = 24


@dataclass(frozen=True)
class Piece:
    """Typst source of one block, and how it may be moved.

    Attributes
    ----------
    source : Typst source.
    kind : "display" for figures and tables, "heading", "text", "stop" for what none may pass.
    draw : source of a figure at a scale between ``least_scale`` and 1; None for all else.
    height : of the picture at scale 1, in points.
    """

    source: str
    kind: str = "text"
    draw: Callable[[float], str] | None = None
    height: float = 0.0
    least_scale: float = 1.0


Flow = list[Piece]
Marks = Mapping[int, tuple[int, float]]


def arrange(flows: list[Flow], patience: list[float], measure: Callable[[list[Flow]], Marks]) -> list[Flow]:
    """Move and shrink figures so that they leave no large gaps.

    Parameters
    ----------
    flows : parts of the report that begin on pages of their own.
    patience : for each the gap, in points, above which a figure passes headings.
    measure : gives page and height (in points from its head) of a mark before each piece and one
        behind the last of each flow, counted over all flows.

    Returns
    -------
    The flows in the order in which they are set.
    """
    flows = [list(flow) for flow in flows]
    settled: set[str] = set()
    for _ in range(MOST_ROUNDS):
        marks, start, is_changed = measure(flows), 0, False
        for n, flow in enumerate(flows):
            places = [marks[start + i] for i in range(len(flow) + 1)]
            start += len(flow) + 1
            if new := _mend(flow, places, settled, patience[n]):
                flows[n], is_changed = new, True
        if not is_changed:
            break
    return flows


def _mend(flow: Flow, places: list[tuple[int, float]], settled: set[str], patience: float) -> Flow | None:
    """The flow with the first gap mended; None if there is none that can be.

    ``settled`` collects the displays that have been dealt with: each is moved once.
    """
    for i, piece in enumerate(flow):
        if piece.kind != "display" or piece.source in settled:
            continue
        first = i  # a heading goes to the next page with the figure below it
        while (
            first and flow[first - 1].kind in ("heading", "stop") and places[first - 1][0] < places[i + 1][0]
        ):
            first -= 1
        (page, y), (page_after, y_after) = places[first], places[i + 1]
        gap = PAGE_BOTTOM - y
        if page_after == page or gap < SMALL_GAP or y <= PAGE_TOP + 1:
            continue
        settled.add(piece.source)
        scale = _fitting_scale(
            piece, gap - SPACE - (places[i][1] - places[first][1] if first < i else 0), y_after
        )
        if scale < PREFERRED_SCALE and (moved := _delay(flow, places, i, gap, gap > patience)):
            return moved
        if scale >= piece.least_scale and piece.draw:
            smaller = dataclasses.replace(piece, source=piece.draw(scale), draw=None)
            settled.add(smaller.source)
            return [*flow[:i], smaller, *flow[i + 1 :]]
    return None


def _fitting_scale(piece: Piece, room: float, y_after: float) -> float:
    """The scale at which a figure that went to the next page would have stayed; 0 if none would do."""
    if piece.draw is None:
        return 0.0
    caption = max(0.0, y_after - PAGE_TOP - piece.height)
    return min(1.0, (room - caption) / piece.height)


def _delay(
    flow: Flow, places: list[tuple[int, float]], i: int, gap: float, passes_headings: bool
) -> Flow | None:
    """The display moved behind the text that fills the gap; None if there is too little text."""
    filled, last = 0.0, None
    for j in range(i + 1, len(flow)):
        if flow[j].kind == "stop" or (flow[j].kind == "heading" and not passes_headings):
            break
        if flow[j].kind == "display":
            continue
        filled += _height(places[j], places[j + 1])
        if flow[j].kind == "text":
            last = j
            if filled >= gap:
                break
    if last is None or filled < min(gap, 2 * SMALL_GAP) / 2:
        return None
    waiting = [piece for piece in flow[i : last + 1] if piece.kind == "display"]
    passing = [piece for piece in flow[i : last + 1] if piece.kind != "display"]
    return flow[:i] + passing + waiting + flow[last + 1 :]


def _height(start: tuple[int, float], end: tuple[int, float]) -> float:
    pages = end[0] - start[0]
    return end[1] - start[1] + pages * (PAGE_BOTTOM - PAGE_TOP)
