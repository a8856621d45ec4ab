"""The machine's verdict on fills: how often a small network tells them from true images, per suite.

For every method and suite a judge is trained on 4 000 validation images and asked about the other
1 000; with ``--test``, on all 5 000, and asked about the first 2 000 test images.  Writes
``results/verdict.json``: method → suite → share that is right, with its 95 % interval.  About a minute a
judge on two cores with bfloat16.

    python benchmarks/verdict.py --methods biharmonisch kompakt kompakt_vorschlag --suites quadrat8 mitte16
"""

import argparse
import json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", help="by default all")
    parser.add_argument("--suites", nargs="+", help="by default all")
    parser.add_argument("--test", action="store_true", help="final figures, on test images")
    parser.add_argument("--epochs", type=int, help="of each judge")
    arguments = parser.parse_args()

    from inpainting import classical, config, data, files, masks
    from inpainting.data import to_float
    from inpainting.measuring import evaluation, methods, verdict
    from inpainting.training import store

    dataset = data.load_dataset(config.CIFAR10, log=lambda line: None)
    networks = {
        name: methods.Contestant.from_trained(store.load_shipped(name))
        for name in ("original", "original_relu", "kompakt", "gruendlich")
    }
    fills = methods.make_fills(classical.fit_gaussian(dataset.train.images), networks)
    validation, test = to_float(dataset.validation.images), to_float(dataset.test.images)
    path = config.ROOT / "results" / "verdict.json"
    result = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for suite in arguments.suites or masks.SUITES:
        known = validation, masks.suite_masks(suite, len(validation))
        asked = (test[:2000], masks.suite_masks(suite, 2000, "test")) if arguments.test else None
        if asked is None:
            known, asked = (tuple(x[rows] for x in known) for rows in (slice(4000), slice(4000, None)))
        for method in arguments.methods or fills:

            def filled(case, fill=fills[method]):
                return masks.composite(fill(*case), *case)

            options = {"epochs": arguments.epochs} if arguments.epochs else {}
            judge = verdict.learn_to_judge(
                filled(known), *known, precision=store.native_precision(), **options
            )
            share = evaluation.estimate_mean(verdict.judge_fills(judge, filled(asked), *asked))
            result.setdefault(method, {})[suite] = files.plain(share)
            files.write_file(path, json.dumps(result, indent=1) + "\n")
            print(f"{suite:10s} {method:22s} {100 * share.value:5.1f} %", flush=True)


if __name__ == "__main__":
    main()
