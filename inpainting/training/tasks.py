"""A task: what a recipe asks the training loop for, as compiled model and batches."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from inpainting.data import Dataset
from inpainting.networks import autoencoder, classifier, keras, muon, prior_unet
from inpainting.training import batches
from inpainting.training.recipes import Recipe

STEPS_PER_EXECUTION = 16
"""Of the network of 2025, whose steps take milliseconds: Python between them is a tenth of all."""

OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": muon.KernelMuon}


@dataclass(frozen=True)
class Task:
    """What the loop needs to know about a training.

    Attributes
    ----------
    model : compiled; its weights are those of the network, in the same order.
    batches : training batches; ``start_epoch`` moves on to an epoch, counted from 0.
    validation : batches that the validation loss is measured on.
    build : makes the network that the best weights are put into.
    epochs, patience : see :class:`inpainting.training.recipes.Recipe`.
    title : German, for the progress.
    takes_last : whether the last epoch's weights are kept, whatever the validation loss says.
    """

    model: keras.Model
    batches: keras.utils.PyDataset
    validation: keras.utils.PyDataset
    build: Callable[[], keras.Model]
    epochs: int
    patience: int
    title: str = ""
    takes_last: bool = False


def build_network(recipe: Recipe, precision: str = "float32", training: bool = False) -> keras.Model:
    """Build the network of a recipe, untrained.

    Parameters
    ----------
    precision : "float32", or "mixed_bfloat16" to train faster; the weights are float32 anyway.
    training : the form that is trained: inputs ``image`` and ``mask``, the output neither
        composited nor clipped, since clipping stops gradients; the weights are in the same order.
    """
    about = (recipe.widths, recipe.n_blocks, recipe.seed)
    if recipe.architecture == "classifier":
        return classifier.build_classifier(recipe.widths, recipe.seed, precision)
    if recipe.architecture in ("prior_unet", "unet"):
        network = prior_unet.build_prior_unet(
            *about,
            precision,
            mirrored=recipe.mirrored and not training,
            detail=recipe.detail,
            with_prior=recipe.architecture == "prior_unet",
        )
        return prior_unet.uncomposited(network) if training else network
    if recipe.mask_input or recipe.skips or recipe.prior:
        return autoencoder.build_variant(
            recipe.output, recipe.seed, recipe.mask_input, recipe.skips, recipe.prior
        )
    network = autoencoder.build_original(recipe.output, recipe.seed)
    return autoencoder.arrange_for_training(network, precision) if training else network


def falling_rate(highest: float, n_steps: int, warmup: int):
    """A rate that rises for so many of the steps, at most a fifth, and falls to zero along half a cosine."""
    warmup = min(warmup, -(-n_steps // 5))  # a short training, too, comes down again
    return keras.optimizers.schedules.CosineDecay(
        0.0, n_steps - warmup, warmup_target=highest, warmup_steps=warmup
    )


def make_task(recipe: Recipe, dataset: Dataset, precision: str = "float32") -> Task:
    """The training of a recipe, apart from its :class:`~inpainting.training.recipes.Flow`."""
    model = build_network(recipe, precision, training=True)
    training = batches.TrainingBatches(dataset.train, recipe)
    rate = recipe.learning_rate
    if recipe.warmup:
        rate = falling_rate(rate, recipe.epochs * len(training), recipe.warmup)
    model.compile(
        optimizer=OPTIMIZERS[recipe.optimizer](rate),
        loss=batches.make_loss(recipe),
        steps_per_execution=STEPS_PER_EXECUTION if recipe.architecture == "autoencoder" else 1,
    )
    return Task(
        model,
        training,
        batches.ValidationBatches(dataset.validation, recipe),
        lambda: build_network(recipe),
        recipe.epochs,
        recipe.patience,
    )


CALIBRATION_STEPS = 10


def calibrate(recipe: Recipe, dataset: Dataset, minutes: float, precision: str = "float32") -> Recipe:
    """Turn a time budget into a fixed number of epochs, measured on this machine.

    Afterwards the result depends on the recipe alone, not on the machine's load.

    Parameters
    ----------
    minutes : budget of the training.

    Returns
    -------
    The recipe with as many whole epochs as fit into the budget, at least one.
    """
    task = make_task(recipe, dataset, precision)
    steps = [task.batches[step] for step in range(CALIBRATION_STEPS + 1)]
    task.model.train_on_batch(*steps[0])  # tracing
    started = time.perf_counter()
    for inputs, targets in steps[1:]:
        task.model.train_on_batch(inputs, targets)
    seconds = (time.perf_counter() - started) * len(task.batches) / CALIBRATION_STEPS
    return replace(recipe, epochs=max(1, int(60 * minutes / seconds)))
