"""Seeded training that survives a kill, and the store of trained models.

A :class:`Recipe` holds everything that determines a trained network; its key names the
network's folder in the store.  Batches, masks and augmentation follow from (seed, epoch,
step) alone, so a resumed training needs no state of a generator.
"""

import contextlib
import csv
import ctypes
import functools
import hashlib
import io
import json
import math
import os
import platform
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy import ndimage

from inpainting import config, masks, models, outlook, provenance
from inpainting.data import Dataset, Split
from inpainting.models import keras
from inpainting.optimizers import OPTIMIZERS

Log = Callable[[str], None]

CALIBRATION_STEPS = 10

STEPS_PER_EXECUTION = 16
"""Of the original network, whose steps take milliseconds: Python between them is a tenth of all."""

BATCH_THREADS = 2
"""Threads that make training batches.

With a single one Keras leaves them to tf.data, whose autotuner often holds the end of an epoch
back until it wakes, 10.24, 20.48, 40.96 or 81.92 s after the start; with more it has its own queue.
"""

VALIDATION_IMAGES = 2000
"""Validation images that steer the final network's training; choices are made on all 5 000."""


class Keyed:
    """Base of recipes: a frozen dataclass that holds all that determines a training.

    Besides its own fields a recipe has ``network`` (names the entry in the store), ``epochs``,
    ``patience``, ``file_name`` (of the model in the entry) and ``task(dataset)``; ``start`` where
    its training goes on from another one's weights.
    """

    start = None

    def key(self, data_sha256: str) -> str:
        """Twelve hex digits that change with the recipe or the data, and with nothing else.

        Fields that are None count as not there: one more of them renames no entry.
        """
        fields = {name: value for name, value in asdict(self).items() if value is not None}
        if self.start:
            fields["start"] = self.start.key(data_sha256)
        text = json.dumps({**fields, "data": data_sha256}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Recipe(Keyed):
    """Everything that determines the training of a network, except the data.

    Attributes
    ----------
    network : "original", the autoencoder of the original report.
    version : raised whenever the code of this training changes its result beyond rounding.
    output : activation of the last layer, "sigmoid" or "relu".
    holes : "original" draws one fixed mask an image, as the original did; any other kind of
        :func:`inpainting.masks.training_masks` draws fresh ones in every step.
    mask_size : edge of square holes, in pixels.
    epochs : the most epochs.
    patience : epochs without a better validation loss after which training stops.
    batch_size : images a step.
    precision : "float32" or "mixed_bfloat16".
    seed : determines initial weights, order and masks.
    """

    network: str = "original"
    version: int = 2
    output: str = "sigmoid"
    holes: str = "original"
    mask_size: int = 8
    epochs: int = 40
    patience: int = 5
    batch_size: int = 128
    precision: str = "float32"
    seed: int = 1

    @property
    def file_name(self) -> str:
        return "autoencoder_cifar10.keras"

    def task(self, dataset: Dataset) -> "Task":
        """What :func:`train` needs to know about this training."""
        return _original_task(self, dataset)


@dataclass(frozen=True)
class FinalRecipe(Keyed):
    """Everything that determines the training of the final network, except the data.

    Attributes
    ----------
    network : "kompakt" or "gruendlich": names the entry in the store.
    version : raised whenever the code of this training changes its result beyond rounding.
    widths, n_blocks, detail : see :func:`inpainting.models.build_final`.
    overview : see :func:`inpainting.models.build_final`; with it nothing else learns.
    rounds : with ``overview``, and only then: epochs after which it meets the same images and holes
        again, or their mirror images; repairing them for it costs more than its own step.
    start : recipe of the same network without ``overview``, or without ``detail``, whose weights
        this training goes on from.
    holes : "mischung", "raender" or "quadrat", see :func:`inpainting.masks.training_masks`; fresh
        ones in every step.
    mask_size : edge of square holes, in pixels.
    extra_squares : squares of ``mask_size`` added to every second image whose holes cover less
        than a quarter of it.  The error is measured in the holes alone, so more of them teach
        more at the same cost.
    weighting : "erwartet" divides an image's error by what its hole makes expectable, see
        :func:`expected_error`; "gleich" lets every image's mean error count alike.
    epochs, steps_per_epoch : the learning rate falls to zero over all their steps, along half a
        cosine, after a linear warm-up of ``warmup`` steps.
    patience : epochs without a better validation loss after which training stops.
    batch_size : images a step.
    optimizer : "muon", see :class:`inpainting.optimizers.KernelMuon`, or "adam".
    learning_rate : highest rate.
    precision : "mixed_bfloat16" or "float32".
    seed : determines initial weights, order, flips and masks.
    """

    network: str = "kompakt"
    version: int = 2
    widths: tuple[int, ...] = (64, 96, 128)
    n_blocks: int = 1
    holes: str = "mischung"
    mask_size: int = 8
    extra_squares: int = 1
    weighting: str = "erwartet"
    epochs: int = 15
    steps_per_epoch: int = 703
    warmup: int = 300
    patience: int = 5
    batch_size: int = 64
    optimizer: str = "muon"
    learning_rate: float = 1.4e-3
    precision: str = "mixed_bfloat16"
    seed: int = 1
    detail: tuple[int, int] | None = None
    overview: tuple[int, int, int] | None = None
    rounds: int | None = None
    start: "FinalRecipe | None" = None

    @property
    def file_name(self) -> str:
        return f"{self.network}.keras"

    @property
    def mirrored(self) -> bool:
        """Whether the trained network also looks at the mirror image; its training does not."""
        return self.network == "gruendlich"

    def task(self, dataset: Dataset, start: "Start | None" = None) -> "Task":
        """What :func:`train` needs to know about this training."""
        return _overview_task(self, dataset, start) if self.overview else _final_task(self, dataset)


def original_recipe(settings: config.Config, output: str = "sigmoid") -> Recipe:
    """The recipe of the original network under the parameters of a run."""
    return Recipe(
        output=output,
        mask_size=settings.mask_size,
        epochs=settings.original_epochs,
        patience=settings.patience,
        batch_size=settings.batch_size,
        seed=settings.seed,
    )


_COARSE = FinalRecipe(
    network="gruendlich", widths=(64, 128, 192), epochs=66, steps_per_epoch=352, patience=20,
    batch_size=128, learning_rate=2e-3,
)  # fmt: skip

_DETAILED = replace(
    _COARSE, detail=(48, 4), start=_COARSE, epochs=26, patience=26, learning_rate=1.4e-3
)

NETWORKS = {
    "kompakt": FinalRecipe(epochs=12, steps_per_epoch=352, batch_size=128, learning_rate=2e-3),
    "gruendlich": replace(
        _DETAILED, overview=(576, 256, 2), start=_DETAILED, holes="raender", epochs=24, rounds=8,
        patience=24, learning_rate=2e-3,
    ),
}
"""The project's own networks: what a laptop trains for a report, and one trained for hours."""


def kompakt_recipe(
    settings: config.Config, dataset: Dataset, store: Path = config.MODELS
) -> FinalRecipe:
    """The recipe of the network ``kompakt`` under the parameters of a run.

    A stored network counts whatever precision it was trained in; a new one is trained in the
    processor's best.  On the sample the training is a short demonstration.
    """
    recipe = replace(
        NETWORKS["kompakt"],
        mask_size=settings.mask_size, epochs=settings.epochs, seed=settings.seed,
    )  # fmt: skip
    if dataset.is_sample:
        recipe = replace(recipe, widths=(16, 24, 32), steps_per_epoch=20, warmup=10, batch_size=64)
    return with_precision(recipe, dataset, store)


def with_precision(recipe: Keyed, dataset: Dataset, store: Path = config.MODELS) -> Keyed:
    """The recipe in the precision that the store holds it in, else in the processor's best.

    Parameters
    ----------
    recipe : with a field ``precision``.
    """
    best = native_precision()
    choices = [replace(recipe, precision=p) for p in (best, "mixed_bfloat16", "float32")]
    stored = [c for c in choices if (store / f"{c.network}-{c.key(dataset.sha256)}").is_dir()]
    return (stored or choices)[0]


def native_precision() -> str:
    """ "mixed_bfloat16" where the processor computes in it (AVX-512 or AMX), else "float32"."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text().split() if cpuinfo.exists() else []
    return "mixed_bfloat16" if {"avx512_bf16", "amx_bf16"} & set(flags) else "float32"


def calibrate(recipe: FinalRecipe, dataset: Dataset, minutes: float) -> FinalRecipe:
    """Turn a time budget into a fixed number of epochs, measured on this machine.

    Afterwards the result depends on the recipe alone, not on the machine's load.

    Parameters
    ----------
    minutes : budget of the training.

    Returns
    -------
    The recipe with as many whole epochs as fit into the budget, at least one.
    """
    task = recipe.task(dataset)
    task.batches[0]  # tracing
    started = time.perf_counter()
    steps = [task.batches[step] for step in range(1, CALIBRATION_STEPS + 1)]
    per_epoch = recipe.steps_per_epoch / len(steps)
    repairs = (recipe.rounds or 0) * per_epoch * (time.perf_counter() - started)
    with freed_memory_kept():
        task.model.train_on_batch(*steps[0])  # tracing
        started = time.perf_counter()
        for inputs, targets in steps:
            task.model.train_on_batch(inputs, targets)
        seconds = per_epoch * (time.perf_counter() - started)
    return replace(recipe, epochs=max(1, int((60 * minutes - repairs) / seconds)))


@dataclass
class History:
    """What a training has gone through, one entry an epoch.

    Attributes
    ----------
    loss, val_loss : mean binary cross-entropy in nat, on training and validation images.
    seconds : duration of each epoch.
    earlier_seconds : duration of the training that this one goes on from.
    stopped : why it ended: "epochs", "patience" or "nan"; "" while it runs.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: str = ""
    earlier_seconds: float = 0.0

    @property
    def n_epochs(self) -> int:
        return len(self.val_loss)

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, counted from 1; 0 if none is finite."""
        finite = [(loss, i) for i, loss in enumerate(self.val_loss, 1) if math.isfinite(loss)]
        return min(finite)[1] if finite else 0

    @property
    def best_val_loss(self) -> float:
        return self.val_loss[self.best_epoch - 1] if self.best_epoch else math.inf

    @property
    def total_seconds(self) -> float:
        return self.earlier_seconds + sum(self.seconds)

    def to_csv(self) -> str:
        """The log as the original wrote it: epoch from 0, loss, val_loss."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", "loss", "val_loss"])
        writer.writerows(zip(range(self.n_epochs), self.loss, self.val_loss, strict=True))
        return text.getvalue()


