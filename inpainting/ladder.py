"""The ladder: from the draft of the original to the final network, one repair at a time.

Each :class:`Rung` keeps the changes of those below and adds one of its own; all are trained for
equally many steps of equally many images and judged on the same validation images.  The rung
:data:`KOMPAKT` is ``training.FinalRecipe`` with its defaults, only shorter; ``kompakt`` is the same
with twice as many images a step.  The last rung adds the blocks at full resolution that only
``gruendlich`` has.  A results file holds sums of errors by groups of images, from which every
figure with its interval follows; a finished training is in the file, so that the next call goes
on behind it.
"""

import contextlib
import json
import logging
import math
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inpainting import config, evaluation, masks, models, narrative, provenance, training
from inpainting.data import Dataset
from inpainting.evaluation import Estimate
from inpainting.models import keras
from inpainting.optimizers import OPTIMIZERS

Log = Callable[[str], None]

RESULTS = config.RESULTS / "ladder.json"
"""The committed results."""

FORMAT = 1
"""Raised whenever the results file changes its structure or its sums their meaning."""

STEPS = 1200
N_IMAGES = 2000
"""The first validation images judge, with the suites' frozen masks."""

N_GROUPS = 40
"""The images' errors are kept as sums over this many groups of consecutive images."""

FINAL = training.FinalRecipe()

FIGURES = {
    "quadrat8": "Loch-PSNR auf quadrat8",
    "suites": "Loch-PSNR, Mittel der sechs Maskensätze",
    "image": "PSNR des ganzen Bildes",
    "quadrat8_mean": "Loch-PSNR auf quadrat8, Mittel der Bilder",
}
"""Figure → German name; all in dB.  The first two are pooled over images, ``image`` is the mean
over images on quadrat8, of what the rung would show: composited or not."""


class LadderError(config.UserError):
    """A results file cannot be read, is incomplete, or belongs to another ladder."""


# ---------------------------------------------------------------- rungs


