"""The talk: assertions as titles, few points, and notes written to be spoken.

Each function returns what :func:`inpainting.display.show_slide` takes, apart from the picture.  Titles
follow the result like every other sentence of the report.
"""

from inpainting.data import Dataset
from inpainting.german.data import measured_images
from inpainting.german.ladder import change
from inpainting.german.network import describe_architecture
from inpainting.german.numbers import (
    POOLED,
    SAMPLED,
    called,
    listing,
    number,
    percent,
    quantity,
    suite_label,
    upper,
)
from inpainting.german.results import best_network, error_share, own_networks
from inpainting.german.verdicts import best_rival, gap, judge, rivals, value, without_network
from inpainting.measuring.seeds import Seeds


def _slide(title: str, *points: str, notes: str, steps: bool = False) -> dict:
    return {"title": title, "points": points, "notes": notes, "steps": steps}


def task(field) -> dict:
    return _slide(
        "Ein Loch so füllen, dass es nicht auffällt",
        notes="Links sehen Sie jeweils das Bild mit seinem Loch, daneben vergrößert, was verschiedene Verfahren hineinmalen, und ganz "
        "rechts die Wahrheit. Achten Sie auf die Füllung des Netzes von 2025 und auf unsere. Im Loch ist die Information weg; wer "
        "füllt, muss wissen, wie Bilder aussehen. Unsere Frage heute: Wie gut ist ein gelerntes Netz gegen eine Formel, was bremst "
        "es, und was hilft?",
    )


def data_and_masks(dataset: Dataset, result) -> dict:
    return _slide(
        "Dieselben sechs Arten von Löchern für alle",
        f"CIFAR-10, gemessen auf {measured_images(result, len(dataset.test))}",
        notes="Wir arbeiten auf CIFAR-10: kleine Farbbilder aus zehn Klassen. Das Quadrat links ist die Aufgabe von 2025. Dazu kommen "
        "fünf weitere Arten von Löchern, vom Strich bis zur fehlenden Bildhälfte. Jedes Verfahren bekommt genau dieselben Masken. Kein "
        "Training sieht die Testbilder; zwei frühe Entscheidungen des Projekts fielen allerdings auf ihnen, das sagen wir offen.",
    )


def network_of_2025(model) -> dict:
    return _slide(
        f"2025: ein Autoencoder mit {number(model.count_params())} Parametern",
        notes="Das ist das Netz, mit dem alles anfing. Links geht das maskierte Bild hinein, rechts kommt ein ganzes Bild heraus. "
        f"{describe_architecture(model)} Es gibt keinen Weg um diese Engstelle herum, und das Netz erfährt nicht, wo das Loch ist.",
    )


def reasons(result, excess: float, ladder=None) -> dict:
    bought = change(ladder, "maske", "suites") if ladder else None
    size = (
        f" Allein die Maske als Eingabe bringt im Mittel der sechs Maskensätze {number(bought.value, 1, sign=True)} Dezibel."
        if bought
        else ""
    )
    return _slide(
        "Sein Verlust sieht das Loch kaum",
        f"nur {percent(excess)} über der Untergrenze",
        notes="Warum ist das so schwer für dieses Netz? Schauen Sie links: Die Verlustkurve fällt, aber sie liegt von Anfang an "
        "dicht über einer Untergrenze, die die Bilder selbst vorgeben. Gute und schlechte Füllungen unterscheidet sie kaum. Rechts "
        f"sieht man, wie gut es Löcher verschiedener Größe füllt; gelernt hat es an einer einzigen.{size}",
    )


def our_network(field) -> dict:
    return _slide(
        "Erst Wissen, dann Lernen",
        notes="So arbeitet unser Netz. Lesen Sie von links: das Loch, eine grobe Füllung aus Mittelwerten, dann zehn Schritte, die sie an "
        "die wahrscheinlichste Füllung unter einer Gaußverteilung heranrücken. Bis hier ist nichts gelernt. Erst das U-Net lernt, und "
        "zwar nur die Korrektur, die Sie hier vierfach verstärkt sehen. Am Ende werden die bekannten Pixel wieder eingesetzt, Bit für Bit.",
    )


def measures(result) -> dict:
    return _slide(
        "Gemessen wird nur das Loch",
        "PSNR im Loch, gepoolt: Jedes Pixel zählt gleich",
        "Naht und Schärfe: 1 ist wie im wahren Bild",
        "Nachweislich: drei Maße einig, mehr als der Zufall des Startwerts",
        notes="Ein Dezibel mehr heißt rund ein Fünftel weniger quadratischer Fehler. Alle Unterschiede sind gepaart, also auf denselben "
        "Bildern mit denselben Löchern gerechnet. Von einem Nachweis sprechen wir nur, wenn drei Maße sich einig sind und der Abstand "
        "größer ist als das, was ein anderer Startwert ausmacht.",
    )


