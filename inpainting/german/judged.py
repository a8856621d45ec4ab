"""The machine's verdict in German: how often a judge tells fills from true images, and what we aimed at."""

from collections.abc import Mapping

from inpainting.german.numbers import (
    LABELS,
    OURS,
    SAMPLED,
    Table,
    best_rows,
    called,
    label,
    listing,
    number,
    quantity,
    suite_label,
    suite_names,
)
from inpainting.masks import SUITES
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.judged import Judged
from inpainting.measuring.result import GAUSSIAN_SAMPLE

GOALS = {"quadrat8": 0.60, "linien": 0.60, "pixel50": 0.60, "mitte16": 0.75}
"""Suite → the most right answers that a sample was to leave; set before it was trained."""

GUESSED = 0.5
"""Share that is right by guessing."""

CONTROL = GAUSSIAN_SAMPLE
"""A crude sample: where a judge cannot tell even these from true images, it has learned nothing."""

AXIS = "richtig erkannt (%)"


def choose_verdict(stored: Judged | None, digests: Mapping[str, str]) -> Judged | None:
    """The stored verdicts on this run's networks; None without any on samples of ours.

    Parameters
    ----------
    digests : network → digest, of the run.
    """
    found = stored.only(digests) if stored else None
    return found if found and _sample(found) else None


def _sample(judged: Judged) -> str:
    """The samples that are judged: those of the larger of our networks that has any; "" without."""
    return next((n + SAMPLED for n in reversed(OURS) if n + SAMPLED in judged.shares), "")


def methods(judged: Judged) -> list[str]:
    """What was judged, in the tables' order."""
    return [m for m in LABELS if m in judged.shares]


def suites(judged: Judged) -> list[str]:
    """The suites that our samples were judged on, in the tables' order."""
    return [s for s in SUITES if s in judged.shares[_sample(judged)]]


def verdict_table(judged: Judged) -> Table:
    """Share of right answers, with half its interval; the least of a suite bold."""
    columns, names = suites(judged), methods(judged)
    rows = [[label(m), *(_cell(judged.shares[m].get(suite)) for suite in columns)] for m in names]
    highlight = []
    for column, suite in enumerate(columns, 1):
        if suite in _blind(judged):
            continue
        worths = [_worth(judged.shares[m].get(suite)) for m in names]
        highlight += best_rows(rows, column, worths)
    return Table(["Verfahren", *map(suite_label, columns)], rows, highlight=highlight)


def _cell(share: Estimate | None) -> str:
    if share is None:
        return "–"
    return f"{number(100 * share.value, 1)} ±{number(50 * (share.high - share.low), 1)}"


def _worth(share: Estimate | None) -> float:
    return float("nan") if share is None else -share.value


def summarise_verdict(judged: Judged | None) -> str:
    """The main part's sentence: how often our samples are told from true images; "" without any."""
    sample = _sample(judged) if judged else ""
    shares = {s: judged.shares[sample][s] for s in suites(judged)} if sample else {}
    blind = [s for s in _blind(judged) if s in shares] if shares else []
    told = [f"{_share(x.value)} ({suite_label(s)})" for s, x in shares.items() if s not in blind]
    if not told:
        return ""
    nothing = f"; auf {suite_names(blind)} besagt das nichts" if blind else ""
    return (
        f"Ein *Prüfer*, ein eigens trainiertes Netz, unterscheidet wahre Bilder von Vorschlägen des Netzes {called(sample.removesuffix(SAMPLED))} zu {listing(told)} richtig "
        f"(geraten wären 50\u00a0%{nothing}; @abs:mittelwert-und-vorschläge)."
    )


