"""Quality of the samples against the number of steps, on validation images.

Writes ``results/steps.json``: network → suite → steps → figures of one sample an image (PSNR in dB,
pooled; sharpness; seam; the energy score of two samples ÷ the mean's distance; Fréchet distance), with
the ends of their 95 % intervals under "intervals"; under "mittelwert" those of the mean answer; under "wahr"
the Fréchet distance of the true images.

    python benchmarks/steps.py --images 500
"""

import argparse
import json
from pathlib import Path

STEPS = (1, 2, 4, 8, 12, 16, 24)
SUITES = ("mitte16",)
FIGURES = ("hole_psnr_pooled", "sharpness", "seam_ratio")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="*", help=".keras files; by default the store's")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS)
    parser.add_argument("--suites", nargs="+", default=SUITES)
    arguments = parser.parse_args()

    from inpainting import config, data, files
    from inpainting.networks import load_model
    from inpainting.training import store

    images = data.load_dataset(config.CIFAR10, log=lambda line: None).validation.images
    judge = store.load_shipped("klassifikator").model
    networks = {path.stem: load_model(path) for path in arguments.models} or {
        name: store.load_shipped(name).model for name in ("kompakt", "gruendlich")
    }
    measured = {
        name: {suite: measure(model, judge, images, suite, arguments) for suite in arguments.suites}
        for name, model in networks.items()
    }
    result = {"images": arguments.images, "split": "validation", "networks": measured}
    files.write_file(config.ROOT / "results" / "steps.json", json.dumps(result, indent=1) + "\n")


def measure(model, judge, images, suite: str, arguments) -> dict:
    from inpainting import masks
    from inpainting.data import to_float
    from inpainting.measuring import evaluation, frechet
    from inpainting.networks import classifier, fill, sample

    n = arguments.images
    truth, holes = to_float(images[:n]), masks.suite_masks(suite, n)
    reference = frechet.Reference.fit(classifier.features(judge, images[-n:]))
    answer = fill(model, truth, holes)
    distance = distances(answer, truth)

    def describe(filled, energy) -> dict:
        figures = evaluation.summarise(evaluation.score(filled, truth, holes))
        found = {key: figures[key] for key in FIGURES}
        found["frechet"] = reference.estimate(classifier.features(judge, filled), n_resamples=200)
        found["energy_ratio"] = estimate_ratio(energy, distance)
        intervals = {key: [figure.low, figure.high] for key, figure in found.items()}
        return {key: figure.value for key, figure in found.items()} | {"intervals": intervals}

    rows = {"wahr": {"frechet": reference.distance(classifier.features(judge, truth))}}
    rows["mittelwert"] = describe(answer, distance)
    for steps in arguments.steps:
        one, two = (sample(model, truth, holes, seed, steps) for seed in (1, 2))
        rows[str(steps)] = describe(
            one, (distances(one, truth) + distances(two, truth) - distances(one, two)) / 2
        )
        line = "  ".join(
            f"{key} {value:.3f}" for key, value in rows[str(steps)].items() if key != "intervals"
        )
        print(f"{suite:10s} {steps:3d} steps  {line}", flush=True)
    return rows


def distances(one, other):
    return ((one - other) ** 2).sum((1, 2, 3)) ** 0.5


def estimate_ratio(numerator, denominator):
    """Ratio of two means over images, with its interval."""
    import numpy as np

    from inpainting.measuring import evaluation

    weights = [np.ones(len(numerator)), *evaluation.resample_counts(len(numerator))]
    return evaluation.estimate(np.array([w @ numerator / (w @ denominator) for w in weights]))


if __name__ == "__main__":
    main()
