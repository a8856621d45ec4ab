"""The talk: assertions as titles, few points, and notes written to be spoken.

Each function returns what :func:`inpainting.display.show_slide` takes, apart from the picture.  Titles
follow the result like every other sentence of the report.
"""

import math
from collections.abc import Mapping, Sequence

from inpainting.german.appendix import edges_below_mean
from inpainting.german.data import measured_images
from inpainting.german.ladder import change
from inpainting.german.network import describe_architecture
from inpainting.german.numbers import (
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
    best_rival,
    better_formulas,
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


def spoken(*clicks: str) -> str:
    """Notes as Markdown: a paragraph for what is said before each click; each but the first begins with a ▸."""
    return "\n\n**▸** ".join(" ".join(text.split()) for text in clicks if text.strip())


def brings(value: float, digits: int = 2) -> str:
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
        "CIFAR-10: kleine Farbbilder, 32×32 Pixel, zehn Klassen",
        f"Gemessen auf {measured_images(result, n_test)}",
        alt=f"Je ein Bild mit einem Loch: {', '.join(suites)}; danach dieselben Bilder ohne Loch.",
        notes=spoken(
            "Raten Sie einen Augenblick mit: Was war in diesen Löchern?",
            "Das war es. Klein in der Ecke bleibt das Loch zu sehen. Wir arbeiten mit CIFAR-10, kleinen Farbbildern aus zehn Klassen. "
            "Das Quadrat oben links ist die Aufgabe von 2025, die anderen Löcher sind neu. Jedes Verfahren bekommt genau dieselben "
            "Masken. Kein Training sieht die Testbilder. Mindestens zwei frühe Entscheidungen des Projekts fielen allerdings nach Vorversuchen "
            "auf ihnen; das sagen wir offen.",
        ),
    )