Start = Callable[[], "Trained"]
"""Makes the network that a training goes on from; called again, it is the same one."""


@dataclass(frozen=True)
class Trained:
    """A trained network with its history and the record of where it came from."""

    model: keras.Model
    history: History
    record: dict
    folder: Path
    from_store: bool


# ---------------------------------------------------------------- batches


class TrainingBatches(keras.utils.PyDataset):
    """The training batches of an epoch: (masked images, images), float32 in [0, 1].

    The order is drawn from (seed, epoch), the masks from (seed, epoch, step) or, for the
    original's fixed holes, from the seed alone.  One object serves all epochs: Keras keeps
    what it was given, so an object an epoch would fill the memory.
    """

    def __init__(self, images: np.ndarray, recipe: Recipe):
        super().__init__(workers=BATCH_THREADS)
        self._images, self._recipe = images, recipe
        self._fixed = fixed_masks(recipe, len(images)) if recipe.holes == "original" else None
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch, counted from 0."""
        self._epoch = epoch
        rng = np.random.default_rng([self._recipe.seed, epoch])
        self._order = rng.permutation(len(self._images))

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._recipe.batch_size)

    def __getitem__(self, step: int):
        size = self._recipe.batch_size
        chosen = self._order[step * size : (step + 1) * size]
        targets = models.to_float(self._images[chosen])
        return models.mask_images(targets, self._masks(chosen, step)), targets

    def _masks(self, chosen: np.ndarray, step: int) -> np.ndarray:
        if self._fixed is not None:
            return self._fixed[chosen]
        recipe = self._recipe
        return masks.training_masks(
            recipe.holes, len(chosen), recipe.seed, self._epoch, step, recipe.mask_size
        )


class FinalBatches(keras.utils.PyDataset):
    """The final network's batches of an epoch, see :func:`hole_batch`.

    Everything is drawn from (seed, epoch, step).
    """

    def __init__(self, images: np.ndarray, recipe: FinalRecipe):
        super().__init__(workers=BATCH_THREADS)
        self._images, self._recipe = images, recipe
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Move on to an epoch, counted from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._recipe.steps_per_epoch

    def __getitem__(self, step: int):
        recipe = self._recipe
        first = (self._epoch * len(self) + step) * recipe.batch_size
        chosen = _shuffled(len(self._images), first, recipe.batch_size, recipe.seed)
        rng = np.random.default_rng([recipe.seed, self._epoch, step, 1])
        images = self._images[chosen]
        flipped = rng.random(len(images)) < 0.5
        images[flipped] = images[flipped, :, ::-1]
        holes = masks.training_masks(
            recipe.holes, len(images), recipe.seed, self._epoch, step, recipe.mask_size
        )
        more = (rng.random(len(images)) < 0.5) & (holes.mean((1, 2, 3)) < 0.25)
        for _ in range(recipe.extra_squares):
            holes[more] |= masks.square_masks(np.count_nonzero(more), rng, recipe.mask_size)
        return hole_batch(images, holes, recipe.weighting)


def _shuffled(n: int, first: int, count: int, seed: int) -> np.ndarray:
    """Entries ``first`` … of an endless sequence of permutations of n images."""
    position = np.arange(first, first + count)
    rounds = position // n
    orders = {i: np.random.default_rng([seed, i]).permutation(n) for i in np.unique(rounds)}
    return np.array([orders[i][j] for i, j in zip(rounds, position % n, strict=True)])


def hole_batch(
    images: np.ndarray, holes: np.ndarray, weighting: str = "gleich"
) -> tuple[dict, np.ndarray]:
    """Inputs of the final network, and its targets: the image beside the error's weights.

    Parameters
    ----------
    images : uint8 or float32 array (N, H, W, 3).
    holes : uint8 array (N, H, W, 1), 1 = hole.
    weighting : "gleich" or "erwartet", see :class:`FinalRecipe`.

    Returns
    -------
    {"image", "mask"} and a float32 array (N, H, W, 4).
    """
    images, holes = models.to_float(images), holes.astype(np.float32)
    expected = expected_error(holes) if weighting == "erwartet" else np.float32(1)
    weights = holes / holes.sum((1, 2, 3), keepdims=True) / expected
    return {"image": images, "mask": holes}, np.concatenate([images, weights], axis=-1)


def expected_error(holes: np.ndarray) -> np.ndarray:
    """How hard holes are, in units of the hardest: mean of d² / (d² + 12) over their pixels.

    d is the distance to the nearest known pixel.  Times 0.045 this is about the mean squared
    error of the Gaussian's fill on all six suites, so errors divided by it weigh alike, whether
    single pixels or half the image is missing.

    Parameters
    ----------
    holes : array (N, H, W, 1), 1 = hole; each with a known pixel.

    Returns
    -------
    float32 array (N, 1, 1, 1), in (0, 1).
    """
    distance = np.stack([ndimage.distance_transform_edt(hole) for hole in holes[..., 0]])
    hardness = (distance**2 / (distance**2 + 12))[..., None]
    mean = hardness.sum((1, 2, 3), keepdims=True) / holes.sum((1, 2, 3), keepdims=True)
    return mean.astype(np.float32)


def hole_error(targets, predictions):
    """Mean over images of the mean squared error in the image's hole; see :func:`hole_batch`."""
    error = keras.ops.mean(keras.ops.square(predictions - targets[..., :3]), -1, keepdims=True)
    return keras.ops.sum(error * targets[..., 3:], axis=(1, 2, 3))