@dataclass(frozen=True)
class LadderRecipe(training.Keyed):
    """Everything that determines one training of the ladder, except the data.

    The defaults are the draft of the original: a ReLU output, one fixed hole an image, and the
    cross-entropy of the whole image.

    Attributes
    ----------
    version : raised whenever the code of a training changes its result beyond rounding, the
        prior included.
    output : activation of the last layer, "relu" or "sigmoid"; none where a prior is corrected.
    holes : "original" draws one hole an image, the original's off-by-one included; "quadrat"
        and "mischung" draw fresh ones in every step.
    mask_input : the mask is the fourth input channel.
    loss : a key of :data:`LOSSES`.
    composited : known pixels are copied into the output; comes after training.
    flips : every second image is mirrored.
    skips : the encoder's features at full and half resolution go to the decoder as well.
    prior : the final network's Gaussian prior is a further input, and its correction the output.
    widths, n_blocks, detail : of the residual U-Net and of the blocks at full resolution, see
        :func:`inpainting.models.build_final`; without widths the network is the original's
        autoencoder.
    optimizer, learning_rate, extra_squares, weighting, batch_size, precision : see
        :class:`inpainting.training.FinalRecipe`; the autoencoder computes in float32 anyway.
    steps, epochs : steps an epoch.  The learning rate falls to zero over all steps, along half
        a cosine, after a linear warm-up over a twentieth of them.
    seed : determines initial weights, order, flips and holes.
    """

    network: str = "leiter"
    version: int = 1
    output: str = "relu"
    holes: str = "original"
    mask_input: bool = False
    loss: str = "kreuzentropie"
    composited: bool = False
    flips: bool = False
    skips: bool = False
    prior: bool = False
    widths: tuple[int, ...] = ()
    n_blocks: int = FINAL.n_blocks
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    extra_squares: int = 0
    weighting: str = "gleich"
    mask_size: int = 8
    batch_size: int = FINAL.batch_size
    steps: int = STEPS
    epochs: int = 1
    precision: str = "float32"
    seed: int = 1
    detail: tuple[int, int] | None = None

    @property
    def patience(self) -> int:
        """Never stop early: all rungs make equally many steps."""
        return self.epochs

    @property
    def n_steps(self) -> int:
        return self.steps * self.epochs

    @property
    def cost(self) -> float:
        """Rough time of the training and its judgement, for the remaining time."""
        once = 14 if self.detail else 4 if self.widths else 1.5 if self.prior else 1
        return self.epochs * once

    def key(self, data_sha256: str) -> str:
        """As the base's; compositing changes no weight, so it plays no part."""
        return training.Keyed.key(replace(self, composited=False), data_sha256)

    def task(self, dataset: Dataset) -> training.Task:
        """What :func:`inpainting.training.train` needs to know about this training."""
        model = build_network(self)
        warmup = max(1, self.n_steps // 20)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, self.n_steps - warmup, warmup_target=self.learning_rate, warmup_steps=warmup
        )
        model.compile(optimizer=OPTIMIZERS[self.optimizer](schedule), loss=LOSSES[self.loss])
        squares = replace(self, holes="quadrat", weighting="gleich")
        return training.Task(
            model, LadderBatches(dataset.train.images, self),
            training.FinalValidationBatches(dataset.validation, squares),
            lambda: build_network(replace(self, precision="float32")),
        )  # fmt: skip


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes
    ----------
    name : in the results file.
    label : German, short.
    changes : the field of :class:`LadderRecipe` that it changes, with the new value; a learning
        rate may come with it.
    judged_by : key of :data:`FIGURES` that decides whether it pays.
    """

    name: str
    label: str
    changes: Mapping[str, object]
    judged_by: str = "quadrat8"


RUNGS = (
    Rung("entwurf", "Entwurf des Originals", {}),
    Rung("sigmoid", "Sigmoid am Ausgang", {"output": "sigmoid"}),
    Rung("frische_masken", "Frische Löcher", {"holes": "quadrat"}),
    Rung("maske", "Maske als Eingabe", {"mask_input": True}),
    Rung("quadratisch", "Quadratischer Fehler", {"loss": "quadratisch"}),
    Rung("verlust_im_loch", "Fehler nur im Loch", {"loss": "loch"}),
    Rung("compositing", "Bekanntes kopieren", {"composited": True}, "image"),
    Rung("spiegeln", "Spiegelbilder", {"flips": True}),
    Rung("skip", "Skip-Verbindungen", {"skips": True}),
    Rung("prior", "Gauß-Füllung vorweg", {"prior": True}),
    Rung("residual", "Residuales U-Net",
         {"widths": FINAL.widths, "learning_rate": FINAL.learning_rate}),
    Rung("muon", "Muon statt Adam", {"optimizer": FINAL.optimizer}),
    Rung("mehr_loecher", "Mehr Löcher je Bild", {"extra_squares": FINAL.extra_squares}),
    Rung("mischung", "Alle Maskenarten", {"holes": FINAL.holes}, "suites"),
    Rung("gewichtung", "Nach Schwere gewichtet", {"weighting": FINAL.weighting}, "suites"),
    Rung("volle_aufloesung", "Volle Auflösung",
         {"detail": training.NETWORKS["gruendlich"].detail}, "suites"),
)  # fmt: skip
"""From the draft to the final networks."""

KOMPAKT = "gewichtung"
"""Name of the rung whose network is that of ``kompakt``; it is also trained for more steps."""


def make_recipe(name: str, seed: int = 1, steps: int = STEPS, epochs: int = 1) -> LadderRecipe:
    """The recipe of a rung, with the changes of all rungs below it."""
    recipe = LadderRecipe(
        seed=seed, steps=steps, epochs=epochs, precision=training.native_precision()
    )
    for rung in RUNGS:
        recipe = replace(recipe, **rung.changes)
        if rung.name == name:
            return recipe
    raise KeyError(name)


# ---------------------------------------------------------------- networks and batches


def build_network(recipe: LadderRecipe) -> keras.Model:
    """Build the network of a rung.

    Inputs are ``image`` (N, 32, 32, 3), float32 in [0, 1], whatever stands in its holes, and
    ``mask`` (N, 32, 32, 1), float32, 1 = hole; the output (N, 32, 32, 3) is neither composited
    nor clipped.  Without skips and further inputs the autoencoder is that of
    :func:`inpainting.models.build_original`, weight by weight.
    """
    if recipe.widths:
        final = models.build_final(
            recipe.widths, recipe.n_blocks, recipe.seed, recipe.precision, detail=recipe.detail
        )
        return keras.Model(final.input, final.get_layer("prediction").output)
    layers = keras.layers
    seeds = iter(np.random.default_rng(recipe.seed).integers(2**31, size=6).tolist())

    def convolution(filters: int, activation: str | None = "relu"):
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        return layers.Conv2D(
            filters, 3, padding="same", activation=activation, kernel_initializer=initializer
        )

    def add_skip(features, skip):
        return layers.Concatenate()([features, skip]) if recipe.skips else features

    image = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3), name="image")
    mask = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 1), name="mask")
    features = [keras.ops.where(mask > 0.5, 0.0, image)]
    if recipe.mask_input:
        features.append(mask)
    if recipe.prior:
        prior = _build_prior()([image, mask])
        features.append(prior)
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    full = convolution(32)(x)
    half = convolution(16)(layers.MaxPooling2D(2)(full))
    x = convolution(16)(layers.MaxPooling2D(2)(half))
    x = convolution(32)(add_skip(layers.UpSampling2D(2)(x), half))
    x = add_skip(layers.UpSampling2D(2)(x), full)
    if recipe.prior:  # starts as the prior
        correction = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros")(x)
        return keras.Model([image, mask], layers.Add()([prior, correction]))
    return keras.Model([image, mask], convolution(3, recipe.output)(x))


def _build_prior() -> keras.Model:
    """The Gaussian prior of the final network, cut out of it: image and mask → filled image."""
    final = models.build_final((8,))
    return keras.Model(final.input, final.get_layer("prediction").input[0], name="prior")


def _cross_entropy(targets, predictions):
    return keras.losses.binary_crossentropy(targets[..., :3], predictions)


def _squared_error(targets, predictions):
    return keras.losses.mean_squared_error(targets[..., :3], predictions)


LOSSES = {
    "kreuzentropie": _cross_entropy,
    "quadratisch": _squared_error,
    "loch": training.hole_error,
}
"""Cross-entropy and squared error of the whole image; squared error in the hole."""


class LadderBatches(keras.utils.PyDataset):
    """The batches of an epoch, see :func:`inpainting.training.hole_batch`.

    The order of the images follows from the seed alone: every rung sees the same ones.  Flips
    and fresh holes are drawn from (seed, epoch, step).
    """

    def __init__(self, images: np.ndarray, recipe: LadderRecipe):
        super().__init__(workers=training.BATCH_THREADS)
        self._images, self._recipe = images, recipe
        n_passes = math.ceil(recipe.n_steps * recipe.batch_size / len(images))
        self._order = np.concatenate([
            np.random.default_rng([recipe.seed, i]).permutation(len(images)) for i in range(n_passes)
        ])  # fmt: skip
        fixed = recipe.holes == "original"
        self._fixed = training.fixed_masks(recipe, len(images)) if fixed else None
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Move on to an epoch, counted from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._recipe.steps

    def __getitem__(self, step: int):
        recipe = self._recipe
        first = (self._epoch * len(self) + step) * recipe.batch_size
        chosen = self._order[first : first + recipe.batch_size]
        rng = np.random.default_rng([recipe.seed, self._epoch, step, 1])
        images = self._images[chosen]
        if recipe.flips:
            flipped = rng.random(len(images)) < 0.5
            images[flipped] = images[flipped, :, ::-1]
        return training.hole_batch(images, self._holes(chosen, step, rng), recipe.weighting)

    def _holes(self, chosen: np.ndarray, step: int, rng: np.random.Generator) -> np.ndarray:
        if self._fixed is not None:
            return self._fixed[chosen]
        recipe = self._recipe
        holes = masks.training_masks(
            recipe.holes, len(chosen), recipe.seed, self._epoch, step, recipe.mask_size
        )
        if recipe.extra_squares:
            more = (rng.random(len(chosen)) < 0.5) & (holes.mean((1, 2, 3)) < 0.25)
            for _ in range(recipe.extra_squares):
                holes[more] |= masks.square_masks(np.count_nonzero(more), rng, recipe.mask_size)
        return holes


# ---------------------------------------------------------------- climbing


def climb(
    dataset: Dataset, seeds: Sequence[int] = (1, 2, 3), steps: int = STEPS,
    factors: Sequence[int] = (2, 4), path: Path = RESULTS, log: Log = print,
) -> None:  # fmt: skip
    """Train and judge whatever is missing in the results file, all rungs of a seed in turn.

    The file is replaced after each training; one that is cut off goes on after its last epoch.
    A stored training counts whatever precision it ran in.  Those of outdated recipes stay in
    the file until the ladder is complete.

    Parameters
    ----------
    seeds : added to those in the file.
    steps : optimiser steps of each training.
    factors : multiples of ``steps`` that the rung :data:`KOMPAKT` is trained for as well, with
        the lowest seed: the curve of more compute.
    path : the results file.

    Raises
    ------
    LadderError
        If the file is damaged, belongs to other steps or data, or another process climbs.
    """
    ladder = _read_file(path) if path.exists() else _empty_file(dataset, steps)
    _check_same(ladder, _empty_file(dataset, steps), path)
    all_seeds = sorted({*seeds, *(int(seed) for rung in ladder["rungs"] for seed in rung["keys"])})
    all_factors = sorted({1, *factors, *map(int, ladder["compute"])})
    jobs = _list_jobs(all_seeds, steps, all_factors)
    missing = [job for job in jobs if not _find_key(ladder, job.recipe)]
    if len(missing) < len(jobs):
        log(f"{len(jobs) - len(missing)} von {len(jobs)} Trainings sind schon gerechnet.")
    git = provenance.git_state()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it counts the networks, in English
    with _workplace() as work:
        meter = _Meter(missing, log)
        for job in missing:
            started = time.perf_counter()
            entry = _make_entry(job.recipe, dataset, work, log) | {"git": git}
            ladder["entries"][job.recipe.key(dataset.sha256)] = entry
            _write_file(path, ladder, all_seeds, all_factors)
            meter.report(job, entry, ladder["hole_counts"], time.perf_counter() - started)
        used = {_find_key(ladder, job.recipe) for job in jobs}
        ladder["entries"] = {key: entry for key, entry in ladder["entries"].items() if key in used}
        _write_file(path, ladder, all_seeds, all_factors)


@dataclass(frozen=True)
class _Job:
    """One training: rungs that differ in compositing alone share it."""

    label: str
    recipe: LadderRecipe


def _list_jobs(seeds: Sequence[int], steps: int, factors: Sequence[int]) -> list[_Job]:
    jobs: dict[str, _Job] = {}

    def add(label: str, recipe: LadderRecipe) -> None:
        jobs.setdefault(recipe.key(""), _Job(label, recipe))

    for seed in seeds:
        for rung in RUNGS:
            add(f"{rung.label}, Startwert {seed}", make_recipe(rung.name, seed, steps))
    for factor in factors:
        recipe = make_recipe(KOMPAKT, seeds[0], steps, factor)
        add(f"Stufe von kompakt, {factor}-fache Schritte", recipe)
    return list(jobs.values())


@contextlib.contextmanager
def _workplace():
    """A folder for the checkpoints of one process at a time."""
    from filelock import FileLock, Timeout

    work = config.cache_dir() / "leiter"
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LadderError(
            "Ein anderer Prozess rechnet schon an einer Leiter. Bitte warten, bis er fertig ist, "
            "oder mit der Umgebungsvariable INPAINTING_CACHE einen eigenen Ordner wählen."
        ) from None
    try:
        yield work
    finally:
        lock.release()


def _make_entry(recipe: LadderRecipe, dataset: Dataset, work: Path, log: Log) -> dict:
    """Train one network and judge it."""
    folder = work / recipe.key(dataset.sha256)
    folder.mkdir(exist_ok=True)
    told = log if recipe.epochs > 1 else lambda line: None
    trained = training.train(recipe, dataset, folder / "checkpoint.npz", told)
    kept = ("precision", "trained_at", "seconds", "hardware", "versions")
    entry = {key: trained.record[key] for key in kept}
    entry |= {
        "n_parameters": models.count_learned(trained.model),
        "diverged": trained.history.stopped == "nan",
        "sums": judge(trained.model, dataset.validation.images[:N_IMAGES]),
    }
    keras.utils.clear_session()
    shutil.rmtree(folder)
    return entry


def judge(model: keras.Model, images: np.ndarray) -> dict[str, list[float]]:
    """Sums by groups of images that all figures follow from.

    Parameters
    ----------
    model : from :func:`build_network`.
    images : uint8 array (N, 32, 32, 3), the first validation images.

    Returns
    -------
    suite → squared error in the holes; "hole_psnr" → per-image hole PSNR on quadrat8 in dB;
    "image_psnr" and "image_psnr_composited" → the same of the whole image.
    """
    truth = models.to_float(images)
    sums = {}
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        inputs = {"image": truth, "mask": holes.astype(np.float32)}
        prediction = np.clip(model.predict(inputs, batch_size=250, verbose=0), 0, 1)
        error = (prediction.astype(np.float64) - truth) ** 2
        in_hole = (error * holes).sum((1, 2, 3))
        sums[suite] = in_hole
        if suite == "quadrat8":
            n_values = 3 * holes.sum((1, 2, 3))
            sums["hole_psnr"] = evaluation.psnr(in_hole / n_values, evaluation.HOLE_PSNR_CAP)
            sums["image_psnr"] = evaluation.psnr(error.mean((1, 2, 3)))
            sums["image_psnr_composited"] = evaluation.psnr(in_hole / truth[0].size)
    return {name: _group_sums(values) for name, values in sums.items()}


def _group_sums(values: np.ndarray) -> list[float]:
    return [float(f"{group.sum():.5g}") for group in np.array_split(values, N_GROUPS)]


class _Meter:
    """One German line after each training, with the time that remains for all."""

    def __init__(self, jobs: Sequence[_Job], log: Log):
        self._n_jobs, self._pending, self._log = len(jobs), list(jobs), log
        self._seconds, self._cost = 0.0, 0.0

    def report(self, job: _Job, entry: Mapping, hole_counts: Mapping, seconds: float) -> None:
        """Say what a training gave."""
        self._pending.remove(job)
        self._seconds += seconds
        self._cost += job.recipe.cost
        mse = sum(entry["sums"]["quadrat8"]) / sum(hole_counts["quadrat8"])
        line = [
            f"{self._n_jobs - len(self._pending)}/{self._n_jobs} {job.label}: "
            + narrative.quantity(evaluation.psnr(mse), 2, "dB im Loch"),
            narrative.duration(seconds),
        ]
        if entry["diverged"]:
            line.append("entgleist: Verlust ohne Zahlenwert, es zählt der letzte gute Stand")
        if self._pending:
            remaining = sum(j.recipe.cost for j in self._pending) * self._seconds / self._cost
            line.append(f"noch etwa {narrative.duration(remaining)}")
        self._log(" · ".join(line))


# ---------------------------------------------------------------- results file


KEYS = {
    "format", "steps", "batch_size", "n_images", "data", "rungs", "compute", "hole_counts", "entries",
}  # fmt: skip


def _empty_file(dataset: Dataset, steps: int) -> dict:
    n_images = min(N_IMAGES, len(dataset.validation))
    return {
        "format": FORMAT, "steps": steps, "batch_size": FINAL.batch_size, "n_images": n_images,
        "data": {"name": dataset.name, "sha256": dataset.sha256}, "rungs": [], "compute": {},
        "hole_counts": {
            suite: [int(3 * group.sum())
                    for group in np.array_split(masks.suite_masks(suite, n_images), N_GROUPS)]
            for suite in masks.SUITES
        },
        "entries": {},
    }  # fmt: skip


def _find_key(ladder: dict, recipe: LadderRecipe) -> str | None:
    """Key of a stored training of a recipe, in whatever precision."""
    for precision in (recipe.precision, "float32", "mixed_bfloat16"):
        key = replace(recipe, precision=precision).key(ladder["data"]["sha256"])
        if key in ladder["entries"]:
            return key
    return None


def _write_file(path: Path, ladder: dict, seeds: Iterable[int], factors: Iterable[int]) -> None:
    """Write the results with a list of what is finished."""

    def finished(recipes: Mapping[int, LadderRecipe]) -> dict[str, str]:
        keys = {str(name): _find_key(ladder, recipe) for name, recipe in recipes.items()}
        return {name: key for name, key in keys.items() if key}

    steps = ladder["steps"]
    ladder["rungs"] = [
        {
            "name": rung.name, "label": rung.label, "judged_by": rung.judged_by,
            "composited": make_recipe(rung.name).composited,
            "keys": finished({seed: make_recipe(rung.name, seed, steps) for seed in seeds}),
        }
        for rung in RUNGS
    ]  # fmt: skip
    ladder["compute"] = finished({f: make_recipe(KOMPAKT, min(seeds), steps, f) for f in factors})
    path.parent.mkdir(parents=True, exist_ok=True)
    config.write_json(path, ladder)


def _read_file(path: Path) -> dict:
    try:
        ladder = json.loads(path.read_text(encoding="utf-8"))
        if ladder["format"] != FORMAT or not KEYS <= ladder.keys():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        is_os = isinstance(error, OSError)
        reason = config.reason(error) if is_os else "die Datei hat einen anderen Aufbau"
        raise LadderError(
            f"Die Ergebnisse der Leiter „{path}“ sind nicht lesbar: {reason}. Erlaubt ist eine "
            "Datei, die inpainting ladder geschrieben hat; andernfalls bitte löschen oder mit "
            "--output eine andere angeben."
        ) from None
    return ladder


def _check_same(ladder: dict, own: dict, path: Path) -> None:
    for name, describe in (
        ("data", lambda value: f"den Daten {value['name']}"),
        ("steps", lambda value: f"{value} Schritten"),
        ("batch_size", lambda value: f"{value} Bildern je Schritt"),
        ("n_images", lambda value: f"{value} Bildern zur Bewertung"),
    ):
        if ladder[name] != own[name]:
            raise LadderError(
                f"Die Datei „{path}“ enthält eine Leiter mit {describe(ladder[name])}, verlangt ist "
                f"eine mit {describe(own[name])}. Bitte mit --output eine andere Datei angeben."
            )


# ---------------------------------------------------------------- results


@dataclass(frozen=True)
class RungResult:
    """A rung with its figures.

    Attributes
    ----------
    name, label, judged_by : see :class:`Rung`.
    estimates : key of :data:`FIGURES` → figure in dB with its interval over images and seeds.
    differences : the same for the paired difference to the rung below; empty for the first.
    seconds : mean time of a training.
    n_parameters : of the network.
    diverged : whether a training ended in a loss that is no number.
    """

    name: str
    label: str
    judged_by: str
    estimates: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]
    seconds: float
    n_parameters: int
    diverged: bool

    def verdict(self, figure: str = "") -> str:
        """ "gewinnt", "verliert" or, where the difference's interval holds 0, "unklar"; "" for
        the first rung.  Decided by ``figure``, by default the one that the rung is judged by."""
        difference = self.differences.get(figure or self.judged_by)
        if difference is None:
            return ""
        if difference.low > 0:
            return "gewinnt"
        return "verliert" if difference.high < 0 else "unklar"


@dataclass(frozen=True)
class ComputePoint:
    """The rung :data:`KOMPAKT` after ``factor`` times the steps; intervals over images alone."""

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
    provenance : (processor, precision) of the trainings, each pair once.
    """

    rungs: tuple[RungResult, ...]
    compute: tuple[ComputePoint, ...]
    seeds: tuple[int, ...]
    steps: int
    batch_size: int
    n_images: int
    provenance: tuple[tuple[str, str], ...]


