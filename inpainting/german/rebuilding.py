"""What the main part has no room for and a rebuilding needs: masks, stencil, network, samples, classifier.

Numbers come from the program's own constants and from the records of the trained networks.
"""

from collections.abc import Mapping

import numpy as np

from inpainting.german.numbers import POOLED, Table, called, count, listing, number, percent
from inpainting.masks import MAX_LINES, STROKE_LENGTH, suite_masks
from inpainting.measuring import evaluation, verdict
from inpainting.measuring.result import PRIOR_NUMBERS, Benchmark
from inpainting.networks.flow import FREQUENCIES, HEADS, LOOK_AHEAD, SCALE_RANGE, STEPS
from inpainting.networks.muon import KernelMuon
from inpainting.networks.prior_unet import CG_STEPS, STENCIL
from inpainting.training.batches import LABEL_SMOOTHING, expected_error
from inpainting.training.flow import LATEST, SPREAD_WEIGHT, TIME_MEAN, TIME_SPREAD
from inpainting.training.recipes import CLASSIFIER

N_CONSTANT = 500
"""Masks of a suite that the divisor of the loss is averaged over."""


def describe_suites() -> str:
    """The six suites, exactly."""
    shortest, longest = (number(x) for x in STROKE_LENGTH)
    return (
        "*Quadrat 8×8*: ein Quadrat, dessen Lage unter allen 25×25 möglichen gleichverteilt ist. *Mitte 16×16*: das Quadrat in der "
        f"Bildmitte. *Linien*: 1 bis {MAX_LINES} gerade Striche zwischen gleichverteilten Endpunkten, je 1 oder 2 Pixel dick, ohne "
        "Kantenglättung. *Freiform* [@yu2019]: Pinselstriche mit einer runden Spitze von 2 bis 4 Pixeln, je 3 bis 8 Wendungen um "
        f"höchstens 90° zwischen geraden Stücken von {shortest} bis {longest} Pixeln, bis ein je Bild gezogener Anteil von 10 bis "
        "40 % bedeckt ist. *Pixel 50 %*: Jedes Pixel fehlt mit Wahrscheinlichkeit ½. *Hälfte*: die linke, rechte, obere oder untere "
        "Bildhälfte, gleichverteilt. Gezogen wird in der Reihenfolge der Bilder aus `default_rng([2025, s])` von NumPy, *s* = 0 bis 5; "
        "auf Validierungsbildern aus `default_rng([2025, s, 1])`."
    )


def stencil_table() -> Table:
    """One quarter of the stencil: the rest follows from its symmetry."""
    middle = len(STENCIL) // 2
    rows = [
        [str(y), *(number(float(STENCIL[middle + y, middle + x]), 4) for x in range(middle + 1))]
        for y in range(middle + 1)
    ]
    return Table(["Abstand", *map(str, range(middle + 1))], rows, "r" * (middle + 2))


CAPTION_STENCIL = (
    "Die Gewichte $S$ nach dem Abstand des Nachbarn in Zeilen und Spalten; das mittlere Pixel zählt nicht mit, alle Vorzeichen "
    "der Abstände haben dieselben Gewichte."
)


