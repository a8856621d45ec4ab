"""The ladder: from the network of 2025 to the project's own, one change at a time.

Each :class:`Rung` keeps the changes of those before it and adds one of its own; all are trained for
equally many steps of equally many images and judged on the same validation images.  The rung
:data:`KOMPAKT_RUNG` is the recipe of ``kompakt``, only shorter, with half as many images a step.  The
last rung adds the blocks at full resolution that only
``gruendlich`` has.  A results file holds sums of errors by groups of images, from which every
figure with its interval follows; :mod:`inpainting.measuring.climbing` writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inpainting import config, errors, files, masks
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate
from inpainting.training.recipes import GRUENDLICH, KOMPAKT, Recipe

RESULTS = config.RESULTS / "ladder.json"
"""The committed results."""

FORMAT = 1
"""Raised whenever the results file changes its structure or its sums their meaning."""

STEPS = 1200
N_IMAGES = 2000
"""The first validation images judge, with the suites' frozen masks."""

N_GROUPS = 40
"""The images' errors are kept as sums over this many groups of consecutive images."""

FIGURES = {
    "quadrat8": "Loch-PSNR auf quadrat8",
    "suites": "Loch-PSNR, Mittel der sechs Maskensätze",
    "image": "PSNR des ganzen Bildes",
    "quadrat8_mean": "Loch-PSNR auf quadrat8, Mittel der Bilder",
}
"""Figure → German name; all in dB.  The first two are pooled over images, ``image`` is the mean
over images on quadrat8, of what the rung would show: composited or not."""


class LadderError(errors.UserError):
    """A results file cannot be read, is incomplete, or belongs to another ladder."""


# ---------------------------------------------------------------- rungs


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes
    ----------
    name : in the results file.
    label : German, short.
    changes : field of :class:`inpainting.training.recipes.Recipe` that the rung changes → new value; a
        learning rate may come with it.
    judged_by : key of :data:`FIGURES` that decides whether the change pays.
    """

    name: str
    label: str
    changes: Mapping[str, object]
    judged_by: str = "quadrat8"


BASE = Recipe(
    network="leiter",
    architecture="autoencoder",
    output="relu",
    holes="fest",
    loss="kreuzentropie",
    batch_size=64,
)
"""The draft of the network of 2025, in the ladder's short training."""

RUNGS = (
    Rung("entwurf", "Entwurf von 2025", {}),
    Rung("sigmoid", "Sigmoid am Ausgang", {"output": "sigmoid"}),
    Rung("frische_masken", "Frische Löcher", {"holes": "quadrat"}),
    Rung("maske", "Maske als Eingabe", {"mask_input": True}),
    Rung("quadratisch", "Quadratischer Fehler", {"loss": "quadratisch"}),
    Rung("verlust_im_loch", "Fehler nur im Loch", {"loss": "loch"}),
    Rung("compositing", "Bekanntes kopieren", {"composited": True}, "image"),
    Rung("spiegeln", "Spiegelbilder", {"flips": True}),
    Rung("skip", "Skip-Verbindungen", {"skips": True}),
    Rung("prior", "Gauß-Vorfüllung", {"prior": True, "output": None}),
    Rung(
        "residual",
        "Residuales U-Net",
        {
            "architecture": "prior_unet",
            "mask_input": False,
            "skips": False,
            "prior": False,
            "widths": KOMPAKT.widths,
            "learning_rate": 1.4e-3,
        },
    ),
    Rung("muon", "Muon statt Adam", {"optimizer": KOMPAKT.optimizer}),
    Rung("mehr_loecher", "Mehr Löcher je Bild", {"extra_squares": KOMPAKT.extra_squares}),
    Rung("mischung", "Alle Maskenarten", {"holes": KOMPAKT.holes}, "suites"),
    Rung("gewichtung", "Nach Schwere gewichtet", {"weighting": KOMPAKT.weighting}, "suites"),
    Rung("volle_aufloesung", "Volle Auflösung", {"detail": GRUENDLICH.detail}, "suites"),
)
"""From the draft to the project's networks; the network's kind carries its own inputs and skips."""

