"""Scores per image, and figures with intervals, after the benchmark (version 1).

Predictions, images and masks come in; per-image sums come out (:func:`score`), and from these
every figure with its bootstrap interval (:func:`summarise`, :func:`paired_difference`).
Input is float32 in [0, 1], sums are float64.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import xlogy

from inpainting import machine
from inpainting.masks import check_masks, composite

HOLE_PSNR_CAP = 60.0
"""Highest hole PSNR of one image in dB: a perfect hole must not rule a mean."""

PSNR_CAP = 100.0
"""Highest PSNR otherwise, in dB: beyond all real results, and finite."""

SSIM_SIGMA = 1.5
SSIM_TRUNCATE = 3.5
SSIM_K1, SSIM_K2 = 0.01, 0.03

N_RESAMPLES = 1000
BOOTSTRAP_SEED = 2025
CONFIDENCE = 0.95

CHUNK = 25
"""Images scored at once by one thread; so few stay in the processor's cache."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % bootstrap interval, all in the figure's unit.

    NaN where the figure is undefined, as the sharpness of single-pixel holes is.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scores:
    """Per-image scores, float64 arrays of shape (N,).

    Attributes
    ----------
    hole_squared_error : sum over hole pixels and channels, in [0, 1] units squared.
    hole_absolute_error : sum over hole pixels and channels, in [0, 1] units.
    hole_count : number of hole values (pixels times channels).
    hole_psnr : in dB, at most ``HOLE_PSNR_CAP``.
    image_psnr : whole image, in dB, at most ``PSNR_CAP``.
    ssim : whole image, mean of the full map.
    seam, seam_truth : sums of absolute differences across the hole's border.
    sharpness, sharpness_truth : sums of absolute forward differences inside the hole.
    """

    hole_squared_error: np.ndarray
    hole_absolute_error: np.ndarray
    hole_count: np.ndarray
    hole_psnr: np.ndarray
    image_psnr: np.ndarray
    ssim: np.ndarray
    seam: np.ndarray
    seam_truth: np.ndarray
    sharpness: np.ndarray
    sharpness_truth: np.ndarray

    def __len__(self) -> int:
        return len(self.hole_count)

    def select(self, which: np.ndarray) -> "Scores":
        """The scores of some images: an index or boolean array."""
        return Scores(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


@dataclass(frozen=True)
class _Figure:
    """A figure: ``transform`` of a ratio of two sums over images; None counts the images."""

    numerator: str
    denominator: str | None = None
    transform: Callable[[np.ndarray], np.ndarray] = np.asarray


def psnr(mse: np.ndarray, cap: float = PSNR_CAP) -> np.ndarray:
    """Peak signal-to-noise ratio in dB, at most ``cap``, of a squared error in [0, 1] units."""
    return -10 * np.log10(np.maximum(mse, 10 ** (-cap / 10)))


_FIGURES = {
    "hole_psnr_pooled": _Figure("hole_squared_error", "hole_count", psnr),
    "hole_psnr_mean": _Figure("hole_psnr"),
    "hole_mae": _Figure("hole_absolute_error", "hole_count", lambda mean: 255 * mean),
    "ssim": _Figure("ssim"),
    "image_psnr": _Figure("image_psnr"),
    "seam_ratio": _Figure("seam", "seam_truth"),
    "sharpness": _Figure("sharpness", "sharpness_truth"),
}

FIGURES = tuple(_FIGURES)
"""Keys of :func:`summarise`: PSNRs in dB, ``hole_mae`` in grey levels of 255, else ratios."""


# ---------------------------------------------------------------- per image


def score(predictions: np.ndarray, images: np.ndarray, masks: np.ndarray, composited: bool = True) -> Scores:
    """Score predictions image by image.

    Parameters
    ----------
    predictions : float32 array, (N, H, W, 3); clipped and composited here.
    images : float32 array, (N, H, W, 3), in [0, 1]: the truth.
    masks : uint8 array, (N, H, W, 1), 1 = hole.
    composited : if False, whole-image PSNR and SSIM judge the clipped prediction as it is,
        known pixels redrawn, as the original report showed it.

    Raises
    ------
    masks.MaskError
        If a mask does not fit its image, is not binary, empty or full.
    """
    check_masks(masks, images)
    parts = [slice(i, i + CHUNK) for i in range(0, len(images), CHUNK)]

    def score_part(part: slice) -> np.ndarray:
        return _score_chunk(predictions[part], images[part], masks[part], composited)

    with ThreadPoolExecutor(machine.n_threads()) as pool:
        return Scores(*np.concatenate(list(pool.map(score_part, parts)), axis=1))


def _score_chunk(predictions, images, masks, composited: bool) -> np.ndarray:
    """One row per field of :class:`Scores`, one column per image."""
    truth = images.astype(np.float64)
    filled = composite(predictions, images, masks).astype(np.float64)
    shown = filled if composited else np.clip(predictions, 0, 1).astype(np.float64)
    hole = masks.astype(bool)

    error = filled - truth  # zero outside the hole
    squared, absolute = _per_image(error**2), _per_image(abs(error))
    count = _per_image(hole) * images.shape[-1]
    image_mse = _per_image((shown - truth) ** 2) / images[0].size

    seam, seam_truth, sharpness, sharpness_truth = np.zeros((4, len(images)))
    for axis in (1, 2):
        before, after = (np.delete(hole, edge, axis) for edge in (-1, 0))
        across, inside = before ^ after, before & after
        steps, steps_truth = abs(np.diff(filled, axis=axis)), abs(np.diff(truth, axis=axis))
        seam += _per_image(steps * across)
        seam_truth += _per_image(steps_truth * across)
        sharpness += _per_image(steps * inside)
        sharpness_truth += _per_image(steps_truth * inside)

    return np.stack(
        [
            squared,
            absolute,
            count,
            psnr(squared / count, HOLE_PSNR_CAP),
            psnr(image_mse),
            ssim(shown, truth),
            seam,
            seam_truth,
            sharpness,
            sharpness_truth,
        ]
    )


def _per_image(values: np.ndarray) -> np.ndarray:
    return values.sum((1, 2, 3), dtype=np.float64)


def ssim(images: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Structural similarity (Wang et al., 2004) of each image: the mean of the full map.

    Gaussian weights of σ = 1.5, ``data_range`` 1, population covariance, channels apart, borders
    mirrored: scikit-image's ``structural_similarity(..., full=True)[1].mean()``, all images at
    once.  The filter is separable and the images are small, so it is a matrix product from
    either side with scipy's own filter matrix.

    Parameters
    ----------
    images, truth : arrays, (N, H, W, C), in [0, 1]; computed in float64.

    Returns
    -------
    float64 array, (N,), at most 1.
    """
    x, y = (np.moveaxis(np.asarray(a, np.float64), -1, 1) for a in (images, truth))
    rows, columns = (
        gaussian_filter1d(np.eye(n), SSIM_SIGMA, axis=0, truncate=SSIM_TRUNCATE) for n in x.shape[-2:]
    )

    def smooth(values: np.ndarray) -> np.ndarray:
        return rows @ (values @ columns.T)

    mean_x, mean_y = smooth(x), smooth(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    covariance = smooth(x * y) - product
    variances = smooth(x**2 + y**2) - squares
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    similarity = (2 * product + c1) * (2 * covariance + c2)
    similarity /= (squares + c1) * (variances + c2)
    return similarity.mean((1, 2, 3))


# ---------------------------------------------------------------- figures with intervals


def summarise(
    scores: Scores, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> dict[str, Estimate]:
    """Every figure of :data:`FIGURES` with its 95 % bootstrap interval over images.

    Percentile bootstrap (Efron 1979).  A pooled figure or a ratio resamples the images' sums.
    The resamples depend on nothing but ``seed`` and the number of images.

    Parameters
    ----------
    scores : of N images, N ≥ 1.
    n_resamples : number of bootstrap resamples.
    seed : seed of the resamples.
    """
    values = resample_figures(scores, n_resamples, seed)
    return {key: estimate(values[key]) for key in FIGURES}


def paired_difference(
    scores_a: Scores,
    scores_b: Scores,
    key: str,
    n_resamples: int = N_RESAMPLES,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Difference a − b of one figure between two methods, on the same resampled images.

    Parameters
    ----------
    scores_a, scores_b : scores of two methods on the same images and masks, in the same order.
    key : one of :data:`FIGURES`.

    Raises
    ------
    ValueError
        If the two do not belong to the same masks.
    """
    if not np.array_equal(scores_a.hole_count, scores_b.hole_count):
        raise ValueError("paired scores need the same images and masks")
    a, b = (resample_figures(scores, n_resamples, seed)[key] for scores in (scores_a, scores_b))
    return estimate(a - b)


def by_class(
    scores: Scores,
    labels: np.ndarray,
    key: str,
    n_resamples: int = N_RESAMPLES,
    seed: int = BOOTSTRAP_SEED,
) -> dict[int, Estimate]:
    """One figure for each class, or any other grouping of the images.

    Parameters
    ----------
    scores : of N images.
    labels : integer array, (N,).
    key : one of :data:`FIGURES`.

    Returns
    -------
    label → Estimate, in ascending order of the labels.
    """
    return {
        int(label): summarise(scores.select(labels == label), n_resamples, seed)[key]
        for label in np.unique(labels)
    }


def resample_counts(
    n: int, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> Iterator[np.ndarray]:
    """How often each of n images is in every bootstrap resample, int64 arrays (n,); paired for one n and seed."""
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        yield np.bincount(rng.integers(n, size=n), minlength=n)


def resample_figures(
    scores: Scores, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> dict[str, np.ndarray]:
    """Each figure on all images (first entry) and on every resample: (1 + n_resamples,).

    Methods that were measured on the same images get the same resamples: the differences of these values
    are paired, see :func:`estimate`.
    """
    names = [f.name for f in fields(scores)]
    columns = np.stack([getattr(scores, name) for name in names], axis=1)
    n = len(scores)
    sums = [columns.sum(0), *(counts @ columns for counts in resample_counts(n, n_resamples, seed))]
    total = dict(zip(names, np.transpose(sums), strict=True)) | {None: np.full(len(sums), float(n))}
    return {
        key: figure.transform(_ratio(total[figure.numerator], total[figure.denominator]))
        for key, figure in _FIGURES.items()
    }


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    undefined = np.full_like(numerator, np.nan)
    return np.divide(numerator, denominator, out=undefined, where=denominator > 0)


def estimate(values: np.ndarray) -> Estimate:
    """The first value, that of all images, with the interval that the others, of resamples, span."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values[1:], (tail, 1 - tail))
    return Estimate(float(values[0]), float(low), float(high))


def estimate_mean(values: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED) -> Estimate:
    """The mean of one value an image, (N,), with its 95 % bootstrap interval."""
    n = len(values)
    means = (counts @ values / n for counts in resample_counts(n, n_resamples, seed))
    return estimate(np.array([values.mean(), *means]))


# ---------------------------------------------------------------- other figures


def error_map(predictions: np.ndarray, images: np.ndarray, masks: np.ndarray, size: int) -> np.ndarray:
    """Mean squared error by position inside the square hole, over images and channels.

    Parameters
    ----------
    predictions, images : float32 arrays, (N, H, W, 3), in [0, 1].
    masks : uint8 array, (N, H, W, 1): one square hole of ``size`` pixels each.
    size : edge of the holes, in pixels.

    Returns
    -------
    float64 array, (size, size), in [0, 1] units squared.

    Raises
    ------
    ValueError
        If a hole is not such a square.
    """
    hole = masks[..., 0].astype(bool)
    if (hole.any(1).sum(1) != size).any() or (hole.sum((1, 2)) != size**2).any():
        raise ValueError(f"error_map needs one square hole of {size} pixels in every image")
    error = np.clip(predictions[hole], 0, 1).astype(np.float64) - images[hole]
    return (error**2).mean(1).reshape(-1, size, size).mean(0)


COUNTED_AT_ONCE = 2**18
"""Values that are counted at once: numpy makes 64-bit numbers of them, which then fit into a processor's cache."""


def entropy_floor(images: np.ndarray) -> float:
    """Mean binary cross-entropy of images with themselves: no network's loss can be lower.

    As Keras computes it, predictions clipped to [1e-7, 1 - 1e-7]; in nats per value.

    Parameters
    ----------
    images : uint8 array, any shape.
    """
    values = images.ravel()
    parts = (values[i : i + COUNTED_AT_ONCE] for i in range(0, len(values), COUNTED_AT_ONCE))
    counts = sum(np.bincount(part, minlength=256) for part in parts)
    target = np.arange(256) / 255
    prediction = target.clip(1e-7, 1 - 1e-7)
    entropy = -xlogy(target, prediction) - xlogy(1 - target, 1 - prediction)
    return float(counts @ entropy / images.size)
