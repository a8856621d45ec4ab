"""Time per image of a network against biharmonic inpainting, on every suite, one thread each.

    python benchmarks/inference.py models/kompakt-…/kompakt.keras --images 256

Prints milliseconds an image and their ratio; for a network that draws, also those of a sample and how
many times the mean answer's it is.  Validation images, loading and tracing apart.
"""

import argparse
import os
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}

ROUNDS = 3
"""Each is timed so often, in turn, and the shortest time counts."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--images", type=int, default=256, help="a batch of the network is 256")
    arguments = parser.parse_args()

    from inpainting import classical, config, data, masks
    from inpainting.data import to_float
    from inpainting.networks import fill, has_samples, load_model, sample

    dataset = data.load_dataset(config.CIFAR10, log=lambda line: None)
    images = to_float(dataset.validation.images[: arguments.images])
    model = load_model(arguments.model)
    print("milliseconds an image; ratio: biharmonic ÷ mean answer, sample ÷ mean answer")
    print(f"{'suite':10s} {'mean':>9s} {'biharmonic':>11s} {'ratio':>6s} {'sample':>9s} {'ratio':>6s}")
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        runs = [lambda: fill(model, images, holes), lambda: classical.fill_biharmonic(images, holes)]
        if has_samples(model):
            runs.append(lambda: sample(model, images, holes, seed=1))
        for run in runs:
            run()  # tracing
        times = [[milliseconds(run, len(images)) for run in runs] for _ in range(ROUNDS)]
        mean, biharmonic, *drawn = map(min, zip(*times, strict=True))
        line = f"{suite:10s} {mean:9.2f} {biharmonic:11.2f} {biharmonic / mean:6.1f}"
        print(line, *(f"{x:9.2f} {x / mean:6.1f}" for x in drawn), flush=True)


def milliseconds(run, n: int) -> float:
    started = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - started) / n


if __name__ == "__main__":
    main()