def describe_network() -> str:
    """The mean answer: prior and residual U-Net, operation by operation."""
    return (
        "*Vorfüllung.* Pull-Push mittelt die bekannten Pixel über 2×2, 4×4 und 8×8 und zuletzt über das ganze Bild und füllt von grob nach "
        "fein, jede Stufe verdoppelt und über 3×3 geglättet. Für $S$ wird die Kovarianz der 1024 Pixel der Trainingsbilder, über "
        "die drei Farben gemittelt, mit $3 \\cdot 10^{-4}$ auf der Diagonale invertiert; ihre Zeilen mitteln wir über die 12×12 "
        "mittleren Pixel und die acht Symmetrien des Quadrats, begrenzen sie durch ein Dreiecksfenster auf 9×9 und teilen durch die Summe "
        "der Nachbarn. Jede Farbe wird für sich mit denselben Gewichten gefüllt, gekoppelt sind die Farben erst im U-Net. Das mittlere Gewicht ist null, die "
        f"{PRIOR_NUMBERS} übrigen (@tab:schablone) haben die Summe 1; $D$ ist also 1, außer am Bildrand. {CG_STEPS} Schritte konjugierter Gradienten "
        "beginnen bei Pull-Push und ändern nur das Loch. *U-Net.* Eingaben sind Vorfüllung − ½, bekannte Pixel − ½ (im Loch null) und "
        "Maske, zusammen sieben Kanäle. Eine Faltung 4×4 mit Schrittweite 2 führt auf halbe, Faltungen 2×2 führen auf viertel und achtel "
        "Auflösung, transponierte 2×2 hinauf; zu deren Ausgabe wird der Skip addiert. Ein Residualblock ist $x + F(\\operatorname{ReLU}(F'("
        "\\operatorname{ReLU}(x))))$ mit Faltungen 3×3 und Bias; Gewichte beginnen nach He, die letzte Faltung jedes Blocks und der Ausgang "
        "bei null wie in Fixup [@zhang2019]. Eine transponierte Faltung 4×4 gibt die Korrektur in voller Auflösung. „gründlich“ sieht "
        "daneben die Eingaben noch einmal in voller Auflösung, addiert die hochgerechneten Merkmale des U-Nets, rechnet seine Blöcke auf "
        "1/1 und *addiert* eine zweite Korrektur zur ersten. Vorfüllung und Korrektur werden addiert, auf 0 bis 1 beschnitten und eingesetzt. "
        "Der Abstand $d_p$ geht von Pixelmitte zu Pixelmitte."
    )


def describe_constant(result: Benchmark) -> str:
    """How nearly the divisor of the loss is proportional to the Gaussian's error, suite by suite."""
    n = min(result.question.n_images, N_CONSTANT)
    ratios = []
    for suite in result.question.suites:
        holes = suite_masks(suite, n, result.question.split)
        sizes = holes.sum((1, 2, 3))
        mean = float(np.average(expected_error(holes)[:, 0, 0, 0], weights=sizes))
        ratios.append(10 ** (-result.figures[suite]["gauss"][POOLED].value / 10) / mean)
    low, high = (number(end, 3) for end in (min(ratios), max(ratios)))
    text = (
        "Der mittlere quadratische Fehler der Gauß-Vorhersage ist auf den Maskensätzen dieses Laufs das "
        f"{low if low == high else f'{low}- bis {high}'}-Fache von $h$"
    )
    apart = max(ratios) / min(ratios)
    about = f", ihm also bis auf den Faktor {number(apart, 1)} proportional" if apart > 1.05 else ""
    return f"*Gewichtung.* {text}{about}. Auf welchen Bildern die Konstante 12 in @gl:lochverlust gewählt wurde, ist nicht aufgezeichnet."


