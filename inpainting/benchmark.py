"""The benchmark (version 1) as one stored result: every method on every suite.

:func:`run_benchmark` fills the holes of every suite with every method, keeps the scores of each
image on disk, and reduces them to one :class:`Benchmark`, which the
store keeps under a key of all that determines it.
"""

import functools
import hashlib
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from scipy.stats import binom

from inpainting import classical, classifier, config, data, evaluation, masks, models, outlook, training
from inpainting.evaluation import Estimate, Scores
from inpainting.models import keras

VERSION = 1
"""Raised whenever the code of this module, or of what it measures with, changes a result."""

DETAIL_SUITE = "quadrat8"
"""The suite that classes and positions in the hole are told apart on."""

HOLE_SIZES = (4, 6, 8, 10, 12, 16)
"""Edges of the squares that quality is measured against, in pixels."""

N_HOLE_SIZE_IMAGES = 2000
"""Images, the first of the split, that every hole size is measured on."""

DIFFERENCES = ("hole_psnr_pooled", "hole_psnr_mean", "ssim")
"""Figures that the project's networks are compared by, image by image."""

AS_SHOWN = ("image_psnr", "ssim")
"""Figures of an output that is not composited."""

TRUE_IMAGES, MASKED_IMAGES = "wahr", "maskiert"
"""Rows of the semantics beside the methods: what the classifier makes of these images."""

N_EXAMPLES, N_FAILURES = 3, 8
"""How many of the best, of the middle and of the worst images are noted, and how many failures."""

TIMING_BATCH = 256

SCORES = ".scores"
"""Folder in the store with the scores of single methods, image by image."""

PREDICT = {"original": models.predict_original, "final": models.predict_final}
"""Kind of network → function that fills holes with it."""


class Network(NamedTuple):
    """A network and what identifies it.

    Attributes
    ----------
    model : Keras model.
    sha256 : hex digest of its file.
    kind : "original", a baseline; "final", one of the project's own; or "classifier".
    """

    model: keras.Model
    sha256: str
    kind: str

    @classmethod
    def from_trained(cls, trained: training.Trained) -> "Network":
        """The network of an entry of the store."""
        kinds = {"original": "original", "klassifikator": "classifier"}
        kind = kinds.get(trained.record["recipe"]["network"], "final")
        return cls(trained.model, trained.record["model_sha256"], kind)


@dataclass(frozen=True)
class Question(training.Keyed):
    """All that determines a :class:`Benchmark`, except the data.

    Attributes
    ----------
    split : "test" or "validation".
    n_images : images of each suite, the first of the split.
    suites : names of suites, in the tables' order.
    networks : (name, kind, sha256) of each, in the tables' order.
    classifier : sha256 of the classifier of the semantics.
    version : of the code that answers.
    """

    split: str
    n_images: int
    suites: tuple[str, ...]
    networks: tuple[tuple[str, str, str], ...]
    classifier: str
    version: int = VERSION


