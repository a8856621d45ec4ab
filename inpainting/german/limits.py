"""What remains: the answers to the report's questions, where our networks fail, and where to go from here."""

from inpainting.german.control import summarise as summarise_control
from inpainting.german.judged import easily_told
from inpainting.german.ladder import change, fleeting
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


def describe_answers(result: Benchmark, suite: str, seeds: Seeds, ladder=None, control=None) -> str:
    """The three questions of the first section, answered in a sentence or two each.

    Parameters
    ----------
    ladder : ``ladder.LadderResults``, or None.
    control : the ``Control`` without the prior, or None.
    """
    return " ".join(
        [
            _against_formulas(result, suite, seeds),
            _what_slows(ladder),
            _what_helps(result, suite, ladder, control, seeds),
        ]
    )


def _against_formulas(result: Benchmark, suite: str, seeds: Seeds) -> str:
    formulas = without_network(result)
    better = len(better_formulas(result, suite, seeds))
    network = own_networks(result)[-1]
    if better:
        verb = "füllt" if better == 1 else "füllen"
        twin = better_than_relu(result, suite, seeds, better)
        old = f"{in_words(better)} von {in_words(len(formulas))} Verfahren ohne Netz {verb} auf {suite_label(suite)} gesichert besser als das Netz von 2025{twin}"
        if elsewhere := [s for s in all_better(result, seeds) if s != suite]:
            old += f", auf {suite_names(elsewhere)} alle"
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
    return f"*Wie gut ist ein gelerntes Netz gegen eine Formel?* {upper(old)}; {ours}{_of_the_smaller(result, seeds) if ahead else ''}."


def _of_the_smaller(result: Benchmark, seeds: Seeds) -> str:
    """On how many suites the smaller of our networks is proven to be better than all others; "" without it."""
    if len(own_networks(result)) < 2:
        return ""
    smaller = own_networks(result)[0]
    found = [judge(result, s, smaller, rivals(result), seeds) for s in result.question.suites]
    n = sum(verdict.kind == "besser" and verdict.is_proven for verdict in found)
    return f", {called(smaller)} nachweislich auf {in_words(n, 'einem')}" if n else ""


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
    parts = [f"{CAUSES[name]} {number(found[name].value, 2)} ({_elsewhere(of_all[name])})" for name in names]
    verb = "kostet" if len(parts) == 1 else "kosten"
    return f"*Was bremst es?* Nach kurzem Training {verb} auf Quadrat 8×8 (auf allen Maskensätzen) {listing(parts)} dB."


def _elsewhere(loss) -> str:
    """A loss on the other suites, which may be a gain, or not certain."""
    if loss.high < 0:
        return f"nützt {number(-loss.value, 2)}"
    return number(loss.value, 2) + ("; ungesichert" if loss.low <= 0 else "")


HELPS = {
    "prior": "die Vorfüllung",
    "skip": "Skip-Verbindungen",
    "maske": "die Maske als Eingabe",
    "volle_aufloesung": "volle Auflösung",
}
"""Rung of the ablation → what it adds, as our networks have it."""

N_HELPS = 4
"""How many of the changes that help are named, those with the largest sum of both gains."""


def _what_helps(result: Benchmark, suite: str, ladder, control, seeds: Seeds) -> str:
    """What the ablation finds to help for certain on squares and on all suites, and how far our network comes."""
    changes = [rung for rung in ladder.rungs if rung.differences] if ladder else []
    late = fleeting(ladder, result, control, seeds)

    def gains(rung) -> list:
        return [rung.differences[figure] for figure in ("quadrat8", "suites")]

    told = [rung for rung in changes if rung.name not in late or rung.name == "prior"]  # its fate follows
    sure = [rung for rung in told if min(gain.low for gain in gains(rung)) > 0]
    most = sorted(sure, key=lambda rung: -sum(gain.value for gain in gains(rung)))[:N_HELPS]
    parts = []
    for rung in most:
        shown = listing([number(gain.value, 2, sign=True) for gain in gains(rung)])
        parts.append(
            HELPS.get(rung.name, f"„{rung.label}“") + ("" if rung.name in CAUSES else f" ({shown}\u00a0dB)")
        )
    if parts:
        verb = "hilft" if len(sure) == 1 else "helfen"
        rest = f" {in_words(len(sure))} der {in_words(len(changes))} Änderungen, am meisten"
        text = f"In beiden Maßen gesichert {verb}, kurz trainiert,{rest if len(sure) > len(most) else ''} {listing(parts)}."
    else:
        text = f"Unser Netz verbindet {listing([*HELPS.values()])}."
    if "prior" in late:
        text += f" Die Vorfüllung {summarise_control(control, seeds)}."
    network = own_networks(result)[-1]
    share = error_share(gap(result, suite, network, "original").value)
    if share >= 1:
        text += f" {upper(called(network))} hat auf {suite_label(suite)} dennoch {percent(share, 0)} des MSE von 2025."
    return f"*Was hilft?* {text}"


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
        rest.append(f"{whose} ist auf {names} größer als die mancher fremder Verfahren")
    if single := single_seeded(result, suite, seeds):
        verb = "hat" if len(single) == 1 else "haben"
        rest.append(f"{listing([called(n) for n in single])} {verb} nur einen Startwert")
    if told := easily_told(verdict):
        names = listing([f"{suite_label(s)} zu {percent(share, 0)}" for s, share in told.items()])
        rest.append(f"ein Prüfer urteilt über Vorschläge auf {names} richtig")
    rest.append("manche Füllung misslingt (@abb:misserfolge)")
    parts.append(f"{upper(listing(rest))}.")
    parts.append(
        "Alles gilt nur für 32×32 Pixel und bekannte Maskenarten. Nächste Schritte: größere Bilder, fremde Masken, weitere Startwerte."
    )
    return " ".join(parts)