def describe_goal(judged: Judged | None) -> str:
    """How well our samples should pass for true, and where they miss the goal; "" without any."""
    sample = _sample(judged) if judged else ""
    shares = {s: judged.shares[sample][s] for s in suites(judged)} if sample else {}
    aimed = {s: share for s, share in shares.items() if s in GOALS}
    if not aimed:
        return ""
    blind = _blind(judged)
    kinds = {
        "erreicht auf": [s for s, share in aimed.items() if share.high <= GOALS[s] and s not in blind],
        "nicht sicher erreicht auf": [s for s, share in aimed.items() if share.low <= GOALS[s] < share.high],
        "verfehlt auf": missed_goals(judged),
        "ohne Ziel bleibt" if len(shares) - len(aimed) == 1 else "ohne Ziel bleiben": [
            s for s in shares if s not in aimed
        ],
    }
    if unknown := [s for s in aimed if s in blind and shares[s].high <= GOALS[s]]:
        kinds |= {f"ohne Aussage, weil auch {called(CONTROL)} unerkannt bleibt, auf": unknown}
    told = [
        f"{words} {listing([f'{suite_label(s)} ({_share(shares[s].value)})' for s in found])}"
        for words, found in kinds.items()
        if found
    ]
    return (
        f"Unser Ziel, vorab gesetzt: Vorschläge von {called(sample.removesuffix(SAMPLED))} und wahre Bilder sollte er höchstens zu {_aim(aimed)} "
        f"richtig unterscheiden: {'; '.join(told)}."
    )


def missed_goals(judged: Judged | None) -> list[str]:
    """The suites on which our samples are told from true images more often than they should be, for certain."""
    shares = judged.shares[_sample(judged)] if judged and _sample(judged) else {}
    return [s for s, goal in GOALS.items() if s in shares and shares[s].low > goal]


def easily_told(judged) -> dict[str, float]:
    """Suite → share of right answers on our samples: where a goal is missed, or the widest goal that any suite has."""
    shares = judged.shares[_sample(judged)] if judged and _sample(judged) else {}
    widest = max(GOALS.values())
    return {s: x.value for s, x in shares.items() if s in missed_goals(judged) or x.low > widest}


def _aim(shares: Mapping[str, Estimate]) -> str:
    """The goals, the one that most suites have first."""
    limits = sorted({GOALS[s] for s in shares}, key=lambda x: -sum(GOALS[s] == x for s in shares))
    return listing(
        [f"{_share(x, 0)} auf {suite_names([s for s in shares if GOALS[s] == x])}" for x in limits]
    )


def _extent(shares) -> str:
    ends = [number(100 * x, 1) for x in (min(s.value for s in shares), max(s.value for s in shares))]
    return f"{ends[0]}\u00a0%" if ends[0] == ends[1] else f"{ends[0]} bis {ends[1]}\u00a0%"


def _share(x: float, digits: int = 1) -> str:
    return quantity(100 * x, digits, "%")


def _blind(judged: Judged) -> list[str]:
    """The suites on which a judge can only guess about the control."""
    found = judged.shares.get(CONTROL, {})
    return [s for s in suites(judged) if s in found and found[s].low <= GUESSED]


def describe_verdict(judged: Judged) -> str:
    """The appendix: what the measure is, whom a judge cannot tell from true, and who passes better than we do."""
    return " ".join(filter(None, [_definition(judged), _passing(judged), _control(judged), _ahead(judged)]))


def _definition(judged: Judged) -> str:
    n, n_learned = number(judged.images), number(judged.n_learned)
    learned, asked = (
        (f"den {n_learned} Validierungsbildern", f"den ersten {n} Testbildern")
        if judged.split == "test"
        else (f"{n_learned} der Validierungsbilder", f"den übrigen {n}")
    )
    return (
        "*Urteil des Prüfers.* Für jedes Verfahren und jeden Maskensatz lernt ein eigenes kleines Residualnetz "
        f"({number(judged.n_parameters)} Parameter, {judged.epochs} Epochen) aus Bild und Maske, gefüllte von wahren Bildern zu "
        f"unterscheiden: an {learned}, jedes einmal wahr und einmal gefüllt. Gefragt wird dieser Prüfer nach {asked}; @tab:urteil nennt den Anteil "
        "richtiger Antworten, @abb:urteil zeigt ihn. 50 % hieße, dass er nur raten kann. Das Urteil gilt für Prüfer dieser Größe; ein "
        "größerer könnte mehr erkennen."
    )