KOMPAKT_RUNG = "gewichtung"
"""Name of the rung whose network is that of ``kompakt``; it is also trained for more steps."""


def make_recipe(name: str, seed: int = 1, steps: int = STEPS, epochs: int = 1) -> Recipe:
    """The recipe of a rung, with the changes of all rungs below it."""
    n_steps = steps * epochs
    recipe = replace(BASE, seed=seed, steps_per_epoch=steps, epochs=epochs, warmup=max(1, n_steps // 20))
    for rung in RUNGS:
        recipe = replace(recipe, **rung.changes)
        if rung.name == name:
            return recipe
    raise KeyError(name)


# ---------------------------------------------------------------- results file


KEYS = {
    "format",
    "steps",
    "batch_size",
    "n_images",
    "data",
    "rungs",
    "compute",
    "hole_counts",
    "entries",
}


def read_file(path: Path) -> dict:
    """The content of a results file.

    Raises
    ------
    LadderError
        If it is missing, damaged, or of another format.
    """
    try:
        ladder = files.read_json(path)
        if ladder["format"] != FORMAT or not KEYS <= ladder.keys():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        is_os = isinstance(error, OSError)
        reason = errors.reason(error) if is_os else "die Datei hat einen anderen Aufbau"
        raise LadderError(
            f"Die Ergebnisse der Leiter „{path}“ sind nicht lesbar: {reason}. Erlaubt ist eine "
            "Datei, die inpainting ladder geschrieben hat; andernfalls bitte löschen oder mit "
            "--output eine andere angeben."
        ) from None
    return ladder


def group_sums(values: np.ndarray) -> list[float]:
    """Sums of per-image values (N,) over the groups, to five digits, as the file holds them."""
    return [float(f"{group.sum():.5g}") for group in np.array_split(values, N_GROUPS)]


# ---------------------------------------------------------------- results


@dataclass(frozen=True)
class RungResult:
    """A rung with its figures.

    Attributes
    ----------
    name, label, judged_by : see :class:`Rung`.
    estimates : key of :data:`FIGURES` → figure in dB with its interval over images and seeds.
    differences : key of :data:`FIGURES` → paired difference to the rung below; empty for the first rung.
    seconds : mean time of a training.
    n_parameters : numbers that the network has learned.
    """

    name: str
    label: str
    judged_by: str
    estimates: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]
    seconds: float
    n_parameters: int

    def verdict(self, figure: str = "") -> str:
        """Whether the rung pays: "gewinnt", "verliert" or, where the interval holds 0, "unklar".

        ``figure`` decides, by default the figure that the rung is judged by.  "" for the first rung.
        """
        difference = self.differences.get(figure or self.judged_by)
        if difference is None:
            return ""
        if difference.low > 0:
            return "gewinnt"
        return "verliert" if difference.high < 0 else "unklar"


@dataclass(frozen=True)
class ComputePoint:
    """The rung :data:`KOMPAKT_RUNG` after ``factor`` times the steps; intervals over images alone."""

    factor: int
    n_steps: int
    estimates: Mapping[str, Estimate]
    seconds: float


@dataclass(frozen=True)
class LadderResults:
    """All rungs, lowest first, and the curve of more compute.

    Attributes
    ----------
    seeds : those that every rung was trained with.
    steps, batch_size : of each training.
    n_images : validation images that judge.
    """

    rungs: tuple[RungResult, ...]
    compute: tuple[ComputePoint, ...]
    seeds: tuple[int, ...]
    steps: int
    batch_size: int
    n_images: int


def load_results(path: Path = RESULTS) -> LadderResults:
    """Read a results file and compute every figure with its interval.

    Raises
    ------
    LadderError
        If the file is missing, damaged, or no seed has all rungs yet.
    """
    ladder = read_file(path)
    entries = ladder["entries"]
    seeds = set.intersection(*([set(rung["keys"]) for rung in ladder["rungs"]] or [set()]))
    if not seeds:
        raise LadderError(
            f"Die Leiter „{path}“ ist noch unvollständig: Für keinen Startwert sind alle Stufen "
            "gerechnet. Bitte zu Ende rechnen: inpainting ladder"
        )
    seeds = sorted(map(int, seeds))
    rungs, below = [], None
    for rung in ladder["rungs"]:
        stored = [entries[rung["keys"][str(seed)]] for seed in seeds]
        values = resampled_figures(ladder, stored, rung["composited"])
        rungs.append(
            RungResult(
                rung["name"],
                rung["label"],
                rung["judged_by"],
                {name: evaluation.estimate(values[name]) for name in FIGURES},
                {name: evaluation.estimate(values[name] - below[name]) for name in FIGURES} if below else {},
                float(np.mean([entry["seconds"] for entry in stored])),
                stored[0]["n_parameters"],
            )
        )
        below = values
    points = []
    for factor, key in sorted(ladder["compute"].items(), key=lambda item: int(item[0])):
        values = resampled_figures(ladder, [entries[key]], ladder["rungs"][-1]["composited"])
        estimates = {name: evaluation.estimate(values[name]) for name in FIGURES}
        n_steps = int(factor) * ladder["steps"]
        points.append(ComputePoint(int(factor), n_steps, estimates, entries[key]["seconds"]))
    return LadderResults(
        tuple(rungs),
        tuple(points),
        tuple(seeds),
        ladder["steps"],
        ladder["batch_size"],
        ladder["n_images"],
    )


def resampled_figures(
    ladder: Mapping,
    entries: Sequence[Mapping],
    composited: bool,
    n_resamples: int = evaluation.N_RESAMPLES,
    seed: int = evaluation.BOOTSTRAP_SEED,
) -> dict[str, np.ndarray]:
    """Each figure on everything (first entry) and on every bootstrap resample.

    Seeds and groups of images are resampled independently of each other, as every seed was
    judged on the same images; of n units n − 1 are drawn, which makes the variance unbiased
    for few seeds (Rao and Wu, 1988).  A figure is the mean over seeds of each seed's figure.
    The resamples depend on ``seed`` and the numbers of groups and seeds alone, so differences
    between rungs are paired in both.

    Parameters
    ----------
    ladder : the results file's content.
    entries : of one rung, a seed each; with a single one the interval is over images alone.
    composited : whether ``image`` judges the composited image.

    Returns
    -------
    key of :data:`FIGURES` → (1 + n_resamples,), in dB.
    """
    rng = np.random.default_rng(seed)
    sizes = [len(part) for part in np.array_split(np.empty(ladder["n_images"]), N_GROUPS)]
    groups = _resample(N_GROUPS, n_resamples, rng)
    seeds = _resample(len(entries), n_resamples, rng)

    def over_seeds(figure: Callable[[Mapping], np.ndarray]) -> np.ndarray:
        values = np.stack([figure(entry["sums"]) for entry in entries], axis=1)
        return (seeds * values).sum(1) / seeds.sum(1)

    def mean(name: str) -> np.ndarray:
        return over_seeds(lambda sums: groups @ sums[name] / (groups @ sizes))

    def pooled(suite: str) -> np.ndarray:
        count = groups @ ladder["hole_counts"][suite]
        return over_seeds(lambda sums: evaluation.psnr(groups @ sums[suite] / count))

    return {
        "quadrat8": pooled("quadrat8"),
        "suites": np.mean([pooled(suite) for suite in masks.SUITES], axis=0),
        "image": mean("image_psnr_composited" if composited else "image_psnr"),
        "quadrat8_mean": mean("hole_psnr"),
    }


def _resample(n: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n units counts: once (first row), then in every resample."""
    drawn = rng.multinomial(max(n - 1, 1), np.full(n, 1 / n), n_resamples)
    return np.vstack([np.ones((1, n)), drawn])