class FinalValidationBatches(keras.utils.PyDataset):
    """Validation images with one mixture of holes, the same in every epoch and for every seed."""

    def __init__(self, split: Split, recipe: FinalRecipe):
        super().__init__()
        self._images, self._weighting = split.images[:VALIDATION_IMAGES], recipe.weighting
        self._masks = masks.training_masks(
            recipe.holes, len(self._images), masks.BENCHMARK_SEED, 0, 0, recipe.mask_size
        )

    def __len__(self) -> int:
        return math.ceil(len(self._images) / 250)

    def __getitem__(self, step: int):
        rows = slice(step * 250, (step + 1) * 250)
        return hole_batch(self._images[rows], self._masks[rows], self._weighting)


class OverviewBatches(FinalBatches):
    """Batches of :class:`FinalBatches`, repaired by the network that the overview looks at.

    After ``rounds`` epochs they come again, every other time as mirror images.  Each is repaired when
    it is first needed, and kept.
    """

    def __init__(self, images: np.ndarray, recipe: FinalRecipe, repair: Callable):
        super().__init__(images, recipe)
        self._repair = repair
        shape = (recipe.rounds, recipe.steps_per_epoch, recipe.batch_size, *images.shape[1:])
        self._repaired = np.empty(shape, np.uint8)
        self._there = np.zeros(shape[:2], bool)

    def start_epoch(self, epoch: int) -> None:
        times_before, epoch = divmod(epoch, self._recipe.rounds)
        super().start_epoch(epoch)
        self._columns = slice(None, None, -1 if times_before % 2 else 1)

    def __getitem__(self, step: int):
        inputs, targets = super().__getitem__(step)
        place = self._epoch, step
        if not self._there[place]:
            self._repaired[place] = np.rint(255 * self._repair(inputs))
            self._there[place] = True
        inputs["image"] = models.to_float(self._repaired[place])
        return {name: x[:, :, self._columns] for name, x in inputs.items()}, targets[:, :, self._columns]


