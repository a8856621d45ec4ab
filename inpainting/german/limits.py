"""What remains: the answers to the report's questions, where our networks fail, and where to go from here."""

from inpainting.german.judged import missed_goals
from inpainting.german.ladder import change
from inpainting.german.naturalness import distance_losses, has_frechet
from inpainting.german.numbers import (
    called,
    in_words,
    listing,
    number,
    percent,
    quantity,
    suite_label,
    upper,
)
from inpainting.german.results import error_share, own_networks
from inpainting.german.verdicts import (
    BLURRED,
    best_rival,
    better_formulas,
    better_than_relu,
    gap,
    judge,
    rivals,
    single_seeded,
    value,
    without_network,
)
from inpainting.measuring.result import Benchmark
from inpainting.measuring.seeds import Seeds


def describe_answers(result: Benchmark, suite: str, seeds: Seeds, ladder=None) -> str:
    """The three questions of the first section, answered in a sentence or two each.

    Parameters
    ----------
    ladder : ``ladder.LadderResults``, or None.
    """
    return " ".join(
        [
            _against_formulas(result, suite, seeds),
            _what_slows(ladder),
            _what_helps(result, suite, ladder),
        ]
    )


def _against_formulas(result: Benchmark, suite: str, seeds: Seeds) -> str:
    formulas = without_network(result)
    better = len(better_formulas(result, suite, seeds))
    network = own_networks(result)[-1]
    if better:
        verb = "füllt" if better == 1 else "füllen"
        twin = better_than_relu(result, suite, seeds, better)
        old = f"{in_words(better)} von {in_words(len(formulas))} fremden Verfahren ohne Netz {verb} besser als das Netz von 2025{twin}"
    else:
        old = "das Netz von 2025 unterliegt keinem fremden Verfahren ohne Netz in allen Maßen"
    ahead = [
        s for s in result.question.suites if judge(result, s, network, rivals(result), seeds).kind == "besser"
    ]
    n = len(result.question.suites)
    where = (
        f"auf allen {in_words(n)} Maskensätzen"
        if len(ahead) == n > 1
        else f"auf {in_words(len(ahead), 'einem')} von {in_words(n)} Maskensätzen"
    )
    ours = (
        f"{called(network)} ist {where} in allen drei Maßen besser als jedes fremde Verfahren"
        if ahead
        else f"{'auch ' if better else ''}{called(network)} ist auf keinem Maskensatz in allen drei Maßen besser als jedes fremde Verfahren"
    )
    return f"*Wie gut ist ein gelerntes Netz gegen eine Formel?* {upper(old)}; {ours}."


CAUSES = {
    "frische_masken": "immer dieselben Löcher",
    "maske": "die fehlende Maske",
    "verlust_im_loch": "ein Verlust über das ganze Bild",
    "skip": "fehlende Skip-Verbindungen",
}
"""Rung of the ablation that mends a fault of the network of 2025 → the fault."""


HELPS = {
    "prior": "eine Vorfüllung nach der Bildstatistik",
    "maske": "die Maske als Eingabe",
    "skip": "Skip-Verbindungen",
    "verlust_im_loch": "einen Verlust nur im Loch",
}
"""Rung of the ablation → what it adds; named where it helps on all suites, or where none was measured."""


def _what_slows(ladder) -> str:
    """The faults of the network of 2025 that the ablation prices with certainty, the dearest first."""
    gains = {name: change(ladder, name) for name in CAUSES}
    found = {name: gain for name, gain in gains.items() if gain is not None and gain.low > 0}
    if not found:
        return "*Was bremst es?* Es erfährt nicht, wo das Loch ist, und sein Verlust gilt dem ganzen Bild."
    parts = []
    for name in sorted(found, key=lambda n: -found[n].value):
        text = f"{CAUSES[name]} ({quantity(found[name].value, 2, 'dB')}"
        of_all = change(ladder, name, "suites")
        reverse = (
            f"; im Mittel der sechs nützt er {quantity(-of_all.value, 2, 'dB')}" if of_all.high < 0 else ""
        )
        parts.append(f"{text}{reverse})")
    verb = "kostet" if len(parts) == 1 else "kosten"
    return f"*Was bremst es?* Nach kurzem Training {verb} auf Quadrat 8×8 {listing(parts)}."


def _what_helps(result: Benchmark, suite: str, ladder) -> str:
    network = own_networks(result)[-1]
    share = error_share(gap(result, suite, network, "original").value)
    gains = {name: change(ladder, name, "suites") for name in HELPS}
    helps = [HELPS[name] for name, gain in gains.items() if gain is None or gain.low > 0]
    text = (
        f"*Was hilft?* Unseres verbindet {listing(helps)} und macht"
        if helps
        else "*Was hilft?* Unser Netz macht"
    )
    still = "" if share < 1 else " dennoch"
    return f"{text}{still} auf {suite_label(suite)} {percent(share, 0)} des quadratischen Fehlers von 2025."


def describe_limits(result: Benchmark, field, suite: str, seeds: Seeds, verdict=None) -> str:
    """What is still open: blur, distances, seeds, missed goals, failures.

    Parameters
    ----------
    verdict : ``judged.Judged``, or None.
    """
    parts = ["*Was bleibt offen?*"]
    sharp = value(result, suite, field.best, "sharpness")
    rest = []
    if sharp < BLURRED:
        rest.append(f"der Mittelwert ist unscharf ({number(sharp, 2)} der wahren Schärfe)")
    if behind := distance_losses(result).get("mittelwert") if has_frechet(result) else None:
        names = listing([suite_label(s) for s in behind])
        whose = "seine Fréchet-Distanz" if rest else "die Fréchet-Distanz des Mittelwerts"
        rest.append(
            f"{whose} (@abs:mittelwert-und-vorschläge) ist auf {names} größer als die mancher fremder Verfahren"
        )
    if single := single_seeded(result, suite, seeds):
        verb = "hat" if len(single) == 1 else "haben"
        rest.append(f"{listing([called(n) for n in single])} {verb} nur einen Startwert")
    if missed := missed_goals(verdict):
        names = listing([suite_label(s) for s in missed])
        rest.append(f"ein Prüfer erkennt Vorschläge auf {names} öfter als angestrebt")
    rest.append("manche Füllung misslingt (@abb:misserfolge)")
    parts.append(f"{upper(listing(rest))}.")
    parts.append("Alles gilt nur für 32×32 Pixel und Maskenarten, die unsere Netze kennen.")
    return " ".join(parts)


def describe_single_images(result: Benchmark, suite: str, network: str) -> str:
    """On how many images a network beats the biharmonic fill; "" if not counted."""
    gains = result.gains.get(network)
    if not gains:
        return ""
    share = gains["share"].value
    text = (
        f"Auf {percent(share, 0)} der {number(result.question.n_images)} gemessenen Testbilder füllt {called(network)} besser als die "
        "biharmonische Fläche"
    )
    return text + (", das beste fremde Verfahren." if best_rival(result, suite) == "biharmonisch" else ".")
