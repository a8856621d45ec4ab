"""Measures for a method that draws: several samples an image beside the truth.

A single answer can be measured by its error.  Samples are to be as different from one another
as the truths are that fit the known pixels; whether they are shows the *energy score*, in the
same unit as a single answer's distance, and the *coverage* of the intervals that they span.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from inpainting.masks import check_masks
from inpainting.measuring.evaluation import (
    BOOTSTRAP_SEED,
    N_RESAMPLES,
    Estimate,
    estimate,
    psnr,
    resample_counts,
)

N_SAMPLES = 32
"""Samples an image: intervals need so many."""

FEW, MANY = 4, 16
"""Samples of which the best is taken; of the first ``MANY``, the mean as well."""

INTERVAL = 0.8
"""Share of the truths that the intervals are to cover."""


@dataclass(frozen=True)
class DrawScores:
    """Per-image measures of samples, float64 arrays (N,).

    Attributes
    ----------
    count : hole values (pixels times channels).
    energy : energy score, a root mean square error in grey levels of 255.
    distance : root mean square error of the single answer beside the samples, in grey levels of 255.
    diversity : mean distance between two samples, in the same unit.
    covered : hole values whose truth lies in the interval of the samples.
    squared_error : squared error of a sample, the mean of all samples; this and the following are sums
        over the hole in [0, 1] units squared.
    answer_squared_error : squared error of the single answer.
    mean_squared_error : squared error of the mean of the first ``MANY`` samples.
    best_of_few, best_of_many : squared error of the best among the first ``FEW`` and ``MANY`` samples.
    """

    count: np.ndarray
    energy: np.ndarray
    distance: np.ndarray
    diversity: np.ndarray
    covered: np.ndarray
    squared_error: np.ndarray
    answer_squared_error: np.ndarray
    mean_squared_error: np.ndarray
    best_of_few: np.ndarray
    best_of_many: np.ndarray

    def __len__(self) -> int:
        return len(self.count)


def score_draws(
    samples: np.ndarray, answers: np.ndarray, images: np.ndarray, masks: np.ndarray
) -> DrawScores:
    """Measure samples image by image.

    The energy score of m samples s of a truth x is (1/m) Σ‖sᵢ − x‖ − 1/(2m(m−1)) Σ‖sᵢ − sⱼ‖, which
    is smallest in expectation where samples and truth have one distribution (Gneiting and
    Raftery 2007, equation 22, in the form without bias).  The energy score of a single answer is its
    distance to the truth.  Norms go over the hole and are divided by √count.  In many dimensions an
    exact sampler reaches 1/√2 of the distance of the exact mean.

    The interval goes from the 10th to the 90th of the samples' hundredths, at rank p·(m + 1): an
    exact sampler covers 80 %, however few its samples.

    Parameters
    ----------
    samples : float32 array (m, N, H, W, 3), composited; m at least ``MANY``.
    answers : float32 array (N, H, W, 3): the single answer of the same method.
    images : float32 array (N, H, W, 3), the truth.
    masks : uint8 array (N, H, W, 1), 1 = hole.

    Raises
    ------
    ValueError
        If there are too few samples.
    """
    if len(samples) < MANY:
        raise ValueError(f"{len(samples)} samples an image are too few, {MANY} are needed")
    check_masks(masks, images)
    rows = [
        _score_image(samples[:, i], answers[i], images[i], masks[i, ..., 0].astype(bool))
        for i in range(len(images))
    ]
    return DrawScores(*np.array(rows).T)


def _score_image(samples, answer, image, hole) -> tuple[float, ...]:
    truth = image[hole].ravel().astype(np.float64)
    drawn = samples[:, hole].reshape(len(samples), -1) - truth  # the samples' errors
    answer_error = answer[hole].ravel() - truth
    m, count = drawn.shape
    squared = (drawn**2).sum(1)
    between = _distances(drawn, squared).sum() / (m * (m - 1))
    low, high = np.quantile(drawn, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], axis=0, method="weibull")
    unit = 255 / np.sqrt(count)
    return (
        count,
        unit * (np.sqrt(squared).mean() - between / 2),
        unit * np.linalg.norm(answer_error),
        unit * between,
        np.count_nonzero((low <= 0) & (high >= 0)),
        squared.mean(),
        (answer_error**2).sum(),
        (drawn[:MANY].mean(0) ** 2).sum(),
        squared[:FEW].min(),
        squared[:MANY].min(),
    )


def _distances(rows: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Distances between all pairs of rows, (m, m)."""
    products = rows @ rows.T
    return np.sqrt(np.maximum(squared[:, None] + squared - 2 * products, 0) * (1 - np.eye(len(rows))))


# ---------------------------------------------------------------- figures with intervals

FIGURES = (
    "energy",
    "distance",
    "energy_ratio",
    "coverage",
    "diversity",
    "sample_psnr",
    "mean_psnr",
    "mean_loss",
    "best_of_few",
    "best_of_many",
)
"""Keys of :func:`summarise_draws`.

``energy``, ``distance`` (of the single answer) and ``diversity`` in grey levels of 255, means over images;
``energy_ratio``, energy ÷ distance; ``coverage``, a share; then PSNRs of the hole in dB, pooled: of a
sample, of the mean of 16; ``mean_loss``, how far that mean is below the single answer, in dB; and of
the best of 4 and of 16.
"""


def summarise_draws(
    scores: DrawScores, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> dict[str, Estimate]:
    """Every figure of :data:`FIGURES` with its 95 % bootstrap interval over images."""
    return {key: estimate(values) for key, values in _resampled(scores, n_resamples, seed).items()}


def _resampled(scores: DrawScores, n_resamples: int, seed: int) -> Mapping[str, np.ndarray]:
    """Each figure on all images (first entry) and on every resample: (1 + n_resamples,)."""
    names = [field.name for field in fields(scores)]
    columns = np.stack([getattr(scores, name) for name in names], axis=1)
    n = len(scores)
    weights = np.stack([np.ones(n), *resample_counts(n, n_resamples, seed)])
    total = dict(zip(names, (weights @ columns).T, strict=True))

    def pooled_psnr(name):
        return psnr(total[name] / total["count"])

    mean_psnr = pooled_psnr("mean_squared_error")
    return {
        "energy": total["energy"] / n,
        "distance": total["distance"] / n,
        "energy_ratio": total["energy"] / total["distance"],
        "coverage": total["covered"] / total["count"],
        "diversity": total["diversity"] / n,
        "sample_psnr": pooled_psnr("squared_error"),
        "mean_psnr": mean_psnr,
        "mean_loss": pooled_psnr("answer_squared_error") - mean_psnr,
        "best_of_few": pooled_psnr("best_of_few"),
        "best_of_many": pooled_psnr("best_of_many"),
    }
