"""The report's opening, its data and masks: title, environment, splits, captions."""

import platform
from collections.abc import Mapping, Sequence

from inpainting import config
from inpainting.data import N_TRAIN, Dataset
from inpainting.german.numbers import called, count, escape, listing, number, percent, suite_label
from inpainting.german.verdicts import gap
from inpainting.masks import MIXTURE
from inpainting.measuring.result import Benchmark
from inpainting.training.recipes import VALIDATION_IMAGES


def title(settings: config.Config) -> str:
    """The report's heading: title, authors, date, and whether it stands on the sample."""
    lines = [
        f"# {escape(settings.title)}",
        f"{escape(settings.authors)} · {escape(settings.date or config.today())}",
    ]
    if settings.dataset == config.SAMPLE:
        lines.append(f"**{config.SAMPLE_NOTICE}**")
    return "\n\n".join(lines)


def describe_environment(versions: Mapping[str, str]) -> str:
    """One sentence on the versions that computed the report."""
    names = (
        ("tensorflow", "TensorFlow"),
        ("keras", "Keras"),
        ("numpy", "NumPy"),
        ("opencv-python-headless", "OpenCV"),
        ("scikit-image", "scikit-image"),
    )
    used = [f"{name} {versions[package]}" for package, name in names if package in versions]
    return f"Gerechnet wurde mit {listing([f'Python {platform.python_version()}', *used])}."


def measured_images(result: Benchmark, n_test: int) -> str:
    """The test images that were measured, in the dative: the first ones, or all."""
    n = result.question.n_images
    if n >= n_test:
        return f"allen {number(n_test)} Testbildern"
    return f"den ersten {number(n)} der {number(n_test)} Testbilder"


def _where_from(networks: Mapping) -> str:
    """That networks come from the store, as far as they do; "" where none does."""
    stored = sum(trained.from_store for trained in networks.values())
    if not stored:
        return ""
    who = "alle Netze" if stored == len(networks) else f"{number(stored)} der {number(len(networks))} Netze"
    return f"; {who} sind schon vor diesem Lauf trainiert (@abs:training-und-interpretation)"


def describe_split(dataset: Dataset, result: Benchmark, networks: Mapping | None = None) -> str:
    """Sizes of the three splits, and what decisions ever saw the test images.

    Parameters
    ----------
    dataset : the one that was measured.
    result : its Benchmark, for our leads over the Gaussian on validation and on test images.
    networks : name → ``training.store.Trained``, to say which were trained before this run.
    """
    train, validation, test = (
        number(len(part)) for part in (dataset.train, dataset.validation, dataset.test)
    )
    if dataset.is_sample:
        text = (
            f"Dieser Lauf rechnet auf der mitgelieferten Stichprobe: {train} Bilder zum Trainieren, {validation} zum Validieren; gemessen "
            f"wird auf {measured_images(result, len(dataset.test))}. Alle Netze, deren Zahlen wir nennen, und der Klassifikator lernten auf den "
            f"{number(N_TRAIN)} Trainingsbildern des ganzen Datensatzes; was dieser Lauf selbst trainiert, steht "
            "außerhalb des Vergleichs."
        )
    else:
        text = (
            f"Trainiert wird auf {train} Bildern; für frühes Stoppen und Modellwahl dienen {validation} Validierungsbilder aus dem Trainingsteil, bei unseren Netzen {number(VALIDATION_IMAGES)} davon; gemessen wird auf "
            f"{measured_images(result, len(dataset.test))}{_where_from(networks or {})}."
        )
    text += (
        " Kein Training sieht die Testbilder; mindestens zwei frühe Entscheidungen "
        "(Gauß-Vorfüllung, Breite des Netzes) fielen aber nach Vorversuchen auf Testbildern, vielleicht auch die Konstante in @gl:lochverlust."
    )
    if found := result.validation:
        leads = listing(
            [
                f"bei {called(name)} {number(lead.value, 2, sign=True)} und "
                f"{number(gap(result, 'quadrat8', name, 'gauss').value, 2, sign=True)} dB"
                for name, lead in found.items()
            ]
        )
        text += f" Unser Vorsprung vor der Gauß-Vorhersage (Quadrat 8×8) ist auf Validierungs- und Testbildern {leads}."
    return text


def caption_masks(suites: Sequence[str]) -> str:
    return f"Die {count(len(suites), 'Maskensatz', 'Maskensätze')}: je eine Maske (Weiß fehlt) und ein maskiertes Trainingsbild."


def alt_masks(suites: Sequence[str]) -> str:
    """Alternative text of the strip of masks."""
    what = {
        "quadrat8": "ein Quadrat von acht Pixeln Kantenlänge",
        "mitte16": "das mittlere Quadrat von sechzehn Pixeln",
        "linien": "einige gerade Striche",
        "freiform": "geschwungene Pinselstriche",
        "pixel50": "jedes zweite Pixel, zufällig verteilt",
        "haelfte": "eine Hälfte des Bildes",
    }
    holes = "; ".join(f"{suite_label(suite)}: {what.get(suite, 'ein Loch')}" for suite in suites)
    return f"Sechs kleine Masken, unter jeder ein Bild, dem die weißen Pixel fehlen. {holes}."


def describe_mixture() -> str:
    """The families of training masks with their shares."""
    names = {
        "quadrat": "Quadrate von 4 bis 16 Pixeln",
        "mitte": "mittige Quadrate von 8 bis 20 Pixeln",
        "linien": "Linien",
        "freiform": "Freiformstriche",
        "pixel": "einzelne Pixel, davon 25 bis 75 % fehlend",
        "rand": "Randstreifen von 8 bis 20 Pixeln",
    }
    return listing([f"{names[family]} ({percent(share, 0)})" for family, share in MIXTURE.items()])
