"""Train the original network our way and by its own recipe, on the same split, several seeds.

    python benchmarks/original_recipe.py --seeds 1 2 3 --output results/original_recipe.json

Its own recipe is `fit` on whole float arrays with one fixed mask an image, Keras' early stopping
and restored best weights.  Each training runs in a process of its own, so the peak memory is that
of one training.  The one difference to 2025 is said in the report: validation images come from the
training set.

Our way goes through the model store: what it holds is not trained again; its time is then that of
its training, its peak memory is not.  Rows of the output file that are not asked for (``--ways``)
stay in it.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

WAYS = ("ours", "theirs")
MEASURED = ("seconds", "peak_gb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--output", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--single", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.single:
        print(json.dumps(train_once(arguments.single, arguments.seeds[0], arguments.epochs)))
        return
    rows = []
    for seed in arguments.seeds:
        for way in arguments.ways:
            command = [
                sys.executable,
                __file__,
                "--single",
                way,
                "--seeds",
                str(seed),
                "--epochs",
                str(arguments.epochs),
            ]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rows.append(json.loads(output.splitlines()[-1]))
            print_row(rows[-1])
            if arguments.output:
                write_figures(rows, arguments.output)
    if len(arguments.ways) < len(WAYS):
        return
    for figure in ("val_loss", "hole_psnr_mean", "hole_psnr_pooled", *MEASURED):
        ours, theirs = (
            np.mean([row[figure] for row in rows if row["way"] == way]) for way in ("ours", "theirs")
        )
        print(
            f"{figure:16s} ours {ours:.5f}  theirs {theirs:.5f}  "
            f"difference {ours - theirs:+.5f}  ratio {ours / theirs:.3f}"
        )


def write_figures(rows: list[dict], path: Path) -> None:
    """Write what another machine should find again, by seed and way: no times, no memory."""
    kept = {(row["seed"], row["way"]): row for row in (json.loads(path.read_text()) if path.exists() else [])}
    for row in rows:
        kept[row["seed"], row["way"]] = {name: value for name, value in row.items() if name not in MEASURED}
    path.write_text(json.dumps([kept[key] for key in sorted(kept)], indent=1) + "\n")


def print_row(row: dict) -> None:
    print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def train_once(way: str, seed: int, epochs: int) -> dict:
    from inpainting import data, masks
    from inpainting.data import to_float
    from inpainting.measuring import evaluation
    from inpainting.networks import fill
    from inpainting.training import recipes, store

    dataset = data.load_dataset("cifar10", log=lambda line: None)
    recipe = replace(recipes.ORIGINAL, seed=seed, epochs=epochs)
    started = time.perf_counter()
    if way == "ours":
        trained = store.load_or_train(recipe, dataset, lambda line: None)
        model, val_loss = trained.model, trained.history.val_loss
        seconds = trained.record["seconds"]
    else:
        model, val_loss = fit_as_the_original(recipe, dataset)
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    holes = masks.suite_masks("quadrat8", len(dataset.test), "test")
    predictions = fill(model, dataset.test.images, holes)
    scores = evaluation.score(predictions, to_float(dataset.test.images), holes)
    figures = evaluation.summarise(scores)
    return {
        "way": way,
        "seed": seed,
        "epochs": len(val_loss),
        "val_loss": round(min(val_loss), 6),
        "hole_psnr_mean": round(figures["hole_psnr_mean"].value, 3),
        "hole_psnr_pooled": round(figures["hole_psnr_pooled"].value, 3),
        "seconds": round(seconds, 1),
        "peak_gb": round(peak, 2),
    }


def validation_arrays(dataset, recipe) -> tuple[np.ndarray, np.ndarray]:
    """Masked validation images and whole ones, float32 arrays (N, 32, 32, 3), as our way has them."""
    from inpainting.masks import mask_images
    from inpainting.training import batches

    validation = batches.ValidationBatches(dataset.validation, recipe)
    parts = [validation[i] for i in range(len(validation))]
    masked = [mask_images(inputs["image"], inputs["mask"]) for inputs, _ in parts]
    return np.concatenate(masked), np.concatenate([images for _, images in parts])


def fit_as_the_original(recipe, dataset, after_epoch=lambda: None):
    """Train with Keras' own `fit` on float arrays, as the report of 2025 did."""
    from inpainting.data import to_float
    from inpainting.masks import mask_images
    from inpainting.networks import autoencoder, keras
    from inpainting.training import batches

    keras.utils.set_random_seed(recipe.seed)
    x_train = to_float(dataset.train.images)
    masked = mask_images(x_train, batches.fixed_masks(recipe, len(x_train)))
    model = autoencoder.build_original(recipe.output, recipe.seed + 1000)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    stop = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=recipe.patience, restore_best_weights=True
    )
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after_epoch())
    fitted = model.fit(
        masked,
        x_train,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        shuffle=True,
        validation_data=validation_arrays(dataset, recipe),
        callbacks=[stop, told],
        verbose=0,
    )
    return model, fitted.history["val_loss"]


if __name__ == "__main__":
    main()
