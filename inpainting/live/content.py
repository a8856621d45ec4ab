"""What a notebook hands to the live section beside its networks: arrays become JSON."""

import base64
from dataclasses import dataclass

import numpy as np

from inpainting.data import CLASS_NAMES
from inpainting.german.numbers import suite_label

N_LEVELS = 3
"""Levels of the game, each with pairs of its own."""

VEHICLES = tuple(CLASS_NAMES[label] for label in (0, 1, 8, 9))
"""Classes whose objects are told at 32×32 pixels by their outline; of an animal there often is only a part."""


@dataclass(frozen=True)
class Picture:
    """A test picture that readers can try: uint8 image (32, 32, 3) and mask (32, 32, 1).

    ``rule`` says in German why it was chosen, "" if it only stands for its class ``label``.
    """

    rule: str
    label: str
    image: np.ndarray
    mask: np.ndarray

    def to_json(self) -> dict[str, str]:
        """Texts as they are, pixels row by row and the mask in bits, both in base64."""
        return {
            "rule": self.rule,
            "label": self.label,
            "image": base64.b64encode(self.image.tobytes()).decode(),
            "mask": base64.b64encode(np.packbits(self.mask).tobytes()).decode(),
        }


def curve_of_hole_sizes(sizes, psnr: dict[str, np.ndarray], n_images: int) -> dict:
    """PSNR in the hole against its edge: ``sizes``, ``methods`` (key → dB), ``n``.

    Parameters
    ----------
    sizes : edges of the square hole in pixels, ascending.
    psnr : method → dB for each of them.
    n_images : over how many images.
    """
    methods = {name: [float(value) for value in values] for name, values in psnr.items()}
    return {"sizes": [int(size) for size in sizes], "methods": methods, "n": int(n_images)}


def histogram_of_gains(gains, n_images: int) -> dict:
    """How often and by how much a network beats the biharmonic fill on single images.

    Parameters
    ----------
    gains : of ``measuring.result.Benchmark``: ``edges``, ``counts`` and ``share``.
    n_images : how many images were counted.
    """
    counted = {"edges": list(gains["edges"]), "counts": list(gains["counts"])}
    about = {"n": int(n_images), "rival": "biharmonisch", "suite_label": suite_label("quadrat8")}
    return counted | about | {"share": float(gains["share"].value)}


def choose_pairs(images: np.ndarray, labels: np.ndarray, masks: np.ndarray) -> list[dict]:
    """The game's images, level after level, each with its hole: of each class the second, the third, the fourth.

    The first of each class can be tried in the section itself, so a player may know it; and whoever
    has played one level has not seen the answers of the next.

    Parameters
    ----------
    images : uint8 array (N, 32, 32, 3).
    labels : uint8 array (N,), 0..9.
    masks : uint8 array (N, 32, 32, 1), 1 = hole.
    """
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    chosen = [of[min(rank, len(of) - 1)] for rank in range(1, N_LEVELS + 1) for of in members]
    return [Picture("", CLASS_NAMES[labels[i]], images[i], masks[i]).to_json() for i in chosen]


def choose_start(contents: np.ndarray, gains: np.ndarray, histogram: dict | None = None) -> int:
    """The picture that the page starts with: one that shows what is usual, and where there is something to see.

    Of the half of the pictures whose holes hold most, the one whose gain is closest to the median.

    Parameters
    ----------
    contents : float array (N,), how much there is in each picture's hole: its variance.
    gains : float array (N,), dB by which ours beats a rival on each.
    histogram : ``edges`` and ``counts`` of the gains on the test set; without it the median is that
        of ``gains``.
    """
    if histogram:
        edges, cumulated = histogram["edges"], np.cumsum([0, *histogram["counts"]])
        median = np.interp(cumulated[-1] / 2, cumulated, edges)
    else:
        median = np.median(gains)
    is_full = np.asarray(contents) >= np.median(contents)
    return int(np.argmin(np.where(is_full, np.abs(np.asarray(gains) - median), np.inf)))
