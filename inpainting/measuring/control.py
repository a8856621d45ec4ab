"""What the prior is worth after full training: stored figures of ``kompakt`` without it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inpainting import config
from inpainting.measuring.evaluation import Estimate

RESULTS = config.RESULTS / "control.json"
"""The committed results of ``benchmarks/control.py``."""

N_IMAGES = 2000
"""The first test images, as in the benchmark of the reference run."""


@dataclass(frozen=True)
class Control:
    """The network of ``kompakt`` without its prior, trained alike, beside others.

    Attributes
    ----------
    images : how many test images were measured.
    n_parameters : learned, of the control.
    seeds : of its trainings.
    networks : network that it was compared with → its ``methods.digest_network`` then.
    figures : suite → figure → a value a seed.
    ahead : method → suite → measure → by how much the method is ahead of the control of the first
        seed, paired over images; dB, or the difference of SSIM.
    """

    images: int
    n_parameters: int
    seeds: Sequence[int]
    networks: Mapping[str, str]
    figures: Mapping[str, Mapping[str, Sequence[float]]]
    ahead: Mapping[str, Mapping[str, Mapping[str, Estimate]]]


def load_control(digests: Mapping[str, str], path: Path = RESULTS) -> Control | None:
    """The stored comparison with the networks of a run; None where it is missing or was made with others.

    Parameters
    ----------
    digests : network → digest, of the run.
    """
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    del stored["records"]
    if any(digests.get(name) != digest for name, digest in stored["networks"].items()):
        return None
    ahead = {
        method: {
            suite: {key: Estimate(**value) for key, value in figures.items()}
            for suite, figures in of_method.items()
        }
        for method, of_method in stored["ahead"].items()
    }
    return Control(**stored | {"ahead": ahead})