def network_of_2025(model) -> dict:
    shapes = [model.input_shape[1:]] + [layer.output.shape[1:] for layer in model.layers]
    values = [math.prod(shape) for shape in shapes]
    return _slide(
        f"Das Netz von 2025 zwängt {number(values[0])} Zahlen durch {number(min(values))}",
        alt=f"Das Netz als Kette von {number(len(shapes))} Blöcken, in der Mitte der kleinste.",
        notes="Das ist das Netz, mit dem alles anfing, ein Autoencoder. Jeder Kasten ist ein Zwischenergebnis: so hoch wie seine Auflösung, "
        f"so breit wie die Zahl seiner Kanäle. {describe_architecture(model)} Um diese Engstelle, gelb, führt kein Weg herum. Das Netz "
        f"hat nur {number(model.count_params())} Parameter. Auch die bekannten Pixel zeichnet es neu, und niemand sagt ihm, wo das Loch ist.",
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
    title = (
        "An seinem Verlust sieht man gute Füllungen kaum"
        if last <= DENSE
        else f"Sein Verlust endet {percent(last)} über der Untergrenze"
    )
    told = (
        "Die gestrichelten Linien sind aber eine Grenze, die die Bilder selbst vorgeben; darunter kommt kein Netz. "
        f"Schon nach der ersten Epoche liegt der Verlust nur {percent(first)} darüber, am Ende {percent(last)}."
        if last <= first <= 3 * DENSE
        else "Die gestrichelten Linien sind eine Grenze, die die Bilder selbst vorgeben; darunter kommt kein Netz. "
        f"Nach der ersten Epoche liegt der Verlust {percent(first)} darüber, am Ende {percent(last)}."
    )
    if last <= DENSE:
        told += " In diesem schmalen Rest stecken gute wie schlechte Füllungen. Das Lernen stört das nicht, aber an der Kurve sieht man es kaum."
    bought = change(ladder, "maske", "suites")
    if bought:
        told += (
            " Ein zweiter Grund: Das Netz erfährt nicht, wo das Loch ist. Allein die Maske als weitere Eingabe "
            f"{brings(bought.value, 1)} im Mittel aller Maskensätze."
        )
    before = (
        "Warum ist das so schwer für dieses Netz? Zuerst sein Verlust: Er gilt dem ganzen Bild, nicht dem Loch. Die Kurve fällt, und das "
        "sieht nach Lernen aus."
    )
    return _slide(
        title, notes=spoken(before, told), alt=f"Kurven des Verlusts und seine Untergrenze. {title}."
    )


def hole_sizes(result, shown: Sequence[str]) -> dict:
    """How the network of 2025 fares as the hole grows; ``shown`` are the methods of the picture."""
    sizes = {int(edge): e.value for edge, e in result.hole_sizes["original"].items()}
    smallest, largest, best = min(sizes), max(sizes), max(sizes, key=sizes.get)
    below = edges_below_mean(result)
    title = (
        f"{'Ab' if len(below) > 1 else 'Bei'} {min(below)} Pixeln füllt eine einzige Farbe besser"
        if below
        else "Die kleinsten Löcher füllt das Netz von 2025 schlechter"
        if best != smallest
        else "Je größer das Loch, desto schlechter das Netz von 2025"
    )
    before = (
        "Im Training sah das Netz von 2025 nur Löcher einer einzigen Größe. Hier wächst das Loch von links nach rechts, von "
        f"{smallest} auf {largest} Pixel Kantenlänge."
    )
    if best != smallest:
        before += f" Am besten füllt es Löcher mit {best} Pixeln; die mit {smallest} Pixeln wären leichter, und doch füllt es sie schlechter."
    before += f" Bei {largest} Pixeln bleiben ihm {number(sizes[largest], 1)} Dezibel."
    if below:
        plain = result.hole_sizes["mittelwert"][str(largest)].value
        before += f" Eine einzige mittlere Farbe, ohne jedes Netz, erreicht dort {number(plain, 1)}."
    ours = best_network(result)
    after = ""
    if ours in shown and ours in result.hole_sizes:
        reached = result.hole_sizes[ours][str(largest)].value
        after = f"Und das sind die anderen auf denselben Löchern. Unser Netz erreicht bei {largest} Pixeln {number(reached, 1)} Dezibel."
    lines = "; ".join(
        f"{label(m)} {', '.join(f'{edge} Pixel {number(e.value, 1)}' for edge, e in result.hole_sizes[m].items())}"
        for m in shown
    )
    return _slide(
        title,
        notes=spoken(before, after),
        alt=f"Linien des PSNR im Loch in dB gegen die Kantenlänge des Lochs: {lines}.",
    )


def our_network(stages, n_parameters: int | None = None) -> dict:
    way = "; ".join(in_one_line(f"{stage.name} {stage.note}") for stage in stages)
    size = f" mit rund {_round(n_parameters)} Parametern" if n_parameters else ""
    return _slide(
        "Unser Netz rechnet zuerst und lernt nur die Korrektur",
        alt=f"Ein Testbild auf seinem Weg durch unser Netz, mit dem PSNR im Loch: {way}.",
        notes=spoken(
            "So arbeitet unser Netz, ganz nah am Loch. Oben wird gerechnet: eine grobe Füllung aus Mittelwerten, Pull-Push genannt. Einige Schritte rücken sie dann an die "
            "wahrscheinlichste Füllung heran, wenn Bilder einer Gaußverteilung folgen. Bis hier ist nur die Statistik der Bilder geschätzt.",
            f"Erst jetzt lernt ein U-Net{size}, und zwar nur die Korrektur. Sie ist hier vierfach verstärkt; Grau heißt: nichts zu tun.",
            "Das ist die Summe. Die bekannten Pixel setzen wir wieder ein, Bit für Bit.",
            "Und das ist die Wahrheit.",
        ),
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
    before = (
        f"Das Ergebnis auf der Aufgabe von 2025, {suite_label(suite)}. Sie sehen zwei Bilder: So füllt sie das Netz von 2025, so eine Formel, "
        "die Gauß-Vorhersage. Darunter steht der PSNR im Loch über alle Testbilder zusammen; ein Dezibel mehr heißt rund ein Fünftel "
        "weniger quadratischer Fehler."
    )
    after = (
        f"Und das ist unser Netz. In seiner großen Fassung, {called(network)}, erreicht"
        if len(own_networks(result)) > 1
        else f"Und das ist unser Netz, {called(network)}. Es erreicht"
    )
    after += (
        f"{' es' if len(own_networks(result)) > 1 else ''} {number(value(result, suite, network), 1)} Dezibel, das Netz von 2025 "
        f"{number(value(result, suite, 'original'), 1)}."
    )
    if rival != "original":
        after += (
            f" Das beste Verfahren, das nicht von uns ist, ist {called(rival)} mit {number(value(result, suite, rival), 1)}; "
            f"unser Abstand beträgt {number(lead.value, 1, sign=True)} Dezibel."
        )
    return _slide(
        title,
        f"{suite_label(suite)}; unten der PSNR im Loch über {number(result.question.n_images)} Testbilder",
        notes=spoken(before, after),
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
    small = own_networks(result)[0]
    after = f"Und das ist {called(small)}, unser kleines Netz." if small != network else ""
    behind = f" Auf {listing(weak)} ist es nicht in allen Maßen besser." if weak else ""
    return _slide(
        title,
        alt=f"Abstand unserer Netze zum besten fremden Verfahren in dB: {shown}.",
        notes=spoken(
            "Und bei anderen Löchern? Die senkrechte Linie ist das beste fremde Verfahren, auf jedem Maskensatz neu bestimmt. Rechts davon "
            "sind wir genauer, links ungenauer. Die Striche sind 95-Prozent-Intervalle, gepaart gerechnet: dieselben Bilder, dieselben Löcher. "
            "Vorn nennen wir uns nur, wo drei Maße einig sind: der PSNR über alle Pixel, sein Mittel je Bild und die Ähnlichkeit SSIM."
            + ("" if after else behind),
            after + behind if after else "",
        ),
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
        notes=spoken(
            "Vieles kann in einem Loch stehen. Der Mittelwert aller Möglichkeiten ist unscharf, und daran kommt kein Verfahren vorbei, das auf "
            "kleinsten quadratischen Fehler zielt.",
            "Deshalb macht unser Netz auch Vorschläge: einzelne Möglichkeiten, jede anders. Ihre Schärfe ist auf diesem Maskensatz "
            f"{number(sharp, 2)}, die des Mittelwerts {number(mean, 2)}; das wahre Bild hat eins. Ein Vorschlag statt des Mittelwerts "
            f"{brings(cost.value, 1)}: Eine einzelne Möglichkeit trifft selten genau die wahre.",
            "Das stand wirklich dort.",
        ),
    )


def try_it() -> dict:
    return _slide(
        "Die Netze rechnen hier im Browser",
        notes="Jetzt live; die Netze rechnen hier im Browser, nichts verlässt ihn.\n\n"
        "1. *Füllen:* das Foto mit Kratzern wählen, dann „Loch …“ und „Alle Kratzer“. „Die Kratzer sind weg, das dauert auf einem "
        "ganzen Foto einen Augenblick.“\n"
        "2. „Loch …“ und „Schriftzug“. „Auch Schrift lässt sich herausrechnen.“\n"
        "3. *Lochgröße:* ein kleines Bild wählen, den Regler langsam auf 16 ziehen. „Achten Sie auf das Netz von 2025.“\n"
        "4. *Echt oder gefüllt?:* Stufe mittel, drei Paare per Handzeichen. „Wer hält die Eins für repariert, wer die Zwei?“\n\n"
        "Wenn etwas hakt: weiter zur letzten Folie.",
    )


def conclusion(result, field, suite: str, seeds: Seeds) -> dict:
    """What the talk leaves behind: what was found, and where our networks do not win."""
    network = best_network(result)
    others = without_network(result)
    n = len(better_formulas(result, suite, seeds))
    share = error_share(gap(result, suite, network, "original").value)
    alone = [m for m in ("prior", "gauss", "original") if m in result.methods]
    both = all(sign(gap(result, suite, network, m)) > 0 for m in alone)
    twin = better_than_relu(result, suite, seeds, n)
    who = f"{in_words(n)} von {in_words(len(others))} Verfahren" if n else "kein Verfahren"
    verb = "füllen" if n > 1 else "füllt"
    extent = "" if n else " in allen Maßen"
    formulas = f"Auf {suite_label(suite)} {verb} {who} ohne Netz{extent} besser als das Netz von 2025{twin if n else ''}"
    ours = (
        f"Unser Netz macht dort noch {percent(share, 0)} seines quadratischen Fehlers"
        if share < 1
        else "Auch unser Netz füllt dort nicht genauer"
    )
    lost = listing([suite_label(s) for s in lost_suites(result)] or [""])
    single = single_seeded(result, suite, seeds)
    points = [formulas, ours]
    if lost:
        points.append(f"Ein Klassifikator erkennt auf {lost} nach einem fremden Verfahren mehr")
    points.append("Unerwartetes misslingt: rechts die schlechtesten Bilder")
    limits = "Das alles gilt für kleine Bilder und für Löcher wie im Training."
    if single:
        names = listing([called(n) for n in single])
        limits += f" Und {names} {'hat' if len(single) == 1 else 'haben'} bisher nur einen Startwert."
    return _slide(
        "Unser Netz füllt besser als Formel und Netz von 2025" if both else "Was wir mitnehmen",
        *points,
        steps=True,
        alt=f"Die Testbilder, auf denen {called(field.best)} am schlechtesten abschneidet: maskiert, gefüllt, wahr.",
        notes=spoken(
            "Was nehmen wir mit? Ein Netz muss wissen, wo das Loch ist. Und was nach kurzem Training hilft, hilft nicht immer nach langem.",
            f"Auf der Aufgabe von 2025 bleiben unserem Netz noch {percent(share, 0)} des quadratischen Fehlers."
            if share < 1
            else "Unserem Netz hat das hier nicht geholfen.",
            f"Wo gewinnen wir nicht? Wenn ein Klassifikator sagen soll, was auf dem Bild ist, hilft ihm auf {lost} das beste fremde Verfahren mehr."
            if lost
            else "",
            f"Und manches misslingt: Rechts steckt im Loch etwas, das die Umgebung nicht verrät. {limits} Bericht, PDF und Notebook "
            "liegen neben diesen Folien. Danke fürs Zuhören.",
        ),
    )
