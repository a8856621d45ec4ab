"""The second answer of our networks: samples, what they win and what they cost."""

import math

from inpainting.german.numbers import (
    NO_BREAK_SPACE,
    POOLED,
    SAMPLED,
    Table,
    best_rows,
    called,
    interval,
    label,
    listing,
    number,
    quantity,
    signed,
    suite_label,
    upper,
)
from inpainting.german.results import own_networks
from inpainting.german.semantics import TRUE_IMAGES, compare_shares
from inpainting.german.verdicts import gap, is_ours, value
from inpainting.measuring.evaluation import Estimate

NO_SAMPLES = "Vorschläge sind in diesem Lauf nicht gemessen: Kein gespeichertes Netz zieht welche."

DRAWS = {
    "energy_ratio": ("Energie-Score ÷ Abstand", 3, 1),
    "coverage": ("Abdeckung (%)", 1, 100),
    "mean_psnr": ("Mittel aus 16 (dB)", 2, 1),
    "best_of_few": ("bester aus 4 (dB)", 2, 1),
    "best_of_many": ("bester aus 16 (dB)", 2, 1),
    "diversity": ("Vielfalt", 2, 1),
}
"""Figure of the draws → German name, digits, and what it is multiplied by in the table."""


def sampling_networks(result) -> list[str]:
    """The project's networks whose samples were measured, the smaller first."""
    return [n for n in own_networks(result) if n + SAMPLED in result.methods]


def samples_table(result) -> Table:
    """How true to life the samples are, suite by suite, beside the mean answer of the same network."""
    rows = []
    draws = getattr(result, "draws", None) or {}
    for suite in result.question.suites:
        for network in sampling_networks(result):
            stored = draws.get(suite, {}).get(network, {})
            figures = result.figures[suite]
            sample = network + SAMPLED
            first = (
                suite_label(suite).replace(" ", NO_BREAK_SPACE)
                if network == sampling_networks(result)[0]
                else ""
            )
            cells = [
                number(figures[sample]["sharpness"].value, 2),
                number(figures[sample]["seam_ratio"].value, 2),
                *(
                    _draw(stored.get(key), digits, factor, key in INTERVALS)
                    for key, (_, digits, factor) in DRAWS.items()
                ),
            ]
            rows.append([first, label(network), *cells])
    header = ["Masken", "Netz", "Schärfe", "Naht", *(name for name, _, _ in DRAWS.values())]
    return Table(header, rows, "ll" + "r" * (len(header) - 2))


TARGET = 0.8
"""Share of the truths that the samples' intervals are to cover."""

INTERVALS = ("energy_ratio", "coverage")
"""Figures of the draws that the table prints with half their interval."""


def _draw(figure, digits: int, factor: float, with_interval: bool) -> str:
    if figure is None:
        return "–"
    text = number(factor * _value(figure), digits)
    if not with_interval or not isinstance(figure, Estimate):
        return text
    return f"{text} ±{number(factor * (figure.high - figure.low) / 2, digits)}"


def _value(figure) -> float:
    return figure.value if isinstance(figure, Estimate) else float(figure)


def has_frechet(result) -> bool:
    return bool(getattr(result, "frechet", None))


def frechet_table(result) -> Table:
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
        worths = [-_value(result.frechet[suite][m]) if m in methods else math.nan for m in names]
        highlight += best_rows(rows, column, worths)
    return Table(["Verfahren", *map(suite_label, suites)], rows, highlight=highlight)


def _distance(figure) -> str:
    half = f" ±{number((figure.high - figure.low) / 2, 2)}" if isinstance(figure, Estimate) else ""
    return number(_value(figure), 2) + half


def _ends(figure) -> tuple[float, float]:
    """Both ends of a figure's interval; the figure itself where it has none."""
    return (figure.low, figure.high) if isinstance(figure, Estimate) else (float(figure), float(figure))


