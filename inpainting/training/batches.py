"""Batches: images and holes drawn from a recipe's seed, and the losses that they are measured by.

Order, holes, flips and shifts follow from (seed, epoch, step) alone, so a training that goes on
after an interruption needs no state of a generator.
"""

import math

import numpy as np
from scipy import ndimage

from inpainting import data, masks
from inpainting.data import to_float
from inpainting.networks import keras
from inpainting.training.recipes import VALIDATION_IMAGES, Recipe

BATCH_THREADS = 2
"""Threads that make training batches.

With a single one Keras leaves them to tf.data, whose autotuner often holds the end of an epoch
back until it wakes, 10.24, 20.48, 40.96 or 81.92 s after the start; with more it has its own queue.
"""

LABEL_SMOOTHING = 0.1
"""Share of each target that is spread over all classes (Szegedy et al., 2016)."""


class TrainingBatches(keras.utils.PyDataset):
    """The training batches of an epoch: inputs and targets, see :func:`hole_batch`.

    A single object serves all epochs: Keras keeps every object that it was given, so a new object
    for each epoch would fill the memory.
    """

    def __init__(self, split: data.Split, recipe: Recipe):
        super().__init__(workers=BATCH_THREADS)
        self._split, self._recipe = split, recipe
        self._fixed = fixed_masks(recipe, len(split)) if recipe.holes == "fest" else None
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Move on to an epoch, counted from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        recipe = self._recipe
        if recipe.steps_per_epoch:
            return recipe.steps_per_epoch
        n_whole, rest = divmod(len(self._split), recipe.batch_size)
        # batch normalisation wants whole batches
        return n_whole if recipe.loss == "klassen" else n_whole + bool(rest)

    def __getitem__(self, step: int):
        recipe = self._recipe
        chosen = self._choose(step)
        if recipe.loss == "klassen":
            rng = np.random.default_rng([recipe.seed, self._epoch, step])
            images = shift_and_flip(self._split.images[chosen], rng, recipe.max_shift)
            return to_float(images), _one_hot(self._split.labels[chosen])
        rng = np.random.default_rng([recipe.seed, self._epoch, step, 1])
        images = self._split.images[chosen]
        if recipe.flips:
            flipped = rng.random(len(images)) < 0.5
            images[flipped] = images[flipped, :, ::-1]
        return hole_batch(images, self._holes(chosen, step, rng), recipe)

    def _choose(self, step: int) -> np.ndarray:
        """Indices of a step's images: the epoch's permutation, or an endless sequence of such."""
        recipe, n = self._recipe, len(self._split)
        size = recipe.batch_size
        if recipe.steps_per_epoch is None:
            order = np.random.default_rng([recipe.seed, self._epoch]).permutation(n)
            return order[step * size : (step + 1) * size]
        position = (self._epoch * len(self) + step) * size + np.arange(size)
        rounds = position // n
        orders = {i: np.random.default_rng([recipe.seed, i]).permutation(n) for i in np.unique(rounds)}
        return np.array([orders[i][j] for i, j in zip(rounds, position % n, strict=True)])

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


class ValidationBatches(keras.utils.PyDataset):
    """Validation images with the same holes in every epoch and for every seed."""

    def __init__(self, split: data.Split, recipe: Recipe):
        super().__init__()
        self._recipe, self._size = recipe, 500 if recipe.holes in ("fest", "keine") else 250
        n = len(split) if self._size == 500 else min(len(split), VALIDATION_IMAGES)
        self._images, self._labels = split.images[:n], split.labels[:n]
        if recipe.holes == "fest":
            rng = np.random.default_rng([masks.BENCHMARK_SEED, recipe.mask_size])
            self._masks = masks.original_masks(n, rng, recipe.mask_size)
        elif recipe.holes != "keine":
            self._masks = masks.training_masks(recipe.holes, n, masks.BENCHMARK_SEED, 0, 0, recipe.mask_size)

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._size)

    def __getitem__(self, step: int):
        rows = slice(step * self._size, (step + 1) * self._size)
        if self._recipe.loss == "klassen":
            return to_float(self._images[rows]), _one_hot(self._labels[rows])
        return hole_batch(self._images[rows], self._masks[rows], self._recipe)


def fixed_masks(recipe: Recipe, n: int) -> np.ndarray:
    """The holes of 2025: drawn once, the same in every epoch."""
    return masks.original_masks(n, np.random.default_rng([recipe.seed, 0]), recipe.mask_size)


def hole_batch(images: np.ndarray, holes: np.ndarray, recipe: Recipe) -> tuple[dict, np.ndarray]:
    """Inputs of a network that fills holes, and its targets: the image beside the error's weights.

    Parameters
    ----------
    images : uint8 or float32 array (N, H, W, 3).
    holes : uint8 array (N, H, W, 1), 1 = hole.
    recipe : says which loss the weights are for.

    Returns
    -------
    {"image", "mask"} and a float32 array (N, H, W, 4); without weights, of 3 channels, where the loss
    is of the whole image.
    """
    images, holes = to_float(images), holes.astype(np.float32)
    inputs = {"image": images, "mask": holes}
    if recipe.loss != "loch":
        return inputs, images
    expected = expected_error(holes) if recipe.weighting == "erwartet" else np.float32(1)
    weights = holes / holes.sum((1, 2, 3), keepdims=True) / expected
    return inputs, np.concatenate([images, weights], axis=-1)


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


def make_loss(recipe: Recipe):
    """The loss of a recipe, as ``compile`` takes it."""
    return {
        "kreuzentropie": "binary_crossentropy",
        "quadratisch": "mean_squared_error",
        "loch": hole_error,
        "klassen": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=LABEL_SMOOTHING),
    }[recipe.loss]


def shift_and_flip(images: np.ndarray, rng: np.random.Generator, max_shift: int) -> np.ndarray:
    """Shift each image at random, mirrored at its borders, and flip every second one left-right.

    Parameters
    ----------
    images : (N, H, W, C), any type.
    rng : source of randomness.
    max_shift : largest shift in pixels, up, down, left and right.

    Returns
    -------
    array like ``images``.
    """
    n, height, width = images.shape[:3]
    shifts = rng.integers(-max_shift, max_shift, (2, n, 1), endpoint=True)
    rows, columns = (
        (edge - 1) - abs((edge - 1) - abs(shift + np.arange(edge)))
        for edge, shift in zip((height, width), shifts, strict=True)
    )
    flipped = rng.random(n) < 0.5
    columns[flipped] = columns[flipped, ::-1]
    return images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(len(data.CLASS_NAMES), dtype=np.float32)[labels]
