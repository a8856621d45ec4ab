"""Classical inpainting: mean colour, Telea, Navier-Stokes, biharmonic, Gaussian.

Every method is ``fill(images, masks) -> images``.  What stands in a hole is removed before the
method sees the image; what it returns is composited: known pixels bit-identical, holes clipped
to [0, 1].  A mask without a known pixel, or without a hole, is a ``masks.MaskError``.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import linalg
from skimage.restoration import inpaint_biharmonic

from inpainting.masks import check_masks, composite

OPENCV_RADIUS = 3
"""Radius of the neighbourhood that OpenCV's methods look at, in pixels."""

RIDGE = 1e-4
"""Added to the covariance's diagonal: noise of a hundredth of the range in every value."""

FIT_CHUNK, FILL_CHUNK = 5000, 500
"""Images per matrix product of the Gaussian, and solved at once; they bound the memory."""

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
    group = _number_masks(masks)
    filled = np.empty(images.shape, np.float32)
    for number in range(group.max(initial=-1) + 1):
        members = np.flatnonzero(group == number)
        for chosen in np.split(members, range(FILL_CHUNK, len(members), FILL_CHUNK)):
            mask = masks[chosen[0]]
            known = np.where(mask, np.float64(0), images[chosen])
            stacked = np.concatenate(known, axis=-1)
            surfaces = inpaint_biharmonic(stacked, mask[..., 0], channel_axis=-1)
            apart = np.stack(np.split(surfaces, len(chosen), axis=-1))
            filled[chosen] = composite(apart, images[chosen], masks[chosen])
    return filled


def _number_masks(masks: np.ndarray) -> np.ndarray:
    """The number of every image's mask, (N,), from 0; equal masks have the same."""
    packed = np.packbits(masks.reshape(len(masks), -1), axis=1)
    return np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)


def _fill_opencv(images: np.ndarray, masks: np.ndarray, method: int) -> np.ndarray:
    """Fill image by image; OpenCV sees zeros in the hole, whatever stood there."""
    check_masks(masks, images)
    grey_levels = np.rint(255 * np.where(masks, np.float32(0), images)).astype(np.uint8)
    filled = np.empty(images.shape, np.float32)
    for out, grey, mask in zip(filled, grey_levels, masks, strict=True):
        out[:] = cv2.inpaint(grey, mask, OPENCV_RADIUS, method) / np.float32(255)
    return composite(filled, images, masks)


@dataclass(frozen=True)
class GaussianFill:
    """The best linear predictor: a hole's mean under one Gaussian, given the known pixels.

    The hole h, given the known values k, gets μ_h − Λ_hh⁻¹ Λ_hk (x_k − μ_k), with Λ the
    precision matrix (Bishop, Pattern Recognition and Machine Learning, 2006, equation 2.97).

    Attributes
    ----------
    mean : float32 array, (H·W·3,), μ.
    precision : float32 array, (H·W·3, H·W·3), Λ, symmetric.
    """

    mean: np.ndarray
    precision: np.ndarray

    @classmethod
    def fit(cls, images: np.ndarray) -> "GaussianFill":
        """Estimate mean and precision, Λ = (Σ + 10⁻⁴ I)⁻¹, from training images.

        Products of 5 000 images in float32, summed in float64: the covariance is accurate to
        5·10⁻⁸, and CIFAR-10 takes about 6 s on two cores.

        Parameters
        ----------
        images : uint8 array, (N, H, W, 3), 0..255.
        """
        rows = images.reshape(len(images), -1)
        mean = (rows.mean(0, dtype=np.float64) / 255).astype(np.float32)
        covariance = np.zeros((len(mean), len(mean)))
        for i in range(0, len(rows), FIT_CHUNK):
            centred = rows[i : i + FIT_CHUNK] / np.float32(255) - mean
            covariance += centred.T @ centred
        covariance /= len(rows)
        covariance.flat[:: len(mean) + 1] += RIDGE
        precision = linalg.inv(covariance, overwrite_a=True, assume_a="pos")
        return cls(mean, precision.astype(np.float32))

    def fill(self, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """Fill holes with their conditional mean; see :func:`fill_mean`.

        Images with the same mask share one factorisation.  float32 is within 2·10⁻⁴ (0.04 grey
        levels) of float64 on every suite.
        """
        check_masks(masks, images)
        group = _number_masks(masks)
        order = np.argsort(group, kind="stable")
        filled = np.empty(images.shape, np.float32)
        for i in range(0, len(order), FILL_CHUNK):
            chosen = order[i : i + FILL_CHUNK]
            predictions = self._predict(images[chosen], masks[chosen], group[chosen])
            filled[chosen] = composite(predictions, images[chosen], masks[chosen])
        return filled

    def _predict(self, images, masks, group) -> np.ndarray:
        """Conditional means of images sorted by ``group``, the number of their mask."""
        holes = np.broadcast_to(masks, images.shape).reshape(len(images), -1)
        known = np.where(holes, np.float32(0), images.reshape(holes.shape) - self.mean)
        pull = known @ self.precision  # in the holes: Λ_hk (x_k − μ_k), as known_h is zero
        predictions = np.zeros_like(known)
        for members in np.split(np.arange(len(group)), 1 + np.flatnonzero(np.diff(group))):
            hole = np.flatnonzero(holes[members[0]])
            inside = np.ix_(members, hole)
            block = self.precision.take(hole, 0).take(hole, 1)  # twice as fast as np.ix_
            # Symmetric, so its transpose is the same matrix, in the order that LAPACK reads.
            factor = linalg.cho_factor(block.T, overwrite_a=True, check_finite=False)
            known_pull = pull[inside].T
            solved = linalg.cho_solve(factor, known_pull, overwrite_b=True, check_finite=False)
            predictions[inside] = self.mean[hole] - solved.T
        return predictions.reshape(images.shape)


METHODS: dict[str, tuple[str, Fill]] = {
    "mittelwert": ("Mittlere Farbe", fill_mean),
    "telea": ("Telea", fill_telea),
    "navier_stokes": ("Navier–Stokes", fill_navier_stokes),
    "biharmonisch": ("Biharmonisch", fill_biharmonic),
}
"""Methods that need no training: name → (German label, function), in the tables' order."""

GAUSSIAN = ("gauss", "Gauß-Vorhersage")
"""Name and German label of the method that :func:`fit_methods` adds."""


def fit_methods(training_images: np.ndarray) -> dict[str, tuple[str, Fill]]:
    """:data:`METHODS` and, last, the Gaussian, fitted to uint8 images, (N, H, W, 3).

    The same images again are not fitted again.
    """
    digest = hashlib.sha256(np.ascontiguousarray(training_images)).digest()
    fitted = training_images.shape, digest
    if fitted not in _FITTED:
        _FITTED.clear()  # one Gaussian fills 38 MB
        _FITTED[fitted] = GaussianFill.fit(training_images)
    name, label = GAUSSIAN
    return METHODS | {name: (label, _FITTED[fitted].fill)}


_FITTED: dict[tuple, GaussianFill] = {}
"""The last Gaussian, by shape and digest of the images that it was fitted to."""