class OverviewValidationBatches(FinalValidationBatches):
    """Batches of :class:`FinalValidationBatches`, repaired once."""

    def __init__(self, split: Split, recipe: FinalRecipe, repair: Callable):
        super().__init__(split, recipe)
        self._repair = functools.cache(lambda step: repair(FinalValidationBatches.__getitem__(self, step)[0]))

    def __getitem__(self, step: int):
        inputs, targets = super().__getitem__(step)
        return inputs | {"image": self._repair(step)}, targets


class ValidationBatches(keras.utils.PyDataset):
    """The validation images with the same holes in every epoch and for every seed."""

    def __init__(self, split: Split, recipe: Recipe):
        super().__init__()
        self._images = split.images
        rng = np.random.default_rng([masks.BENCHMARK_SEED, recipe.mask_size])
        self._masks = masks.original_masks(len(split), rng, recipe.mask_size)

    def __len__(self) -> int:
        return math.ceil(len(self._images) / 500)

    def __getitem__(self, step: int):
        rows = slice(step * 500, (step + 1) * 500)
        targets = models.to_float(self._images[rows])
        return models.mask_images(targets, self._masks[rows]), targets


def fixed_masks(recipe: Recipe, n: int) -> np.ndarray:
    """The original's holes: drawn once, the same in every epoch."""
    return masks.original_masks(n, np.random.default_rng([recipe.seed, 0]), recipe.mask_size)


