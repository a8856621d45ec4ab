"""A small CIFAR-10 classifier: does an image still show what it showed before the repair?

Trained on the training images alone, with flips and shifted crops; the epoch with the lowest
loss on validation is kept.  It never sees a mask or a repaired image.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inpainting import config, data, models, training
from inpainting.models import keras, layers
from inpainting.optimizers import OPTIMIZERS

LABEL_SMOOTHING = 0.1
"""Share of each target that is spread over all classes (Szegedy et al., 2016)."""


@dataclass(frozen=True)
class ClassifierRecipe(training.Keyed):
    """Everything that determines the training of the classifier, except the data.

    Attributes
    ----------
    network : names the entry in the store.
    version : raised whenever the code of this training changes its result.
    widths : see :func:`build_classifier`.
    epochs : the learning rate rises over the first ``warmup`` of their steps and falls to zero
        along half a cosine.
    warmup : fraction of all steps.
    patience : epochs without a better validation loss after which training stops.
    batch_size : images a step.
    max_shift : crops are shifted by up to this many pixels in either direction.
    optimizer : "muon" or "adam".
    learning_rate : highest rate.
    precision : "mixed_bfloat16" or "float32".
    seed : determines initial weights, order, flips and shifts.
    """

    network: str = "klassifikator"
    version: int = 1
    widths: tuple[int, ...] = (32, 64, 128, 192)
    epochs: int = 14
    warmup: float = 0.2
    patience: int = 14
    batch_size: int = 128
    max_shift: int = 3
    optimizer: str = "muon"
    learning_rate: float = 1e-2
    precision: str = "mixed_bfloat16"
    seed: int = 1

    @property
    def file_name(self) -> str:
        return f"{self.network}.keras"

    def task(self, dataset: data.Dataset) -> training.Task:
        """What :func:`inpainting.training.train` needs to know about this training."""
        batches = ClassifierBatches(dataset.train, self)
        model = build_classifier(self.widths, self.seed, self.precision)
        n_steps = self.epochs * len(batches)
        n_warmup = round(self.warmup * n_steps)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, n_steps - n_warmup, warmup_target=self.learning_rate, warmup_steps=n_warmup
        )
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=LABEL_SMOOTHING)
        model.compile(optimizer=OPTIMIZERS[self.optimizer](schedule), loss=loss)
        return training.Task(
            model, batches, ValidationBatches(dataset.validation),
            lambda: build_classifier(self.widths, self.seed),
        )  # fmt: skip


def classifier_recipe(dataset: data.Dataset, store: Path = config.MODELS) -> ClassifierRecipe:
    """The recipe of the benchmark's classifier; on the sample, a short demonstration.

    A stored classifier counts whatever precision it was trained in; a new one is trained in the
    processor's best.
    """
    recipe = ClassifierRecipe()
    if dataset.is_sample:
        recipe = replace(recipe, epochs=10, batch_size=50)
    return training.with_precision(recipe, dataset, store)


def build_classifier(
    widths: tuple[int, ...] = (32, 64, 128, 192), seed: int = 0, precision: str = "float32"
) -> keras.Model:
    """Build a small residual network: images (N, 32, 32, 3) to 10 logits.

    A 3×3 convolution at full resolution; then, at 1/2, 1/4 and 1/8 of it, a strided convolution
    and a residual one; then the mean over all positions.  Batch normalisation and ReLU follow
    every convolution.  With the default widths, 835 434 parameters and 38 million
    multiplications an image.

    Parameters
    ----------
    widths : channels at 1/1, 1/2, 1/4 and 1/8 of the resolution.
    seed : determines the initial weights.
    precision : "float32", or "mixed_bfloat16" to train faster; the weights are float32 anyway.

    Source: He et al., Deep Residual Learning, 2016; Ioffe and Szegedy, Batch Normalization, 2015.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=2 * len(widths)).tolist())

    def convolution(x, filters: int, strides: int = 1):
        initializer = keras.initializers.HeNormal(seed=next(seeds))
        x = layers.Conv2D(
            filters, 3, strides=strides, padding="same", use_bias=False,
            kernel_initializer=initializer, dtype=precision,
        )(x)  # fmt: skip
        x = layers.BatchNormalization(momentum=0.9, dtype=precision)(x)
        return layers.ReLU(dtype=precision)(x)

    images = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3), name="image")
    x = convolution(layers.Rescaling(4.0, -1.9, name="scaled")(images), widths[0])
    for width in widths[1:]:
        x = convolution(x, width, strides=2)
        x = layers.Add(dtype=precision)([x, convolution(x, width)])
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    initializer = keras.initializers.GlorotUniform(seed=next(seeds))
    logits = layers.Dense(len(data.CLASS_NAMES), kernel_initializer=initializer, name="logits")(x)
    return keras.Model(images, logits, name="classifier")


class ClassifierBatches(keras.utils.PyDataset):
    """The training batches of an epoch: (images, one-hot classes); a last, partial one is left out.

    The order is drawn from (seed, epoch), flips and shifts from (seed, epoch, step).
    """

    def __init__(self, split: data.Split, recipe: ClassifierRecipe):
        super().__init__(workers=training.BATCH_THREADS)
        self._split, self._recipe = split, recipe
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch, counted from 0."""
        self._epoch = epoch
        self._order = np.random.default_rng([self._recipe.seed, epoch]).permutation(len(self._split))

    def __len__(self) -> int:
        return len(self._split) // self._recipe.batch_size

    def __getitem__(self, step: int):
        recipe = self._recipe
        chosen = self._order[step * recipe.batch_size : (step + 1) * recipe.batch_size]
        rng = np.random.default_rng([recipe.seed, self._epoch, step])
        images = shift_and_flip(self._split.images[chosen], rng, recipe.max_shift)
        return models.to_float(images), _one_hot(self._split.labels[chosen])


class ValidationBatches(keras.utils.PyDataset):
    """The validation images as they are, with one-hot classes."""

    def __init__(self, split: data.Split):
        super().__init__()
        self._split = split

    def __len__(self) -> int:
        return -(-len(self._split) // 500)

    def __getitem__(self, step: int):
        rows = slice(step * 500, (step + 1) * 500)
        return models.to_float(self._split.images[rows]), _one_hot(self._split.labels[rows])


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


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether the classifier finds each image's class.

    Parameters
    ----------
    model : as :func:`build_classifier` makes it.
    images : float32 or uint8 array (N, 32, 32, 3); uint8 is scaled to [0, 1].
    labels : integer array (N,).

    Returns
    -------
    bool array (N,); its mean is the accuracy.
    """
    logits = model.predict(models.to_float(images), batch_size=500, verbose=0)
    return logits.argmax(-1) == labels
