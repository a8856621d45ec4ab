"""What the trainings went through: loss curves, where a network comes from, what its seed is worth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inpainting.german.numbers import (
    FIGURES,
    MEAN,
    OLD,
    OURS,
    POOLED,
    SSIM,
    Table,
    called,
    count,
    duration,
    german_date,
    label,
    listing,
    number,
    percent,
    quantity,
    suite_label,
    upper,
)
from inpainting.measuring.seeds import Seeds, values

WIDE = 0.5
"""Range over seeds, in dB, from which on a single figure says little."""

TREND_EPOCHS = 5
"""The end of a training is judged by its last five epochs against the five before."""


@dataclass(frozen=True)
class TrainingVerdict:
    """How a training went, decided by its history.

    Attributes
    ----------
    still_falling : the best epoch is among the last five, and their mean validation loss is
        lower than that of the five before by more than one per cent of the distance to the floor.
    rising : that mean is higher than that of the five before by more than the same.
    overfitted : the last three validation losses all stand above the best by more than one per
        cent of that distance, and the training loss went on falling.
    excess : best validation loss above the floor, as a fraction of the floor.
    improvement : fall of the validation loss over the last five epochs, in nat.
    """

    still_falling: bool
    rising: bool
    overfitted: bool
    excess: float
    improvement: float


def judge_training(loss: Sequence[float], val_loss: Sequence[float], floor: float) -> TrainingVerdict:
    """Judge a training by its losses.

    Parameters
    ----------
    loss, val_loss : per epoch, in nat; epochs without finite losses do not count.
    floor : entropy floor of the validation images, in nat.
    """
    finite = [pair for pair in zip(loss, val_loss, strict=True) if all(map(math.isfinite, pair))]
    if not finite:
        return TrainingVerdict(False, False, False, math.inf, 0.0)
    loss, val_loss = zip(*finite, strict=True)
    best = int(np.argmin(val_loss))
    threshold = 0.01 * max(val_loss[best] - floor, 1e-9)
    late = np.mean(val_loss[-TREND_EPOCHS:])
    before = np.mean(val_loss[-2 * TREND_EPOCHS : -TREND_EPOCHS] or val_loss[:1])
    still_falling = before - late > threshold and best >= len(val_loss) - TREND_EPOCHS
    after = val_loss[best + 1 :]
    risen = len(after) >= 3 and min(after[-3:]) - val_loss[best] > threshold
    return TrainingVerdict(
        still_falling=bool(still_falling),
        rising=bool(late - before > threshold),
        overfitted=bool(risen and not still_falling and loss[-1] < loss[best]),
        excess=float(val_loss[best] / floor - 1),
        improvement=float(before - late),
    )


def describe_training(history, floors: Mapping[str, float], recipe: Mapping) -> str:
    """Interpret the loss curves.

    Parameters
    ----------
    history : a ``training.History``.
    floors : "Training" and "Validierung" → entropy floor of those images, in nat.
    recipe : of the training, as its record has it.
    """
    max_epochs, patience = recipe["epochs"], recipe["patience"]
    floor = floors["Validierung"]
    verdict = judge_training(history.loss, history.val_loss, floor)
    ends = {
        "epochs": f"Das Training des Netzes von 2025 lief über alle {max_epochs} Epochen, ohne dass das frühe Stoppen eingriff.",
        "patience": f"Das Training endete nach Epoche {history.n_epochs} von höchstens "
        f"{max_epochs}, weil der Validierungsverlust {patience} Epochen lang nicht mehr sank.",
        "nan": f"Das Training brach in Epoche {history.n_epochs} ab, weil der Verlust keine "
        "endliche Zahl mehr war; verwendet werden die Gewichte davor.",
    }
    if not history.best_epoch:
        return f"{ends['nan']} Alle Ergebnisse dieses Netzes sind die eines untrainierten."
    if verdict.still_falling:
        trend = (
            "Am Ende fällt der Validierungsverlust noch: Das Mittel der letzten fünf Epochen liegt um "
            f"{number(verdict.improvement, 5)} nat unter dem der fünf davor. Längeres Training "
            "dürfte ihn noch wenig senken."
            if history.n_epochs >= 2 * TREND_EPOCHS
            else "Am Ende fällt der Validierungsverlust noch; längeres Training dürfte ihn weiter senken."
        )
    elif verdict.rising:
        trend = "Am Ende steigt der Validierungsverlust wieder; längeres Training dürfte nicht helfen."
    else:
        trend = "Am Ende ist der Validierungsverlust flach; längeres Training dürfte ihn kaum senken."
    fit = (
        "Nach dem Bestwert steigt der Validierungsverlust, während der Trainingsverlust weiter "
        "fällt: Das Netz ist überangepasst, und das frühe Stoppen wählt zu Recht die älteren "
        "Gewichte."
        if verdict.overfitted
        else "Trainings- und Validierungsverlust laufen nebeneinander her; eine Überanpassung "
        "zeigt sich nicht."
    )
    course = "" if history.stopped == "nan" else f"{trend} {fit} "
    if history.n_epochs == 1:
        course = "Aus einer einzigen Epoche lässt sich kein Verlauf ablesen. "
    if history.val_loss[-1] < history.loss[-1] and floor < floors["Training"]:
        course += (
            "Dass der Validierungsverlust unter dem Trainingsverlust verläuft, liegt an den Bildern: Ihre "
            f"Untergrenze ist um {number(floors['Training'] - floor, 4)} nat niedriger. "
        )
    return (
        f"{ends[history.stopped]} Der beste Validierungsverlust ist "
        f"{quantity(history.best_val_loss, 5, 'nat')} in Epoche {history.best_epoch}. {course}"
        f"{describe_floor(history.best_val_loss, floor)}"
    )


def describe_floor(best: float, floor: float) -> str:
    """How far the loss ends above what no network can fall below, and what that says."""
    return (
        f"Der Verlust liegt {percent(best / floor - 1)} über der Entropie der Bilder selbst "
        f"({quantity(floor, 4, 'nat')}); an der Kurve ist darum wenig abzulesen, am Lernen ändert die feste Grenze nichts."
    )


def describe_own(networks: Mapping[str, object]) -> str:
    """The course of our means' trainings; "" without any.

    Parameters
    ----------
    networks : name → ``training.store.Trained``.
    """
    sentences = []
    for name, history in own_histories(networks).items():
        last = "letzten" if len(networks[name].record.get("stages") or ()) > 1 else ""
        where = f" (in der {last} Stufe)" if last else ""
        low = min(history.val_loss)
        best, n = history.val_loss.index(low) + 1, len(history.val_loss)
        when = "in der letzten Epoche" if best == n else f"in Epoche {best} von {n}"
        train, val = number(history.loss[best - 1], 4), number(low, 4)
        sentences.append(
            f"{upper(called(name))}{where} hat den kleinsten Validierungsverlust {when} ({val}; auf Trainingsbildern {train})"
            + (_at_the_end(history.val_loss) if best == n > 1 else ".")
        )
    return " ".join(sentences)


def _at_the_end(losses) -> str:
    """How fast a loss still fell in its last epoch."""
    slow = losses[-2] - losses[-1] < 1e-3 * losses[-1]
    return f": Er fiel bis zuletzt{', am Ende kaum noch' if slow else ''}."


def own_histories(networks: Mapping[str, object]) -> dict:
    """Network of ours → its ``training.History``, where one is stored and finite."""
    return {
        name: networks[name].history
        for name in OURS
        if name in networks
        and networks[name].history.val_loss
        and math.isfinite(min(networks[name].history.val_loss))
    }


def titles(excess: float) -> tuple[str, str]:
    """Headings of the panels of the trainings: that of 2025, and ours."""
    left = (
        f"Netz von 2025: {percent(excess)} über der Untergrenze"
        if math.isfinite(excess)
        else "Das Netz von 2025"
    )
    return left, "Unsere Netze"


def caption_trainings(networks: Mapping[str, object]) -> str:
    """Caption of the two panels; of a network that learned in stages the last one is shown."""
    staged = [called(n) for n in own_histories(networks) if len(networks[n].record.get("stages") or ()) > 1]
    last = f", bei {listing(staged)} nur in der letzten Stufe" if staged else ""
    return (
        "Links der Verlust des Netzes von 2025 auf Trainings- und Validierungsbildern, gestrichelt die Untergrenzen; rechts der Verlust "
        f"unserer Mittelwerte (@gl:lochverlust){last}."
    )


def alt_trainings(history, floors: Mapping[str, float], networks: Mapping[str, object]) -> str:
    """Alternative text of the trainings."""
    return f"{alt_losses(history, floors['Validierung'])} {describe_own(networks)}".rstrip()


def alt_losses(history, floor: float) -> str:
    return (
        f"Liniendiagramm über {history.n_epochs} Epochen: Der Trainingsverlust geht von "
        f"{number(history.loss[0], 4)} auf {number(history.loss[-1], 4)} nat, der "
        f"Validierungsverlust von {number(history.val_loss[0], 4)} auf "
        f"{number(history.val_loss[-1], 4)} nat; darunter gestrichelt die Entropie der Bilder bei "
        f"{number(floor, 4)} nat."
    )


def describe_origins(networks: Mapping[str, object]) -> str:
    """Which networks were trained in this run and which come from the store, how long and on what.

    Parameters
    ----------
    networks : name → ``training.store.Trained``.
    """
    here = [
        f"{called(n)} in {duration(t.record['seconds'])}" for n, t in networks.items() if not t.from_store
    ]
    sentences = [f"In diesem Lauf trainiert {_are(here)} {listing(here)}."] if here else []
    stored: dict[tuple, list[str]] = {}
    for name, trained in networks.items():
        if trained.from_store:
            record = trained.record
            about = german_date(record["trained_at"]), record["data"]["n_train"], processor(trained)
            stored.setdefault(about, []).append(f"{called(name)} in {duration(record['seconds'])}")
    for (day, n_train, hardware), found in stored.items():
        sentences.append(
            f"Aus dem Modellspeicher {'kommt' if len(found) == 1 else 'kommen'}, am {day} auf {number(n_train)} Bildern und {hardware} "
            f"trainiert, {listing(found)}."
        )
    told = [*map(describe_stages, networks.values()), _flows_apart(networks), _converted(networks)]
    return " ".join([*sentences, *filter(None, told)])


def _flows_apart(networks: Mapping[str, object]) -> str:
    """That the flows of the samples were trained on a later day than the means, where the records say so."""
    days: dict[str, list[str]] = {}
    for name, trained in networks.items():
        record = trained.record
        if trained.from_store and "flow_trained" in record and "flow_history" in record:
            day = german_date(record["flow_trained"]["trained_at"])
            if day != german_date(record["trained_at"]):
                seconds = duration(sum(record["flow_history"]["seconds"]))
                days.setdefault(day, []).append(f"{seconds} bei {called(name)}")
    return " ".join(
        f"Der Fluss der Vorschläge kam erst am {day} dazu; von der genannten Dauer entfallen auf ihn {listing(found)}."
        for day, found in days.items()
    )


def _converted(networks: Mapping[str, object]) -> str:
    """Which means were trained by an earlier version of the program and carried over, by the records."""
    found = [called(n) for n, t in networks.items() if t.from_store and t.record.get("converted")]
    if not found:
        return ""
    verb, whose = ("lernte", "seine") if len(found) == 1 else ("lernten", "ihre")
    return (
        f"Den Mittelwert {verb} {listing(found)} mit einer früheren Fassung des Programms; {whose} Gewichte sind in die heutige "
        "übertragen, die dieselbe Vorfüllung in Blöcken von 4×4 Pixeln rechnet."
    )


STORED = (
    "Auch Messwerte liegen im Modellspeicher; ein Lauf misst nur, was dort fehlt; was er fand, sagt seine Konsolenausgabe. Die Ablation und die "
    "Messungen mit anderen Startwerten sind getrennt vom Bericht entstanden; im Projektordner stehen sie in `results/ladder.json` und "
    "`results/seeds.json`."
)
"""Where figures come from that a run does not measure itself."""


def _are(found: Sequence[str]) -> str:
    return "ist" if len(found) == 1 else "sind"


def processor(trained) -> str:
    """On what a network was trained, as ``2 Kernen (AMD EPYC)``."""
    hardware = trained.record["hardware"]
    cores = "einem Kern" if hardware["n_cores"] == 1 else f"{hardware['n_cores']} Kernen"
    return f"{cores} ({hardware['processor']})"


def describe_stages(trained) -> str:
    """One sentence on the trainings that came before the last one; "" if there was one alone."""
    stages = trained.record.get("stages", ())
    if len(stages) < 2:
        return ""
    name = called(trained.record["recipe"]["network"])
    first, last = (count(stages[i]["epochs"], "Epoche", "Epochen", True) for i in (0, -1))
    return (
        f"Seinen Mittelwert lernte {name} in zwei Stufen: {first} ohne und {last} "
        f"mit den Blöcken in voller Auflösung, zusammen {duration(sum(stage['seconds'] for stage in stages))}."
    )


def describe_seeds(seeds: Seeds, suite: str) -> str:
    """What the seeds show, or that there is one alone."""
    if not any(len(values(seeds, network, suite, POOLED)) > 1 for network in seeds):
        return "Von jedem Netz ist nur ein Startwert gemessen; der Zufall des Trainings bleibt unbekannt."
    return (
        "@tab:startwerte zeigt, was der Startwert des Trainings ausmacht, @tab:spannen die Spannen auf allen Maskensätzen; was "
        "nachweislich heißt, sagt @abs:wie-wir-messen."
    )


def seeds_table(seeds: Seeds, suite: str) -> Table:
    """Every seed's figures of each network that has several."""
    rows = []
    for network in seeds:
        found = {key: values(seeds, network, suite, key) for key in (POOLED, MEAN, SSIM)}
        if len(found[POOLED]) < 2:
            continue
        cells = [
            " · ".join(number(x, FIGURES[key].digits) for x in of_key) or "–" for key, of_key in found.items()
        ]
        rows.append([label(network), *cells])
    return Table(["Netz", "gepoolt (dB)", "Mittel (dB)", "SSIM"], rows)


