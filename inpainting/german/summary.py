"""The Executive Summary: what we built, how much better it is, and where it does not win."""

from collections.abc import Mapping

from inpainting import config
from inpainting.data import Dataset
from inpainting.german.control import summarise as summarise_control
from inpainting.german.data import measured_images
from inpainting.german.numbers import (
    POOLED,
    SAMPLED,
    Table,
    called,
    in_words,
    interval,
    label,
    listing,
    number,
    percent,
    quantity,
    suite_label,
    upper,
)
from inpainting.german.results import against_relu, best_network, error_share, group, own_networks
from inpainting.german.semantics import lost_suites
from inpainting.german.verdicts import (
    BLURRED,
    best_rival,
    better_formulas,
    better_than_relu,
    gap,
    judge,
    rivals,
    single_seeded,
    value,
    where_ahead,
    without_network,
)
from inpainting.measuring.control import Control
from inpainting.measuring.result import PRIOR_NUMBERS, Benchmark
from inpainting.measuring.seeds import Seeds


def executive_summary(
    dataset: Dataset,
    result: Benchmark,
    suite: str,
    seeds: Seeds,
    parameters: Mapping[str, int],
    versions: Mapping[str, str],
    control: Control | None = None,
) -> str:
    """The five points of the Executive Summary, from this run's results.

    Parameters
    ----------
    result : a Benchmark.
    suite : the main suite.
    parameters : method → number of learned weights.
    versions : package → version.
    control : the network without the prior after a whole training, or None.
    """
    part = "die mitgelieferte Stichprobe von " if dataset.is_sample else ""
    notice = f"**{config.SAMPLE_NOTICE}**\n\n" if dataset.is_sample else ""
    points = {
        "Datensatz": f"Wir verwenden {part}CIFAR-10 [@krizhevsky2009]: Farbbilder von 32×32 Pixeln aus zehn Klassen, "
        f"davon {number(len(dataset.train))} zum Trainieren und {number(len(dataset.validation))} zur Modellauswahl; gemessen wird auf "
        f"{measured_images(result, len(dataset.test))}. Sechs *Maskensätze*, vom Quadrat bis zur fehlenden Bildhälfte, geben jedem Bild "
        "ein Loch, für alle Verfahren dasselbe.",
        "Methode": _method(result, parameters),
        "Ergebnisse": " ".join(
            filter(None, (_gain(result, suite), _rivalry(result, suite, seeds), _samples(result, suite)))
        ),
        "Herausforderungen": _challenges(result, suite, seeds, control),
        "Software": f"Python, Keras {versions.get('keras', '')} auf TensorFlow {versions.get('tensorflow', '')}, NumPy, OpenCV, "
        "scikit-image, papermill; auf der HTML-Seite rechnen die Netze selbst (@abs:selbst-ausprobieren).",
    }
    return notice + "\n".join(f"- **{name}.** {text}" for name, text in points.items())


def _method(result: Benchmark, parameters: Mapping[str, int]) -> str:
    sizes = listing(
        [f"{called(n)} mit {number(parameters[n])}" for n in own_networks(result) if n in parameters]
    )
    drawn = any(n + SAMPLED in result.methods for n in own_networks(result))
    both = len(own_networks(result)) > 1
    return (
        "Wir bauen den Faltungs-Autoencoder eines studentischen Berichts von 2025 [@manser2025] nach, messen, warum er gegen "
        f"Formeln verliert, und setzen ihm ein eigenes Netz entgegen: Eine Gaußverteilung mit {PRIOR_NUMBERS} Gewichten füllt das Loch vor, ein "
        f"residuales U-Net lernt nur die Korrektur, {'in zwei Größen' if both else 'in einer Größe'} ({sizes} Parametern)."
        + (
            f" {'Beide antworten' if both else 'Es antwortet'} auf zwei Weisen: mit dem Mittelwert und mit Vorschlägen, scharfen Füllungen."
            if drawn
            else ""
        )
    )


def _gain(result: Benchmark, suite: str) -> str:
    network = best_network(result)
    difference = gap(result, suite, network, "original")
    rival = best_rival(result, suite)
    lead = gap(result, suite, network, rival)
    reached = result.figures[suite][network][POOLED]
    share = percent(error_share(difference.value), 0)
    text = (
        f"{upper(called(network))} erreicht im Loch {interval(reached)} dB (Spitzen-Signal-Rausch-Verhältnis PSNR mit 95-%-Intervall, Maskensatz {suite_label(suite)}), "
        f"das Netz von 2025 {quantity(value(result, suite, 'original'), 2, 'dB')}: Der quadratische Fehler ist {share} dessen von 2025{against_relu(result, suite, [network])}"
    )
    if rival != "original":
        word = f"{quantity(abs(lead.value), 2, 'dB')} {'größer' if lead.value > 0 else 'kleiner'}"
        text += f", der PSNR {word} als beim besten fremden Verfahren ({label(rival)})"
    return text + ". @abb:kurzbilder zeigt Füllungen."


