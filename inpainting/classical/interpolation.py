"""Methods that look at one image alone: mean colour, Telea, Navier-Stokes, biharmonic."""

from collections.abc import Callable

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from inpainting.masks import check_masks, composite, number_masks

OPENCV_RADIUS = 3
"""Radius of the neighbourhood that OpenCV's methods look at, in pixels."""

CHUNK = 500
"""Images whose biharmonic surfaces are solved at once; it bounds the memory."""

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
    check_masks(masks, images)
    colours = np.mean(images, axis=(1, 2), keepdims=True, where=masks == 0, dtype=np.float64)
    return composite(colours.astype(np.float32), images, masks)


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

    Solved in float64, as large holes are badly conditioned.  scikit-image keeps the result
    within the range of each channel's known values.  Images with the same mask are solved
    together, as channels of one; each gets the same bits as alone.  See :func:`fill_mean`.
    """
    check_masks(masks, images)
    group = number_masks(masks)
    filled = np.empty(images.shape, np.float32)
    for number in range(group.max(initial=-1) + 1):
        members = np.flatnonzero(group == number)
        for chosen in np.split(members, range(CHUNK, len(members), CHUNK)):
            mask = masks[chosen[0]]
            known = np.where(mask, np.float64(0), images[chosen])
            stacked = np.concatenate(known, axis=-1)
            surfaces = inpaint_biharmonic(stacked, mask[..., 0], channel_axis=-1)
            apart = np.stack(np.split(surfaces, len(chosen), axis=-1))
            filled[chosen] = composite(apart, images[chosen], masks[chosen])
    return filled


def _fill_opencv(images: np.ndarray, masks: np.ndarray, method: int) -> np.ndarray:
    """Fill image by image; OpenCV sees zeros in the hole, whatever stood there."""
    check_masks(masks, images)
    grey_levels = np.rint(255 * np.where(masks, np.float32(0), images)).astype(np.uint8)
    filled = np.empty(images.shape, np.float32)
    for out, grey, mask in zip(filled, grey_levels, masks, strict=True):
        out[:] = cv2.inpaint(grey, mask, OPENCV_RADIUS, method) / np.float32(255)
    return composite(filled, images, masks)


METHODS: dict[str, Fill] = {
    "mittelwert": fill_mean,
    "telea": fill_telea,
    "navier_stokes": fill_navier_stokes,
    "biharmonisch": fill_biharmonic,
}
"""Methods that need no training: name → function, in the tables' order."""
