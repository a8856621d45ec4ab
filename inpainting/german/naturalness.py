"""How natural fills are: the Fréchet distance of a classifier's features, and its plane with accuracy."""

import math
from collections.abc import Mapping

from inpainting.german.numbers import (
    POOLED,
    SAMPLED,
    Table,
    best_rows,
    called,
    count,
    dative,
    label,
    listing,
    number,
    signed,
    suite_label,
    suite_names,
)
from inpainting.german.results import own_networks
from inpainting.german.semantics import compare_shares
from inpainting.german.verdicts import gap, is_ours, sampling_networks, value
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import EXEMPLAR, TRUE_IMAGES, Benchmark
from inpainting.training.recipes import CLASSIFIER


def has_frechet(result: Benchmark) -> bool:
    return bool(result.frechet)


def frechet_table(result: Benchmark) -> Table:
    """Fréchet distance of the classifier's features between filled and true images; the least of a method bold."""
    suites = [suite for suite in result.question.suites if suite in result.frechet]
    methods = [m for m in result.methods if all(m in result.frechet[suite] for suite in suites)]
    names = [m for m in (TRUE_IMAGES,) if all(m in result.frechet[suite] for suite in suites)] + methods
    rows = [
        [label(m) if m in methods else "wahres Bild", *(_distance(result.frechet[s][m]) for s in suites)]
        for m in names
    ]
    highlight = []
    for column, suite in enumerate(suites, 1):
        worths = [-result.frechet[suite][m].value if m in methods else math.nan for m in names]
        highlight += best_rows(rows, column, worths)
    return Table(["Verfahren", *map(suite_label, suites)], rows, highlight=highlight)


CAPTION_FRECHET = (
    f"Fréchet-Distanz der Merkmale unseres Klassifikators ({CLASSIFIER.widths[-1]} Zahlen) zwischen den gemessenen, gefüllten Bildern und ebenso vielen "
    "anderen wahren, mit halbem 95-%-Intervall; kleiner ist besser, verglichen werden ungerundete Werte, je Maskensatz der kleinste Wert aller Verfahren fett. „wahres Bild“ ist, was wahre Bilder von anderen "
    "trennt. Sie hängt von Klassifikator und Bilderzahl ab und ist mit veröffentlichten FID nicht vergleichbar."
)


def _distance(figure: Estimate) -> str:
    return f"{number(figure.value, 2)} ±{number((figure.high - figure.low) / 2, 2)}"


def bracketed(figure: Estimate, digits: int, factor: float = 1, unit: str = "") -> str:
    """A figure with its interval in brackets."""
    shown, low, high = (number(factor * x, digits) for x in (figure.value, figure.low, figure.high))
    text = f"{shown} [{low}; {high}]"
    return f"{text}\u00a0{unit}" if unit else text


def describe_nearness(result: Benchmark) -> str:
    """On which suites a sample is nearer to true images than our best mean, judged by the intervals."""
    if not sampling_networks(result):
        return ""
    sample, found = sampling_networks(result)[-1] + SAMPLED, {}
    for suite, of in result.frechet.items():
        means = [m for m in own_networks(result) if m in of]
        if sample in of and means:
            found[suite] = of[sample], of[min(means, key=lambda m: of[m].value)]
    if not found:
        return ""
    nearer = [s for s, (drawn, mean) in found.items() if drawn.high < mean.low]
    farther = [s for s, (drawn, mean) in found.items() if drawn.low > mean.high]
    even = [s for s in found if s not in nearer and s not in farther]
    text = f"Die Fréchet-Distanz vergleicht Merkmale gefüllter und anderer, wahrer Bilder wie zwei Normalverteilungen. Bei {dative(sample)} ist sie "
    if nearer:
        suite = max(nearer, key=lambda s: found[s][1].value / max(found[s][0].value, 1e-9))
        drawn, mean = (number(x.value, 2) for x in found[suite])
        text += (
            f"auf {suite_names(nearer)} gesichert kleiner als bei unserem besten Mittelwert, am deutlichsten auf {suite_label(suite)} "
            f"({drawn} gegen {mean})"
        )
    else:
        text += "auf keinem Maskensatz gesichert kleiner als bei unserem besten Mittelwert"
    text += f", auf {suite_names(farther)} gesichert größer" if farther else ""
    text += f"; auf {suite_names(even)} überlappen die Intervalle" if even and nearer else ""
    return (
        text + "." + _exemplar(result, sample, list(found)) + _losses(result, sample) + _floor(result, sample)
    )