# ---------------------------------------------------------------- training


def train(
    recipe: Keyed, dataset: Dataset, checkpoint: Path, log: Log = print,
    forecast: outlook.Forecast | None = None, start: Start | None = None,
) -> Trained:  # fmt: skip
    """Train a network, or go on with a training that was cut off.

    After each epoch the weights, the optimiser's state, the best weights and the history are
    written to ``checkpoint`` in one piece; the next call goes on from there with the result
    that an uninterrupted training would have had.

    Parameters
    ----------
    checkpoint : file; it stays after the end, for the caller to remove.
    log : called with one German line an epoch; in a terminal a progress bar stands instead.
    forecast : told the progress, it adds to the line how long the whole report still takes.
    start : makes the network that a training that begins goes on from.
    """
    start = start and functools.cache(start)
    task = recipe.task(dataset, start) if start else recipe.task(dataset)
    model = task.model
    model.optimizer.build(model.trainable_variables)
    history, best = _load_checkpoint(checkpoint, model, log) or _begin(task, start)
    meter = _Meter(recipe, log, forecast)
    while not history.stopped:
        started = time.perf_counter()
        task.batches.start_epoch(history.n_epochs)
        callbacks = meter.callbacks(history, len(task.batches))
        with freed_memory_kept():
            fitted = model.fit(task.batches, verbose=0, shuffle=False, callbacks=callbacks)
        history.loss.append(float(fitted.history["loss"][0]))
        history.val_loss.append(float(model.evaluate(task.validation, verbose=0)))
        history.seconds.append(time.perf_counter() - started)
        if history.best_epoch == history.n_epochs:
            best = model.get_weights()
        history.stopped = _reason_to_stop(history, recipe)
        _save_checkpoint(checkpoint, model, history, best)
        meter.report(history)
    network = task.build()  # without the optimiser's state
    task.learner(network).set_weights(best)
    return Trained(network, history, _record(recipe, dataset, history), checkpoint.parent, False)


