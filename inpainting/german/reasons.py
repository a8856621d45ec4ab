"""Why the network of 2025 falls behind: reasons, each with its measured price."""

import math

from inpainting.german.appendix import alt_values, describe_hole_sizes, edges_below_mean, has_dip
from inpainting.german.ladder import change
from inpainting.german.numbers import listing, number, percent, quantity, signed
from inpainting.german.verdicts import value
from inpainting.measuring.result import N_HOLE_SIZE_IMAGES, Benchmark


def describe_reasons(result: Benchmark, suite: str, excess: float, results=None) -> str:
    """The reasons in two paragraphs; without an ablation only what the benchmark shows.

    Parameters
    ----------
    result : a Benchmark.
    suite : its main suite.
    excess : best validation loss above the entropy floor, as a fraction of the floor.
    results : ``ladder.LadderResults``, or None.
    """
    first = f"{_blind(results)} {_wasted(result, suite, excess, results)}"
    return f"{first}\n\n{_one_size(result)} {_missing(results)}".rstrip()


def _blind(results) -> str:
    text = "*Erstens* erfährt das Netz nicht, wo das Loch ist; Schwarz und Fehlend sehen gleich aus."
    on_square, on_all = (change(results, "maske", figure) for figure in ("quadrat8", "suites"))
    if on_square is None or on_all is None:
        return text
    return (
        f"{text} Die Maske als weitere Eingabe bringt, kurz trainiert (@abs:was-jede-änderung-bringt), {number(on_square.value, 2, sign=True)} dB auf "
        f"Quadrat 8×8 und {number(on_all.value, 2, sign=True)} dB im Mittel der sechs Maskensätze."
    )


def _wasted(result: Benchmark, suite: str, excess: float, results) -> str:
    shown = result.as_shown[suite]["original"]["image_psnr"].value
    composited = value(result, suite, "original", "image_psnr")
    text = (
        "*Zweitens* gilt sein Verlust dem ganzen Bild, meist also bekannten Pixeln, die es neu zeichnet; setzt man sie "
        f"wieder ein, geht der mittlere PSNR des ganzen Bildes von {number(shown, 2)} auf {quantity(composited, 2, 'dB')}."
    )
    bought = change(results, "verlust_im_loch")
    if bought is not None:
        of_all = number(change(results, "verlust_im_loch", "suites").value, 2, sign=True)
        text += f" Nur im Loch zu lernen bringt {number(bought.value, 2, sign=True)} dB auf Quadrat 8×8 und {of_all} dB im Mittel der sechs."
    return f"{text} {_floor(excess, results)}".rstrip()


def _floor(excess: float, results) -> str:
    """What the floor of the loss explains, and what it does not."""
    if not math.isfinite(excess):
        return ""
    text = f"Die Untergrenze des Verlusts, über der er {percent(excess)} endet (@abb:training), bremst nicht"
    squared = change(results, "quadratisch")
    if squared is None:
        return f"{text}: Eine feste Grenze ändert keinen Gradienten."
    gained = (
        "gewinnt das Netz im Loch"
        if squared.low > 0
        else "verliert das Netz im Loch"
        if squared.high < 0
        else "ändert sich im Loch nichts Gesichertes:"
    )
    return f"{text}: Mit quadratischem Fehler (Grenze null) {gained} {signed(squared)} dB."


def _missing(results) -> str:
    """What else the network of 2025 lacks and the ablation prices with certainty; "" if nothing."""
    what = {"skip": "Skip-Verbindungen", "frische_masken": "in jedem Schritt neue Löcher"}
    found = {text: change(results, name) for name, text in what.items()}
    parts = [
        f"{text} {number(gain.value, 2, sign=True)} dB"
        for text, gain in found.items()
        if gain is not None and gain.low > 0
    ]
    verb = "brächte" if len(parts) == 1 else "brächten"
    return f"*Außerdem* {verb} {listing(parts)}." if parts else ""


def _one_size(result: Benchmark) -> str:
    return f"*Drittens* sah es im Training eine einzige Lochgröße, was andere Größen trifft (@abb:bremsen). {describe_hole_sizes(result)}".rstrip()


def title(result: Benchmark) -> str:
    """Heading of the hole sizes, which follows from the numbers."""
    if "original" not in result.hole_sizes:
        return "Lochgröße und PSNR"
    below = edges_below_mean(result)
    if below:
        word = "Ab" if len(below) > 1 else "Mit"
        return f"{word} {min(below)} Pixeln füllt das Netz von 2025 schlechter als eine Farbe"
    if has_dip(result):
        return "Das Netz von 2025 füllt die kleinsten Löcher schlechter"
    return "Je größer das Loch, desto schlechter"


def caption(result: Benchmark) -> str:
    """Caption of the hole sizes."""
    n = min(N_HOLE_SIZE_IMAGES, result.question.n_images)
    return (
        f"Gepoolter PSNR gegen die Kantenlänge quadratischer Löcher in zufälliger Lage, auf {number(n)} Testbildern"
        + ("." if n == result.question.n_images else " (darum nicht genau die Zahlen der Tabellen).")
    )


def alt(sizes) -> str:
    """Alternative text of the hole sizes."""
    shown = {method: {f"{edge} Pixel": e for edge, e in of.items()} for method, of in sizes.items()}
    return alt_values(shown, "Linien des PSNR in dB je Kantenlänge")