def _passing(judged: Judged) -> str:
    """On which suites a judge can only guess about our samples, and how often it is right elsewhere."""
    sample = _sample(judged)
    shares = {s: judged.shares[sample][s] for s in suites(judged)}
    hidden = [s for s, share in shares.items() if share.low <= GUESSED]
    seen = {s: share for s, share in shares.items() if s not in hidden}
    name = called(sample.removesuffix(SAMPLED))
    if not seen:
        return (
            f"Vorschläge von {name} kann er auf keinem Maskensatz gesichert von wahren Bildern unterscheiden."
        )
    told = f"auf {suite_names(seen)} gesichert öfter, als Raten ergäbe ({_extent(seen.values())})"
    text = f"Vorschläge von {name} erkennt er {told}"
    if not hidden:
        return f"{text}."
    text += f"; auf {suite_names(hidden)} ist das Intervall mit Raten vereinbar."
    crude = judged.shares.get(CONTROL, {})
    learned = [s for s in hidden if s in crude and s not in _blind(judged)]
    if not learned:
        return text
    shares = _extent([crude[s] for s in learned])
    return f"{text} Dass er auf {suite_names(learned)} etwas gelernt hat, zeigt der Gauß-Vorschlag: Ihn erkennt er dort zu {shares}."


def _control(judged: Judged) -> str:
    """Where the verdict says nothing, since the judge does not find out the control either."""
    blind = _blind(judged)
    if not blind:
        return ""
    return (
        f"Auf {suite_names(blind)} erkennt er allerdings auch einen Gauß-Vorschlag nicht "
        f"({_extent([judged.shares[CONTROL][s] for s in blind])}): Dort lernt der Prüfer an Vorschlägen nichts, und sein Urteil über sie besagt nichts."
    )


def _ahead(judged: Judged) -> str:
    """Who of the others is hardest to find out, where it is harder than our samples, beyond both intervals."""
    sample = _sample(judged)
    parts = []
    for suite in suites(judged):
        ours = judged.shares[sample][suite]
        rivals = [m for m in methods(judged) if m.removesuffix(SAMPLED) not in OURS]
        found = {m: judged.shares[m][suite] for m in rivals if suite in judged.shares[m]}
        found = {m: share for m, share in found.items() if share.high < ours.low}
        if found:
            best = min(found, key=lambda m: found[m].value)
            parts.append(f"auf {suite_label(suite)} {called(best)} ({_share(found[best].value)})")
    if not parts:
        return "Kein beurteiltes fremdes Verfahren ist gesichert schwerer von wahren Bildern zu unterscheiden als sie."
    return f"Gesichert schwerer zu erkennen {'ist' if len(parts) == 1 else 'sind'} {listing(parts)}."


CAPTION_TABLE = (
    "Urteil des Prüfers: Anteil richtiger Antworten in %, mit halbem 95-%-Intervall; 50 ist nicht zu unterscheiden; –: nicht geprüft. Der kleinste Wert "
    "eines Maskensatzes ist fett, außer wo das Urteil nichts besagt."
)


def chart_values(judged: Judged) -> dict[str, dict[str, Estimate]]:
    """German name of the suite → method → share in per cent."""
    return {
        suite_label(s): {
            m: Estimate(*(100 * x for x in (share.value, share.low, share.high)))
            for m in methods(judged)
            if (share := judged.shares[m].get(s))
        }
        for s in suites(judged)
    }


def chart_goals(judged: Judged) -> dict[str, float]:
    """German name of the suite → goal in per cent."""
    return {suite_label(s): 100 * goal for s, goal in GOALS.items() if s in suites(judged)}


CAPTION_CHART = (
    "Urteil des Prüfers: wie oft er gefüllte und wahre Bilder richtig unterscheidet, mit 95-%-Intervall; links ist besser, "
    "50 % ist geraten. Senkrechte Striche: unser Ziel für Vorschläge."
)


def alt_chart(judged: Judged) -> str:
    sample = _sample(judged)
    parts = [f"{suite_label(s)} {_share(judged.shares[sample][s].value)}" for s in suites(judged)]
    return f"Punktdiagramm: Anteil richtiger Antworten je Maskensatz und Verfahren. {label(sample)}: {'; '.join(parts)}."
