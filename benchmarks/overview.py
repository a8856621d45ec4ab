"""What the overview brings to gruendlich: the stored network with and without it.

    python benchmarks/overview.py
    python benchmarks/overview.py --scale 2 --images 500

Prints pooled hole PSNR in dB on validation images, without and with the overview, and the paired
difference with its 95 % interval, for every suite; with ``--scale`` on images and holes enlarged so
many times, a size that the network was not trained on.
"""

import argparse

N_IMAGES = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=N_IMAGES)
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()

    from scipy import ndimage

    from inpainting import data, evaluation, masks, models, training

    dataset = data.load_dataset("cifar10", log=lambda line: None)
    stored = training.load_stored("gruendlich", dataset, log=lambda line: None)
    if stored is None:
        parser.exit(1, "gruendlich is not in the store; inpainting train --network gruendlich makes it\n")
    whole = stored.model
    recipe = training.NETWORKS["gruendlich"]
    plain = models.build_final(
        recipe.widths, recipe.n_blocks, mirrored=recipe.mirrored, detail=recipe.detail
    )
    others = [layer for layer in whole.layers if layer.name != "overview"]
    plain.set_weights([weight for layer in others for weight in layer.get_weights()])
    images = models.to_float(dataset.validation.images[: arguments.images])
    scale = arguments.scale
    images = ndimage.zoom(images, (1, scale, scale, 1), order=1, grid_mode=True, mode="nearest")
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images)).repeat(scale, 1).repeat(scale, 2)
        without, full = (
            evaluation.score(models.predict_final(network, images, holes), images, holes)
            for network in (plain, whole)
        )
        before, after = (
            evaluation.summarise(scores)["hole_psnr_pooled"].value for scores in (without, full)
        )
        gain = evaluation.paired_difference(full, without, "hole_psnr_pooled")
        print(f"{suite:9} {before:.2f} {after:.2f} {gain.value:+.3f} [{gain.low:+.3f}; {gain.high:+.3f}]", flush=True)


if __name__ == "__main__":
    main()
