"""Whether a fill fits its image: what a classifier finds in true, masked and repaired images."""

import math
from collections import Counter
from dataclasses import dataclass

from inpainting.german.numbers import (
    SAMPLED,
    Table,
    best_rows,
    called,
    dative,
    in_words,
    label,
    listing,
    number,
    percent,
    suite_label,
)
from inpainting.german.verdicts import is_ours, own_networks, rivals, sign
from inpainting.measuring.result import MASKED_IMAGES, TRUE_IMAGES, Benchmark


def semantics_table(result: Benchmark) -> Table:
    """How often the classifier finds the class, with intervals; the best method of each suite bold."""
    suites = [suite for suite in result.question.suites if suite in result.semantics]
    methods = [m for m in result.methods if all(m in result.semantics[s] for s in suites)]
    names = [TRUE_IMAGES, MASKED_IMAGES, *methods]
    words = {TRUE_IMAGES: "wahres Bild", MASKED_IMAGES: "maskiert"}

    def cell(suite: str, name: str) -> str:
        x = result.semantics[suite][name]
        return f"{number(100 * x.value, 1)} ±{number(50 * (x.high - x.low), 1)}"

    rows = [[words.get(name, label(name)), *(cell(suite, name) for suite in suites)] for name in names]
    highlight = []
    for column, suite in enumerate(suites, 1):
        worths = [result.semantics[suite][m].value for m in methods]
        highlight += best_rows(rows, column, [math.nan] * (len(names) - len(methods)) + worths)
    return Table(["Bild", *map(suite_label, suites)], rows, highlight=highlight)


def describe_semantics(result: Benchmark) -> str:
    """Where the classifier finds more, less or as much after our fills as after the best other.

    Our best mean answer and our best sample are judged apart, each by its paired interval; best is whose
    share on these images is the highest.
    """
    found = {s: _against_best(result, s) for s in result.question.suites if s in result.semantics}
    if not found:
        return ""
    told = [of for of in found.values() if of.mean]
    who = {of.rival for of in told}
    same = f" gegenüber {dative(who.pop())}" if len(who) == 1 else ""
    lost, won = (
        [f"auf {suite_label(s)} ({of.words(not same)})" for s, of in found.items() if of.mean == wanted]
        for wanted in (-1, 1)
    )
    even = [suite_label(s) for s, of in found.items() if not of.mean]
    parts = []
    if lost:
        parts.append(f"verliert unser bester Mittelwert{same} {listing(lost)}")
    if won:
        parts.append(
            f"er gewinnt {listing(won)}" if lost else f"gewinnt unser bester Mittelwert{same} {listing(won)}"
        )
    if parts:
        text = f"In der *Semantik* {'; '.join([*parts, *(['sonst ist nichts gesichert'] if even else [])])}."
    else:
        text = "In der *Semantik* ist zwischen unserem besten Mittelwert und dem besten fremden Verfahren kein Unterschied gesichert."
    return " ".join(filter(None, [text, _what_samples_make_up(result, found), *_sampled(found)]))


def _what_samples_make_up(result: Benchmark, found) -> str:
    """That a sample makes good what our mean loses, if that is so on each of those suites; else "".

    It does so where it beats our mean for certain, and is not behind the best other method for certain.
    """
    gains = []
    for suite in (s for s, of in found.items() if of.mean < 0):
        if found[suite].sample is None or found[suite].sample < 0:
            return ""
        shares = result.semantics[suite]
        mean, *sample = (
            max(names, key=lambda m: shares[m].value)
            for names in (
                own_networks(result),
                [n + SAMPLED for n in own_networks(result) if n + SAMPLED in shares],
            )
            if names
        )
        if not sample or compare_shares(result, suite, sample[0], mean) <= 0:
            return ""
        gain = number(100 * (shares[sample[0]].value - shares[mean].value), 1, sign=True)
        gains.append((called(sample[0].removesuffix(SAMPLED)), suite, gain))
    names = list(dict.fromkeys(name for name, _, _ in gains))
    if len(names) > 1:
        return f"Vorschläge holen das auf (gesichert, {listing([f'auf {suite_label(suite)} von {name} {gain}' for name, suite, gain in gains])} Punkte)."
    return (
        f"Ein Vorschlag von {names[0]} holt das auf ({listing([gain for _, _, gain in gains])} Punkte, gesichert)."
        if gains
        else ""
    )


