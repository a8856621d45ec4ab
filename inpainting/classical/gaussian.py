"""The Gaussian: fitted to training images, it fills with the conditional mean, or with draws.

What is shipped of it, for runs on the sample, is its covariance in its principal components.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import linalg

from inpainting import errors, files
from inpainting.masks import check_masks, composite, number_masks
from inpainting.noise import fitting_noise

GAUSSIAN = "gauss"
"""Name of the method."""

RIDGE = 1e-4
"""Added to the covariance's diagonal: noise of a hundredth of the range in every value."""

FIT_CHUNK, FILL_CHUNK = 5000, 500
"""Images per matrix product of the Gaussian, and solved at once; they bound the memory."""


@dataclass(frozen=True)
class GaussianFill:
    """The best linear predictor: a hole's mean under one Gaussian, given the known pixels.

    The hole h, given the known values k, gets μ_h − Λ_hh⁻¹ Λ_hk (x_k − μ_k), with Λ the
    precision matrix (Bishop, Pattern Recognition and Machine Learning, 2006, equation 2.97).

    Attributes
    ----------
    mean : float32 array, (H·W·3,), μ.
    precision : float32 array, (H·W·3, H·W·3), Λ, symmetric.
    digest : names what it was fitted to.
    """

    mean: np.ndarray
    precision: np.ndarray
    digest: str = ""

    @classmethod
    def fit(cls, images: np.ndarray) -> "GaussianFill":
        """Estimate mean and precision, Λ = (Σ + 10⁻⁴ I)⁻¹, from training images.

        Products of 5 000 images in float32, summed in float64: the covariance is accurate to
        5·10⁻⁸, and CIFAR-10 takes about 6 s on two cores.

        Parameters
        ----------
        images : uint8 array, (N, H, W, 3), 0..255.
        """
        mean, covariance = _moments(images)
        covariance.flat[:: len(mean) + 1] += RIDGE
        precision = linalg.inv(covariance, overwrite_a=True, assume_a="pos")
        return cls(mean, precision.astype(np.float32), digest_images(images)[:12])

    def fill(self, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """Fill holes with their conditional mean; see :func:`fill_mean`.

        Images with the same mask share one factorisation.  float32 is within 2·10⁻⁴ (0.04 grey
        levels) of float64 on every suite.
        """
        return self._fill(images, masks, None)

    def sample(
        self,
        images: np.ndarray,
        masks: np.ndarray,
        seed: int | Sequence[int] | None = None,
        noise: np.ndarray | None = None,
    ) -> np.ndarray:
        """Fill holes with a draw from their conditional distribution, N(mean, Λ_hh⁻¹); see :meth:`fill`.

        With Λ_hh = UᵀU, that is the mean and U⁻¹ times noise.

        Parameters
        ----------
        seed : determines the noise, see :func:`inpainting.noise.draw_noise`.
        noise : float32 array like ``images``, standard normal, in place of ``seed``.

        Raises
        ------
        noise.SampleError
            If the seed is no number, or the noise does not fit the images.
        """
        return self._fill(images, masks, fitting_noise(seed, noise, images.shape))

    def _fill(self, images, masks, noise) -> np.ndarray:
        check_masks(masks, images)
        group = number_masks(masks)
        order = np.argsort(group, kind="stable")
        filled = np.empty(images.shape, np.float32)
        for i in range(0, len(order), FILL_CHUNK):
            chosen = order[i : i + FILL_CHUNK]
            drawn = None if noise is None else noise[chosen]
            predictions = self._predict(images[chosen], masks[chosen], group[chosen], drawn)
            filled[chosen] = composite(predictions, images[chosen], masks[chosen])
        return filled

    def _predict(self, images, masks, group, noise) -> np.ndarray:
        """Conditional means, or draws, of images sorted by ``group``, the number of their mask."""
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
            if noise is not None:
                numbers = noise.reshape(known.shape)[inside].T
                spread = linalg.solve_triangular(factor[0], numbers, lower=factor[1], check_finite=False)
                predictions[inside] += spread.T
        return predictions.reshape(images.shape)


def _moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (H·W·3,), float32, and covariance, float64, of uint8 images."""
    rows = images.reshape(len(images), -1)
    mean = (rows.mean(0, dtype=np.float64) / 255).astype(np.float32)
    covariance = np.zeros((len(mean), len(mean)))
    for i in range(0, len(rows), FIT_CHUNK):
        centred = rows[i : i + FIT_CHUNK] / np.float32(255) - mean
        covariance += centred.T @ centred
    return mean, covariance / len(rows)


SHIPPED_GAUSSIAN = "gauss/statistik.npz"
"""In the model store: the Gaussian of the whole training set, for runs on the sample."""

N_COMPONENTS, N_EXACT = 2200, 200
"""Principal components of the shipped Gaussian, and how many of them are kept in 16 bits, not 8."""


def save_gaussian(path: Path, training_images: np.ndarray) -> None:
    """Write mean and covariance of images, small enough to be shipped.

    Images and their mirror images count alike, so the covariance falls into two of half the size, of
    even and of odd images; of both the leading principal components are kept, and of what is left out
    each pixel's variance.

    Parameters
    ----------
    training_images : uint8 array, (N, H, W, 3), with W even.
    """
    mean, covariance = _moments(training_images)
    height, width, channels = training_images.shape[1:]
    half = height * (width // 2) * channels
    mean = mean.reshape(height, width, channels)
    mean = (mean + mean[:, ::-1]) / 2
    blocks = covariance.reshape(2 * (height, width, channels))
    blocks = (blocks + blocks[:, ::-1, :, :, ::-1]) / 2
    same, other = (
        blocks[:, : width // 2, :, :, : width // 2],
        blocks[:, : width // 2, :, :, : width // 2 - 1 : -1],
    )
    parts = [linalg.eigh((same + sign * other).reshape(half, half)) for sign in (1, -1)]
    ranked = np.sort(np.concatenate([variances for variances, _ in parts]))[::-1]
    content = {"mean": mean, "variances": blocks.reshape(2 * half, 2 * half).diagonal().astype(np.float32)}
    for name, (variances, vectors) in zip(("even", "odd"), parts, strict=True):
        components = vectors * np.sqrt(variances.clip(0))
        exact = variances > ranked[N_EXACT]
        rest = components[:, (variances > ranked[N_COMPONENTS]) & ~exact]
        scale = abs(rest).max(0) / 127
        content |= {
            f"{name}_exact": components[:, exact].astype(np.float16),
            f"{name}_rest": np.rint(rest / scale).astype(np.int8),
            f"{name}_scale": scale.astype(np.float32),
        }
    files.write_file(path, lambda file: np.savez_compressed(file, **content))


def load_gaussian(path: Path) -> GaussianFill:
    """The Gaussian that :func:`save_gaussian` wrote.

    Raises
    ------
    errors.UserError
        If the file is missing or damaged.
    """
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            stored = dict(file)
        mean = stored["mean"]
        height, width, channels = mean.shape
        half = (height, width // 2, channels)
        even, odd = (
            np.concatenate(
                [stored[f"{n}_exact"].astype(np.float64), stored[f"{n}_rest"] * stored[f"{n}_scale"]], 1
            )
            for n in ("even", "odd")
        )
        even, odd = ((part @ part.T).reshape(*half, *half) for part in (even, odd))
        covariance = np.empty((*mean.shape, *mean.shape))
        same, other = (even + odd) / 2, (even - odd) / 2
        left, right = slice(width // 2), slice(width // 2, None)
        covariance[:, left, :, :, left] = same
        covariance[:, left, :, :, right] = other[:, :, :, :, ::-1]
        covariance[:, right, :, :, left] = other[:, ::-1]
        covariance[:, right, :, :, right] = same[:, ::-1, :, :, ::-1]
        covariance = covariance.reshape(mean.size, mean.size)
        covariance.flat[:: mean.size + 1] = np.maximum(covariance.diagonal(), stored["variances"]) + RIDGE
        precision = linalg.inv(covariance, overwrite_a=True, assume_a="pos").astype(np.float32)
    except Exception as error:  # numpy, zipfile and zlib raise many kinds on damaged bytes
        raise errors.UserError(
            f"Die mitgelieferte Statistik „{path}“ ist nicht lesbar ({type(error).__name__}). Bitte mit "
            "„git checkout -- models“ wiederherstellen."
        ) from error
    return GaussianFill(mean.ravel(), precision, hashlib.sha256(content).hexdigest()[:12])


def fit_gaussian(training_images: np.ndarray) -> GaussianFill:
    """The Gaussian, fitted to uint8 images, (N, H, W, 3); the same images again are not fitted again."""
    fitted = training_images.shape, digest_images(training_images)
    if fitted not in _FITTED:
        _FITTED.clear()  # one Gaussian fills 38 MB
        _FITTED[fitted] = GaussianFill.fit(training_images)
    return _FITTED[fitted]


_FITTED: dict[tuple, GaussianFill] = {}
"""The last Gaussian, by shape and digest of the images that it was fitted to."""


def digest_images(images: np.ndarray) -> str:
    """SHA-256 over the bytes of images."""
    return hashlib.sha256(np.ascontiguousarray(images)).hexdigest()
