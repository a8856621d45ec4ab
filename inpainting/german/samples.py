"""The second answer of our networks: samples, what they win and what they cost."""

from inpainting.german.numbers import (
    POOLED,
    SAMPLED,
    Table,
    called,
    count,
    interval,
    label,
    listing,
    number,
    percent,
    quantity,
    signed,
    suite_label,
    upper,
)
from inpainting.german.results import own_networks
from inpainting.german.verdicts import gap, is_ours, rivals, value
from inpainting.measuring.evaluation import Estimate

NO_SAMPLES = "Vorschläge sind in diesem Lauf nicht gemessen: Kein gespeichertes Netz zieht welche."

DRAWS = {
    "energy_ratio": ("Energie ÷ Abstand", 3, 1),
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
            first = suite_label(suite) if network == sampling_networks(result)[0] else ""
            cells = [
                number(figures[sample]["sharpness"].value, 2),
                number(figures[sample]["seam_ratio"].value, 2),
                *(_draw(stored.get(key), digits, factor) for key, (_, digits, factor) in DRAWS.items()),
            ]
            rows.append([first, label(network), *cells])
    header = ["Masken", "Netz", "Schärfe", "Naht", *(name for name, _, _ in DRAWS.values())]
    return Table(header, rows, "ll" + "r" * (len(header) - 2))


def _draw(figure, digits: int, factor: float) -> str:
    return "–" if figure is None else number(factor * _value(figure), digits)


def _value(figure) -> float:
    return figure.value if isinstance(figure, Estimate) else float(figure)


def has_frechet(result) -> bool:
    return bool(getattr(result, "frechet", None))


def frechet_table(result) -> Table:
    """Fréchet distance of the classifier's features between filled and true images; the least bold."""
    suites = [suite for suite in result.question.suites if suite in result.frechet]
    methods = [m for m in result.methods if all(m in result.frechet[suite] for suite in suites)]
    rows = [[label(m), *(number(_value(result.frechet[s][m]), 2) for s in suites)] for m in methods]
    highlight = [
        (min(range(len(methods)), key=lambda i: _value(result.frechet[suite][methods[i]])), column)
        for column, suite in enumerate(suites, 1)
    ]
    return Table(["Verfahren", *map(suite_label, suites)], rows, highlight=highlight)


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


def _calibration(result, suite: str, network: str) -> str:
    """Whether the spread of the samples is that of the truth."""
    stored = (getattr(result, "draws", None) or {}).get(suite, {}).get(network, {})
    parts = []
    if "coverage" in stored:
        share = _value(stored["coverage"])
        width = "zu eng" if share < 0.75 else "zu weit" if share > 0.85 else "so breit, wie sie sein sollen"
        parts.append(
            f"die aus 32 Vorschlägen gebildeten 80-%-Intervalle treffen {percent(share)} der wahren Werte, "
            f"sind also {width}"
        )
    if "energy_ratio" in stored:
        ratio = _value(stored["energy_ratio"])
        parts.append(
            f"die Energie beträgt das {number(ratio, 3)}-Fache des Abstands, den der Mittelwert hat (kleiner ist besser, "
            "etwa 0,707 wäre vollkommen)"
        )
    if "mean_loss" in stored:
        loss = _value(stored["mean_loss"])
        parts.append(f"das Mittel aus 16 Vorschlägen verliert {quantity(loss, 2, 'dB')} auf den Mittelwert")
    if not parts:
        return ""
    return upper("; ".join(parts)) + "."


def _realism(result, network: str) -> str:
    """Where a classifier and its features prefer the samples to everything else."""
    sample, better, worse = network + SAMPLED, [], []
    for suite in result.question.suites:
        shares = result.semantics.get(suite, {})
        if sample not in shares:
            continue
        others = [m for m in result.methods if m in shares and (m in rivals(result) or _is_mean(m))]
        best = max(others, key=lambda m: shares[m].value)
        if shares[sample].low > shares[best].value:
            better.append(suite)
        elif shares[sample].high < shares[best].value:
            worse.append(suite)
    parts = []
    if better:
        parts.append(
            f"Der Klassifikator erkennt nach ihm mehr als nach jedem anderen Verfahren auf {_names(better)}."
        )
    if worse:
        parts.append(f"Weniger als nach dem besten anderen Verfahren erkennt er auf {_names(worse)}.")
    if has_frechet(result):
        means = [m for m in own_networks(result)]
        found = {
            s: (_value(of[sample]), min(_value(of[m]) for m in means if m in of))
            for s, of in result.frechet.items()
            if sample in of and any(m in of for m in means)
        }
        nearer = [s for s, (drawn, mean) in found.items() if drawn < mean]
        if nearer:
            suite = max(nearer, key=lambda s: found[s][1] / max(found[s][0], 1e-9))
            drawn, mean = (number(x, 2) for x in found[suite])
            parts.append(
                f"Die Fréchet-Distanz zu wahren Bildern ist auf {count(len(nearer), 'Maskensatz', 'Maskensätzen')} von "
                f"{len(found)} kleiner als bei unserem besten Mittelwert, am deutlichsten auf {suite_label(suite)} ({drawn} gegen {mean})."
            )
        elif found:
            parts.append(
                "Auf keinem Maskensatz ist die Fréchet-Distanz kleiner als bei unserem besten Mittelwert."
            )
    return " ".join(parts)


def _is_mean(method: str) -> bool:
    return is_ours(method) and not method.endswith(SAMPLED) and method != "prior"


def _names(suites) -> str:
    return listing([suite_label(suite) for suite in suites])


def plane_points(result, suite: str) -> dict[str, tuple[float, float]]:
    """Method → (root mean squared error in grey levels, Fréchet distance): distortion and perception."""
    distances = result.frechet[suite]
    return {
        m: (255 * 10 ** (-value(result, suite, m, POOLED) / 20), _value(distances[m]))
        for m in result.methods
        if m in distances and m in result.figures[suite]
    }


def describe_plane(result, suite: str) -> str:
    """What the plane of distortion and perception shows: who is on its lower left edge."""
    points = plane_points(result, suite)
    front = [
        m
        for m, (x, y) in points.items()
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in points.values())
    ]
    front.sort(key=lambda m: points[m][0])
    text = (
        "Kein Verfahren kann zugleich den kleinsten Fehler und die natürlichsten Bilder haben [@blau2018]; "
        "@abb:ebene und @tab:frechet stellen beides gegenüber. "
    )
    names = listing([called(m) for m in front])
    if len(front) == 1:
        return text + f"Auf {suite_label(suite)} ist {names} in beidem zugleich am besten."
    return text + f"Von keinem anderen Verfahren in beidem übertroffen sind auf {suite_label(suite)} {names}."


