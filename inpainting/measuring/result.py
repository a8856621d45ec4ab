"""The benchmark's result, and the names and limits that a text about it needs; neither takes Keras.

:mod:`inpainting.measuring.benchmark` measures what :class:`Benchmark` holds; whoever only reads a stored
result, as the German room does, needs nothing but this.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from inpainting import config, data, files
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate

VERSION = 2
"""Raised whenever the code of the benchmark, or of what it measures with, changes a result."""

MAIN_SUITE = "quadrat8"
"""The task of 2025, and the main one of the report: classes, positions in the hole and times are of this suite."""

# ---------------------------------------------------------------- methods

SAMPLED = "_vorschlag"
"""A network's name with this behind it is the method that draws single samples from it."""

GAUSSIAN_SAMPLE, EXEMPLAR = "gauss_vorschlag", "nachbar"
SHARP = (GAUSSIAN_SAMPLE, EXEMPLAR)
"""Methods without a network that are sharp: one sample of the Gaussian, and the best training image.

Their fills are measured like all others, but neither place by place, nor for every hole size, nor timed.
"""

WITHOUT_NETWORK = ("mittelwert", "telea", "navier_stokes", "biharmonisch", "gauss", *SHARP)
"""The methods that need no network, in the tables' order."""

_VALUES = 3 * config.IMAGE_SIZE**2

GAUSSIAN_NUMBERS = _VALUES + _VALUES * (_VALUES + 1) // 2
"""What the Gaussian estimates from the training images: a mean, and a symmetric covariance."""

PRIOR_NUMBERS = 80
"""Weights of the prior's stencil that are not zero, see :data:`inpainting.networks.prior_unet.STENCIL`."""

TRUE_IMAGES, MASKED_IMAGES = "wahr", "maskiert"
"""Rows of the semantics beside the methods: what the classifier makes of these images."""


def list_methods(networks: Iterable[str], samples: Iterable[str] = ()) -> list[str]:
    """Names of all methods in the tables' order."""
    return [*WITHOUT_NETWORK, "prior", *networks, *samples]


# ---------------------------------------------------------------- limits

HOLE_SIZES = (4, 6, 8, 10, 12, 16)
"""Edges of the squares that quality is measured against, in pixels."""

N_HOLE_SIZE_IMAGES = 2000
"""Images, the first of the split, that every hole size is measured on."""

N_SAMPLE_IMAGES = 2000
"""Images, the first of the split, that samples are measured on, and Fréchet distances."""

N_DRAW_IMAGES = 128
"""Images, the first of the split, for each of which many samples are drawn."""

# ---------------------------------------------------------------- the result


@dataclass(frozen=True)
class Question:
    """All that determines a :class:`Benchmark`, except the data.

    Attributes
    ----------
    split : "test" or "validation".
    n_images : images of each suite, the first of the split.
    suites : names of suites, in the tables' order.
    networks : (name, kind, digest) of each, in the tables' order; see
        :class:`inpainting.measuring.methods.Contestant`.
    classifier : digest of the classifier of the semantics.
    fitted_on : sha256 of the data that the Gaussian was fitted to.
    sharp : those of :data:`SHARP` that take part.
    version : of the code that answers.
    """

    split: str
    n_images: int
    suites: tuple[str, ...]
    networks: tuple[tuple[str, str, str], ...]
    classifier: str
    fitted_on: str
    sharp: tuple[str, ...] = ()
    version: int = VERSION

    def key(self, data_sha256: str) -> str:
        """Names the entry in the store."""
        return files.key({**asdict(self), "data": data_sha256})


