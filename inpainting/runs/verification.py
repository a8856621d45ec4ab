"""The figures of a run, computed once more from the weights in the store: what a grader runs."""

import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inpainting import config, data, errors, files, machine, masks
from inpainting.data import to_float
from inpainting.files import Log
from inpainting.german import numbers
from inpainting.german.numbers import Table
from inpainting.measuring import evaluation
from inpainting.measuring.methods import Contestant, digest_network, fit_without_networks, make_fills
from inpainting.networks import load_model
from inpainting.runs import listing
from inpainting.training import entries, recipes, store

FIGURES = {
    "hole_psnr_pooled": ("Loch-PSNR gepoolt (dB)", 3, 0.02, 0.3),
    "hole_psnr_mean": ("Loch-PSNR Mittel (dB)", 3, 0.02, 0.3),
    "image_psnr": ("Bild-PSNR (dB)", 3, 0.02, 0.3),
    "hole_mae": ("Fehler im Loch (Graustufen)", 3, 0.05, 1.0),
    "ssim": ("SSIM", 5, 0.0002, 0.003),
    "seam_ratio": ("Nahtverhältnis", 3, 0.005, 0.1),
    "sharpness": ("Schärfe", 3, 0.005, 0.1),
}
"""Figure → German name, decimals, tolerance with stored weights and after training anew.

Sums in another order move the last digits of float32, and of bfloat16 a few more; a network
trained anew on another machine has other weights and differs as another seed would.
"""

LONG = "gruendlich"
"""The network that is trained for hours, and only by ``inpainting train``."""


class VerificationError(errors.UserError):
    """A run cannot be verified: its data, its weights or its record are missing or changed."""


@dataclass(frozen=True)
class Comparison:
    """One figure of the run and what it is now; both NaN where it is undefined."""

    suite: str
    method: str
    figure: str
    shipped: float
    now: float
    tolerance: float

    @property
    def is_met(self) -> bool:
        if math.isnan(self.shipped) or math.isnan(self.now):
            return math.isnan(self.shipped) and math.isnan(self.now)
        return abs(self.now - self.shipped) <= self.tolerance

    @property
    def is_equal(self) -> bool:
        """Whether both are the same in every digit that ``metrics.json`` holds."""
        return files.round_figure(self.now) == files.round_figure(self.shipped)


def verify_run(
    run: listing.Run, suites: Iterable[str], retrain: bool = False, log: Log = print
) -> list[Comparison]:
    """Measure every method of a run again on some of its suites.

    Parameters
    ----------
    run : names the data, and the entry in the store of every network.
    suites : names of suites that the run measured.
    retrain : train every network but ``gruendlich``, which takes hours, from nothing instead of
        taking its weights from the store, which stays as it is; after an interruption the next
        call goes on.

    Raises
    ------
    VerificationError
        If the data, an entry of the store or the run's record is missing or changed.
    """
    dataset = data.load_dataset(run.parameters["dataset"], log=log)
    if dataset.sha256 != run.record["data_sha256"]:
        raise VerificationError(
            f"Der Lauf {run.name} wurde auf anderen Daten gerechnet; seine Zahlen lassen sich hier "
            "nicht prüfen."
        )
    gaussian, library = fit_without_networks(dataset)
    fills = make_fills(gaussian, _networks(run, dataset, retrain, log), library)
    comparisons = []
    for suite in suites:
        for method, shipped in run.figures[suite].items():
            if method not in fills:
                raise VerificationError(
                    f"run.json des Laufs {run.name} nennt kein Netz zu „{method}“. Der Lauf stammt "
                    "aus einer anderen Fassung und muss neu gerechnet werden."
                )
            log(f"{suite}: {numbers.LABELS[method]} …")
            images = to_float(dataset.test.images[: run.n_images[method]])
            holes = masks.suite_masks(suite, len(images), "test")
            scores = evaluation.score(fills[method](images, holes), images, holes)
            now = evaluation.summarise(scores, n_resamples=1)
            is_new = retrain and listing.is_network(method) and method != LONG
            comparisons += [
                Comparison(suite, method, key, shipped[key].value, now[key].value, tolerances[is_new])
                for key, (_, _, *tolerances) in FIGURES.items()
            ]
    return comparisons


