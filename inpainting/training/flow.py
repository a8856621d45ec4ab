"""Training a flow on a mean network that is done: several draws of noise and time an image.

The mean runs once an image, frozen; only what :mod:`inpainting.networks.flow` adds to it learns.
"""

from dataclasses import replace

import numpy as np

from inpainting import config
from inpainting.data import Dataset
from inpainting.masks import BENCHMARK_SEED
from inpainting.networks import flow, keras, layers
from inpainting.training import batches
from inpainting.training.recipes import Recipe
from inpainting.training.tasks import OPTIMIZERS, Task, build_network, falling_rate

TIME_MEAN, TIME_SPREAD = -0.2, 1.1
"""Of the normal distribution whose logistic the training's times are (Esser et al., 2024)."""

LATEST = 0.98
"""Latest time in training; behind it hardly any noise is left."""

VALIDATION_BATCHES = 4
"""Batches of 250 images, each with several draws, that the validation loss is measured on."""

SPREAD_WEIGHT = 0.25
"""Weight of the expected error's likelihood beside the flow's own error."""


def make_flow_task(recipe: Recipe, mean: keras.Model, dataset: Dataset, precision: str = "float32") -> Task:
    """The training of a recipe's :class:`~inpainting.training.recipes.Flow`, after that of its mean.

    Parameters
    ----------
    recipe : with a flow.
    mean : the trained network of the recipe, float32.
    precision : see :func:`inpainting.training.tasks.build_network`; the mean is computed in it too.
    """
    settings = recipe.flow
    model = training_model(build_whole(recipe, mean, precision), settings.draws)
    n_steps = settings.epochs * settings.steps_per_epoch
    rate = falling_rate(settings.learning_rate, n_steps, settings.warmup)
    model.compile(optimizer=OPTIMIZERS[recipe.optimizer](rate), loss=_as_computed)
    return Task(
        model,
        FlowBatches(dataset.train, recipe),
        FlowValidationBatches(dataset.validation, recipe),
        lambda: build_whole(recipe, mean),
        settings.epochs,
        settings.epochs,
        " der Vorschläge",
        takes_last=True,  # the likelihood of a few surprising holes moves the loss more than an epoch does
    )


def build_whole(recipe: Recipe, mean: keras.Model, precision: str = "float32") -> keras.Model:
    """The network of both answers: the trained mean, and an untrained flow on it."""
    seer = build_network(recipe, precision)
    seer.set_weights(mean.get_weights())
    settings = recipe.flow
    about = {"widths": settings.widths, "detail": settings.detail, "precision": precision}
    context = flow.build_context(seer, mirrored=recipe.mirrored, seed=recipe.seed, **about)
    return flow.assemble(context, flow.build_flow(n_blocks=settings.n_blocks, seed=recipe.seed + 1, **about))


def training_model(whole: keras.Model, draws: int) -> keras.Model:
    """The error of a flow, and of the error it expects, from images and draws.

    Inputs are ``image`` (N, H, W, 3), the truth; ``mask`` (N, H, W, 1); ``noise`` (N, draws, H, W, 3)
    and ``time`` (N, draws, 1).  Weights are those of ``whole``, in the same order.  The output (N, 1)
    is the mean over draws and hole of the squared error of r̂, weighted as Karras et al. (2022) do:
    by (t² + (1 − t)²) / (1 − t)², so that what the flow's convolutions aim at has variance one at
    every time; plus the negative log-likelihood of the mean's error under the expected one.
    """
    size = (config.IMAGE_SIZE, config.IMAGE_SIZE)
    image, mask = layers.Input((*size, 3), name="image"), layers.Input((*size, 1), name="mask")
    noise_input = layers.Input((draws, *size, 3), name="noise")
    time = layers.Input((draws, 1), name="time")
    context, network = whole.get_layer("context"), whole.get_layer("flow")

    seen = context([image, mask])
    share = mask / keras.ops.sum(mask, axis=(1, 2, 3), keepdims=True)
    error = keras.ops.square(image - seen["mean"])  # zero outside the hole
    likelihood = keras.ops.mean(error, axis=-1, keepdims=True) / keras.ops.square(seen["scale"])
    likelihood = 0.5 * likelihood + keras.ops.log(seen["scale"])
    spread_loss = keras.ops.sum(share * likelihood, axis=(1, 2, 3))

    def drawn(x):
        return keras.ops.repeat(x, draws, axis=0)

    r = drawn((image - seen["mean"]) / keras.ops.stop_gradient(seen["scale"]))
    holes, noise = drawn(mask), keras.ops.reshape(noise_input, (-1, *size, 3))
    moment = keras.ops.reshape(time, (-1, 1))
    t = keras.ops.reshape(time, (-1, 1, 1, 1))
    state = holes * ((1 - t) * noise + t * r)
    arrival = network([state, moment, holes, *(drawn(seen[name]) for name in ("full", "half", "quarter"))])
    weight = drawn(share) * (keras.ops.square(t) + keras.ops.square(1 - t)) / keras.ops.square(1 - t)
    flow_loss = keras.ops.mean(keras.ops.square(arrival - r), axis=-1, keepdims=True)
    flow_loss = keras.ops.sum(weight * flow_loss, axis=(1, 2, 3))
    flow_loss = keras.ops.mean(keras.ops.reshape(flow_loss, (-1, draws)), axis=-1)
    loss = keras.ops.expand_dims(flow_loss + SPREAD_WEIGHT * spread_loss, -1)
    return keras.Model([image, mask, noise_input, time], loss, name="training")


def _as_computed(targets, losses):
    """The model computes its losses itself."""
    return keras.ops.mean(losses)


def draw(shape: tuple[int, ...], draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Noise (N, draws, H, W, 3) and times (N, draws, 1) for images of a shape (N, H, W, 3)."""
    n, *rest = shape
    noise = rng.standard_normal((n, draws, *rest), np.float32)
    logits = TIME_MEAN + TIME_SPREAD * rng.standard_normal((n, draws, 1), np.float32)
    return {"noise": noise, "time": np.minimum(1 / (1 + np.exp(-logits)), np.float32(LATEST))}


class FlowBatches(batches.TrainingBatches):
    """The mean's training batches, with fresh noise and times; the targets mean nothing."""

    def __init__(self, split, recipe: Recipe):
        settings = recipe.flow
        size = {"batch_size": settings.batch_size, "steps_per_epoch": settings.steps_per_epoch}
        super().__init__(split, replace(recipe, **size))

    def __getitem__(self, step: int):
        inputs, _ = super().__getitem__(step)
        rng = np.random.default_rng([self._recipe.seed, self._epoch, step, 2])
        inputs |= draw(inputs["image"].shape, self._recipe.flow.draws, rng)
        return inputs, np.zeros((len(inputs["image"]), 1), np.float32)


class FlowValidationBatches(batches.ValidationBatches):
    """The mean's first validation batches, with the same noise and times in every epoch."""

    def __len__(self) -> int:
        return min(VALIDATION_BATCHES, super().__len__())

    def __getitem__(self, step: int):
        inputs, _ = super().__getitem__(step)
        rng = np.random.default_rng([BENCHMARK_SEED, step])
        inputs |= draw(inputs["image"].shape, self._recipe.flow.draws, rng)
        return inputs, np.zeros((len(inputs["image"]), 1), np.float32)
