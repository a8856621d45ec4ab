"""Derive the stencil of the networks' prior from the training images.

    python benchmarks/stencil.py

Prints the weights as they stand in ``inpainting.networks.prior_unet.STENCIL``, and their largest difference
to those: rounding.
"""

import argparse

import numpy as np

RIDGE = 3e-4
RADIUS = 4
CENTRE = range(10, 22)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()

    from inpainting import config, data
    from inpainting.networks import prior_unet

    images = data.load_dataset(config.CIFAR10, log=lambda line: None).train.images
    stencil = derive_stencil(images)
    with np.printoptions(precision=4, suppress=True, linewidth=100):
        print(np.array2string(stencil, separator=", "))
    print(f"largest difference to prior_unet.STENCIL: {abs(stencil - prior_unet.STENCIL).max():.1e}")


def derive_stencil(images: np.ndarray) -> np.ndarray:
    """Weights (9, 9), float64, of a pixel's neighbours, their sum 1, from uint8 images."""
    pixels = np.moveaxis(images.astype(np.float32) / np.float32(255), -1, 1).reshape(-1, 1024)
    covariance = sum(np.cov(pixels[channel::3].T) for channel in range(3)) / 3
    precision = np.linalg.inv(covariance + RIDGE * np.eye(1024)).reshape((32,) * 4)
    window = np.arange(-RADIUS, RADIUS + 1)
    row = sum(precision[np.ix_([i], [j], i + window, j + window)][0, 0] for i in CENTRE for j in CENTRE)
    row = sum(np.rot90(matrix, turns) for matrix in (row, row.T) for turns in range(4))
    taper = 1 - abs(window) / (RADIUS + 1)
    row = row * np.outer(taper, taper)
    row[RADIUS, RADIUS] = 0
    return row / row.sum()


if __name__ == "__main__":
    main()