def describe_samples(result, suite: str) -> str:
    """What a sample is worth on one suite beside the mean answer of the same network."""
    networks = sampling_networks(result)
    if not networks:
        return NO_SAMPLES
    network = networks[-1]
    sample = network + SAMPLED
    cost = gap(result, suite, sample, network)
    sharp, seam = (result.figures[suite][sample][key] for key in ("sharpness", "seam_ratio"))
    parts = [
        f"{upper(called(sample))} kostet gegenüber dem Mittelwert {quantity(abs(cost.value), 2, 'dB')} PSNR und hat dafür "
        f"eine Schärfe von {interval(sharp)} und eine Naht von {interval(seam)} ({suite_label(suite)})."
        if cost.value < 0
        else f"{upper(called(sample))} hat einen um {signed(cost)} dB anderen PSNR als der Mittelwert; so gut kann ein "
        "Vorschlag, der eine von vielen Möglichkeiten zieht, nicht sein."
    ]
    natural = [s for s in result.question.suites if _is_natural(result, s, sample)]
    n = len(result.question.suites)
    if len(natural) == n:
        parts.append(
            "Auf allen Maskensätzen weichen Schärfe und Naht um höchstens ein Zehntel vom wahren Bild ab."
        )
    elif natural:
        names = listing([suite_label(s) for s in natural])
        parts.append(
            f"Um höchstens ein Zehntel weichen Schärfe und Naht auf {names} vom wahren Bild ab, sonst um mehr."
        )
    else:
        parts.append(
            "Auf keinem Maskensatz kommen Schärfe und Naht zugleich auf ein Zehntel an das wahre Bild heran."
        )
    parts += [
        _calibration(result, suite, network),
        _realism(result, network),
        "@tab:vorschlaege nennt die Zahlen, @abb:ziehungen zeigt Vorschläge.",
    ]
    return " ".join(filter(None, parts))


def _is_natural(result, suite: str, sample: str) -> bool:
    figures = result.figures[suite][sample]
    return all(0.9 <= figures[key].value <= 1.1 for key in ("sharpness", "seam_ratio"))


def n_draw_images(result) -> int:
    """How many images many samples were drawn for."""
    from inpainting.measuring.survey import N_DRAW_IMAGES  # not at import: it takes TensorFlow

    return min(N_DRAW_IMAGES, result.question.n_images)


def width_of_intervals(coverage) -> str:
    """What the coverage of the samples' 80 % intervals, by its own interval, says of their width."""
    low, high = _ends(coverage)
    if low <= TARGET <= high:
        return "so breit, wie sie sein sollen"
    far = "" if abs(_value(coverage) - TARGET) > 0.1 else "etwas "
    return far + ("zu eng" if high < TARGET else "zu weit")


ENERGY = (
    "Ob Vorschläge so streuen wie die Wahrheit, misst der *Energie-Score* [@gneiting2007]: ihr mittlerer Abstand von der "
    "Wahrheit weniger den halben Abstand zweier von ihnen, kleiner ist besser. Vollkommene Ziehungen kämen auf etwa 1/√2 = 0,707 "
    "des Abstands, den der Mittelwert hat, denn zwei liegen √2-mal so weit auseinander wie eine vom Mittelwert. "
)


def _calibration(result, suite: str, network: str) -> str:
    """Whether the spread of the samples is that of the truth."""
    draws = getattr(result, "draws", None) or {}
    stored = draws.get(suite, {}).get(network, {})
    parts = []
    if "coverage" in stored:
        parts.append(
            f"treffen die aus 32 Vorschlägen gebildeten 80-%-Intervalle {_bracketed(stored['coverage'], 1, 100, '%')} der wahren "
            f"Werte, sind also {width_of_intervals(stored['coverage'])}"
        )
    if "energy_ratio" in stored:
        parts.append(
            f"beträgt der Energie-Score das {_bracketed(stored['energy_ratio'], 3)}-Fache des Abstands, den der Mittelwert von der Wahrheit hat"
        )
    if "mean_loss" in stored:
        loss, (low, high) = _value(stored["mean_loss"]), _ends(stored["mean_loss"])
        change = signed(Estimate(-loss, -high, -low))
        parts.append(
            f"weicht der PSNR des Mittels aus 16 Vorschlägen um {change} dB vom Mittelwert ab"
            + (", nicht gesichert" if low <= 0 <= high else "")
            + _of_perfect_draws(low, high)
        )
    if not parts:
        return ""
    found = [of["coverage"] for of_suite in draws.values() for of in of_suite.values() if "coverage" in of]
    narrow, wide = sum(_ends(x)[1] < TARGET for x in found), sum(_ends(x)[0] > TARGET for x in found)
    judged = [
        f"{'alle' if n == len(found) else n} gesichert {side} 80 %, die Intervalle dort also zu {word}"
        for n, side, word in ((narrow, "unter", "eng"), (wide, "über", "weit"))
        if n
    ]
    text = ENERGY if "energy_ratio" in stored else ""
    text += f"Auf den ersten {number(n_draw_images(result))} Bildern {'; '.join(parts)}."
    if len(found) > 1:
        text += (
            f" Von den {len(found)} Abdeckungen der Tabelle liegen {' und '.join(judged)}." if judged else ""
        )
    return text


