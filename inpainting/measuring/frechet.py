"""Fréchet distance between two sets of images, in the features of the shipped classifier.

The distance says how far the *distribution* of filled images is from the distribution of true images,
whatever each single image was: it shows the blur that every measure of error forgives.  The features
are those of the project's own classifier, so the figure cannot be compared with a published FID; and as
it falls with the number of images, it can only be compared for equally many.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from inpainting.measuring.evaluation import BOOTSTRAP_SEED, Estimate, estimate, resample_counts

N_RESAMPLES = 40
"""Bootstrap resamples: each costs an eigenvalue problem."""


@dataclass(frozen=True)
class Reference:
    """The Gaussian of the features that others are compared with.

    Attributes
    ----------
    mean : float64 array (F,).
    root : float64 array (F, F), symmetric square root of the covariance.
    """

    mean: np.ndarray
    root: np.ndarray

    @classmethod
    def fit(cls, rows: np.ndarray) -> "Reference":
        """Fit the Gaussian to features (N, F)."""
        mean, covariance = _moments(rows, np.ones(len(rows)))
        values, vectors = linalg.eigh(covariance)
        return cls(mean, (vectors * np.sqrt(values.clip(min=0))) @ vectors.T)

    def distance(self, rows: np.ndarray, weights: np.ndarray | None = None) -> float:
        """Squared Fréchet distance to the Gaussian of features (N, F).

        ‖μ − ν‖² + tr(A + B − 2 (A^½ B A^½)^½) (Dowson and Landau 1982; Heusel et al. 2017, who write
        the root of AB): the symmetric form needs real eigenvalues alone.

        Parameters
        ----------
        weights : (N,), how often each row counts; None for once.
        """
        mean, covariance = _moments(rows, np.ones(len(rows)) if weights is None else weights)
        eigenvalues = linalg.eigvalsh(self.root @ covariance @ self.root)
        spread = np.trace(covariance) + (self.root**2).sum()  # the root's squares: tr(A)
        shift = mean - self.mean
        return float(shift @ shift + spread - 2 * np.sqrt(eigenvalues.clip(min=0)).sum())

    def resampled(
        self, rows: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = BOOTSTRAP_SEED
    ) -> np.ndarray:
        """The distance on all rows (first entry) and on every resample: (1 + n_resamples,).

        A resample holds fewer different rows, so its distance is too large; the resamples are
        moved, together, to the mean that all rows have.  Resamples with one seed are paired.
        """
        resamples = resample_counts(len(rows), n_resamples, seed)
        values = np.array([self.distance(rows), *(self.distance(rows, counts) for counts in resamples)])
        values[1:] += values[0] - values[1:].mean()
        return values

    def estimate(self, rows: np.ndarray, n_resamples: int = N_RESAMPLES) -> Estimate:
        """The distance with its 95 % bootstrap interval over the rows."""
        return estimate(self.resampled(rows, n_resamples))


def _moments(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = weights.sum()
    mean = weights @ rows / total
    centred = rows - mean
    return mean, (weights[:, None] * centred).T @ centred / (total - 1)