def distance_losses(result: Benchmark) -> dict[str, dict[str, list[str]]]:
    """Where foreign methods are nearer to true images than ours, beyond both intervals; the nearest first.

    Our answers are the best mean of a suite, under "mittelwert", and each network's samples: answer → suite
    → methods.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for suite, of in result.frechet.items():
        ours = {answer: of[m] for answer, m in _our_answers(result, suite).items()}
        foreign = sorted((m for m in result.methods if m in of and not is_ours(m)), key=lambda m: of[m].value)
        for answer, own in ours.items():
            if ahead := [m for m in foreign if of[m].high < own.low]:
                found.setdefault(answer, {})[suite] = ahead
    return found


def _our_answers(result: Benchmark, suite: str) -> dict[str, str]:
    """Answer, as in :func:`distance_losses` → method whose distance is measured on a suite."""
    of = result.frechet[suite]
    means = [n for n in own_networks(result) if n in of]
    best = {"mittelwert": min(means, key=lambda n: of[n].value)} if means else {}
    return best | {m: m for n in sampling_networks(result) if (m := n + SAMPLED) in of}


def _losses(result: Benchmark, told: str) -> str:
    """All of :func:`distance_losses` in words; of ``told``, whom the best training image passes is said already."""
    parts = []
    for answer, suites in distance_losses(result).items():
        places = [s for s, ahead in suites.items() if any((answer, m) != (told, EXEMPLAR) for m in ahead)]
        if places:
            name = "unser bester Mittelwert" if answer == "mittelwert" else called(answer)
            parts.append(f"{name} auf {suite_names(places)}")
    if not parts:
        return ""
    verb = "liegt" if len(parts) == 1 else "liegen"
    return f" Gesichert ferner als mindestens ein fremdes Verfahren {verb} {listing(parts)} (@tab:frechet)."


def _exemplar(result: Benchmark, sample: str, suites) -> str:
    """Where the best training image is nearer to true images than our sample, and what that costs it."""
    rival = EXEMPLAR
    ahead = [
        s
        for s in suites
        if rival in result.frechet[s] and result.frechet[s][rival].high < result.frechet[s][sample].low
    ]
    if not ahead:
        return ""
    told = [
        f"auf {suite_label(s)} ({number(result.frechet[s][rival].value, 2)} gegen {number(result.frechet[s][sample].value, 2)})"
        for s in ahead
    ]
    text = f" Näher als der Vorschlag kommt {listing(told)} das beste Trainingsbild: Es setzt echten Bildinhalt ein"
    lost = [s for s in ahead if rival in result.semantics.get(s, {}) and sample in result.semantics[s]]
    lost = [s for s in lost if compare_shares(result, s, sample, rival) > 0]
    if lost:
        rates = [
            f"{number(100 * result.semantics[s][rival].value, 1)} gegen {number(100 * result.semantics[s][sample].value, 1)}\u00a0% auf {suite_label(s)}"
            for s in lost
        ]
        text += f", den der Klassifikator aber seltener der richtigen Klasse zuordnet ({listing(rates)})"
    mean = sample.removesuffix(SAMPLED)
    behind = [gap(result, s, mean, rival) for s in ahead]
    if min(x.low for x in behind) > 0:
        sizes = sorted(x.value for x in behind)
        first, last = number(sizes[0], 2), number(sizes[-1], 2)
        text += f"; sein PSNR liegt {first if first == last else f'{first} bis {last}'}\u00a0dB unter dem unseres Mittelwerts"
        beside = [f"{signed(gap(result, s, rival, sample))} dB auf {suite_label(s)}" for s in ahead]
        text += f" und unterscheidet sich vom PSNR des Vorschlags um {listing(beside)}"
    return text + "."


def _floor(result: Benchmark, sample: str) -> str:
    """Where the distance cannot tell a sample from true images; "" where those were not measured."""
    true = {
        s: (of[TRUE_IMAGES], of[sample])
        for s, of in result.frechet.items()
        if {TRUE_IMAGES, sample} <= set(of)
    }
    if not true:
        return ""
    floor = next(iter(true.values()))[0]
    text = f" Wahre Bilder haben von anderen wahren {bracketed(floor, 2)}"
    at_floor = []
    for suite, (known, drawn) in true.items():
        if drawn.low <= known.high:
            rest = [x for m, x in result.frechet[suite].items() if m not in (TRUE_IMAGES, sample)]
            also = sum(x.low <= known.high for x in rest)
            at_floor.append(
                suite_label(suite) + (f" (wie {number(also)} andere der {number(len(rest))})" if also else "")
            )
    return text + (
        f"; bis an diese Grenze kommt ein Vorschlag auf {listing(at_floor)}."
        if at_floor
        else ", weniger als jeder Vorschlag."
    )


def plane_points(result: Benchmark, suite: str) -> dict[str, tuple[float, float]]:
    """Method → (root mean squared error in grey levels, Fréchet distance): distortion and perception; may be empty."""
    distances = result.frechet.get(suite, {})
    return {
        m: (255 * 10 ** (-value(result, suite, m, POOLED) / 20), distances[m].value)
        for m in result.methods
        if m in distances and m in result.figures[suite]
    }


def pareto_front(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The methods that no other one beats in both coordinates, smaller being better, by the first of them."""
    front = [
        m
        for m, (x, y) in points.items()
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in points.values())
    ]
    return sorted(front, key=lambda m: points[m])


