"""The figures of a run, computed once more from the weights in the store: what a grader runs."""

import functools
import hashlib
import math
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from inpainting import classical, config, data, evaluation, masks, models, narrative, provenance, training
from inpainting.narrative import Table
from inpainting.report import runs

Log = Callable[[str], None]

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


class VerificationError(config.UserError):
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
        return config.round_figure(self.now) == config.round_figure(self.shipped)


def verify_run(
    run: runs.Run, suites: Iterable[str], retrain: bool = False, log: Log = print
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
    images = models.to_float(dataset.test.images)
    fills = {name: fill for name, (_, fill) in classical.fit_methods(dataset.train.images).items()}
    fills |= _networks(run, dataset, retrain, log)
    comparisons = []
    for suite in suites:
        holes = masks.suite_masks(suite, len(images), "test")
        for method, shipped in run.figures[suite].items():
            if method not in fills:
                raise VerificationError(
                    f"run.json des Laufs {run.name} nennt kein Netz zu „{method}“. Der Lauf stammt "
                    "aus einer anderen Fassung und muss neu gerechnet werden."
                )
            log(f"{suite}: {narrative.LABELS[method]} …")
            scores = evaluation.score(fills[method](images, holes), images, holes)
            now = evaluation.summarise(scores, n_resamples=1)
            is_new = retrain and runs.is_network(method) and method != LONG
            comparisons += [
                Comparison(suite, method, key, shipped[key].value, now[key].value, tolerances[is_new])
                for key, (_, _, *tolerances) in FIGURES.items()
            ]
    return comparisons


def _networks(run: runs.Run, dataset: data.Dataset, retrain: bool, log: Log) -> dict:
    """Method → its fill, for every network that the run used."""
    store = config.MODELS / ".work" / "verify"
    fills = {}
    for method, about in run.record["models"].items():
        if retrain and method == LONG:
            log("gruendlich wird nicht neu trainiert; das täte: inpainting train --network gruendlich --retrain")
        if retrain and method != LONG:
            model = training.load_or_train(_recipe(about["recipe"]), dataset, log, store).model
        else:
            model = _load_weights(about)
        is_original = about["recipe"]["network"] == "original"
        predict = models.predict_original if is_original else models.predict_final
        fills[method] = functools.partial(predict, model)
    if retrain:
        shutil.rmtree(store, ignore_errors=True)
    return fills


def _recipe(fields: Mapping) -> "training.Recipe | training.FinalRecipe":
    kind = training.Recipe if fields["network"] == "original" else training.FinalRecipe
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})


def _load_weights(about: Mapping):
    """The model of an entry of the store, if it is the one that the run used."""
    entry = config.MODELS / about["entry"]
    for path in entry.glob("*.keras"):
        if hashlib.sha256(path.read_bytes()).hexdigest() == about["model_sha256"]:
            return models.load_model(path)
    raise VerificationError(
        f"Im Modellordner fehlen die Gewichte {entry.name}, mit denen der Lauf rechnete, oder sie "
        "sind verändert. Von Grund auf rechnet: inpainting verify --retrain"
    )


# ---------------------------------------------------------------- the verdict in German


def render_verdict(run: runs.Run, comparisons: list[Comparison]) -> str:
    """The table of all figures, what may explain differences, and the verdict."""
    n_failed = sum(not comparison.is_met for comparison in comparisons)
    n_equal = sum(c.is_equal for c in comparisons)
    settings = config.load_config({"preset": run.parameters["preset"]})
    now = provenance.record(settings, run.record["data_sha256"])
    differences = runs.environment_differences(run.record, now)
    paragraphs = [
        _table(comparisons).to_terminal(),
        f"{n_equal} von {len(comparisons)} Zahlen stimmen in allen {config.FIGURE_DIGITS} Ziffern.",
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
        values = (narrative.number(value, digits) for value in (c.shipped, c.now))
        verdict = "bestätigt" if c.is_met else "ABWEICHUNG"
        tolerance = f"±{c.tolerance:g}".replace(".", ",")
        rows.append([c.suite, narrative.LABELS[c.method], name, *values, tolerance, verdict])
    header = ["Suite", "Verfahren", "Kennzahl", "Lauf", "jetzt", "Toleranz", "Urteil"]
    return Table(header, rows, "lllrrrl")