def spreads_table(seeds: Seeds, suites: Sequence[str]) -> Table:
    """Least and greatest pooled PSNR over the seeds of each network that has several, suite by suite."""
    rows = []
    for network in seeds:
        found = [values(seeds, network, suite, POOLED) for suite in suites]
        if max(map(len, found), default=0) > 1:
            cells = [f"{number(min(x), 2)}–{number(max(x), 2)}" if x else "–" for x in found]
            rows.append([label(network), *cells])
    return Table(["Netz", *map(suite_label, suites)], rows)


CAPTION_SPREADS = (
    "Kleinster und größter gepoolter PSNR in dB über die Startwerte eines Netzes; Mittel je Bild und SSIM aller Startwerte stehen in "
    "`results/seeds.json`."
)


def describe_scatter(seeds: Seeds, suites: Sequence[str], networks: Sequence[str] = OLD) -> str:
    """That the networks of 2025 scatter widely where they never trained, if they do; else ""."""
    parts = []
    for network in networks:
        found = {suite: values(seeds, network, suite, POOLED) for suite in suites}
        wide = {suite: x for suite, x in found.items() if len(x) > 1 and max(x) - min(x) > WIDE}
        if wide:
            suite = max(wide, key=lambda s: max(wide[s]) - min(wide[s]))
            low, high = number(min(wide[suite]), 2), quantity(max(wide[suite]), 2, "dB")
            parts.append(f"{called(network)} auf {suite_label(suite)} von {low} bis {high}")
    if not parts:
        return ""
    verb = "reicht" if len(parts) == 1 else "reichen"
    return (
        f"Je nach Startwert {verb} {listing(parts)} (@tab:spannen); die Tabellen zeigen nur den einen Startwert, mit dem der Bericht "
        "rechnet, und einzelne Werte dieser Netze auf fremden Masken besagen darum wenig."
    )


def caption_seeds(suite: str) -> str:
    return (
        f"Dasselbe Rezept mit verschiedenen Startwerten auf {suite_label(suite)}, auf dem ganzen Datensatz getrennt von diesem Lauf "
        "trainiert und gemessen; eine Zahl je Startwert."
    )
