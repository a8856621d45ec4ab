"""Rules that turn measured figures into judgements: better, worse, equal, or at odds.

A judgement looks at three measures at once, the pooled and the mean hole PSNR and the SSIM, each
by its paired interval over images.  It is *proven* ("nachweislich") only where all three agree and
each gap is larger than what the seeds of the trainings are worth to both compared methods together:
then every seed of the one stands before every seed of the other.  A ``result`` is a
:class:`inpainting.measuring.result.Benchmark`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inpainting.german.numbers import (
    FIGURES,
    GROUPS,
    MEAN,
    OLD,
    OURS,
    POOLED,
    SAMPLED,
    SSIM,
    called,
    count,
    in_words,
    listing,
    number,
    quantity,
    suite_label,
    suite_names,
    upper,
)
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import Benchmark
from inpainting.measuring.seeds import Seeds, values

MEASURES = (POOLED, MEAN, SSIM)

IN_WORDS = {POOLED: "gepoolt", MEAN: "im Mittel je Bild", SSIM: "in der SSIM"}

NEGLIGIBLE = 0.05
"""A pooled gap below this many dB has no practical meaning: one per cent of the squared error."""

BLURRED = 0.9
"""Below this share of the true image's sharpness a fill is called blurred."""


def is_ours(method: str) -> bool:
    """Whether a method is one of the project's networks, its samples or its prior."""
    return method.removesuffix(SAMPLED) in OURS or method == "prior"


def own_networks(result: Benchmark) -> list[str]:
    """The project's networks that were measured, the smaller first."""
    return [network for network in OURS if network in result.methods]


def sampling_networks(result: Benchmark) -> list[str]:
    """The project's networks whose samples were measured, the smaller first."""
    return [n for n in own_networks(result) if n + SAMPLED in result.methods]


def rivals(result: Benchmark) -> list[str]:
    """All methods that are not the project's own and do not draw."""
    return [m for m in result.methods if not is_ours(m) and not m.endswith(SAMPLED)]


def without_network(result: Benchmark) -> list[str]:
    """The methods that need no network, as the tables group them."""
    return [m for m in result.methods if m in GROUPS["ohne Netz"]]


def value(result: Benchmark, suite: str, method: str, key: str = POOLED) -> float:
    return result.figures[suite][method][key].value


def best_rival(result: Benchmark, suite: str) -> str:
    """The best method of a suite that is not the project's own, by pooled hole PSNR."""
    return max(rivals(result), key=lambda method: value(result, suite, method))


def gap(result: Benchmark, suite: str, a: str, b: str, key: str = POOLED) -> Estimate:
    """Figure of ``a`` minus that of ``b``: paired where the benchmark stores it.

    Else the interval is that of two independent figures at their worst, which is never too narrow.
    """
    stored = result.differences.get(suite, {})
    if key in stored.get(a, {}).get(b, {}):
        return stored[a][b][key]
    if key in stored.get(b, {}).get(a, {}):
        other = stored[b][a][key]
        return Estimate(-other.value, -other.high, -other.low)
    first, second = (result.figures[suite][method][key] for method in (a, b))
    return Estimate(first.value - second.value, first.low - second.high, first.high - second.low)


def sign(difference: Estimate) -> int:
    """1 or −1 if the interval lies on one side of 0, else 0."""
    return int(difference.low > 0) - int(difference.high < 0)


def spread(seeds: Seeds, method: str, suite: str, key: str = POOLED) -> float:
    """Range of a figure over the seeds of a network: 0 for what is not trained, NaN if unknown."""
    if not is_ours(method) and method not in OLD:
        return 0.0
    found = values(seeds, method, suite, key)
    return max(found) - min(found) if len(found) > 1 else math.nan


def single_seeded(result: Benchmark, suite: str, seeds: Seeds) -> list[str]:
    """The project's networks of which no second seed is known on a suite."""
    return [n for n in own_networks(result) if len(values(seeds, n, suite, POOLED)) < 2]


@dataclass(frozen=True)
class Verdict:
    """How one method stands against others on one suite.

    Attributes
    ----------
    suite : name of the suite.
    gaps : measure → the smallest difference to any of the others, with its paired interval.
    surplus : measure → by how much the gap exceeds the figure's ranges over seeds, those of the two
        compared methods together; the least of all others, NaN if the range is unknown for the closest.
    """

    suite: str
    gaps: Mapping[str, Estimate]
    surplus: Mapping[str, float]

    @property
    def signs(self) -> dict[str, int]:
        return {key: sign(difference) for key, difference in self.gaps.items()}

    @property
    def kind(self) -> str:
        """ "besser", "schlechter" or "gleich" where all measures agree, else "uneins"."""
        found = set(self.signs.values())
        return {1: "besser", -1: "schlechter", 0: "gleich"}[found.pop()] if len(found) == 1 else "uneins"

    @property
    def is_proven(self) -> bool:
        """Whether all measures agree and every gap is larger than the spread over seeds."""
        return self.kind in ("besser", "schlechter") and all(x > 0 for x in self.surplus.values())

    @property
    def has_seeds(self) -> bool:
        """Whether the spread over seeds is known of both sides."""
        return all(math.isfinite(x) for x in self.surplus.values())

    @property
    def holds(self) -> bool:
        """Whether a difference in all measures is not undone by what is known of the seeds."""
        return self.kind in ("besser", "schlechter") and (self.is_proven or not self.has_seeds)

    @property
    def is_negligible(self) -> bool:
        return abs(self.gaps[POOLED].value) < NEGLIGIBLE


