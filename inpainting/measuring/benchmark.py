"""The benchmark (version 2) as one stored result: every method on every suite.

:func:`run_benchmark` fills the holes of every suite with every method, keeps the scores of each
image on disk, and reduces them to one :class:`Benchmark`, which the store keeps under a key of all
that determines it.  ``docs/benchmark.md`` says what is measured and how.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from inpainting import config, data, files, masks
from inpainting.files import Log
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.methods import SAMPLED, SHARP, Contestant, Lineup, list_methods
from inpainting.measuring.survey import HOLE_SIZES, MASKED_IMAGES, TRUE_IMAGES, VERSION, Survey
from inpainting.training.entries import locate

SCORES = ".scores"
"""Folder in the store with the scores of single methods, image by image."""


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
    sharp : those of :data:`inpainting.measuring.methods.SHARP` that take part.
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
    differences : suite → network or sample → method → figure of :data:`survey.DIFFERENCES` → Estimate
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
    examples : network of the project → what :func:`survey.choose_examples` picks on quadrat8.
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


def run_benchmark(
    dataset: data.Dataset,
    lineup: Lineup,
    split: str = "validation",
    store: Path = config.MODELS,
    log: Log = print,
    suites: Sequence[str] = masks.SUITES,
    limit: int | None = None,
) -> Benchmark:
    """Take the benchmark from the store, or measure it and put it there.

    The entry is the folder ``benchmark-<key>`` with ``benchmark.json``, written whole or not at
    all; a damaged one is set aside and measured anew.  The scores of each pair of method and
    suite stay in the store's folder ``.scores``: after an interruption the next call goes on with
    the next pair, and a new network does not mean measuring all others again.

    Parameters
    ----------
    dataset : holds the images of the split.
    lineup : networks, classifier and Gaussian, see :func:`inpainting.measuring.methods.line_up`.
    split : "test" for final figures only; all choices are made on "validation".
    log : called with one German line per method and suite.
    suites : names of suites; quadrat8 among them.
    limit : measure the first images of the split alone.

    Raises
    ------
    masks.MaskError
        On an unknown suite.
    """
    for suite in suites:
        masks.suite_masks(suite, 0, split)  # an unknown name is told before anything is measured
    part = _first_images(getattr(dataset, split), limit)
    networks, fills = lineup.contestants, lineup.fills
    judge = Contestant.from_trained(lineup.judge)
    question = Question(
        split,
        len(part),
        tuple(suites),
        tuple((name, network.kind, network.digest) for name, network in networks.items()),
        judge.digest,
        lineup.gaussian.digest,
        tuple(method for method in fills if method in SHARP),
    )
    entry = store / f"benchmark-{question.key(dataset.sha256)}"
    with files.workplace(entry) as work:
        if benchmark := _load_entry(locate(entry.name, store), log):
            log(f"Benchmark aus dem Speicher: {entry.name}")
            return benchmark
        survey = Survey(
            question,
            dataset,
            part,
            fills,
            networks,
            judge.model,
            store / SCORES,
            log,
        )
        benchmark = Benchmark(question, dataset.sha256, **survey.reduce())
        content = benchmark.to_json()
        files.put_entry(entry, work, lambda folder: files.write_json(folder / "benchmark.json", content))
    return benchmark


def _first_images(part: data.Split, limit: int | None) -> data.Split:
    return replace(part, images=part.images[:limit], labels=part.labels[:limit])


def _load_entry(entry: Path, log: Log) -> Benchmark | None:
    if not entry.is_dir():
        return None
    try:
        return Benchmark.from_json(files.read_json(entry / "benchmark.json"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        files.set_aside(entry, error, log)
        return None