def load_results(path: Path = RESULTS) -> LadderResults:
    """Read a results file and compute every figure with its interval.

    Raises
    ------
    LadderError
        If the file is missing, damaged, or no seed has all rungs yet.
    """
    ladder = _read_file(path)
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
        rungs.append(RungResult(
            rung["name"], rung["label"], rung["judged_by"],
            {name: _estimate(values[name]) for name in FIGURES},
            {name: _estimate(values[name] - below[name]) for name in FIGURES} if below else {},
            float(np.mean([entry["seconds"] for entry in stored])), stored[0]["n_parameters"],
            any(entry["diverged"] for entry in stored),
        ))  # fmt: skip
        below = values
    points = []
    for factor, key in sorted(ladder["compute"].items(), key=lambda item: int(item[0])):
        values = resampled_figures(ladder, [entries[key]], ladder["rungs"][-1]["composited"])
        estimates = {name: _estimate(values[name]) for name in FIGURES}
        n_steps = int(factor) * ladder["steps"]
        points.append(ComputePoint(int(factor), n_steps, estimates, entries[key]["seconds"]))
    made = dict.fromkeys((e["hardware"]["processor"], e["precision"]) for e in entries.values())
    return LadderResults(
        tuple(rungs), tuple(points), tuple(seeds), ladder["steps"],
        ladder["batch_size"], ladder["n_images"], tuple(made),
    )  # fmt: skip


