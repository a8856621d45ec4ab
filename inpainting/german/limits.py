"""What remains: the answers to the report's questions, where our networks fail, and where to go from here."""

from inpainting.german.judged import easily_told
from inpainting.german.ladder import change
from inpainting.german.naturalness import distance_losses, has_frechet
from inpainting.german.numbers import (
    called,
    in_words,
    listing,
    number,
    percent,
    suite_label,
    suite_names,
    upper,
)
from inpainting.german.results import error_share, own_networks
from inpainting.german.verdicts import (
    BLURRED,
    all_better,
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
        old = f"{in_words(better)} von {in_words(len(formulas))} fremden Verfahren ohne Netz {verb} auf {suite_label(suite)} besser als das Netz von 2025{twin}"
        if elsewhere := [s for s in all_better(result, seeds) if s != suite]:
            rest = [
                len(better_formulas(result, s, seeds))
                for s in result.question.suites
                if s not in (suite, *elsewhere)
            ]
            least = (
                f", auf den übrigen mindestens {in_words(min(rest))}" if rest and min(rest) > better else ""
            )
            old += f", auf {suite_names(elsewhere)} alle{least}"
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


def _what_slows(ladder) -> str:
    """The faults of the network of 2025 that the ablation prices with certainty, the dearest first."""
    gains = {name: change(ladder, name) for name in CAUSES}
    found = {name: gain for name, gain in gains.items() if gain is not None and gain.low > 0}
    if not found:
        return "*Was bremst es?* Es erfährt nicht, wo das Loch ist, und sein Verlust gilt dem ganzen Bild."
    names = sorted(found, key=lambda name: -found[name].value)
    of_all = {name: change(ladder, name, "suites") for name in names}
    parts = [
        f"{CAUSES[name]} {number(found[name].value, 2)} und {number(of_all[name].value, 2)}"
        + (" (ungesichert)" if of_all[name].low <= 0 <= of_all[name].high else "")
        for name in names
    ]
    verb = "kostet" if len(parts) == 1 else "kosten"
    minus = " (negativ: nützt)" if any(estimate.value < 0 for estimate in of_all.values()) else ""
    return (
        f"*Was bremst es?* Nach kurzem Training {verb}, in dB auf Quadrat 8×8 und im Mittel der sechs Maskensätze{minus}, "
        f"{listing(parts)}."
    )


HELPS = {
    "prior": "eine Vorfüllung nach der Bildstatistik",
    "skip": "Skip-Verbindungen",
    "maske": "die Maske als Eingabe",
}
"""Rung of the ablation → what it adds, as our networks have it."""


def _what_helps(result: Benchmark, suite: str, ladder) -> str:
    """What the ablation finds to help for certain on squares and on all suites, and how far our network comes."""
    gains = {name: [change(ladder, name, figure) for figure in ("quadrat8", "suites")] for name in HELPS}
    sure = {n: of for n, of in gains.items() if all(gain is not None and gain.low > 0 for gain in of)}
    parts = []
    for name in sorted(sure, key=lambda n: -sure[n][0].value):
        shown = listing([number(gain.value, 2, sign=True) for gain in sure[name]])
        parts.append(HELPS[name] + (f" ({shown}\u00a0dB)" if name not in CAUSES else ""))  # else just told
    if parts:
        verb = "hilft" if len(parts) == 1 else "helfen"
        text = f"In beiden Maßen gesichert {verb} {listing(parts)}."
    else:
        text = f"Unser Netz verbindet {listing([*HELPS.values()])}."
    share = error_share(gap(result, suite, own_networks(result)[-1], "original").value)
    still = "" if share < 1 else " dennoch"
    return (
        f"*Was hilft?* {text} Unserem Netz bleiben{still} auf {suite_label(suite)} {percent(share, 0)} des quadratischen Fehlers "
        "von 2025."
    )


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
    if told := easily_told(verdict):
        names = listing([f"{suite_label(s)} zu {percent(share, 0)}" for s, share in told.items()])
        rest.append(f"ein Prüfer erkennt Vorschläge auf {names}")
    rest.append("manche Füllung misslingt (@abb:misserfolge)")
    parts.append(f"{upper(listing(rest))}.")
    parts.append(
        "Alles gilt nur für 32×32 Pixel und bekannte Maskenarten; größere Bilder, fremde Masken und weitere Startwerte sind die nächsten "
        "Schritte."
    )
    return " ".join(parts)
