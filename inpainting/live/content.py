"""What a notebook hands to the live section beside its networks: arrays become JSON."""

import base64

import numpy as np

from inpainting.data import CLASS_NAMES

GAIN_LIMIT, GAIN_STEP = 6.0, 0.5
"""Range of the histogram of gains to either side, in dB, and the width of a bar."""


def histogram_of_gains(ours: np.ndarray, rival: np.ndarray, names: tuple[str, str], suite_label: str) -> dict:
    """How often, and by how much, one method beats another on single images.

    Parameters
    ----------
    ours, rival : float arrays (N,), hole PSNR in dB of the same images.
    names : keys of both methods.
    suite_label : the holes, in German.

    Returns
    -------
    ``edges``, ``counts`` (what lies outside counts in the outermost bars), ``share`` (of images on
    which ours is better), ``n``, ``method``, ``rival`` and ``suite_label``.
    """
    gains = np.asarray(ours, float) - np.asarray(rival, float)
    edges = np.arange(-GAIN_LIMIT, GAIN_LIMIT + GAIN_STEP / 2, GAIN_STEP)
    inside = gains.clip(-GAIN_LIMIT, np.nextafter(GAIN_LIMIT, 0))
    return {
        "edges": edges.tolist(),
        "counts": np.histogram(inside, edges)[0].tolist(),
        "share": float((gains > 0).mean()),
        "n": len(gains),
        "method": names[0],
        "rival": names[1],
        "suite_label": suite_label,
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


def choose_pairs(images: np.ndarray, labels: np.ndarray, masks: np.ndarray) -> list[dict]:
    """The game's ten images: of each class the second one, with its hole.

    The first of each class can be tried in the section itself, so a player may know it.

    Parameters
    ----------
    images : uint8 array (N, 32, 32, 3).
    labels : uint8 array (N,), 0..9.
    masks : uint8 array (N, 32, 32, 1), 1 = hole.
    """
    chosen = [np.flatnonzero(labels == label)[:2][-1] for label in np.unique(labels)]
    return [picture_to_json(images[i], masks[i], CLASS_NAMES[labels[i]]) for i in chosen]


def choose_start(contents: np.ndarray, gains: np.ndarray, histogram: dict | None = None) -> int:
    """The picture that the page starts with: one that shows what is usual, and where there is something to see.

    Of the half of the pictures whose holes hold most, the one whose gain is closest to the median.

    Parameters
    ----------
    contents : float array (N,), how much there is in each picture's hole: its variance.
    gains : float array (N,), dB by which ours beats a rival on each.
    histogram : the gains of the test set, see :func:`histogram_of_gains`; without it the median is
        that of ``gains``.
    """
    if histogram:
        edges, cumulated = histogram["edges"], np.cumsum([0, *histogram["counts"]])
        median = np.interp(cumulated[-1] / 2, cumulated, edges)
    else:
        median = np.median(gains)
    is_full = np.asarray(contents) >= np.median(contents)
    return int(np.argmin(np.where(is_full, np.abs(np.asarray(gains) - median), np.inf)))


def picture_to_json(image: np.ndarray, mask: np.ndarray, label: str, rule: str = "") -> dict[str, str]:
    """Texts as they are, pixels row by row and the mask in bits, both in base64."""
    return {
        "rule": rule,
        "label": label,
        "image": base64.b64encode(image.tobytes()).decode(),
        "mask": base64.b64encode(np.packbits(mask).tobytes()).decode(),
    }
