"""The talk: assertions as titles, few points, and notes written to be spoken.

Each function returns what :func:`inpainting.display.show_slide` takes, apart from the picture.  Titles
follow the result like every other sentence of the report.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

from inpainting.german.data import measured_images
from inpainting.german.ladder import change
from inpainting.german.network import describe_architecture
from inpainting.german.numbers import (
    POOLED,
    SAMPLED,
    called,
    count,
    in_one_line,
    in_words,
    label,
    listing,
    number,
    percent,
    quantity,
    suite_label,
    upper,
)
from inpainting.german.results import best_network, error_share, leads, own_networks
from inpainting.german.semantics import lost_suites
from inpainting.german.verdicts import (
    BLURRED,
    best_rival,
    better_than_relu,
    gap,
    judge,
    rivals,
    sign,
    single_seeded,
    value,
    without_network,
)
from inpainting.measuring.seeds import Seeds

DENSE = 0.05
"""Up to this excess over its floor a loss is said to see little of the hole."""


def _slide(title: str, *points: str, notes: str, alt: str = "", steps: bool = False) -> dict:
    return {"title": title, "points": points, "notes": notes, "alt": alt, "steps": steps}


def _brings(value: float, digits: int = 2) -> str:
    """A change in decibels as the speaker says it."""
    return f"{'bringt' if value >= 0 else 'kostet'} {number(abs(value), digits)} Dezibel"


def opening(example, fill: str) -> dict:
    """The title slide's picture and notes; the title itself is the report's."""
    first = next(iter(example.fills))
    old, new = (f"{in_one_line(name)} {example.fills[name][1]}" for name in (first, fill))
    return _slide(
        "Titel",
        alt=f"Ein Bild mit Loch ({in_one_line(example.name)}), zwei Füllungen und das wahre Bild. PSNR im Loch: {old}, {new}.",
        notes="Guten Tag. Im ersten der vier Bilder fehlt ein Stück. Daneben, vergrößert, was das Netz aus dem Bericht von 2025 dort ergänzt; "
        "darunter, was unser Netz ergänzt, und die Wahrheit. Im Loch ist die Information weg; wer es füllt, muss wissen, wie Bilder "
        "aussehen. Unsere Fragen heute: Warum verlor ein gelerntes Netz gegen eine Formel? Und was hilft?",
    )


def holes(result, suites: Sequence[str], n_test: int) -> dict:
    """``suites`` are the German names of those shown, ``n_test`` is how many test images there are."""
    kinds = upper(count(len(suites), "Art von Löchern", "Arten von Löchern", True))
    return _slide(
        f"{kinds}, für alle Verfahren dieselben",
        f"CIFAR-10, 32×32 Pixel; gemessen auf {measured_images(result, n_test)}",
        alt=f"Oben je ein Bild mit einem Loch: {', '.join(suites)}. Darunter dieselben Bilder ohne Loch.",
        notes="Raten Sie einen Augenblick mit: Was war in diesen Löchern? [weiter] Das war es. Wir arbeiten auf CIFAR-10, kleinen "
        "Farbbildern aus zehn Klassen. Das Quadrat links ist die Aufgabe von 2025, die anderen Löcher kommen dazu. Jedes "
        "Verfahren bekommt genau dieselben Masken. Kein Training sieht die Testbilder; mindestens zwei frühe Entscheidungen des Projekts fielen "
        "allerdings nach Vorversuchen auf ihnen, das sagen wir offen.",
    )


def network_of_2025(model) -> dict:
    shapes = [model.input_shape[1:]] + [layer.output.shape[1:] for layer in model.layers]
    values = [math.prod(shape) for shape in shapes]
    return _slide(
        f"Das Netz von 2025 zwängt {number(values[0])} Zahlen durch {number(min(values))}",
        alt=f"Das Netz als Kette von {number(len(shapes))} Blöcken, in der Mitte der kleinste.",
        notes="Das ist das Netz, mit dem alles anfing, ein Autoencoder. Jeder Kasten ist ein Zwischenergebnis: so hoch wie seine Auflösung, "
        f"so breit wie die Zahl seiner Kanäle. {describe_architecture(model)} Um diese Engstelle, gelb, führt kein Weg herum. Das Netz "
        f"hat nur {number(model.count_params())} Parameter, zeichnet auch die bekannten Pixel neu, und niemand sagt ihm, wo das Loch ist.",
    )


def loss(result, losses: Sequence[float], floor: float, ladder=None) -> dict:
    """The loss of 2025 against the floor that no network can fall below.

    Parameters
    ----------
    result : the benchmark.
    losses : validation loss of each epoch, in nat.
    floor : cross-entropy of the validation images with themselves, in nat.
    ladder : the ablation, or None.
    """
    finite = [x for x in losses if math.isfinite(x)] or [floor]
    first, last = finite[0] / floor - 1, min(finite) / floor - 1
    title = f"Sein Verlust endet {'nur ' if last <= DENSE else ''}{percent(last)} über der Untergrenze"
    notes = (
        "Warum ist das so schwer für dieses Netz? Sein Verlust gilt dem ganzen Bild, nicht dem Loch. Die Kurve fällt, und das sieht "
        "nach Lernen aus. [weiter] Aber die gestrichelten Linien sind eine Grenze, die die Bilder selbst vorgeben; darunter kommt kein Netz. "
        f"Auf den Validierungsbildern liegt der Verlust nach der ersten Epoche {percent(first)} darüber, am Ende {percent(last)}."
    )
    if last <= DENSE:
        notes += " In diesem schmalen Rest unterscheiden sich gute und schlechte Füllungen; das Lernen stört das nicht, an der Kurve sieht man es kaum."
    bought = change(ladder, "maske", "suites")
    if bought:
        notes += (
            " Ein zweiter Grund: Das Netz erfährt nicht, wo das Loch ist. Allein die Maske als Eingabe "
            f"{_brings(bought.value, 1)} im Mittel aller Maskensätze."
        )
    return _slide(title, notes=notes + _one_size(result), alt=f"Kurven des Verlusts; {title}.")


def _one_size(result) -> str:
    """That the network of 2025 knows one size of hole, if its largest holes are worse than a plain colour."""
    sizes = result.hole_sizes
    if "original" not in sizes or "mittelwert" not in sizes:
        return ""
    edge = str(max(map(int, sizes["original"])))
    own, plain = sizes["original"][edge], sizes["mittelwert"][edge]
    if own.high >= plain.low:
        return ""
    return (
        f" Und es kennt nur kleine Löcher: Ist das Loch {edge} mal {edge} Pixel groß, erreicht es {number(own.value, 1)} Dezibel, "
        f"weniger als eine einzige mittlere Farbe mit {number(plain.value, 1)}."
    )


def our_network(stages, n_parameters: int | None = None) -> dict:
    way = "; ".join(in_one_line(f"{stage.name} {stage.note}") for stage in stages)
    size = f" mit rund {_round(n_parameters)} Parametern" if n_parameters else ""
    return _slide(
        "Unser Netz rechnet zuerst und lernt nur die Korrektur",
        alt=f"Ein Testbild auf seinem Weg durch unser Netz, mit dem PSNR im Loch: {way}.",
        notes="So arbeitet unser Netz. Links das Bild mit seinem Loch. [weiter] Zuerst wird gerechnet: eine grobe Füllung aus "
        "Mittelwerten, dann einige Schritte, die sie an die wahrscheinlichste Füllung heranrücken, wenn Bilder einer Gaußverteilung folgen. "
        f"Bis hier ist nur die Statistik der Bilder geschätzt. [weiter] Erst jetzt lernt ein U-Net{size}, und zwar nur die Korrektur, die Sie hier vierfach "
        "verstärkt sehen; Grau heißt: nichts zu tun. [weiter] Das ist die Summe; die bekannten Pixel werden wieder eingesetzt, Bit für "
        "Bit. [weiter] Und das ist die Wahrheit.",
    )


def _round(n: int) -> str:
    """A large number as the speaker says it."""
    return f"{number(n / 1e6, 1)} Millionen" if n >= 1e6 else number(round(n, -3) or n)


def outcome(result, suite: str, below: Mapping[str, str] | None = None) -> dict:
    """``below`` is what stands under the columns: see :func:`scores`."""
    network = best_network(result)
    difference = gap(result, suite, network, "original")
    share = error_share(difference.value)
    rival = best_rival(result, suite)
    lead = gap(result, suite, network, rival)
    if sign(difference) > 0:
        title = f"Nur noch {percent(share, 0)} des quadratischen Fehlers von 2025"
    else:
        title = "Unser Netz ist nicht genauer als das von 2025"
    notes = (
        f"Das ist das Ergebnis auf der Aufgabe von 2025, {suite_label(suite)}. Sie sehen zwei Bilder, wie das Netz von 2025 und wie eine Formel, "
        "die Gauß-Vorhersage, sie füllt. Darunter steht der PSNR im Loch über alle Testbilder zusammen; ein Dezibel mehr heißt rund ein Fünftel "
        f"weniger quadratischer Fehler. [weiter] Und das ist unser Netz. {upper(called(network))} erreicht {number(value(result, suite, network), 1)} Dezibel, das Netz von 2025 "
        f"{number(value(result, suite, 'original'), 1)}."
    )
    if rival != "original":
        notes += (
            f" Das beste Verfahren, das nicht von uns ist, ist {called(rival)} mit {number(value(result, suite, rival), 1)}; "
            f"unser Abstand zu ihm ist {number(lead.value, 2, sign=True)} Dezibel."
        )
    if network + SAMPLED in result.methods:
        notes += " [weiter] Unser Netz kann auch anders antworten, mit einem Vorschlag. Dazu gleich mehr."
    return _slide(
        title,
        f"{suite_label(suite)}, {called(network)}; unten der PSNR im Loch über {number(result.question.n_images)} Testbilder",
        notes=notes,
        alt=f"Zwei Testbilder, maskiert, gefüllt und wahr. PSNR über alle Testbilder: {'; '.join(f'{in_one_line(n)} {x}' for n, x in (below or {}).items())}.",
    )


def scores(result, suite: str, names: Mapping[str, str]) -> dict[str, str]:
    """What stands below a column of pictures: the method's pooled hole PSNR.

    Parameters
    ----------
    result, suite : the benchmark and the suite.
    names : method → heading of its column.
    """
    return {
        name: quantity(value(result, suite, method), 1, "dB")
        for method, name in names.items()
        if method in result.methods
    }


def six_suites(result, seeds: Seeds) -> dict:
    network = best_network(result)
    kinds = [judge(result, s, network, rivals(result), seeds).kind for s in result.question.suites]
    n = sum(kind == "besser" for kind in kinds)
    title = (
        f"Unser Netz {called(network)} liegt auf allen Maskensätzen vorn"
        if n == len(kinds)
        else f"Unser Netz {called(network)} liegt auf {n} von {len(kinds)} Maskensätzen vorn"
        if n
        else "Auf keinem Maskensatz in allen Maßen vorn"
    )
    weak = [
        suite_label(s)
        for s in result.question.suites
        if judge(result, s, own_networks(result)[0], rivals(result), seeds).kind != "besser"
    ]
    shown = "; ".join(
        f"{suite} {', '.join(f'{label(n)} {number(e.value, 2, sign=True)}' for n, e in of.items())}"
        for suite, of in leads(result).items()
    )
    small = (
        f" Das Netz {called(own_networks(result)[0])} ist auf {listing(weak)} nicht in allen Maßen besser."
        if weak
        else ""
    )
    return _slide(
        title,
        alt=f"Abstand unserer Netze zum besten fremden Verfahren in dB: {shown}.",
        notes="Die senkrechte Linie ist das jeweils beste fremde Verfahren, auf jedem Maskensatz neu bestimmt. Rechts davon sind wir genauer, "
        "links ungenauer. Die Balken sind 95-Prozent-Intervalle, gepaart gerechnet: dieselben Bilder, dieselben Löcher. Vorn nennen wir uns "
        f"nur, wo drei Maße einig sind: der PSNR über alle Pixel, sein Mittel je Bild und die Ähnlichkeit SSIM.{small}",
    )


def two_answers(result, suite: str) -> dict:
    network = [n for n in own_networks(result) if n + SAMPLED in result.methods][-1]
    sample = network + SAMPLED
    sharp, mean = (value(result, suite, m, "sharpness") for m in (sample, network))
    cost = gap(result, suite, sample, network)
    sharper, worse = abs(sharp - 1) < abs(mean - 1), sign(cost) < 0
    title = (
        "Ein Vorschlag ist scharf, der Mittelwert genau"
        if sharper and worse
        else "Auf dasselbe Loch gibt es zwei Antworten"
    )
    return _slide(
        title,
        f"{suite_label(suite)}: Schärfe {number(sharp, 2)} statt {number(mean, 2)} (wahres Bild: 1), PSNR {number(cost.value, 1, sign=True)} dB",
        alt="Zwei Bilder mit großem Loch, die Füllung mit dem Mittelwert, drei Vorschläge und das wahre Bild.",
        notes="Vieles kann in einem Loch stehen. Der Mittelwert aller Möglichkeiten ist unscharf, das kann kein Verfahren ändern, das auf "
        "kleinsten quadratischen Fehler zielt. [weiter] Deshalb antwortet unser Netz auch mit Vorschlägen: einzelnen Möglichkeiten, jede "
        f"anders. Ihre Schärfe ist {number(sharp, 2)}, die des Mittelwerts {number(mean, 2)}; das wahre Bild hat eins. Ein Vorschlag statt des "
        f"Mittelwerts {_brings(cost.value, 1)}: Eine einzelne Möglichkeit trifft selten genau die wahre. [weiter] Das stand wirklich dort.",
    )


N_GROUPS = 3
"""So many groups of changes appear one after another."""


def changes(ladder, passing: str = "") -> dict:
    """What each change bought; the title names the largest one that is certain and lasts.

    ``passing`` is the one whose gain is only that of a short training, see
    :func:`inpainting.german.ladder.passing`.
    """
    rungs = [r for r in ladder.rungs if r.differences]
    lasting = [r for r in rungs if r.name != passing and r.judged_by == "quadrat8"]
    certain = [r for r in lasting if r.differences["quadrat8"].low > 0]
    prior = change(ladder, "prior")
    title, notes = "Keine Änderung allein bringt dem Quadrat gesichert etwas", ""
    if certain:
        best = max(certain, key=lambda r: r.differences["quadrat8"].value)
        gain = best.differences["quadrat8"].value
        title = f"Am meisten bringt dem Quadrat „{best.label}“: {number(gain, 2, sign=True)} dB"
        early = [r for r in rungs if r.name == passing and r.differences["quadrat8"].value > gain]
        if early:
            notes = (
                f" „{early[0].label}“ zählt dabei nicht mit: Nach ganzem Training ist dieser Vorsprung weg."
            )
    if prior:
        notes += f" Die Gauß-Vorfüllung {_brings(prior.value)} auf dem Quadrat; ihre Zahlen kommen aus der Statistik der Trainingsbilder, nicht aus dem Training."
    hole, of_all = (change(ladder, "verlust_im_loch", key) for key in ("quadrat8", "suites"))
    if hole and of_all and hole.low > 0 > of_all.high:
        notes += " Eine Überraschung: Nur im Loch zu lernen hilft dem Quadrat und schadet dem Mittel aller Löcher, solange das Netz keine anderen sieht."
    whole = [f"„{r.label}“" for r in rungs if r.judged_by == "image"]
    elsewhere = f"; über {listing(whole)} entscheidet das ganze Bild, das hier fehlt" if whole else ""
    return _slide(
        title,
        alt=f"Für jede von {number(len(rungs))} Änderungen, was sie im PSNR auf dem Quadrat und im Mittel "
        f"aller Maskensätze ausmacht. {title}.",
        notes="Was half? Jede Zeile ist eine Änderung gegenüber der vorigen, kurz trainiert, "
        f"{'mit mehreren Startwerten' if len(ladder.seeds) > 1 else 'mit einem Startwert'}; links gemessen auf dem Quadrat, rechts im Mittel aller "
        f"Maskensätze. Gefüllte Punkte sind das Maß, das vorher festgelegt war{elsewhere}. Blau ist gesichert besser, rot gesichert "
        f"schlechter. {_largest(grouped(ladder))}{notes}",
    )


def grouped(ladder) -> list[Sequence]:
    """The changes in the groups in which they appear, of about the same size."""
    rungs = [rung for rung in ladder.rungs if rung.differences]
    ends = [round(len(rungs) * i / N_GROUPS) for i in range(N_GROUPS + 1)]
    groups = [rungs[start:end] for start, end in itertools.pairwise(ends)]
    return [group for group in groups if group]


def _largest(groups: Sequence[Sequence]) -> str:
    """The largest change of each group, told as the groups appear."""
    openings = ("Am meisten ändert zuerst", *["danach"] * (len(groups) - 2), "zuletzt")
    told = []
    for opening_, group in zip(openings, groups, strict=False):
        best = max(group, key=lambda r: abs(r.differences["quadrat8"].value))
        told.append(
            f"{upper(opening_)} „{best.label}“: Das {_brings(best.differences['quadrat8'].value)} auf dem Quadrat."
        )
    return " [weiter] ".join(told)


def try_it() -> dict:
    return _slide(
        "Die Netze rechnen hier im Browser",
        notes="Malen Sie ein Loch in ein Bild, oder laden Sie ein eigenes. Die Netze rechnen hier im Browser; nichts verlässt ihn. Gut zu sehen ist "
        "der Unterschied, wenn das Loch wächst.",
    )


def limits(result, field, suite: str, seeds: Seeds) -> dict:
    network = field.best
    sharp = value(result, suite, network, "sharpness")
    lost = lost_suites(result)
    single = single_seeded(result, suite, seeds)
    title = (
        f"Unser Mittelwert hat {percent(sharp, 0)} der wahren Schärfe"
        if sharp < BLURRED
        else f"Verlust in der Semantik auf {count(len(lost), 'Maskensatz', 'Maskensätzen')}"
        if lost
        else "Wo unser Netz nicht gewinnt"
    )
    points, spoken = ["Unerwartetes: rechts die schlechtesten Testbilder"], []
    if lost:
        names = listing([suite_label(s) for s in lost])
        points.append(f"Semantik: Verlust auf {names}")
        spoken.append(
            f"Ein Klassifikator erkennt auf {names} nach dem besten fremden Verfahren mehr Bilder richtig als nach unserem Mittelwert."
        )
    if single:
        names = listing([called(n) for n in single])
        points.append(f"Ein einziger Startwert: {names}")
        spoken.append(
            f"{upper(names)} {'ist' if len(single) == 1 else 'sind'} mit einem einzigen Startwert trainiert; wie sehr das Ergebnis an ihm "
            "hängt, wissen wir dort nicht."
        )
    points.append("Gilt für 32×32 Pixel und Maskenarten aus dem Training")
    blur = f" Der Mittelwert hat nur {percent(sharp, 0)} der wahren Schärfe." if sharp < BLURRED else ""
    steps = [
        f"Und wo gewinnen wir nicht?{blur}",
        "Rechts sehen Sie die Bilder, auf denen unser Netz am schlechtesten abschneidet: Im Loch steckt etwas, das die Umgebung nicht "
        "verrät.",
        *spoken,
        "Und alles gilt für kleine Bilder und für Arten von Löchern, die das Netz aus dem Training kennt.",
    ]
    return _slide(
        title,
        *points,
        steps=True,
        alt=f"Die Testbilder, auf denen {called(network)} am schlechtesten abschneidet: maskiert, gefüllt, wahr.",
        notes=" [weiter] ".join(steps),
    )


def conclusion(result, suite: str, seeds: Seeds) -> dict:
    network = best_network(result)
    others = without_network(result)
    worse = [m for m in others if judge(result, suite, m, ["original"], seeds).kind != "besser"]
    share = error_share(gap(result, suite, network, "original").value)
    alone = [m for m in ("prior", "gauss", "original") if m in result.methods]
    both = all(sign(gap(result, suite, network, m)) > 0 for m in alone)
    n = len(others) - len(worse)
    twin = better_than_relu(result, suite, seeds, n)
    formulas = f"{upper(in_words(n))} von {in_words(len(others))} fremden Verfahren ohne Netz {'füllt' if n < 2 else 'füllen'} besser als das Netz von 2025{twin}"
    exceptions = (
        f" Von den fremden Verfahren ohne Netz {'ist' if len(worse) == 1 else 'sind'} nicht besser als das Netz von 2025: {listing([called(m) for m in worse])}."
        if 0 < len(worse) < len(others)
        else ""
    )
    return _slide(
        "Erst rechnen, dann lernen: besser als Formel und Netz von 2025" if both else "Was wir mitnehmen",
        formulas,
        f"{upper(called(network))}: {quantity(value(result, suite, network, POOLED), 2, 'dB')}, {percent(share, 0)} des quadratischen Fehlers "
        f"von 2025 ({suite_label(suite)})",
        "Offen: Unschärfe des Mittelwerts, fremde Masken, große Bilder",
        alt="Zwei Bilder mit großem Loch: maskiert, gefüllt vom Netz von 2025 und von unserem Netz, wahr.",
        notes="Was nehmen wir mit? Ein Netz muss wissen, wo das Loch ist, und was man rechnen kann, soll es "
        f"nicht lernen müssen.{exceptions} Rechts noch einmal zwei große Löcher. Alles lässt sich mit einem Befehl nachrechnen; der Bericht liegt neben diesen Folien. Danke fürs "
        "Zuhören.",
    )
