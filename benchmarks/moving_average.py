"""Whether a moving average of the weights beats the last ones, after a short training of kompakt.

    python benchmarks/moving_average.py --epochs 3

Trains once and keeps, beside the weights, exponential moving averages of them; prints pooled hole
PSNR in dB on validation images for each.  The learning rate falls to zero over the epochs given,
as it does in every training of the network.
"""

import argparse
from dataclasses import replace

import numpy as np

DECAYS = (0.99, 0.995)
N_IMAGES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()

    from inpainting import data, masks, training

    dataset = data.load_dataset("cifar10", log=lambda line: None)
    recipe = replace(
        training.NETWORKS["kompakt"], epochs=arguments.epochs, precision=training.native_precision()
    )
    last, averages = train(recipe, dataset)
    print(" ".join(["weights", *masks.SUITES]))
    network = recipe.task(dataset).build()
    for name, weights in {"last": last, **averages}.items():
        network.set_weights(weights)
        print(name, *(f"{psnr(network, dataset.validation.images, suite):.3f}" for suite in masks.SUITES))


def train(recipe, dataset) -> tuple[list, dict[float, list]]:
    """The weights after training, and decay → their moving average."""
    from inpainting import models, training

    task = recipe.task(dataset)
    averages = {decay: task.model.get_weights() for decay in DECAYS}

    def update(step, logs):
        weights, done = task.model.get_weights(), int(task.model.optimizer.iterations)
        for decay, average in averages.items():
            share = 1 - min(decay, done / (done + 9))  # the first weights are soon forgotten
            for mean, value in zip(average, weights, strict=True):
                mean += share * (value - mean)

    callback = models.keras.callbacks.LambdaCallback(on_train_batch_end=update)
    for epoch in range(recipe.epochs):
        task.batches.start_epoch(epoch)
        with training.freed_memory_kept():
            task.model.fit(task.batches, verbose=0, shuffle=False, callbacks=[callback])
    return task.model.get_weights(), averages


def psnr(network, images: np.ndarray, suite: str) -> float:
    from inpainting import evaluation, masks, models

    images = models.to_float(images[:N_IMAGES])
    holes = masks.suite_masks(suite, len(images))
    scores = evaluation.score(models.predict_final(network, images, holes), images, holes)
    return evaluation.summarise(scores)["hole_psnr_pooled"].value


if __name__ == "__main__":
    main()