def _rivalry(result: Benchmark, suite: str, seeds: Seeds) -> str:
    others = without_network(result)
    better = better_formulas(result, suite, seeds)
    n = len(better)
    verb = "füllt" if n == 1 else "füllen"
    counted = "fremden Verfahren ohne Netz (@tab:kurz)"
    if n == len(others) > 0:
        return f"Alle {in_words(n)} {counted} füllen die Löcher gesichert besser als 2025."
    if not n:
        return f"Keines der {counted} füllt die Löcher in allen Maßen besser als das Netz von 2025."
    return f"{upper(in_words(n))} der {in_words(len(others))} {counted} {verb} die Löcher gesichert besser als 2025{better_than_relu(result, suite, seeds, n)}."


def _samples(result: Benchmark, suite: str) -> str:
    drawn = [n for n in own_networks(result) if n + SAMPLED in result.methods]
    if not drawn:
        return ""
    sample = drawn[-1] + SAMPLED
    sharp = [value(result, suite, m, "sharpness") for m in (sample, drawn[-1])]
    cost = value(result, suite, drawn[-1]) - value(result, suite, sample)
    return (
        f"Ein Vorschlag von {called(drawn[-1])} hat {percent(sharp[0], 0)} der *Schärfe* (Sprünge zwischen Nachbarn im Loch) des wahren Bildes, der Mittelwert "
        f"{percent(sharp[1], 0)}; der PSNR des Vorschlags ist um {quantity(abs(cost), 2, 'dB')} {'kleiner' if cost > 0 else 'größer'}."
    )


def _challenges(result: Benchmark, suite: str, seeds: Seeds, control: Control | None = None) -> str:
    """Where we do not win, by the stored measures."""
    network = best_network(result)
    parts = []
    sharp = value(result, suite, network, "sharpness")
    if sharp < BLURRED:
        parts.append("der Mittelwert vieler möglicher Inhalte ist verwaschen")
    told: set[str] = set()
    if lost := lost_suites(result):
        parts.append(
            f"auf {listing([_explained(s, told) for s in lost])} findet ein Klassifikator die Klasse nach dem besten fremden Verfahren öfter als nach unserem Mittelwert"
        )
    others = rivals(result)
    for n in own_networks(result):
        found = [judge(result, s, n, others, seeds) for s in result.question.suites]
        weak = [verdict for verdict in found if verdict.kind != "besser"]
        if weak:
            where = where_ahead(weak, lambda s: _explained(s, told))
            parts.append(f"{called(n)} ist {where} als das beste fremde Verfahren")
    if control is not None:
        parts.append(f"die Vorfüllung {summarise_control(control, seeds)}")
    if single := single_seeded(result, suite, seeds):
        parts.append(
            f"{listing([called(n) for n in single])} {'hat' if len(single) == 1 else 'haben'} nur einen Startwert"
        )
    parts.append("mindestens zwei frühe Entscheidungen fielen nach Testbildern")
    parts.append("alles gilt für 32×32 Pixel und trainierte Maskenarten")
    text = " ".join(f"{upper(part)}." for part in parts)
    return text.replace("der SSIM", "der strukturellen Ähnlichkeit SSIM", 1)


def _explained(suite: str, told: set[str]) -> str:
    """A suite's name and, where it is named for the first time, what is missing there."""
    if suite in told:
        return suite_label(suite)
    told.add(suite)
    what = {
        "mitte16": "Mitte 16×16 (das mittlere Quadrat)",
        "pixel50": "Pixel 50 % (verstreute Pixel)",
        "haelfte": "Hälfte (eine Bildhälfte)",
    }
    return what.get(suite, suite_label(suite))


def summary_table(result: Benchmark, suite: str) -> Table:
    """The short table of the Executive Summary: ours, all without a network, and that of 2025; best first."""
    methods = [*own_networks(result), *without_network(result), "original"]
    methods.sort(key=lambda m: -value(result, suite, m))
    rows = [
        [
            label(m),
            group(m),
            interval(result.figures[suite][m][POOLED]),
            percent(error_share(gap(result, suite, m, "original").value), 0),
        ]
        for m in methods
    ]
    return Table(["Verfahren", "Art", "PSNR gepoolt (dB)", "Fehler, 2025 = 100 %"], rows, "llrr")


def caption(suite: str) -> str:
    return f"PSNR im Loch ({suite_label(suite)}), gepoolt, mit 95-%-Intervall; quadratischer Fehler, gemessen an dem von 2025."


def caption_strip(field) -> str:
    return f"Je das erste Testbild dreier Klassen; im umrandeten, vergrößerten Loch steht, was jedes Verfahren ergänzt, darunter sein PSNR; unser Netz ist „{label(field.best)}“."