def _of_perfect_draws(low: float, high: float) -> str:
    """What the mean of as many perfect samples would lose: it has 1 + 1/16 of the mean answer's error."""
    from inpainting.measuring.draws import MANY

    perfect = 10 * math.log10(1 + 1 / MANY)
    text = f"vollkommene Ziehungen gäben −10·log₁₀(17⁄16) = {number(-perfect, 2)}\u00a0dB"
    return f" ({text}, im Intervall)" if low <= perfect <= high else f" ({text})"


def _bracketed(figure, digits: int, factor: float = 1, unit: str = "") -> str:
    """A figure with its interval in brackets, as far as it has one."""
    text = number(factor * _value(figure), digits)
    if isinstance(figure, Estimate):
        low, high = (number(factor * x, digits) for x in _ends(figure))
        text += f" [{low}; {high}]"
    return f"{text}\u00a0{unit}" if unit else text


def _realism(result, network: str) -> str:
    """Where a classifier and its features prefer the samples to everything else."""
    sample, better, worse = network + SAMPLED, [], []
    for suite in result.question.suites:
        shares = result.semantics.get(suite, {})
        if sample not in shares:
            continue
        others = [m for m in result.methods if m in shares and not (is_ours(m) and m.endswith(SAMPLED))]
        best = max(others, key=lambda m: shares[m].value)
        if compare_shares(result, suite, sample, best) > 0:
            better.append(suite)
        elif compare_shares(result, suite, sample, best) < 0:
            worse.append(suite)
    who = f"einem Vorschlag von {called(network)}"
    parts = [f"auf {_names(better)} gesichert mehr"] if better else []
    parts += [f"auf {_names(worse)} gesichert weniger"] if worse else []
    judged = ""
    if parts:
        judged = f"Der Klassifikator erkennt nach {who} {' und '.join(parts)} als nach dem besten anderen Verfahren, unsere Mittelwerte eingeschlossen"
        measured = sum(sample in result.semantics.get(suite, {}) for suite in result.question.suites)
        more = measured > len(better) + len(worse)
        judged += "; sonst ist kein Unterschied gesichert." if more else "."
    return " ".join(filter(None, [judged, _nearness(result, sample)]))


def _nearness(result, sample: str) -> str:
    """On how many suites a sample is nearer to true images than our best mean, judged by the intervals."""
    found = {}
    for suite, of in (getattr(result, "frechet", None) or {}).items():
        means = [m for m in own_networks(result) if m in of]
        if sample in of and means:
            found[suite] = of[sample], of[min(means, key=lambda m: _value(of[m]))]
    if not found:
        return ""
    nearer = [s for s, (drawn, mean) in found.items() if _ends(drawn)[1] < _ends(mean)[0]]
    farther = [s for s, (drawn, mean) in found.items() if _ends(drawn)[0] > _ends(mean)[1]]
    even = [s for s in found if s not in nearer and s not in farther]
    text = (
        "Die *Fréchet-Distanz* [@heusel2017] vergleicht, als Normalverteilungen, die Merkmale des Klassifikators von gefüllten und "
        "von anderen wahren Bildern; sie ist beim Vorschlag "
    )
    if nearer:
        suite = max(nearer, key=lambda s: _value(found[s][1]) / max(_value(found[s][0]), 1e-9))
        drawn, mean = (number(_value(x), 2) for x in found[suite])
        text += (
            f"auf {_names(nearer)} gesichert kleiner als bei unserem besten Mittelwert, am deutlichsten auf {suite_label(suite)} "
            f"({drawn} gegen {mean})"
        )
    else:
        text += "auf keinem Maskensatz gesichert kleiner als bei unserem besten Mittelwert"
    text += f", auf {_names(farther)} gesichert größer" if farther else ""
    text += f"; auf {_names(even)} überlappen die Intervalle" if even and nearer else ""
    return (
        text + "." + _exemplar(result, sample, list(found)) + _losses(result, sample) + _floor(result, sample)
    )


