"""The machine's verdict on fills: how often a small network tells them from true images, per suite.

For every method and suite a judge is trained on 4 000 validation images and asked about the other
1 000; with ``--test``, on all 5 000, and asked about the first 2 000 test images.  Writes
``results/verdict.json``: what the judges were and learned from, the digests of the judged networks, and
method → suite → share that is right, with its 95 % interval.  What stands there of the same networks,
judges and images is kept.  About a minute a judge on two cores with bfloat16.

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
    gaussian, library = classical.fit_gaussian(dataset.train.images), classical.Library(dataset.train.images)
    fills = methods.make_fills(gaussian, networks, library)
    validation, test = to_float(dataset.validation.images), to_float(dataset.test.images)
    n_learned = len(validation) if arguments.test else 4000
    about = {
        "images": 2000 if arguments.test else len(validation) - n_learned,
        "split": "test" if arguments.test else "validation",
        "n_learned": n_learned,
        "n_parameters": verdict.build_judge().count_params(),
        "epochs": arguments.epochs or verdict.EPOCHS,
        "networks": {name: contestant.digest for name, contestant in networks.items()},
    }
    path = config.RESULTS / "verdict.json"
    stored = json.loads(path.read_text("utf-8")) if path.exists() else {}
    is_same = all(stored.get(key) == value for key, value in about.items())
    shares = stored["shares"] if is_same else {}
    chosen, asked_of = arguments.methods or list(fills), arguments.suites or masks.SUITES
    if unknown := set(chosen) - set(fills):
        parser.error(f"no such method: {', '.join(sorted(unknown))}")
    for suite in asked_of:
        known = validation, masks.suite_masks(suite, len(validation))
        asked = (test[:2000], masks.suite_masks(suite, 2000, "test")) if arguments.test else None
        if asked is None:
            known, asked = (
                tuple(x[rows] for x in known) for rows in (slice(n_learned), slice(n_learned, None))
            )
        for method in chosen:

            def filled(case, fill=fills[method]):
                return masks.composite(fill(*case), *case)

            judge = verdict.learn_to_judge(
                filled(known), *known, epochs=about["epochs"], precision=store.native_precision()
            )
            share = evaluation.estimate_mean(verdict.judge_fills(judge, filled(asked), *asked))
            shares.setdefault(method, {})[suite] = files.plain(share)
            files.write_file(path, json.dumps(about | {"shares": shares}, indent=1) + "\n")
            print(f"{suite:10s} {method:22s} {100 * share.value:5.1f} %", flush=True)


if __name__ == "__main__":
    main()
