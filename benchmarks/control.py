"""What the prior is worth after full training: ``kompakt`` beside the same network without its prior.

The control is trained like the mean's network of ``kompakt``, with every seed, and measured on the
benchmark's first test images; nothing is chosen by it.  Writes ``results/control.json``: suite → figure → a value
a seed, under ``ahead`` method → suite → figure → by how much the method is ahead of the control of the
first seed, paired, and how each was trained.  What stands there of a seed is kept; without the
file, or beside other networks, all is measured.  About 12 minutes a seed on two cores with bfloat16.

    python benchmarks/control.py --seeds 1 2
"""

import argparse
import itertools
import os
from dataclasses import replace
from pathlib import Path

MEASURES = ("hole_psnr_pooled", "hole_psnr_mean", "ssim")
KEPT = ("seconds", "precision", "hardware", "trained_at", "versions", "model_sha256")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--store", type=Path, help="model store; by default that of the project")
    arguments = parser.parse_args()

    from inpainting import classical, config, data, files, masks
    from inpainting.data import to_float
    from inpainting.measuring import control, evaluation, methods
    from inpainting.networks import count_learned, fill
    from inpainting.training import recipes, store

    dataset = data.load_dataset(config.CIFAR10, log=lambda line: None)
    images = to_float(dataset.test.images[: control.N_IMAGES])
    cases = {suite: masks.suite_masks(suite, len(images), "test") for suite in masks.SUITES}
    rivals = {name: store.load_shipped(name) for name in ("original", "original_relu", "kompakt")}
    digests = {name: methods.Contestant.from_trained(trained).digest for name, trained in rivals.items()}
    stored = files.read_json(control.RESULTS) if control.RESULTS.exists() else {}
    if stored.get("networks") != digests:
        stored = {}  # measured beside other networks
    figures = stored.get("figures", {suite: {} for suite in cases})
    records, ahead, learned = stored.get("records", {}), stored.get("ahead"), stored.get("n_parameters")
    for seed in arguments.seeds:
        if str(seed) in records:
            continue
        recipe = replace(recipes.CONTROL, seed=seed)
        trained = store.load_or_train(recipe, dataset, store=arguments.store or config.MODELS)
        model, learned = trained.model, count_learned(trained.model)
        scores = {s: evaluation.score(fill(model, images, m), images, m) for s, m in cases.items()}
        for suite, of_suite in scores.items():
            for key, figure in evaluation.summarise(of_suite, n_resamples=1).items():
                figures[suite].setdefault(key, []).append(figure.value)
        records[str(seed)] = {key: trained.record[key] for key in KEPT}
        if ahead is None:  # of the first seed
            fills = {n: lambda x, m, net=t.model: fill(net, x, m) for n, t in rivals.items()}
            fills["gauss"] = classical.fit_gaussian(dataset.train.images).fill
            ahead = {}
            for (name, filled), (suite, holes) in itertools.product(fills.items(), cases.items()):
                rival = evaluation.score(filled(images, holes), images, holes)
                ahead.setdefault(name, {})[suite] = {
                    key: files.plain(evaluation.paired_difference(rival, scores[suite], key))
                    for key in MEASURES
                }
                print(
                    f"{suite:10s} {name:14s} {ahead[name][suite][MEASURES[0]]['value']:+.2f} dB", flush=True
                )
    content = {
        "images": len(images),
        "n_parameters": learned,
        "seeds": [int(seed) for seed in records],
        "networks": digests,
        "figures": figures,
        "ahead": ahead,
        "records": records,
    }
    files.write_json(control.RESULTS, content, digits=files.FIGURE_DIGITS)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