def distance_losses(result) -> dict[str, dict[str, list[str]]]:
    """Where foreign methods are nearer to true images than ours, beyond both intervals; the nearest first.

    Our answers are the best mean of a suite, under "mittelwert", and each network's samples: answer → suite
    → methods.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for suite, of in result.frechet.items():
        ours = {answer: of[m] for answer, m in _our_answers(result, suite).items()}
        foreign = sorted(
            (m for m in result.methods if m in of and not is_ours(m)), key=lambda m: _value(of[m])
        )
        for answer, own in ours.items():
            if ahead := [m for m in foreign if _ends(of[m])[1] < _ends(own)[0]]:
                found.setdefault(answer, {})[suite] = ahead
    return found


def _our_answers(result, suite: str) -> dict[str, str]:
    """Answer, as in :func:`distance_losses` → method whose distance is measured on a suite."""
    of = result.frechet[suite]
    means = [n for n in own_networks(result) if n in of]
    best = {"mittelwert": min(means, key=lambda n: _value(of[n]))} if means else {}
    return best | {m: m for n in sampling_networks(result) if (m := n + SAMPLED) in of}


def _losses(result, told: str) -> str:
    """All of :func:`distance_losses` in words; of ``told``, whom the best training image passes is said already."""
    parts = []
    for answer, suites in distance_losses(result).items():
        places = []
        for suite, ahead in suites.items():
            who = [called(m) for m in ahead if (answer, m) != (told, "nachbar")]
            if who:
                places.append(f"auf {suite_label(suite)} (näher: {listing(who)})")
        if places:
            name = "unser bester Mittelwert" if answer == "mittelwert" else called(answer)
            parts.append(f"{name} {listing(places)}")
    if not parts:
        return ""
    return f" Gesichert ferner als fremde Verfahren {'liegt' if len(parts) == 1 else 'liegen'} {'; '.join(parts)}."


def _exemplar(result, sample: str, suites) -> str:
    """Where the best training image is nearer to true images than our sample, and what that costs it."""
    rival = "nachbar"
    ahead = [
        s
        for s in suites
        if rival in result.frechet[s]
        and _ends(result.frechet[s][rival])[1] < _ends(result.frechet[s][sample])[0]
    ]
    if not ahead:
        return ""
    told = [
        f"auf {suite_label(s)} ({number(_value(result.frechet[s][rival]), 2)} gegen {number(_value(result.frechet[s][sample]), 2)})"
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
    return text + "."


def _floor(result, sample: str) -> str:
    """Where the distance cannot tell a sample from true images; "" where those were not measured."""
    true = {
        s: (of[TRUE_IMAGES], of[sample])
        for s, of in result.frechet.items()
        if {TRUE_IMAGES, sample} <= set(of)
    }
    if not true:
        return ""
    floor = next(iter(true.values()))[0]
    text = f" Wahre Bilder haben von anderen wahren {_bracketed(floor, 2)}"
    at_floor = []
    for suite, (known, drawn) in true.items():
        if _ends(drawn)[0] <= _ends(known)[1]:
            rest = [x for m, x in result.frechet[suite].items() if m not in (TRUE_IMAGES, sample)]
            also = sum(_ends(x)[0] <= _ends(known)[1] for x in rest)
            at_floor.append(
                suite_label(suite) + (f" (wie {number(also)} andere der {number(len(rest))})" if also else "")
            )
    return text + (
        f"; bis an diese Grenze kommt ein Vorschlag auf {listing(at_floor)}."
        if at_floor
        else ", weniger als jeder Vorschlag."
    )


def _names(suites) -> str:
    return listing([suite_label(suite) for suite in suites])


def plane_points(result, suite: str) -> dict[str, tuple[float, float]]:
    """Method → (root mean squared error in grey levels, Fréchet distance): distortion and perception; may be empty."""
    distances = result.frechet.get(suite, {})
    return {
        m: (255 * 10 ** (-value(result, suite, m, POOLED) / 20), _value(distances[m]))
        for m in result.methods
        if m in distances and m in result.figures[suite]
    }


def describe_plane(result, suite: str) -> str:
    """The main part on the plane of distortion and perception: who is on its lower left edge; "" without it."""
    points = plane_points(result, suite)
    if not points:
        return ""
    front = [
        m
        for m, (x, y) in points.items()
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in points.values())
    ]
    front.sort(key=lambda m: points[m][0])
    text = (
        "Wie *natürlich* Füllungen sind, eine andere Frage als wie genau [@blau2018], misst die *Fréchet-Distanz* [@heusel2017] zwischen den "
        "Klassifikatormerkmalen gefüllter und anderer, wahrer Bilder (@abb:abstand, rechts). "
    )
    names = listing([called(m) for m in front])
    if len(front) == 1:
        return text + f"Auf {suite_label(suite)} ist {names} in beidem zugleich am besten."
    return text + f"Von keinem anderen Verfahren in beidem übertroffen sind auf {suite_label(suite)} {names}."


def describe_tradeoff(result) -> str:
    """That accuracy and naturalness exclude each other, and on which suites that is hardly seen."""
    both = []
    for suite, distances in result.frechet.items():
        methods = [m for m in result.methods if m in distances and m in result.figures[suite]]
        accurate = max(methods, key=lambda m: value(result, suite, m))
        least = min(methods, key=lambda m: _value(distances[m]))
        if _ends(distances[accurate])[0] <= _ends(distances[least])[1]:
            both.append(suite)
    text = (
        "Wo ein Loch viele Füllungen zulässt, kann kein Verfahren zugleich den kleinsten möglichen Fehler haben und Bilder liefern, "
        "die von wahren nicht zu unterscheiden sind [@blau2018]; @abb:abstand stellt beides gegenüber, @tab:frechet nennt die Distanzen."
    )
    if not both:
        return text
    return (
        f"{text} Der Satz gilt für den Grenzfall; auf {_names(both)} ist die Distanz des genauesten Verfahrens nicht gesichert größer als "
        "die kleinste."
    )


def alt_plane(result, suite: str) -> str:
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


def caption_plane(result, suite: str) -> str:
    if not plane_points(result, suite):
        return ""
    return " Rechts " + (
        f"Fehler und Fréchet-Distanz auf {suite_label(suite)}: links unten ist beides gut; gepunktet, wen keines in beidem übertrifft."
    )


def caption_frechet(result) -> str:
    return (
        "Fréchet-Distanz der Merkmale unseres Klassifikators (192 Zahlen) zwischen den gemessenen, gefüllten Bildern und ebenso vielen "
        "anderen wahren, mit halbem 95-%-Intervall; kleiner ist besser, der kleinste Wert eines Verfahrens fett. „wahres Bild“ ist, was wahre Bilder von anderen "
        "trennt. Sie hängt von Klassifikator und Bilderzahl ab und ist mit veröffentlichten FID nicht vergleichbar."
    )


def caption(result) -> str:
    return (
        "Vorschläge, je Maskensatz und Netz: Schärfe und Naht eines Vorschlags (1 ist natürlich). Alles Weitere ist nur auf den ersten "
        f"{number(n_draw_images(result))} Bildern gemessen und mit dem PSNR anderer Tabellen nicht zu vergleichen: Energie-Score, geteilt durch den Abstand des "
        "Mittelwerts von der Wahrheit; Anteil der wahren Werte in den 80-%-Intervallen aus 32 Vorschlägen (Quantile nach Weibull), beide mit halbem "
        "95-%-Intervall; PSNR des Mittels aus 16 und des besten aus 4 und aus 16; Vielfalt, der mittlere Abstand zweier Vorschläge "
        "in Graustufen."
    )


def caption_draws(field) -> str:
    return f"Mittelwert und drei Vorschläge von {called(field.best)} für die ersten Testbilder dreier Klassen, große Löcher; rechts das wahre Bild."