def describe_plane(result: Benchmark, suite: str) -> str:
    """The main part on the plane of distortion and perception: who is on its lower left edge; "" without it."""
    points = plane_points(result, suite)
    if not points:
        return ""
    front = pareto_front(points)
    text = (
        "Wie *natürlich* Füllungen sind, nicht wie genau [@blau2018], misst die *Fréchet-Distanz* [@heusel2017] zwischen den "
        "Klassifikatormerkmalen gefüllter und anderer, wahrer Bilder (@abb:abstand, rechts). "
    )
    names = listing([called(m) for m in front])
    if len(front) == 1:
        return text + f"Auf {suite_label(suite)} ist {names} in beidem zugleich am besten."
    return (
        text
        + f"Auf {suite_label(suite)} sind {count(len(front), 'Verfahren', 'Verfahren')} in beidem zugleich unübertroffen: {names}."
    )


def describe_tradeoff(result: Benchmark) -> str:
    """That accuracy and naturalness exclude each other, and on which suites that is hardly seen."""
    both = []
    for suite, distances in result.frechet.items():
        methods = [m for m in result.methods if m in distances and m in result.figures[suite]]
        accurate = max(methods, key=lambda m: value(result, suite, m))
        least = min(methods, key=lambda m: distances[m].value)
        if distances[accurate].low <= distances[least].high:
            both.append(suite)
    text = (
        "Wo ein Loch viele Füllungen zulässt, kann kein Verfahren zugleich den kleinsten möglichen Fehler haben und Bilder liefern, "
        "die von wahren nicht zu unterscheiden sind [@blau2018]; @abb:abstand stellt beides gegenüber, @tab:frechet nennt die Distanzen."
    )
    if not both:
        return text
    return (
        f"{text} Der Satz gilt für den Grenzfall; auf {suite_names(both)} ist beim genauesten Verfahren auch die Distanz die kleinste oder nicht "
        "gesichert größer."
    )


def alt_plane(result: Benchmark, suite: str) -> str:
    parts = [
        f"{label(m)} {number(x, 1)} und {number(y, 2)}"
        for m, (x, y) in sorted(plane_points(result, suite).items())
    ]
    if not parts:
        return ""
    return f" Punktdiagramm: Fehler in Graustufen und Fréchet-Distanz je Verfahren. {'; '.join(parts)}."


PLANE_AXES = ("Fehler im Loch (Graustufen)", "Fréchet-Distanz")


def titles_of_answers(suite: str) -> tuple[str, str]:
    return "Abstand des Mittelwerts, gepoolt (dB)", f"Genau und natürlich, {suite_label(suite)}"


def caption_plane(result: Benchmark, suite: str) -> str:
    if not plane_points(result, suite):
        return ""
    return " Rechts " + (
        f"Fehler und Fréchet-Distanz auf {suite_label(suite)}: links unten gut; gepunktet: in beidem unübertroffen."
    )