@dataclass(frozen=True)
class Benchmark:
    """Every figure of the benchmark, with 95 % intervals; see :data:`evaluation.FIGURES` for units.

    Attributes
    ----------
    question : what was measured.
    data : sha256 of the data.
    figures : suite → method → figure → Estimate.
    as_shown : suite → original network → figure of :data:`AS_SHOWN` → Estimate, not composited.
    differences : suite → network → method → figure of :data:`DIFFERENCES` → Estimate of
        network − method, paired; networks are the project's own.
    classes : method → German name of the class → Estimate of the pooled hole PSNR on quadrat8.
    positions : method → 8 rows of 8 mean squared errors by position in the hole of quadrat8.
    hole_sizes : method → edge of the squares, as text → Estimate of the pooled hole PSNR.
    semantics : suite → method, "wahr" or "maskiert" → Estimate of the classifier's accuracy.
    examples : network → what :func:`choose_examples` picks on quadrat8; the project's own.
    """

    question: Question
    data: str
    figures: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    as_shown: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    differences: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Estimate]]]]
    classes: Mapping[str, Mapping[str, Estimate]]
    positions: Mapping[str, Sequence[Sequence[float]]]
    hole_sizes: Mapping[str, Mapping[str, Estimate]]
    semantics: Mapping[str, Mapping[str, Estimate]]
    examples: Mapping[str, Mapping[str, Sequence[int]]]

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods, in the tables' order."""
        networks = tuple(name for name, _, _ in self.question.networks)
        return (*classical.METHODS, classical.GAUSSIAN[0], *networks)

    @property
    def own_networks(self) -> tuple[str, ...]:
        """The project's networks, in the tables' order."""
        return tuple(name for name, kind, _ in self.question.networks if kind == "final")

    def to_json(self) -> dict:
        """Plain objects for a JSON file, with a checksum over their text; NaN becomes None."""
        content = _plain(asdict(self))
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
            "networks": tuple(tuple(network) for network in question["networks"]),
        }
        names = (name for name, _, _ in question["networks"])
        order = [*question["suites"], TRUE_IMAGES, MASKED_IMAGES, *classical.METHODS,
                 classical.GAUSSIAN[0], *names, *evaluation.FIGURES, *data.CLASS_NAMES,
                 *map(str, HOLE_SIZES)]  # fmt: skip
        rank = {name: i for i, name in enumerate(order)}
        return cls(question=Question(**question), **_estimates(content, rank))


def _plain(value):
    """Nested containers as a JSON file gives them back."""
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if value != value else value


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


def best_baseline(benchmark: Benchmark, suite: str) -> str:
    """The best method of a suite that is not the project's own, by pooled hole PSNR."""
    figures = benchmark.figures[suite]
    others = [method for method in benchmark.methods if method not in benchmark.own_networks]
    return max(others, key=lambda method: figures[method]["hole_psnr_pooled"].value)


def margin(
    benchmark: Benchmark, suite: str, network: str, key: str = "hole_psnr_pooled"
) -> Estimate:
    """Paired difference between a network of the project and the best of all other methods.

    Parameters
    ----------
    suite, network : names; the network is one of ``own_networks``.
    key : one of :data:`DIFFERENCES`.
    """
    return benchmark.differences[suite][network][best_baseline(benchmark, suite)][key]