def resampled_figures(
    ladder: Mapping, entries: Sequence[Mapping], composited: bool,
    n_resamples: int = evaluation.N_RESAMPLES, seed: int = evaluation.BOOTSTRAP_SEED,
) -> dict[str, np.ndarray]:  # fmt: skip
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


def _estimate(values: np.ndarray) -> Estimate:
    tail = (1 - evaluation.CONFIDENCE) / 2
    low, high = np.quantile(values[1:], (tail, 1 - tail))
    return Estimate(float(values[0]), float(low), float(high))


# ---------------------------------------------------------------- German


def make_table(results: LadderResults) -> narrative.Table:
    """What each rung bought: figures in dB, differences to the rung below with intervals."""

    def row(rung: RungResult) -> list[str]:
        cells = [rung.label + (" (entgleist)" if rung.diverged else "")]
        for figure in ("quadrat8", "suites", "image"):
            cells.append(narrative.number(rung.estimates[figure].value, 2))
            difference = rung.differences.get(figure)
            if figure != "image":
                cells.append(_signed(difference) if difference else "")
        return [*cells, rung.verdict()]

    header = ["Stufe", "quadrat8", "Änderung", "sechs Sätze", "Änderung", "ganzes Bild", "Urteil"]
    return narrative.Table(header, [row(rung) for rung in results.rungs], "lrrrrrl")