@dataclass(frozen=True)
class Benchmark:
    """Every figure of the benchmark, with 95 % intervals; see :data:`evaluation.FIGURES` for units.

    Methods are the classical ones, the networks' mean answers and, as ``<network>_vorschlag``, single
    samples of them.  Samples are measured on the first images alone, see ``n_images``; their
    differences to other methods are of those images.

    Attributes
    ----------
    question : what was measured.
    data : sha256 of the data.
    n_images : method → images of each suite that it was measured on, the first of the split.
    figures : suite → method → figure → Estimate.
    as_shown : suite → network of 2025 → "image_psnr" and "ssim" → Estimate, not composited.
    differences : suite → network or sample → method → figure of :data:`inpainting.measuring.survey.DIFFERENCES` → Estimate
        of the former − the method, paired.
    validation : network of the project → Estimate of its lead over the Gaussian on the validation
        images, quadrat8, pooled, in dB, paired; empty where ``split`` is "validation".
    classes : method → German name of the class → Estimate of the pooled hole PSNR on quadrat8.
    positions : method → 8 rows of 8 mean squared errors by position in the hole of quadrat8.
    hole_sizes : method → edge of the squares, as text → Estimate of the pooled hole PSNR.
    semantics : suite → method, "wahr" or "maskiert" → Estimate of the classifier's accuracy.
    semantic_differences : suite → network or sample → method → Estimate of the difference of their
        accuracies, paired.
    frechet : suite → method or "wahr" → Estimate of the squared Fréchet distance of the classifier's
        features, of the first images, to as many others that are true.
    draws : suite → network that draws samples → figure of :data:`inpainting.measuring.draws.FIGURES` → Estimate.
    gains : network of the project → by how much its images of quadrat8 beat the biharmonic ones, in dB:
        "share" that does, an Estimate, and "edges" and "counts" of a histogram.
    examples : network of the project → what :func:`inpainting.measuring.survey.choose_examples` picks on quadrat8.
    """

    question: Question
    data: str
    n_images: Mapping[str, int]
    figures: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    as_shown: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    differences: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Estimate]]]]
    validation: Mapping[str, Estimate]
    classes: Mapping[str, Mapping[str, Estimate]]
    positions: Mapping[str, Sequence[Sequence[float]]]
    hole_sizes: Mapping[str, Mapping[str, Estimate]]
    semantics: Mapping[str, Mapping[str, Estimate]]
    semantic_differences: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    frechet: Mapping[str, Mapping[str, Estimate]]
    draws: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    gains: Mapping[str, Mapping]
    examples: Mapping[str, Mapping[str, Sequence[int]]]

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods, in the tables' order, samples last."""
        return tuple(self.n_images)

    @property
    def own_networks(self) -> tuple[str, ...]:
        """The project's networks, in the tables' order: their mean answers."""
        return tuple(name for name, kind, _ in self.question.networks if kind == "own")

    def to_json(self) -> dict:
        """Plain objects for a JSON file, with a checksum over their text; NaN becomes None."""
        content = files.plain(self)
        return content | {"sha256": _digest(content)}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Benchmark":
        """The benchmark whose :meth:`to_json` was stored.

        Raises
        ------
        ValueError, KeyError or TypeError
            If anything is missing, superfluous or changed.
        """
        content = {name: value for name, value in stored.items() if name != "sha256"}
        if _digest(content) != stored["sha256"]:
            raise ValueError("Prüfsumme")
        question = content.pop("question")
        question |= {
            "suites": tuple(question["suites"]),
            "sharp": tuple(question["sharp"]),
            "networks": tuple(tuple(network) for network in question["networks"]),
        }
        networks = {name: kind for name, kind, _ in question["networks"]}
        order = [*question["suites"], TRUE_IMAGES, MASKED_IMAGES]
        order += list_methods(networks, [network + SAMPLED for network in networks])
        order += [*evaluation.FIGURES, *data.CLASS_NAMES, *map(str, HOLE_SIZES)]
        rank = {name: i for i, name in enumerate(order)}
        return cls(question=Question(**question), **_estimates(content, rank))


def _digest(content: Mapping) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _estimates(value, rank: Mapping[str, int]):
    """Nested mappings in the order of ``rank``, every {value, low, high} turned into an Estimate."""
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"value", "low", "high"}:
        return Estimate(**{k: np.nan if v is None else v for k, v in value.items()})
    names = sorted(value, key=lambda name: rank.get(name, -1))
    return {name: _estimates(value[name], rank) for name in names}