def choose_examples(hole_psnr: np.ndarray) -> dict[str, list[int]]:
    """Choose images by rule: the best, those around the median, the worst, and more of the worst.

    Parameters
    ----------
    hole_psnr : (N,), of each image in dB; of equal ones the earlier image counts as worse.

    Returns
    -------
    "beste", "mittlere", "schlechteste" and "misserfolge" → indices of images, best first in the
    first three and worst first in the last.
    """
    order = np.argsort(hole_psnr, kind="stable").tolist()
    middle = max(0, (len(order) - N_EXAMPLES) // 2)
    return {
        "beste": order[: -N_EXAMPLES - 1 : -1],
        "mittlere": order[middle : middle + N_EXAMPLES][::-1],
        "schlechteste": order[:N_EXAMPLES][::-1],
        "misserfolge": order[:N_FAILURES],
    }


def repair_examples(
    dataset: data.Dataset,
    fills: Mapping[str, classical.Fill],
    benchmark: Benchmark,
    chosen: Sequence[int],
) -> tuple[np.ndarray, np.ndarray, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Repair some images of the benchmark's quadrat8 once more, to show them.

    Parameters
    ----------
    dataset : the one that was measured.
    fills : name → function, any of :func:`make_fills`.
    chosen : indices of images, as in ``benchmark.examples``.

    Returns
    -------
    true images and masked images (M, 32, 32, 3), and name → (composited images, hole PSNR (M,)
    in dB).
    """
    question = benchmark.question
    images = models.to_float(getattr(dataset, question.split).images[list(chosen)])
    holes = masks.suite_masks(DETAIL_SUITE, question.n_images, question.split)[list(chosen)]
    repaired = {}
    for name, fill in fills.items():
        predictions = fill(images, holes)
        scores = evaluation.score(predictions, images, holes)
        repaired[name] = masks.composite(predictions, images, holes), scores.hole_psnr
    return images, models.mask_images(images, holes), repaired


# ---------------------------------------------------------------- the whole, stored


def run_benchmark(
    dataset: data.Dataset,
    networks: Mapping[str, Network],
    judge: Network,
    split: str = "validation",
    store: Path = config.MODELS,
    log: training.Log = print,
    suites: Sequence[str] = masks.SUITES,
    limit: int | None = None,
    forecast: outlook.Forecast | None = None,
) -> Benchmark:
    """Take the benchmark from the store, or measure it and put it there.

    The entry is the folder ``benchmark-<key>`` with ``benchmark.json``, written whole or not at
    all; a damaged one is set aside and measured anew.  The scores of each pair of method and
    suite stay in the store's folder ``.scores``: after an interruption the next call goes on with
    the next pair, and a new network does not mean measuring all others again.

    Parameters
    ----------
    dataset : holds the images of the split, and the training images for the Gaussian.
    networks : name → Network of the kind "original" or "final".
    judge : the classifier of the semantics.
    split : "test" for final figures only; all choices are made on "validation".
    log : called with one German line per method and suite.
    suites : names of suites.
    limit : measure the first images of the split alone.
    forecast : told the progress, it adds to the line how long the whole report still takes.

    Raises
    ------
    masks.MaskError
        On an unknown suite.
    """
    for suite in suites:
        masks.suite_masks(suite, 0, split)  # an unknown name is told before anything is measured
    part = _first_images(getattr(dataset, split), limit)
    question = Question(
        split, len(part), tuple(suites),
        tuple((name, network.kind, network.sha256) for name, network in networks.items()),
        judge.sha256,
    )  # fmt: skip
    entry = store / f"benchmark-{question.key(dataset.sha256)}"
    with training.workplace(entry) as work:
        if benchmark := _load_entry(entry, log):
            log(f"Benchmark aus dem Speicher ({entry.name}).")
            return benchmark
        fills = make_fills(dataset, networks)
        survey = _Survey(
            question, dataset.sha256, part, fills, judge.model, store / SCORES, log, forecast
        )
        benchmark = survey.reduce()
        _write_entry(entry, benchmark, work)
    return benchmark


def score_methods(
    dataset: data.Dataset,
    networks: Mapping[str, Network],
    suite: str,
    split: str = "validation",
    store: Path = config.MODELS,
) -> dict[str, Scores]:
    """Every method's scores, image by image, on one suite, as :func:`run_benchmark` measures them.

    They stay in the store as well, so the same question again costs nothing.

    Returns
    -------
    method → Scores, in the tables' order.
    """
    part = getattr(dataset, split)
    about = tuple((name, network.kind, network.sha256) for name, network in networks.items())
    question = Question(split, len(part), (suite,), about, "")
    fills = make_fills(dataset, networks)
    survey = _Survey(question, dataset.sha256, part, fills, None, store / SCORES, lambda line: None)
    return {method: survey.score(suite, method, len(part)) for method in fills}


def find_scores(
    suite: str, method: str, network: str, data_sha256: str, n_images: int,
    split: str = "test", store: Path = config.MODELS,
) -> Scores | None:  # fmt: skip
    """What :func:`score_methods` left in the store, or None.

    Parameters
    ----------
    network : sha256 of the network's file; "" for a method that is none.
    data_sha256 : of the dataset.
    """
    about = _Measurement(split, n_images, suite, method, network, "")
    arrays = _read_arrays(_path_of(store / SCORES, about, data_sha256))
    return Scores(*arrays["scores"]) if arrays else None


def list_recipes(
    settings: config.Config, dataset: data.Dataset, store: Path = config.MODELS
) -> dict[str, training.Keyed]:
    """Name → recipe of every network that a report trains, the classifier's last."""
    original, draft = (
        training.with_precision(training.original_recipe(settings, output), dataset, store)
        for output in ("sigmoid", "relu")
    )
    return {
        "original": original,
        "original_relu": draft,
        "kompakt": training.kompakt_recipe(settings, dataset, store),
        "klassifikator": classifier.classifier_recipe(dataset, store),
    }


def load_networks(
    settings: config.Config,
    dataset: data.Dataset,
    store: Path = config.MODELS,
    log: training.Log = print,
) -> tuple[dict[str, Network], Network]:
    """The networks of the report and the classifier, from the store or trained.

    ``gruendlich`` is among them if the store has it; it is never trained here.

    Returns
    -------
    name → Network for :func:`run_benchmark`, and the classifier.
    """
    networks = {
        name: Network.from_trained(training.load_or_train(recipe, dataset, log, store))
        for name, recipe in list_recipes(settings, dataset, store).items()
    }
    judge = networks.pop("klassifikator")
    if gruendlich := training.load_stored("gruendlich", dataset, log, store):
        networks["gruendlich"] = Network.from_trained(gruendlich)
    return networks, judge


def make_fills(
    dataset: data.Dataset, networks: Mapping[str, Network]
) -> dict[str, classical.Fill]:
    """Every method of the benchmark, in the tables' order: name → function that fills holes."""
    fills = {name: fill for name, (_, fill) in classical.fit_methods(dataset.train.images).items()}
    for name, network in networks.items():
        fills[name] = functools.partial(PREDICT[network.kind], network.model)
    return fills


def _first_images(part: data.Split, limit: int | None) -> data.Split:
    return replace(part, images=part.images[:limit], labels=part.labels[:limit])


def _load_entry(entry: Path, log: training.Log) -> Benchmark | None:
    if not entry.is_dir():
        return None
    try:
        return Benchmark.from_json(json.loads((entry / "benchmark.json").read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        aside = entry.with_name(f"{entry.name}.defekt-{int(time.time())}")
        os.replace(entry, aside)
        log(f"{entry.name} ist beschädigt ({error}) und liegt nun in {aside.name}.")
        return None


def _write_entry(entry: Path, benchmark: Benchmark, work: Path) -> None:
    new = work / "entry"
    new.mkdir(exist_ok=True)
    config.write_json(new / "benchmark.json", benchmark.to_json())
    os.replace(new, entry)


# ---------------------------------------------------------------- measuring and reducing


@dataclass(frozen=True)
class _Measurement(training.Keyed):
    """All that determines the scores of one method on one suite, except the data.

    ``network`` and ``classifier`` are the sha256 of their files, or empty.
    """

    split: str
    n_images: int
    suite: str
    method: str
    network: str
    classifier: str
    version: int = VERSION


@dataclass(frozen=True)
class _Survey:
    """A benchmark in the making; ``measured`` names the files of scores asked for so far."""

    question: Question
    data: str
    part: data.Split
    fills: Mapping[str, classical.Fill]
    judge: keras.Model | None
    kept: Path
    log: training.Log
    forecast: outlook.Forecast | None = None
    measured: list[str] = field(default_factory=list)

    def reduce(self) -> Benchmark:
        """Measure what is not on disk yet, and reduce all to figures with intervals."""
        suites, n = self.question.suites, self.question.n_images
        measured = {
            suite: {method: self._measure_once(suite, method, n) for method in self.fills}
            for suite in suites
        }
        scores = {
            suite: {method: Scores(*arrays["scores"]) for method, arrays in of_suite.items()}
            for suite, of_suite in measured.items()
        }
        details = measured.get(DETAIL_SUITE, {})
        return Benchmark(
            self.question,
            self.data,
            figures={
                suite: {method: evaluation.summarise(s) for method, s in of_suite.items()}
                for suite, of_suite in scores.items()
            },
            as_shown={
                suite: {
                    method: _some(evaluation.summarise(Scores(*arrays["shown"])), AS_SHOWN)
                    for method, arrays in of_suite.items() if "shown" in arrays
                }
                for suite, of_suite in measured.items()
            },
            differences={suite: self._differences(scores[suite]) for suite in suites},
            classes={method: self._classes(scores[DETAIL_SUITE][method]) for method in details},
            positions={method: arrays["errors"].tolist() for method, arrays in details.items()},
            hole_sizes={method: self._hole_sizes(method) for method in self.fills},
            semantics={suite: self._semantics(suite, measured[suite]) for suite in suites},
            examples={
                network: choose_examples(scores[DETAIL_SUITE][network].hole_psnr)
                for network, kind, _ in self.question.networks if kind == "final" and details
            },
        )  # fmt: skip

    def _differences(self, scores: Mapping[str, Scores]) -> dict:
        return {
            network: {
                method: {
                    key: evaluation.paired_difference(scores[network], scores[method], key)
                    for key in DIFFERENCES
                }
                for method in scores if method != network
            }
            for network, kind, _ in self.question.networks if kind == "final"
        }  # fmt: skip

    def _classes(self, scores: Scores) -> dict[str, Estimate]:
        estimates = evaluation.by_class(scores, self.part.labels, "hole_psnr_pooled")
        return {data.CLASS_NAMES[label]: estimate for label, estimate in estimates.items()}

    def _hole_sizes(self, method: str) -> dict[str, Estimate]:
        n = min(N_HOLE_SIZE_IMAGES, self.question.n_images)
        scores = {
            str(edge): self.score(f"quadrat{edge}", method, n) for edge in HOLE_SIZES
        }
        return {
            edge: evaluation.summarise(scores[edge])["hole_psnr_pooled"] for edge in scores
        }

    def _semantics(self, suite: str, measured: Mapping[str, Mapping]) -> dict[str, Estimate]:
        images = models.to_float(self.part.images)
        holes = masks.suite_masks(suite, len(images), self.question.split)
        masked = models.mask_images(images, holes)
        correct = {
            TRUE_IMAGES: classifier.accuracy(self.judge, images, self.part.labels),
            MASKED_IMAGES: classifier.accuracy(self.judge, masked, self.part.labels),
        } | {method: arrays["correct"] for method, arrays in measured.items()}
        return {name: estimate_share(values) for name, values in correct.items()}

    def score(self, suite: str, method: str, n: int) -> Scores:
        """The scores of the first ``n`` images of a suite, and nothing else."""
        return Scores(*self._measure_once(suite, method, n, scores_only=True)["scores"])

    def _measure_once(
        self, suite: str, method: str, n: int, scores_only: bool = False
    ) -> Mapping[str, np.ndarray]:
        """Measure a method on the first ``n`` images of a suite, unless it is on disk."""
        hashes = {name: sha256 for name, _, sha256 in self.question.networks}
        judge = "" if scores_only else self.question.classifier
        about = _Measurement(self.question.split, n, suite, method, hashes.get(method, ""), judge)
        path = _path_of(self.kept, about, self.data)
        self.measured.append(path.name)
        if arrays := _read_arrays(path):
            return arrays
        started = time.perf_counter()
        arrays = self._measure(suite, method, n, scores_only)
        self.kept.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.teil")
        with part.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
        seconds = time.perf_counter() - started
        squared, _, count, *_ = arrays["scores"].sum(1)
        decibel = evaluation.psnr(squared / count)
        line = f"{suite} · {method} · {n} Bilder: {decibel:.2f} dB im Loch · {seconds:.1f} s"
        n_all = (len(self.question.suites) + len(HOLE_SIZES)) * len(self.fills)
        rest = self.forecast(len(self.measured) / n_all) if self.forecast else None
        self.log(outlook.with_forecast(line.replace(".", ","), rest))
        return arrays

    def _measure(self, suite: str, method: str, n: int, scores_only: bool) -> dict[str, np.ndarray]:
        """Per-image arrays: ``scores``, one row a field of Scores; unless they are all, also

        ``correct`` (N,), whether the classifier finds the class of the composited image;
        ``shown``, the scores of what an original network puts out, not composited; and
        ``errors`` (8, 8), mean squared errors by position in the hole of quadrat8.
        """
        images = models.to_float(self.part.images[:n])
        holes = masks.suite_masks(suite, n, self.question.split)
        predictions = self.fills[method](images, holes)
        arrays = {"scores": _rows(evaluation.score(predictions, images, holes))}
        if scores_only:
            return arrays
        filled = masks.composite(predictions, images, holes)
        arrays["correct"] = classifier.accuracy(self.judge, filled, self.part.labels)
        if (method, "original") in [(name, kind) for name, kind, _ in self.question.networks]:
            shown = evaluation.score(predictions, images, holes, composited=False)
            arrays["shown"] = _rows(shown)
        if suite == DETAIL_SUITE:
            arrays["errors"] = evaluation.error_map(predictions, images, holes, 8)
        return arrays


def _path_of(folder: Path, about: _Measurement, data_sha256: str) -> Path:
    return folder / f"{about.suite}-{about.method}-{about.key(data_sha256)}.npz"


def _read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except Exception:  # missing, or damaged: numpy, zipfile and zlib raise many kinds
        return None


def _rows(scores: Scores) -> np.ndarray:
    return np.stack(list(vars(scores).values()))


def _some(figures: Mapping[str, Estimate], keys: Sequence[str]) -> dict[str, Estimate]:
    return {key: figures[key] for key in keys}


def estimate_share(correct: np.ndarray) -> Estimate:
    """The share of True with its 95 % bootstrap interval.

    The bootstrap of a share needs no resampling: the number of True among n draws with
    replacement is binomial.

    Parameters
    ----------
    correct : bool array (N,), N ≥ 1.
    """
    n, share = len(correct), float(np.mean(correct))
    tail = (1 - evaluation.CONFIDENCE) / 2
    low, high = binom.ppf((tail, 1 - tail), n, share) / n
    return Estimate(share, float(low), float(high))


# ---------------------------------------------------------------- time


def time_methods(
    dataset: data.Dataset,
    networks: Mapping[str, Network],
    suites: Sequence[str] = (DETAIL_SUITE,),
    n_images: int = TIMING_BATCH,
    repeats: int = 3,
) -> dict[str, dict[str, float]]:
    """Milliseconds per image of every method, on one thread, all images in one call.

    Measured on validation images in a process of its own that is bound to one processor; the
    fastest of the repeats counts.  The result belongs to this machine and is stored nowhere.

    Parameters
    ----------
    dataset, networks : as for :func:`run_benchmark`.
    suites : names of suites.
    n_images : a whole batch, by default.

    Returns
    -------
    suite → method → milliseconds per image.
    """
    images = models.to_float(dataset.validation.images[:n_images])
    fills = make_fills(dataset, networks)
    holes = {suite: masks.suite_masks(suite, len(images)) for suite in suites}
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
               "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")  # fmt: skip
    answer = subprocess.run(
        [sys.executable, "-c", "from inpainting import benchmark; benchmark._answer_timing()"],
        input=pickle.dumps((fills, images, holes, repeats)), stdout=subprocess.PIPE, check=True,
        env=os.environ | dict.fromkeys(threads, "1"), cwd=config.ROOT,
    )  # fmt: skip
    return json.loads(answer.stdout.splitlines()[-1])


def _answer_timing() -> None:
    """The process of :func:`time_methods`: a pickle on standard input, JSON on standard output."""
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})  # runs side by side share none
    fills, images, holes, repeats = pickle.load(sys.stdin.buffer)
    print(json.dumps({
        suite: {method: _milliseconds(fill, images, hole, repeats) for method, fill in fills.items()}
        for suite, hole in holes.items()
    }))  # fmt: skip


def _milliseconds(fill: classical.Fill, images, holes, repeats: int) -> float:
    """The fastest of several runs, an image; the first of a network compiles it."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        fill(images, holes)
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds) / len(images)