def _signed(estimate: Estimate) -> str:
    value, low, high = (
        narrative.number(x, 2, sign=True) for x in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low}; {high}]"


def headline(results: LadderResults) -> list[str]:
    """How far the ladder leads and which rungs bought most: two German sentences."""
    figure = "quadrat8"
    repairs = results.rungs[1:]
    first, last = (results.rungs[i].estimates[figure].value for i in (0, -1))
    ordered = sorted(repairs, key=lambda rung: rung.differences[figure].value, reverse=True)
    best = [f"{_quote(rung)} ({narrative.number(rung.differences[figure].value, 2, sign=True)})"
            for rung in ordered[:3]]  # fmt: skip
    return [
        f"Von {narrative.quantity(first, 2, 'dB')} auf {narrative.quantity(last, 2, 'dB')} führen "
        f"{len(repairs)} Änderungen, zusammen {narrative.number(last - first, 2, sign=True)} dB im "
        "Loch.",
        f"Am meisten bringen {narrative.listing(best)}.",
    ]


def describe(results: LadderResults) -> str:
    """What the ladder teaches, in a few German sentences that follow from the results."""
    repairs, sentences = results.rungs[1:], headline(results)
    for verdict, words in (
        ("verliert", "Nach dem eigenen Maßstab verlieren:"),
        ("unklar", "Kein sicherer Unterschied zur Stufe darunter:"),
    ):
        if found := [_quote(rung) for rung in repairs if rung.verdict() == verdict]:
            sentences.append(f"{words} {narrative.listing(found)}.")
    if len(results.compute) > 1:
        start, end = results.compute[0], results.compute[-1]
        more = end.estimates["quadrat8"].value - start.estimates["quadrat8"].value
        sentences.append(
            f"Mit {end.factor}-mal so vielen Schritten ändert sich die Stufe von kompakt noch um "
            f"{narrative.number(more, 2, sign=True)} dB."
        )
    return " ".join(sentences)


def _quote(rung: RungResult) -> str:
    return f"„{rung.label}“"