def lost_suites(result: Benchmark) -> list[str]:
    """The suites on which the classifier finds more after the best other method than after our best mean."""
    suites = [s for s in result.question.suites if s in result.semantics]
    return [s for s in suites if _against_best(result, s).mean < 0]


@dataclass(frozen=True)
class Standing:
    """Our best mean and our best sample against the best other method of a suite.

    Attributes
    ----------
    mean : sign of our mean's difference, 0 if it is not certain.
    shares : accuracies after our mean and after the best other method.
    rival : that method.
    sample : sign of our best sample's difference, None without samples.
    behind : our networks whose samples are certain to do worse than that method.
    """

    mean: int
    shares: tuple[float, float]
    rival: str
    sample: int | None = None
    behind: tuple[str, ...] = ()

    def words(self, with_rival: bool) -> str:
        ours, theirs = self.shares
        text = f"{number(100 * ours, 1)} gegen {percent(theirs)}"
        return f"{text} nach {dative(self.rival)}" if with_rival else text


def _against_best(result: Benchmark, suite: str) -> Standing:
    shares = result.semantics[suite]
    ours = [m for m in result.methods if is_ours(m) and m != "prior" and m in shares]
    drawn = [m for m in ours if m.endswith(SAMPLED)]
    rival = max((m for m in rivals(result) if m in shares), key=lambda m: shares[m].value)
    mean = max((m for m in ours if m not in drawn), key=lambda m: shares[m].value)
    about = compare_shares(result, suite, mean, rival), (shares[mean].value, shares[rival].value), rival
    if not drawn:
        return Standing(*about)
    sample = max(drawn, key=lambda m: shares[m].value)
    standings = {m: compare_shares(result, suite, m, rival) for m in drawn}
    behind = tuple(m.removesuffix(SAMPLED) for m, standing in standings.items() if standing < 0)
    return Standing(*about, standings[sample], behind)


def compare_shares(result: Benchmark, suite: str, a: str, b: str) -> int:
    """1, −1 or 0: by the paired interval where there is one, else by whether the intervals part."""
    shares = result.semantics[suite]
    paired = result.semantic_differences.get(suite, {}).get(a, {}).get(b)
    if paired:
        return sign(paired)
    return int(shares[a].low > shares[b].high) - int(shares[a].high < shares[b].low)


def _sampled(found) -> list[str]:
    """What samples are worth to the classifier, in a sentence; none where nothing draws."""
    if all(of.sample is None for of in found.values()):
        return []
    ahead, behind = ([suite_label(s) for s, of in found.items() if of.sample == wanted] for wanted in (1, -1))
    if not ahead and not behind:
        behind = Counter(network for of in found.values() for network in of.behind)
        lost = [
            f"einer von {called(n)} verliert auf {in_words(times, 'einem')} von {in_words(len(found))}"
            for n, times in behind.items()
        ]
        text = "Zwischen unserem besten Vorschlag und dem besten fremden Verfahren ist kein Unterschied gesichert"
        return [f"{text}; {listing(lost)}." if lost else f"{text}."]
    parts = [f"auf {listing(ahead)} gesichert mehr"] if ahead else []
    parts += [f"auf {listing(behind)} gesichert weniger"] if behind else []
    text = f"Nach unserem besten Vorschlag erkennt er {' und '.join(parts)} als nach dem besten fremden Verfahren"
    return [
        text + ("." if len(ahead) + len(behind) == len(found) else "; sonst ist kein Unterschied gesichert.")
    ]