def describe_samples(networks: Mapping[str, object]) -> str:
    """The flow: its inputs, what it is trained for, and how it is integrated.

    Parameters
    ----------
    networks : name → ``training.store.Trained``, for the sizes of their flows.
    """
    low, high = (number(x, 2) for x in SCALE_RANGE)
    flows = {
        name: trained.record["recipe"]["flow"]
        for name, trained in networks.items()
        if trained.record["recipe"].get("flow")
    }
    text = (
        "*Vorschläge.* Ein Kopf auf den eingefrorenen Merkmalen des Mittelwerts schätzt je Pixel den zu erwartenden Fehler $\\sigma$: "
        "Faltung 3×3, ReLU, Faltung 1×1 auf einen Kanal, der Logarithmus von $\\sigma$, begrenzt "
        f"auf $\\sigma$ zwischen {low} und {high}, für alle Farben einer. Ziel des Flusses ist $r = (x - \\hat x)/\\sigma$ im Loch. Er sieht den Zustand "
        "$y_t = (1 - t)\\,\\varepsilon + t\\,r$ mit normalverteiltem Rauschen $\\varepsilon$, die Zeit $t$ "
        f"(als {FREQUENCIES} Kosinus, aus denen zwei Schichten zu 64 Werten für jeden Block Faktor und Summand seiner Kanäle machen, wie in FiLM [@perez2018]) "
        "und, addiert auf voller, halber und viertel Auflösung, lineare Bilder der Merkmale des Mittelwerts. Ein U-Net mit addierten "
        "Skips, auf voller Auflösung einem Residualblock auf dem Rückweg, auf halber je einem auf Hin- und Rückweg und auf viertel "
        f"Auflösung Blöcken, je gefolgt von linearer Aufmerksamkeit mit {HEADS} Köpfen [@shen2021], sagt daraus $\\hat r_t = \\mathbb{{E}}[r \\mid y_t]$ vorher{_flow_sizes(flows)}. Der Verlust ist das Mittel über "
        "Loch und Ziehungen von $\\bigl(t^2 + (1 - t)^2\\bigr) / (1 - t)^2 \\cdot \\lVert \\hat r_t - r \\rVert^2$ [@karras2022]; dazu "
        f"kommt mit Gewicht {number(SPREAD_WEIGHT, 2)} die negative Log-Likelihood von $\\sigma$. $t$ ist die logistische Funktion einer "
        f"Normalverteilung mit Mittel {number(TIME_MEAN, 1)} und Streuung {number(TIME_SPREAD, 1)}, höchstens {number(LATEST, 2)}. "
        f"Gezogen wird in {STEPS} gleichen Schritten auf der Geraden des *Rectified Flow* [@liu2023]: $y$ geht geradlinig auf $\\hat r_t$ zu, vom zweiten bis zum vorletzten Schritt auf "
        f"$\\hat r_t$ plus {percent(float(LOOK_AHEAD), 0)} seiner letzten Änderung; ohne diesen Vorgriff (Euler) streuten die Vorschläge zu wenig."
    )
    if flows:
        batches = listing(
            [
                f"{called(n)} {flow['batch_size']} Bilder zu je {flow['draws']} Ziehungen"
                for n, flow in flows.items()
            ]
        )
        rates = sorted({flow["learning_rate"] for flow in flows.values()})
        text += f" Mini-Batches: {batches}; Lernrate {listing([f'{rate:g}'.replace('.', ',') for rate in rates])} mit Muon."
    return text


def _flow_sizes(flows: Mapping[str, Mapping]) -> str:
    """Channels and blocks that the table of recipes leaves out; "" without flows."""
    parts = [
        f"{called(n)} {count(flow['n_blocks'], 'Block', 'Blöcke')} auf viertel und {flow['detail']} Kanäle auf voller Auflösung"
        for n, flow in flows.items()
        if {"n_blocks", "detail"} <= set(flow)
    ]
    return f" ({listing(parts)})" if parts else ""


def describe_optimizers(networks: Mapping[str, object]) -> str:
    """What the table of recipes leaves open: warm-up, and the optimisers' own constants."""
    options = KernelMuon(0.001).get_config()
    warmup = max((trained.record["recipe"].get("warmup") or 0 for trained in networks.values()), default=0)
    return (
        "*Training.* Das Netz von 2025 lernt mit Adam in der Voreinstellung von Keras (Raten der Momente 0,9 und 0,999). Unsere Netze "
        f"lernen die Kerne von Faltungen und dichten Schichten als Matrix mit Muon [@jordan2024] (Nesterov-Moment {number(options['momentum'], 2)}, {options['ns_steps']} Schritte nach "
        f"Newton und Schulz, Schrittgröße {number(options['rms_rate'], 1)}·√(größere Kantenlänge) nach [@liu2025]), Bias und Kerne mit höchstens zehn "
        f"Kanälen auf einer Seite mit Adam derselben Lernrate (0,9 und {number(options['adam_beta_2'], 2)}); ohne Gewichtsabnahme. "
        f"@tab:rezepte nennt die höchste Lernrate jeder Stufe; bei unseren Netzen steigt sie über {warmup} Schritte linear an und fällt dann "
        f"auf einem halben Kosinus bis null.{_stages(networks)}{_precisions(networks)}"
    )