def judge(result: Benchmark, suite: str, method: str, others: Sequence[str], seeds: Seeds) -> Verdict:
    """Judge a method against all of ``others`` at once, measure by measure against the closest."""
    gaps, surplus = {}, {}
    for key in MEASURES:
        found = {other: gap(result, suite, method, other, key) for other in others}
        closest = min(found, key=lambda other: (sign(found[other]), found[other].value))
        gaps[key] = found[closest]
        counted = [other for other in others if sign(found[closest]) > 0 or other == closest]
        left = {}
        for other in counted:
            both = [spread(seeds, name, suite, key) for name in (method, other)]
            left[other] = math.nan if any(map(math.isnan, both)) else abs(found[other].value) - sum(both)
        known = [x for x in left.values() if not math.isnan(x)]
        surplus[key] = math.nan if math.isnan(left[closest]) else min(known)
    return Verdict(suite, gaps, surplus)


def small_change(value: float, digits: int) -> str:
    """A signed difference; with a digit more where it is near :data:`NEGLIGIBLE`, and rounding could cross it."""
    is_near = digits == 2 and abs(abs(value) - NEGLIGIBLE) < 0.01
    return number(value, digits + is_near, sign=True)


def measures_in_words(verdict: Verdict) -> str:
    """What each measure says, as ``gepoolt besser (+0,02 dB), im Mittel je Bild ohne Unterschied``."""
    words = {1: "besser", -1: "schlechter"}
    parts, even = [], []
    for key, found in verdict.signs.items():
        if not found:
            even.append(IN_WORDS[key])
            continue
        figure = FIGURES[key]
        size = small_change(verdict.gaps[key].value, figure.digits) + (" dB" if figure.unit else "")
        size += ", weniger als die Spanne der Startwerte" if verdict.surplus[key] <= 0 else ""
        parts.append(f"{IN_WORDS[key]} {words[found]} ({size})")
    return listing([*([f"{listing(even)} ohne Unterschied"] if even else []), *parts])


def where_ahead(verdicts: Sequence[Verdict], name: Callable[[str], str] = suite_label) -> str:
    """Suites by what the measures say there, as ``auf Linien nur in der SSIM besser und auf Hälfte in zwei Maßen schlechter``.

    Parameters
    ----------
    verdicts : none of them better in all measures.
    name : suite → its German name.
    """
    groups: dict[str, list[str]] = {}
    for verdict in verdicts:
        won = [IN_WORDS[key] for key, found in verdict.signs.items() if found > 0]
        n_lost = sum(found < 0 for found in verdict.signs.values())
        text = f"nur {listing(won)} besser" if won else ""
        if n_lost:
            n = len(verdict.signs)
            measures = (
                "allen Maßen" if n_lost == n else "einem Maß" if n_lost == 1 else f"{in_words(n_lost)} Maßen"
            )
            lost = f"in {measures}"
            text += f"{', ' if won else ''}{lost} schlechter"
        groups.setdefault(text or "in keinem Maß besser", []).append(name(verdict.suite))
    return listing([f"auf {listing(names)} {measures}" for measures, names in groups.items()])


def extent(verdicts: Sequence[Verdict]) -> str:
    """The pooled gaps of some verdicts: ``0,13 bis 0,54 dB``, without signs."""
    sizes = sorted(abs(verdict.gaps[POOLED].value) for verdict in verdicts)
    first, last = number(sizes[0], 2), quantity(sizes[-1], 2, "dB")
    return last if number(sizes[-1], 2) == first else f"{first} bis {last}"


def on(verdicts: Sequence[Verdict], n_all: int) -> str:
    """The suites of some verdicts as ``auf Linien und Hälfte``, or all at once."""
    if len(verdicts) == n_all > 1:
        return f"auf allen {count(n_all, 'Maskensatz', 'Maskensätzen')}"
    return "auf " + suite_names([verdict.suite for verdict in verdicts])