def outcome(result, suite: str) -> dict:
    network = best_network(result)
    share = error_share(gap(result, suite, network, "original").value)
    rival = best_rival(result, suite)
    lead = gap(result, suite, network, rival)
    if share < 0.995:
        title = f"Unser Netz macht {percent(share, 0)} des Fehlers von 2025"
    else:
        title = "Unser Netz ist nicht genauer als das von 2025"
    return _slide(
        title,
        notes=f"Das ist das Ergebnis auf der Aufgabe von 2025. {upper(called(network))} erreicht {number(value(result, suite, network), 1)} Dezibel, "
        f"das Netz von 2025 {number(value(result, suite, 'original'), 1)}. Das beste Verfahren, das nicht von uns ist, ist {called(rival)} mit "
        f"{number(value(result, suite, rival), 1)}; der Abstand zu ihm ist {number(lead.value, 2, sign=True)} Dezibel.",
    )


def six_suites(result, seeds: Seeds) -> dict:
    network = best_network(result)
    kinds = [judge(result, s, network, rivals(result), seeds).kind for s in result.question.suites]
    n = sum(kind == "besser" for kind in kinds)
    title = (
        "Auf allen Maskensätzen vorn"
        if n == len(kinds)
        else f"Auf {n} von {len(kinds)} Maskensätzen vorn"
        if n
        else "Auf keinem Maskensatz in allen Maßen vorn"
    )
    weak = [
        suite_label(s)
        for s in result.question.suites
        if judge(result, s, own_networks(result)[0], rivals(result), seeds).kind != "besser"
    ]
    small = f" Das kleine Netz ist auf {listing(weak)} nicht in allen Maßen besser." if weak else ""
    return _slide(
        title,
        notes="Die senkrechte Linie ist das jeweils beste fremde Verfahren. Rechts davon sind wir besser. Drei Maße stehen nebeneinander, weil "
        f"sie sich nicht immer einig sind.{small}",
    )


def two_answers(result, suite: str) -> dict:
    network = [n for n in own_networks(result) if n + SAMPLED in result.methods][-1]
    sample = network + SAMPLED
    sharp, mean = (value(result, suite, m, "sharpness") for m in (sample, network))
    return _slide(
        "Ein Vorschlag ist scharf, der Mittelwert genau",
        f"Schärfe {number(sharp, 2)} statt {number(mean, 2)}, PSNR {number(gap(result, suite, sample, network).value, 1, sign=True)} dB",
        notes="Der Mittelwert aller Möglichkeiten ist unscharf, das kann kein Verfahren ändern. Deshalb antwortet unser Netz auch mit "
        "Vorschlägen: einzelnen Möglichkeiten, jede scharf, jede anders. Im Dezibel kosten sie etwas, weil eine einzelne Möglichkeit "
        "selten genau die wahre ist.",
    )


def changes(ladder) -> dict:
    prior = change(ladder, "prior")
    title = (
        "Im kurzen Training bringt Wissen mehr als Größe"
        if prior and (unet := change(ladder, "residual")) and prior.value > unet.value
        else "Was jede Änderung bringt"
    )
    size = (
        f" Die Gauß-Füllung vorweg bringt {number(prior.value, 2, sign=True)} Dezibel und kostet fast keine Parameter."
        if prior
        else ""
    )
    return _slide(
        title,
        notes="Jede Zeile ist eine Änderung gegenüber der vorigen, kurz trainiert, mit mehreren Startwerten. Links die Aufgabe von 2025, in der "
        f"Mitte alle Löcher, rechts das ganze Bild.{size} Nur im Loch zu lernen hilft dem Quadrat und schadet allem anderen, bis das Netz auch andere Löcher sieht.",
    )


def try_it() -> dict:
    return _slide(
        "Selbst ausprobieren",
        notes="Malen Sie ein Loch in ein Bild, oder laden Sie ein eigenes. Die Netze rechnen hier im Browser; nichts verlässt ihn.",
    )


def limits(result, field) -> dict:
    sharp = value(result, "quadrat8", field.best, "sharpness")
    return _slide(
        "Wo wir nicht gewinnen",
        notes="Das sind die vier Bilder, auf denen unser Netz am schlechtesten abschneidet: Im Loch steckt etwas, das die Umgebung nicht "
        f"verrät. Der Mittelwert hat nur {percent(sharp, 0)} der wahren Schärfe. Und alles gilt für kleine Bilder und für Arten von "
        "Löchern, die das Netz aus dem Training kennt.",
    )


def conclusion(result, suite: str, seeds: Seeds) -> dict:
    network = best_network(result)
    others = without_network(result)
    better = sum(judge(result, suite, m, ["original"], seeds).kind == "besser" for m in others)
    share = error_share(gap(result, suite, network, "original").value)
    return _slide(
        "Wissen einbauen, nur das Loch lernen",
        f"{number(better)} von {number(len(others))} Verfahren ohne Netz füllen besser als das Netz von 2025",
        f"{upper(called(network))}: {quantity(value(result, suite, network, POOLED), 2, 'dB')}, {percent(share, 0)} seines Fehlers",
        "Offen: Unschärfe des Mittelwerts, fremde Masken, große Bilder",
        notes="Was nehmen wir mit? Ein Netz muss wissen, wo das Loch ist, sein Verlust muss dem Loch gelten, und was man schon weiß, soll es "
        "nicht lernen müssen. Alles lässt sich mit einem Befehl nachrechnen. Danke fürs Zuhören.",
    )