def _networks(run: listing.Run, dataset: data.Dataset, retrain: bool, log: Log) -> dict[str, Contestant]:
    """Every network that the run used."""
    work = config.MODELS / ".work" / "verify"
    networks = {}
    for method, about in run.record["models"].items():
        again = retrain and method != LONG and about["data_sha256"] == dataset.sha256
        if retrain and not again:
            log(f"{method} wird nicht neu trainiert; das täte: inpainting train --network {method} --retrain")
        if again:
            model = store.load_or_train(recipes.from_record(about["recipe"]), dataset, log, work).model
        else:
            model = _load_weights(about)
        kind = "original" if about["recipe"]["network"] == "original" else "own"
        networks[method] = Contestant(model, kind, digest_network(model))
    if retrain:
        shutil.rmtree(work, ignore_errors=True)
    return networks


def _load_weights(about: Mapping):
    """The model of an entry of the store, if it is the one that the run used."""
    if path := entries.find_model(about["entry"], about["model_sha256"]):
        return load_model(path)
    raise VerificationError(
        f"Im Modellordner fehlen die Gewichte {about['entry']}, mit denen der Lauf rechnete, oder sie "
        "sind verändert. Von Grund auf rechnet: inpainting verify --retrain"
    )


# ---------------------------------------------------------------- the verdict in German


def render_verdict(run: listing.Run, comparisons: list[Comparison]) -> str:
    """The table of all figures, what may explain differences, and the verdict."""
    n_failed = sum(not comparison.is_met for comparison in comparisons)
    n_equal = sum(c.is_equal for c in comparisons)
    settings = config.load_config({"preset": run.parameters["preset"]})
    now = machine.record(settings, run.record["data_sha256"])
    differences = listing.environment_differences(run.record, now)
    paragraphs = [
        _table(comparisons).to_terminal(),
        f"{n_equal} von {len(comparisons)} Zahlen stimmen in allen {files.FIGURE_DIGITS} Ziffern.",
        Table(["Anders als beim Lauf", "Lauf", "jetzt"], differences, "lll").to_terminal()
        if differences
        else "Programm, Versionen und Prozessor sind die des Laufs.",
    ]
    if n_equal < len(comparisons):
        paragraphs.append(
            "Andere Prozessoren, Grafikkarten und Versionen summieren in anderer Reihenfolge und "
            "runden anders (float32, im Training teils bfloat16): Das erklärt Abweichungen in den "
            "letzten Ziffern. Ein neues Training endet dann in anderen Gewichten; deshalb sind nach "
            "--retrain die Toleranzen der Netze weiter. Größere Abweichungen erklärt nur ein "
            "geändertes Programm oder eine andere Version eines Verfahrens."
        )
    paragraphs.append(
        f"{n_failed} von {len(comparisons)} Zahlen liegen außerhalb der Toleranz."
        if n_failed
        else f"Bestätigt: Alle {len(comparisons)} Zahlen liegen in der Toleranz."
    )
    return "\n\n".join(paragraphs)


def _table(comparisons: list[Comparison]) -> Table:
    rows = []
    for c in comparisons:
        name, digits, *_ = FIGURES[c.figure]
        values = (numbers.number(value, digits) for value in (c.shipped, c.now))
        verdict = "bestätigt" if c.is_met else "ABWEICHUNG"
        tolerance = f"±{c.tolerance:g}".replace(".", ",")
        rows.append([c.suite, numbers.LABELS[c.method], name, *values, tolerance, verdict])
    header = ["Suite", "Verfahren", "Kennzahl", "Lauf", "jetzt", "Toleranz", "Urteil"]
    return Table(header, rows, "lllrrrl")
