"""How many steps a sample takes: sentences about the stored curves."""

from collections.abc import Mapping

from inpainting.german.numbers import called, listing, number, suite_label
from inpainting.measuring.result import TRUE_IMAGES

ENOUGH = 0.05
"""Share by which a figure may still differ from the one with the most steps and count as the same."""

PANELS = {"sharpness": "Schärfe", "frechet": "Fréchet-Distanz", "energy_ratio": "Energie-Score ÷ Abstand"}
"""Figure → title of its panel."""


def choose_curves(stored, network: str, suite: str) -> dict[str, dict[int, float]] | None:
    """Figure of :data:`PANELS` → steps → value of a network on a suite; None where they are not stored.

    Parameters
    ----------
    stored : ``measuring.steps.StepCurves``, or None.
    """
    if stored is None or suite not in stored.networks.get(network, {}):
        return None
    return {figure: stored.curve(network, suite, figure) for figure in PANELS}


def choose_intervals(stored, network: str, suite: str) -> dict[str, dict[int, tuple[float, float]]]:
    """Figure of :data:`PANELS` → steps → both ends of its interval, as far as they are stored."""
    return {figure: stored.interval(network, suite, figure) for figure in PANELS}


def panels(curves: Mapping[str, Mapping[int, float]]) -> dict[str, Mapping[int, float]]:
    """Title of the panel → steps → value."""
    return {PANELS[figure]: curve for figure, curve in curves.items()}


def marks(stored, network: str, suite: str) -> dict[str, float]:
    """Title of the panel → value of true images, as far as they have one."""
    rows = stored.networks[network][suite]
    true = {"sharpness": 1.0} | rows.get(TRUE_IMAGES, {})
    return {title: true[figure] for figure, title in PANELS.items() if figure in true}


def settled(curve: Mapping[int, float]) -> int:
    """The least number of steps from which on a figure stays within :data:`ENOUGH` of its last value."""
    steps = sorted(curve)
    last = curve[steps[-1]]
    settled_at = steps[-1]
    for n in reversed(steps):
        if abs(curve[n] - last) > ENOUGH * abs(last):
            break
        settled_at = n
    return settled_at


def in_steps(n: int) -> str:
    return f"{number(n)} Schritt" if n == 1 else f"{number(n)} Schritten"


BEST = {"sharpness": "am nächsten an 1", "frechet": "am kleinsten", "energy_ratio": "am kleinsten"}
"""Figure → how its best value is called."""


def best_steps(figure: str, curve: Mapping[int, float]) -> int:
    """The steps with the best value of a figure; the least of equal ones."""
    return min(curve, key=lambda n: (abs(curve[n] - 1) if figure == "sharpness" else curve[n], n))


def _better(curves, intervals, used: int) -> str:
    """Which figures another number of steps has better, and whether the intervals part; "" if none has."""
    parts = []
    for figure, curve in curves.items():
        n = best_steps(figure, curve)
        if used not in curve or curve[n] == curve[used]:
            continue
        digits = 2 if abs(curve[n] - curve[used]) >= 0.01 else 3
        ends = intervals.get(figure, {})
        sure = ""
        if n in ends and used in ends:
            apart = ends[n][1] < ends[used][0] or ends[n][0] > ends[used][1]
            sure = ", gesichert" if apart else "; die Intervalle überlappen"
        parts.append(
            f"„{PANELS[figure]}“ ist mit {in_steps(n)} {BEST[figure]} "
            f"({number(curve[n], digits)} gegen {number(curve[used], digits)} mit {number(used)}{sure})"
        )
    return f"In jedem Maß das Beste ist das nicht: {listing(parts)}." if parts else ""


def describe_steps(
    curves: Mapping[str, Mapping[int, float]],
    network: str,
    suite: str,
    used: int,
    intervals: Mapping[str, Mapping[int, tuple[float, float]]] | None = None,
) -> str:
    """What one step gives, from how many on more of them change little, and what another number has better.

    Parameters
    ----------
    curves : figure of :data:`PANELS` → steps → value.
    used : the steps that samples take.
    intervals : figure → steps → both ends of the value's interval, as far as they are stored.
    """
    sharpness = curves["sharpness"]
    first, last = min(sharpness), max(sharpness)
    sentences = [
        f"@abb:schritte zeigt, was die Zahl der Schritte ausmacht ({called(network)}, {suite_label(suite)}, Validierungsbilder)."
    ]
    if first < used:
        sentences.append(
            f"Mit {in_steps(first)} ist die Schärfe {number(sharpness[first], 2)}, "
            f"mit {in_steps(last)} {number(sharpness[last], 2)}."
        )
    needed = {figure: settled(curve) for figure, curve in curves.items()}
    slowest = max(needed, key=needed.get)
    if needed[slowest] <= used:
        sentences.append(
            f"Ab {in_steps(needed[slowest])} ändert sich keines der Maße mehr um über "
            f"{number(100 * ENOUGH)}\u00a0%; {'darum nehmen' if needed[slowest] == used else 'dennoch nehmen'} unsere Vorschläge {number(used)}."
        )
    else:
        sentences.append(
            f"Unsere Vorschläge nehmen {number(used)} Schritte; mehr davon ändern am meisten das Maß "
            f"„{PANELS[slowest]}“ ({number(curves[slowest][used], 2)} gegen {number(curves[slowest][last], 2)} "
            f"mit {in_steps(last)})."
        )
    return " ".join(filter(None, [*sentences, _better(curves, intervals or {}, used)]))


def caption_steps(network: str, suite: str, n_images: int) -> str:
    return (
        f"Maße eines Vorschlags von {called(network)} gegen die Zahl der Schritte, {suite_label(suite)}, die ersten "
        f"{number(n_images)} Validierungsbilder. Gestrichelt: wahre Bilder."
    )


def alt_steps(curves: Mapping[str, Mapping[int, float]]) -> str:
    first = "; ".join(
        f"{PANELS[figure]} von {number(curve[min(curve)], 2)} bei {number(min(curve))} auf "
        f"{number(curve[max(curve)], 2)} bei {number(max(curve))} Schritten"
        for figure, curve in curves.items()
    )
    return f"Drei Linien über der Zahl der Schritte: {first}."