def _stages(networks: Mapping[str, object]) -> str:
    """What begins anew in a second stage of a training; "" where there is none."""
    staged = [
        called(name) for name, trained in networks.items() if len(trained.record.get("stages") or ()) > 1
    ]
    if not staged:
        return ""
    return (
        f" In der zweiten Stufe von {listing(staged)} kommen die Blöcke in voller Auflösung dazu; alle Gewichte lernen weiter, "
        "Optimierer und Lernrate beginnen neu."
    )


def _precisions(networks: Mapping[str, object]) -> str:
    """The precision that each network was trained in."""
    names = {"mixed_bfloat16": "bfloat16, mit Gewichten in float32", "float32": "float32"}
    found: dict[str, list[str]] = {}
    for name, trained in networks.items():
        found.setdefault(names[trained.record["precision"]], []).append(called(name))
    if not found:
        return ""
    if len(found) == 1:
        return f" Beim Training rechneten alle in {next(iter(found))}."
    return f" Beim Training rechneten {listing([f'{listing(who)} in {how}' for how, who in found.items()])}."


def describe_measures() -> str:
    """What the definitions of the measures in the main part leave open."""
    return (
        "*Maße.* Nachbarn sind die bis zu vier Pixel mit gemeinsamer Kante; jede Farbe zählt für sich. Die SSIM rechnet je Farbe mit einem "
        f"Gauß-Fenster (Streuung {number(evaluation.SSIM_SIGMA, 1)} Pixel, bei {number(evaluation.SSIM_TRUNCATE, 1)} Streuungen abgeschnitten) und den "
        f"Konstanten {number(evaluation.SSIM_K1, 2)} und {number(evaluation.SSIM_K2, 2)}, gemittelt über das ganze Bild. Die „anderen wahren“ Bilder der "
        f"Fréchet-Distanz folgen im Testteil auf die gemessenen. Abstände und Anteile rechnen wir aus ungerundeten Werten; Intervalle sind nicht "
        "dafür korrigiert, dass viele verglichen werden."
    )


def describe_judge() -> str:
    """The judge of the verdict, layer by layer."""
    widths = "/".join(map(str, verdict.WIDTHS))
    rate = f"{verdict.LEARNING_RATE:g}".replace(".", ",")
    return (
        f"*Prüfer.* Er sieht Bild und Maske und hat {widths} Kanäle auf 1/1, ½ und ¼ der Auflösung: je Stufe eine Faltung 3×3 und eine "
        "residuale mit Batch-Normalisierung und ReLU, dann das Mittel der Merkmale über alle Felder von 4×4 Pixeln, die das Loch berührt, und "
        f"eine lineare Schicht. Er lernt mit Adam, höchste Lernrate {rate}, danach ein halber Kosinus; {verdict.EPOCHS} Epochen zu {verdict.BATCH_SIZE} Bildern, "
        "halb wahr, halb gefüllt, jedes zweite gespiegelt; ein Startwert."
    )


def describe_classifier() -> str:
    """The classifier of the semantics, from its recipe."""
    widths = "/".join(map(str, CLASSIFIER.widths))
    rate = f"{CLASSIFIER.learning_rate:g}".replace(".", ",")
    return (
        f"Der Klassifikator hat {widths} Kanäle auf 1/1, ½, ¼ und ⅛ der Auflösung: eine Faltung 3×3, dann je Stufe eine mit "
        "Schrittweite 2 und eine residuale, überall Batch-Normalisierung und ReLU, zuletzt das Mittel über alle Orte und eine lineare "
        f"Schicht. Er lernte auf unversehrten, zufällig gespiegelten und um bis zu {CLASSIFIER.max_shift} Pixel verschobenen "
        f"Trainingsbildern mit Kreuzentropie (Zielwerte zu {percent(LABEL_SMOOTHING, 0)} verteilt), {CLASSIFIER.epochs} Epochen zu "
        f"{CLASSIFIER.batch_size} Bildern, Muon, höchste Lernrate {rate}; die Epoche mit dem kleinsten Validierungsverlust gilt."
    )