@contextlib.contextmanager
def freed_memory_kept():
    """Let glibc keep memory that is freed meanwhile, where the C library is glibc.

    A training step frees and requests hundreds of megabytes.  glibc returns blocks of that size to
    the kernel, which clears the pages again each time: up to half the time of a step of the original
    network.  Needed are a single heap, without blocks of their own, that does not shrink at once.
    Afterwards large blocks are returned as before, from the size on that glibc itself arrives at
    in such a program.
    """
    # options of mallopt: M_ARENA_MAX, M_MMAP_MAX, M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
    keep = {-8: 1, -4: 0, -1: 2**30}
    restore = {-8: 0, -4: 2**16, -1: 2**26, -3: 2**25}
    libc = None
    with contextlib.suppress(OSError, TypeError):  # there is none on Windows
        libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim")):  # macOS, musl
        yield
        return
    for option, value in keep.items():
        libc.mallopt(option, value)
    try:
        yield
    finally:
        for option, value in restore.items():
            libc.mallopt(option, value)
        libc.malloc_trim(0)


def _begin(task: "Task", start: Start | None) -> tuple[History, list]:
    history = History()
    if start:
        task.begin(start().model)
        history.earlier_seconds = start().history.total_seconds
    return history, task.model.get_weights()


@dataclass(frozen=True)
class Task:
    """What distinguishes one network's training from another's.

    Attributes
    ----------
    model : compiled; its weights are those of the network, in the same order.
    batches : training batches; ``start_epoch`` moves on to an epoch, counted from 0.
    validation : batches that the validation loss is measured on.
    build : makes the network that the best weights are put into.
    learner : the part of that network that the weights belong to.
    begin : called with the network that the training goes on from, if there is one.
    """

    model: keras.Model
    batches: keras.utils.PyDataset
    validation: keras.utils.PyDataset
    build: Callable[[], keras.Model]
    learner: Callable[[keras.Model], keras.Model] = lambda network: network
    begin: Callable[[keras.Model], None] = lambda earlier: None


def _original_task(recipe: Recipe, dataset: Dataset) -> Task:
    def build() -> keras.Model:
        return models.build_original(recipe.output, recipe.seed)

    model = models.arrange_for_training(build(), recipe.precision)
    model.compile(
        optimizer="adam", loss="binary_crossentropy", steps_per_execution=STEPS_PER_EXECUTION
    )
    return Task(
        model, TrainingBatches(dataset.train.images, recipe),
        ValidationBatches(dataset.validation, recipe), build,
    )  # fmt: skip


def _final_task(recipe: FinalRecipe, dataset: Dataset) -> Task:
    about = (recipe.widths, recipe.n_blocks, recipe.seed)
    network = models.build_final(*about, recipe.precision, detail=recipe.detail)
    prediction = network.get_layer("prediction").output  # not clipped: clipping stops gradients
    model = keras.Model(network.input, prediction)
    model.compile(optimizer=_optimizer(recipe), loss=hole_error)
    return Task(
        model, FinalBatches(dataset.train.images, recipe),
        FinalValidationBatches(dataset.validation, recipe),
        lambda: models.build_final(*about, mirrored=recipe.mirrored, detail=recipe.detail),
        begin=lambda earlier: models.take_over(earlier, model),
    )  # fmt: skip


def _overview_task(recipe: FinalRecipe, dataset: Dataset, start: Start | None) -> Task:
    """The overview's training alone, on what the finished network before it has repaired."""
    about = (recipe.widths, recipe.n_blocks, recipe.seed)
    model = models.build_overview(recipe.overview, recipe.seed, recipe.precision)
    models.set_covariance(model, dataset.train.images)
    model.compile(optimizer=_optimizer(recipe), loss=hole_error)
    network = models.build_final(*about, recipe.precision, detail=recipe.detail)
    if start:
        models.take_over(start().model, network)
    network.make_predict_function()
    lock = threading.Lock()

    def repair(inputs: dict) -> np.ndarray:
        with lock:  # batches are made in several threads
            return network.predict_on_batch(inputs)

    def build() -> keras.Model:
        whole = models.build_final(
            *about, mirrored=recipe.mirrored, detail=recipe.detail, overview=recipe.overview
        )
        models.take_over(network, whole)
        return whole

    return Task(
        model, OverviewBatches(dataset.train.images, recipe, repair),
        OverviewValidationBatches(dataset.validation, recipe, repair), build,
        learner=lambda network: network.get_layer("overview"),
    )  # fmt: skip


