"""Classical inpainting: mean colour, Telea, Navier-Stokes, biharmonic, Gaussian.

Every method is ``fill(images, masks) -> images``.  What stands in a hole is removed before the
method sees the image; what it returns is composited: known pixels bit-identical, holes clipped
to [0, 1].  A mask without a known pixel, or without a hole, is a ``masks.MaskError``.
"""

from collections.abc import Callable

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from inpainting.masks import check_masks, composite

OPENCV_RADIUS = 3
"""Radius of the neighbourhood that OpenCV's methods look at, in pixels."""

Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]


def fill_mean(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill holes with the mean colour of the image's known pixels.

    Parameters
    ----------
    images : float32 array, (N, H, W, 3), in [0, 1]; holes may contain anything.
    masks : uint8 array, (N, H, W, 1), 1 = hole.

    Returns
    -------
    float32 array, (N, H, W, 3), in [0, 1]; known pixels bit-identical.

    Raises
    ------
    masks.MaskError
        If a mask does not fit its image, is not binary, empty or full.
    """
    known = _known_pixels(images, masks)
    n_known = (1 - masks).sum((1, 2, 3), keepdims=True)
    return composite(known.sum((1, 2), keepdims=True, dtype=np.float64) / n_known, images, masks)


def fill_telea(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill holes by fast marching (A. Telea, 2004), with OpenCV on uint8; see :func:`fill_mean`."""
    return _fill_opencv(images, masks, cv2.INPAINT_TELEA)


def fill_navier_stokes(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill holes by transporting isophotes inwards (Bertalmio, Bertozzi and Sapiro, 2001).

    With OpenCV on uint8; see :func:`fill_mean`.
    """
    return _fill_opencv(images, masks, cv2.INPAINT_NS)


def fill_biharmonic(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill holes with the biharmonic surface (Damelin and Hoang, 2018), with scikit-image.

    Solved in float64: in float32 the system of a half image loses digits.  scikit-image keeps
    the result within the range of each channel's known values.  See :func:`fill_mean`.
    """
    known = _known_pixels(images, masks).astype(np.float64)
    filled = [
        inpaint_biharmonic(image, mask, channel_axis=-1)
        for image, mask in zip(known, masks[..., 0], strict=True)
    ]
    return composite(np.reshape(filled, images.shape), images, masks)


METHODS: dict[str, tuple[str, Fill]] = {
    "mittelwert": ("Mittlere Farbe", fill_mean),
    "telea": ("Telea", fill_telea),
    "navier_stokes": ("Navier–Stokes", fill_navier_stokes),
    "biharmonisch": ("Biharmonisch", fill_biharmonic),
}
"""Methods that need no training: name → (German label, function), in the tables' order."""


def _known_pixels(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Images with zeros in the holes, whatever stood there."""
    check_masks(masks, images)
    return np.where(masks, np.float32(0), images)


def _fill_opencv(images: np.ndarray, masks: np.ndarray, method: int) -> np.ndarray:
    known = np.rint(255 * _known_pixels(images, masks)).astype(np.uint8)
    filled = [
        cv2.inpaint(image, mask, OPENCV_RADIUS, method)
        for image, mask in zip(known, masks, strict=True)
    ]
    return composite(np.reshape(filled, images.shape) / np.float32(255), images, masks)
