"""What remains: the answers to the report's questions, where our networks fail, and where to go from here."""

from inpainting.german.ladder import change
from inpainting.german.numbers import POOLED, called, listing, number, percent, upper
from inpainting.german.results import error_share, own_networks
from inpainting.german.verdicts import best_rival, gap, judge, rivals, sign, value, without_network
from inpainting.measuring.seeds import Seeds


def describe_answers(result, suite: str, seeds: Seeds, excess: float, ladder=None) -> str:
    """The three questions of the first section, answered in a sentence or two each.

    Parameters
    ----------
    excess : best validation loss of the network of 2025 above its floor, as a fraction of the floor.
    ladder : ``ladder.LadderResults``, or None.
    """
    return " ".join(
        [
            _against_formulas(result, suite, seeds),
            _what_slows(result, excess),
            _what_helps(result, suite, ladder),
        ]
    )


def _against_formulas(result, suite: str, seeds: Seeds) -> str:
    formulas = without_network(result)
    better = sum(judge(result, suite, m, ["original"], seeds).kind == "besser" for m in formulas)
    network = own_networks(result)[-1]
    if better:
        verb = "füllt" if better == 1 else "füllen"
        old = f"{number(better)} von {number(len(formulas))} Verfahren ohne Netz {verb} besser als das Netz von 2025"
    else:
        old = "das Netz von 2025 unterliegt keinem Verfahren ohne Netz in allen Maßen"
    ahead = [
        s for s in result.question.suites if judge(result, s, network, rivals(result), seeds).kind == "besser"
    ]
    n = len(result.question.suites)
    where = (
        f"auf allen {number(n)} Maskensätzen"
        if len(ahead) == n > 1
        else f"auf {number(len(ahead))} von {number(n)} Maskensätzen"
    )
    ours = (
        f"{called(network)} ist {where} in allen drei Maßen besser als jedes fremde Verfahren"
        if ahead
        else f"{'auch ' if better else ''}{called(network)} ist auf keinem Maskensatz in allen drei Maßen besser als jedes fremde Verfahren"
    )
    return f"*Wie gut ist ein gelerntes Netz gegen eine Formel?* {upper(old)}; {ours}."


def _what_slows(result, excess: float) -> str:
    return (
        "*Was bremst es?* Es erfährt nicht, wo das Loch ist, und sein Verlust, der dem ganzen Bild gilt, unterscheidet mit "
        f"{percent(excess)} Abstand zur Untergrenze Füllungen kaum."
    )


def _what_helps(result, suite: str, ladder) -> str:
    network = own_networks(result)[-1]
    share = error_share(gap(result, suite, network, "original").value)
    mask = change(ladder, "maske", "suites") if ladder else None
    helps = [
        "die Maske als Eingabe" if mask is None or mask.low > 0 else "",
        "eine Vorfüllung aus Wissen über Bilder",
        "ein Verlust, der nur das Loch zählt",
    ]
    text = f"*Was hilft?* Unser Netz verbindet {listing([h for h in helps if h])} und macht "
    if share < 1:
        return text + f"{percent(share, 0)} des quadratischen Fehlers von 2025."
    return text + f"dennoch {percent(share, 0)} des quadratischen Fehlers von 2025."


def describe_limits(result, field, suite: str, seeds: Seeds) -> str:
    """Failures, blur, seeds, the history of the test images, and the next steps."""
    parts = [
        f"*Was bleibt offen?* @abb:misserfolge zeigt, woran {called(field.best)} scheitert: an Einzelheiten, die die Umgebung nicht verrät."
    ]
    gains = getattr(result, "gains", {}).get(field.best)
    if gains:
        parts.append(_single_images(result, suite, gains["share"].value))
    sharp = value(result, suite, field.best, "sharpness")
    rest = []
    if sharp < 0.9:
        rest.append(f"der Mittelwert ist unscharf ({number(sharp, 2)} der wahren Schärfe)")
    single = [n for n in own_networks(result) if len(seeds.get(n, {}).get(suite, {}).get(POOLED, ())) < 2]
    if single:
        verb = "hat" if len(single) == 1 else "haben"
        rest.append(f"{listing([called(n) for n in single])} {verb} nur einen Startwert")
    if rest:
        parts.append(f"{upper(listing(rest))}.")
    parts.append(
        "Zwei frühe Entscheidungen fielen auf Testbildern (@abs:datensatz-und-masken). Alles gilt für 32×32 Pixel und für Maskenarten, "
        "die unsere Netze kennen; größere Bilder verlangen ein größeres Blickfeld, etwa Gated oder Fourier-Faltungen "
        "[@yu2019; @suvorov2022]."
    )
    return " ".join(parts)


def _single_images(result, suite: str, share: float) -> str:
    """On how many images our network beats the biharmonic fill, and how good a rival that is."""
    rival = best_rival(result, suite)
    text = f"Auf {percent(share, 0)} der {number(result.question.n_images)} gemessenen Testbilder füllt es besser als die biharmonische Fläche"
    if rival == "biharmonisch":
        return f"{text}, das beste fremde Verfahren."
    if sign(gap(result, suite, rival, "biharmonisch")) > 0:
        text += f", die im Mittel schwächer ist als {called(rival)}"
    return f"{text}."