def alt_plane(result, suite: str) -> str:
    parts = [
        f"{label(m)} {number(x, 1)} und {number(y, 2)}"
        for m, (x, y) in sorted(plane_points(result, suite).items())
    ]
    return f"Punktdiagramm: Fehler in Graustufen und Fréchet-Distanz je Verfahren. {'; '.join(parts)}."


PLANE_AXES = ("Verzerrung: Fehler im Loch (Graustufen von 255)", "Wahrnehmung: Fréchet-Distanz")


def caption_plane(result, suite: str) -> str:
    return (
        f"Verzerrung gegen Wahrnehmung auf {suite_label(suite)}: links unten ist beides gut. Gepunktet die Verfahren, die in beidem "
        "zugleich kein anderes übertrifft. Rauten sind unsere Mittelwerte, Dreiecke ziehen."
    )


def caption_frechet(result) -> str:
    return (
        "Fréchet-Distanz der Merkmale unseres Klassifikators zwischen gefüllten und anderen wahren Bildern; kleiner ist besser, der "
        "kleinste Wert fett. Sie hängt von Klassifikator und Bilderzahl ab und ist mit veröffentlichten FID nicht vergleichbar."
    )


def caption(result) -> str:
    return (
        "Vorschläge, je Maskensatz und Netz: Schärfe und Naht eines Vorschlags (1 ist natürlich); Energie aus mehreren Vorschlägen, "
        "geteilt durch den Abstand des Mittelwerts von der Wahrheit; Anteil der wahren Werte in den 80-%-Intervallen aus 32 "
        "Vorschlägen; PSNR des Mittels aus 16 und des besten aus 4 und aus 16; Vielfalt, der mittlere Abstand zweier Vorschläge."
    )


def caption_draws(field) -> str:
    return f"Mittelwert und drei Vorschläge von {called(field.best)} für die ersten Testbilder weiterer Klassen, große Löcher; rechts das wahre Bild."
