"""What the choice of a seed is worth: the networks of 2025 and ``kompakt``, trained with several seeds.

Each network is taken from the model store or trained there, and its mean answer is measured on the
benchmark's first test images.  Writes ``results/seeds.json``: network → suite → figure → a value a seed, and
under ``records`` how each was trained.  What stands there of a network and a seed is kept: delete the file
where a recipe has changed.  About 50 minutes on two cores with bfloat16 where nothing is stored.

    python benchmarks/seeds.py --seeds 1 2 3
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

FIGURES = ("hole_psnr_pooled", "hole_psnr_mean", "ssim", "image_psnr", "seam_ratio", "sharpness")
KEPT = ("seconds", "precision", "hardware", "trained_at", "versions", "model_sha256")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--store", type=Path, help="model store; by default that of the project")
    parser.add_argument("--images", type=int, default=2000, help="the first test images are measured")
    parser.add_argument("--stored", action="store_true", help="train nothing; leave out what is not stored")
    arguments = parser.parse_args()

    from inpainting import config, data, files, masks
    from inpainting.data import to_float
    from inpainting.measuring import evaluation, seeds
    from inpainting.networks import fill
    from inpainting.training import recipes, store

    dataset = data.load_dataset(config.CIFAR10)
    images = to_float(dataset.test.images[: arguments.images])
    planned = recipes.of_run(config.load_config({"preset": "standard"}))
    # the flow changes nothing of the mean answer
    planned["kompakt"] = replace(planned["kompakt"], flow=None)
    stored = files.read_json(seeds.SEEDS) if seeds.SEEDS.exists() else {"n_images": len(images)}
    if stored["n_images"] != len(images):
        parser.error(f"{seeds.SEEDS.name} was measured on {stored['n_images']} images")
    result = {name: stored.get(name, {suite: {} for suite in masks.SUITES}) for name in planned}
    records = {name: stored.get("records", {}).get(name, {}) for name in planned}
    for name, recipe in planned.items():
        for seed in arguments.seeds:
            if str(seed) in records[name]:
                continue
            wanted = replace(recipe, seed=seed)
            folder = arguments.store or config.MODELS
            if arguments.stored:
                trained = store.load_entry(folder / f"{wanted.network}-{wanted.key(dataset.sha256)}")
                if trained is None:
                    continue
            else:
                trained = store.load_or_train(wanted, dataset, store=folder)
            records[name][str(seed)] = {key: trained.record[key] for key in KEPT}
            for suite in masks.SUITES:
                holes = masks.suite_masks(suite, len(images), "test")
                scores = evaluation.score(fill(trained.model, images, holes), images, holes)
                figures = evaluation.summarise(scores, n_resamples=1)
                for key in FIGURES:
                    result[name][suite].setdefault(key, []).append(figures[key].value)
            decibel = result[name]["quadrat8"]["hole_psnr_pooled"][-1]
            print(f"{name}, seed {seed}: {decibel:.3f} dB on quadrat8, pooled", flush=True)
    content = {**result, "n_images": len(images), "records": records}
    files.write_json(seeds.SEEDS, content, digits=files.FIGURE_DIGITS)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
