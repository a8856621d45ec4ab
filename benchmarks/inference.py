"""Time per image of a network against biharmonic inpainting, on every suite, one thread each.

    python benchmarks/inference.py models/kompakt-…/kompakt.keras --images 256

Prints milliseconds an image and their ratio; validation images, loading and tracing apart.
"""

import argparse
import os
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--images", type=int, default=256, help="a batch of the network is 256")
    arguments = parser.parse_args()

    from inpainting import classical, config, data, masks, models

    dataset = data.load_dataset(config.CIFAR10, log=lambda line: None)
    images = models.to_float(dataset.validation.images[: arguments.images])
    model = models.load_model(arguments.model)
    print(f"{'suite':10s} {'network':>9s} {'biharmonic':>11s}  ratio   (ms an image)")
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        models.predict_final(model, images, holes)
        ours = milliseconds(lambda: models.predict_final(model, images, holes), len(images))
        theirs = milliseconds(lambda: classical.fill_biharmonic(images, holes), len(images))
        print(f"{suite:10s} {ours:9.2f} {theirs:11.2f}  {theirs / ours:5.1f}", flush=True)


def milliseconds(run, n: int) -> float:
    started = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - started) / n


if __name__ == "__main__":
    main()