def _optimizer(recipe: FinalRecipe):
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, recipe.epochs * recipe.steps_per_epoch - recipe.warmup,
        warmup_target=recipe.learning_rate, warmup_steps=recipe.warmup,
    )  # fmt: skip
    return OPTIMIZERS[recipe.optimizer](schedule)


def _reason_to_stop(history: History, recipe: Recipe) -> str:
    if not (math.isfinite(history.loss[-1]) and math.isfinite(history.val_loss[-1])):
        return "nan"
    if history.n_epochs - history.best_epoch >= recipe.patience:
        return "patience"
    return "epochs" if history.n_epochs >= recipe.epochs else ""


def _save_checkpoint(path: Path, model: keras.Model, history: History, best: list) -> None:
    arrays = {f"model_{i}": value for i, value in enumerate(model.get_weights())}
    arrays |= {f"best_{i}": value for i, value in enumerate(best)}
    arrays |= {
        f"optimizer_{i}": keras.ops.convert_to_numpy(variable)
        for i, variable in enumerate(model.optimizer.variables)
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, history=json.dumps(asdict(history)), **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _load_checkpoint(path: Path, model: keras.Model, log: Log) -> tuple[History, list] | None:
    """Put a checkpoint into the model; None, and the model untouched, if there is no whole one."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
    except Exception as error:  # numpy, zipfile and zlib raise many kinds on damaged bytes
        os.replace(path, path.with_suffix(".defekt"))
        log(f"Der Zwischenstand ist beschädigt ({type(error).__name__}); das Training beginnt neu.")
        return None

    def numbered(prefix: str) -> list:
        n = sum(name.startswith(prefix) for name in stored)
        return [stored[f"{prefix}{i}"] for i in range(n)]

    model.set_weights(numbered("model_"))
    for variable, value in zip(model.optimizer.variables, numbered("optimizer_"), strict=True):
        variable.assign(value)
    history = History(**json.loads(str(stored["history"])))
    log(f"Training wird nach Epoche {history.n_epochs} fortgesetzt.")
    return history, numbered("best_")


def _record(recipe: Recipe, dataset: Dataset, history: History) -> dict:
    return {
        "recipe": asdict(recipe),
        "data": {"name": dataset.name, "sha256": dataset.sha256, "n_train": len(dataset.train)},
        "history": asdict(history),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": history.total_seconds,
        "hardware": {"processor": provenance.processor(), "n_cores": os.cpu_count()},
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
        "precision": getattr(recipe, "precision", "float32"),
    }


# ---------------------------------------------------------------- progress


class _Meter:
    """Shows progress: a bar in a terminal, one line an epoch elsewhere."""

    def __init__(self, recipe: Keyed, log: Log, forecast: outlook.Forecast | None):
        self._recipe, self._log, self._forecast = recipe, log, forecast
        self._terminal = sys.stderr.isatty()

    def callbacks(self, history: History, n_steps: int) -> list:
        if not self._terminal:
            return []
        from tqdm import tqdm

        bar = tqdm(total=n_steps, leave=False, file=sys.stderr,
                   desc=f"Epoche {history.n_epochs + 1}/{self._recipe.epochs}")  # fmt: skip
        return [
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda step, logs: bar.update(step + 1 - bar.n),
                on_train_end=lambda logs: bar.close(),
            )
        ]

    def report(self, history: History) -> None:
        line = epoch_line(history, history.n_epochs, self._recipe.epochs)
        share = 1.0 if history.stopped else history.n_epochs / self._recipe.epochs
        self._log(outlook.with_forecast(line, self._forecast(share) if self._forecast else None))


def epoch_line(history: History, epoch: int, n_epochs: int, remaining: bool = True) -> str:
    """One German line about an epoch (counted from 1), with the longest time that remains."""
    loss, val_loss, seconds = (
        f"{value[epoch - 1]:.{digits}f}".replace(".", ",")
        for value, digits in ((history.loss, 5), (history.val_loss, 5), (history.seconds, 1))
    )
    line = (
        f"Epoche {epoch:2d}/{n_epochs} · Verlust {loss} · Validierung {val_loss} · {seconds} s"
    )
    if not remaining:
        return line
    seconds = np.mean(history.seconds[:epoch]) * (n_epochs - epoch)
    return f"{line} · noch höchstens {outlook.minutes(seconds)}"


# ---------------------------------------------------------------- store


def load_or_train(
    recipe: Keyed,
    dataset: Dataset,
    log: Log = print,
    store: Path = config.MODELS,
    retrain: bool = False,
    forecast: outlook.Forecast | None = None,
) -> Trained:
    """Take a trained network from the store, or train it and put it there.

    Each entry is a folder ``<network>-<key>`` with the model, ``training_log.csv`` and
    ``record.json``.  It is written whole or not at all; a damaged one is set aside and
    trained anew; concurrent calls wait for each other.

    Parameters
    ----------
    retrain : train even if the store holds the network; the environment's ``INPAINTING_RETRAIN``
        says so to a notebook.
    forecast : see :func:`train`.
    """
    retrain = retrain or bool(os.environ.get("INPAINTING_RETRAIN"))
    entry = store / f"{recipe.network}-{recipe.key(dataset.sha256)}"
    with workplace(entry) as work:
        if not retrain and (trained := _load_entry(entry, recipe, log)):
            log(f"Aus dem Modellspeicher ({entry.name}); das Protokoll des Trainings:")
            for epoch in range(1, trained.history.n_epochs + 1):
                log(epoch_line(trained.history, epoch, recipe.epochs, remaining=False))
            return trained

        def start() -> Trained:
            earlier = with_precision(recipe.start, dataset, store)
            return load_or_train(earlier, dataset, log, store, retrain)

        trained = train(
            recipe, dataset, work / "checkpoint.npz", log, forecast, recipe.start and start
        )
        _write_entry(entry, trained, recipe, work)
    return replace(trained, folder=entry)


def load_stored(
    name: str, dataset: Dataset, log: Log = print, store: Path = config.MODELS
) -> Trained | None:
    """Take one of :data:`NETWORKS` from the store if it is there; nothing is ever trained.

    No parameter of a report touches it.
    """
    recipe = with_precision(NETWORKS[name], dataset, store)
    return _load_entry(store / f"{name}-{recipe.key(dataset.sha256)}", recipe, log)


@contextlib.contextmanager
def workplace(entry: Path):
    """A folder beside a store's entry, for one process at a time.

    It outlives a failure, so that the next call goes on, and is removed after success.

    Raises
    ------
    config.UserError
        If the store is not writable.
    """
    from filelock import FileLock

    work = entry.parent / ".work" / entry.name
    lock = FileLock(work.with_suffix(".lock"))
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        work.mkdir(exist_ok=True)
    except OSError as error:
        raise config.UserError(
            f"Der Modellordner „{entry.parent}“ ist nicht beschreibbar ({config.reason(error)}). Bitte "
            "die Schreibrechte prüfen oder das Projekt in einen anderen Ordner kopieren."
        ) from error
    try:
        yield work
        shutil.rmtree(work)
    finally:
        lock.release()


def _load_entry(entry: Path, recipe: Recipe, log: Log) -> Trained | None:
    if not entry.is_dir():
        return None
    try:
        record = json.loads((entry / "record.json").read_text())
        path = entry / recipe.file_name
        if hashlib.sha256(path.read_bytes()).hexdigest() != record["model_sha256"]:
            raise ValueError("Prüfsumme")
        model = models.load_model(path)
        return Trained(model, History(**record["history"]), record, entry, True)
    except (OSError, ValueError, KeyError, TypeError, config.UserError) as error:
        aside = entry.with_name(f"{entry.name}.defekt-{int(time.time())}")
        os.replace(entry, aside)
        log(f"{entry.name} ist beschädigt ({error}) und liegt nun in {aside.name}.")
        return None


def _write_entry(entry: Path, trained: Trained, recipe: Recipe, work: Path) -> None:
    new = work / "entry"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    path = new / recipe.file_name
    trained.model.save(path)
    trained.record["model_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (new / "training_log.csv").write_text(trained.history.to_csv())
    text = json.dumps(trained.record, indent=1, ensure_ascii=False, sort_keys=True)
    (new / "record.json").write_text(text + "\n")
    if entry.exists():
        os.replace(entry, work / f"old-{time.time_ns()}")
    os.replace(new, entry)