def describe_verdicts(verdicts: Sequence[Verdict], subject: str, rival: str, table: str) -> str:
    """Sentences on every suite: what is proven, what holds for this network alone, what is open.

    Parameters
    ----------
    verdicts : one for each suite.
    subject : German name of the judged method, as it stands inside a sentence.
    rival : whom it is set against, as it stands behind "als".
    table : reference to the table of all measures, beside which :func:`describe_divided` belongs.
    """
    n = len(verdicts)
    sentences = []

    def add(found: Sequence[Verdict], text: str) -> None:
        if found:
            sentences.append(text.format(on=on(found, n), extent=extent(found), On=upper(on(found, n))))

    for kind, word in (("besser", "besser"), ("schlechter", "schlechter")):
        of_kind = [v for v in verdicts if v.kind == kind]
        proven = [v for v in of_kind if v.is_proven]
        within = [v for v in of_kind if v.has_seeds and not v.is_proven]
        single = [v for v in of_kind if not v.has_seeds]
        add(proven, f"Nachweislich {word} als {rival} ist {subject} {{on}} (gepoolt {{extent}}).")
        add(
            within,
            f"{{On}} ist {subject} in allen drei Maßen {word} als {rival} (gepoolt {{extent}}), doch nicht um "
            "mehr, als der Startwert ausmacht.",
        )
        add(
            single,
            f"{{On}} ist {subject} in allen drei Maßen {word} als {rival} (gepoolt {{extent}}; ein Startwert).",
        )
    if divided := [v for v in verdicts if v.kind == "uneins"]:
        sentences.append(f"{upper(subject)} ist {where_ahead(divided)} ({table}).")
    add(
        [v for v in verdicts if v.kind == "gleich"],
        f"{{On}} weist kein Maß einen Unterschied zwischen {subject} und {rival} nach.",
    )
    return " ".join(sentences)


def describe_divided(verdicts: Sequence[Verdict], subject: str) -> str:
    """Sentences on the suites where the measures disagree, and on gaps too small to matter.

    Parameters
    ----------
    verdicts, subject : as for :func:`describe_verdicts`.
    """
    sentences = []
    if divided := [v for v in verdicts if v.kind == "uneins"]:
        told = "; ".join(f"auf {suite_label(v.suite)} ist {subject} {measures_in_words(v)}" for v in divided)
        sentences.append(f"Nicht einig sind sich die Maße: {told}.")
    small = [v for v in verdicts if v.is_negligible and v.kind != "gleich"]
    if small:
        sentences.append(
            f"Gepoolte Abstände unter {quantity(NEGLIGIBLE, 2, 'dB')} ({on(small, 0)}) haben keine praktische Bedeutung."
        )
    return " ".join(sentences)


def seeds_sign(result: Benchmark, suite: str, a: str, b: str, seeds: Seeds, key: str = POOLED) -> int | None:
    """Sign of a gap that exceeds the ranges over seeds of both methods; 0 if it does not, None if unknown."""
    difference = gap(result, suite, a, b, key)
    both = sum(spread(seeds, name, suite, key) for name in (a, b))
    if math.isnan(both):
        return None if sign(difference) else 0
    return sign(difference) if abs(difference.value) > both else 0


def better_than_relu(result: Benchmark, suite: str, seeds: Seeds, n: int) -> str:
    """In brackets, how many methods without a network fill better than the twin with ReLU, where it is not ``n``."""
    if "original_relu" not in result.methods:
        return ""
    found = len(better_formulas(result, suite, seeds, "original_relu"))
    return "" if found == n else f" (mit ReLU: {in_words(found) if found else 'keines'})"


def all_better(result: Benchmark, seeds: Seeds) -> list[str]:
    """The suites on which every method without a network fills better than the network of 2025."""
    n = len(without_network(result))
    return [s for s in result.question.suites if len(better_formulas(result, s, seeds)) == n > 0]


def better_formulas(result: Benchmark, suite: str, seeds: Seeds, network: str = "original") -> list[str]:
    """The methods without a network that fill better than one of 2025 by all measures, whatever its seed."""
    found = {m: judge(result, suite, m, [network], seeds) for m in without_network(result)}
    return [m for m, verdict in found.items() if verdict.kind == "besser" and verdict.holds]


def describe_rivals(result: Benchmark) -> str:
    """Whether the foreign method that is best pooled is best by the other measures, too, suite by suite."""
    others, elsewhere = rivals(result), []
    for suite in result.question.suites:
        best = {key: max(others, key=lambda m: value(result, suite, m, key)) for key in MEASURES}
        elsewhere += [
            f"auf {suite_label(suite)} {IN_WORDS[key]} {called(m)}"
            for key, m in best.items()
            if value(result, suite, m, key) > value(result, suite, best[POOLED], key)
        ]
    text = "Das gepoolt beste fremde Verfahren ist auf jedem Maskensatz auch im Mittel je Bild und in der SSIM das beste fremde"
    return f"{text}, außer {listing(elsewhere)}." if elsewhere else f"{text}."
