"""Inpainting without a network.

Every method is ``fill(images, masks) -> images``.  What stands in a hole is removed before the
method sees the image; what it returns is composited: known pixels bit-identical, holes clipped
to [0, 1].  A mask without a known pixel, or without a hole, is a ``masks.MaskError``.
"""

from inpainting.classical.exemplar import Library
from inpainting.classical.gaussian import (
    GAUSSIAN,
    SHIPPED_GAUSSIAN,
    GaussianFill,
    digest_images,
    fit_gaussian,
    load_gaussian,
    save_gaussian,
)
from inpainting.classical.interpolation import (
    METHODS,
    Fill,
    fill_biharmonic,
    fill_mean,
    fill_navier_stokes,
    fill_telea,
)

__all__ = [
    "GAUSSIAN",
    "METHODS",
    "SHIPPED_GAUSSIAN",
    "Fill",
    "GaussianFill",
    "Library",
    "digest_images",
    "fill_biharmonic",
    "fill_mean",
    "fill_navier_stokes",
    "fill_telea",
    "fit_gaussian",
    "load_gaussian",
    "save_gaussian",
]
