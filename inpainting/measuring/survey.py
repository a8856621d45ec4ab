"""A benchmark in the making: every method measured once on every suite, then reduced to figures."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import binom

from inpainting import classical, data, files, masks
from inpainting.data import to_float
from inpainting.files import Log
from inpainting.masks import mask_images
from inpainting.measuring import draws, evaluation, frechet
from inpainting.measuring.evaluation import Estimate, Scores
from inpainting.measuring.methods import SAMPLE_SEED, Contestant, digest_method, separate_sample
from inpainting.measuring.result import (
    GAUSSIAN_SAMPLE,
    HOLE_SIZES,
    MAIN_SUITE,
    MASKED_IMAGES,
    N_DRAW_IMAGES,
    N_HOLE_SIZE_IMAGES,
    N_SAMPLE_IMAGES,
    SAMPLED,
    SHARP,
    TRUE_IMAGES,
    VERSION,
    Question,
)
from inpainting.networks import classifier, fill, keras, sample

DIFFERENCES = ("hole_psnr_pooled", "hole_psnr_mean", "ssim", "seam_ratio", "sharpness")
"""Figures that methods are compared by, image by image."""

AS_SHOWN = ("image_psnr", "ssim")
"""Figures of an output that is not composited."""

N_EXAMPLES, N_FAILURES = 3, 8
"""How many of the best, of the middle and of the worst images are noted, and how many failures."""

GAIN_EDGES = tuple(range(-10, 11))
"""Edges of the histogram of gains over the biharmonic fill, in dB; what lies beyond is in the last."""


@dataclass(frozen=True)
class Survey:
    """Measures what is not on disk yet.

    Attributes
    ----------
    question : what is measured.
    dataset : all images; ``part`` are those of the split that are measured on.
    fills : method → function that fills holes.
    networks : the networks among the methods.
    judge : the classifier.
    kept : folder for the scores of single methods, image by image.
    """

    question: Question
    dataset: data.Dataset
    part: data.Split
    fills: Mapping[str, classical.Fill]
    networks: Mapping[str, Contestant]
    judge: keras.Model
    kept: Path
    log: Log

    def reduce(self) -> dict:
        """Fields of :class:`inpainting.measuring.result.Benchmark`."""
        suites = self.question.suites
        measured = {suite: {method: self.measure(suite, method) for method in self.fills} for suite in suites}
        scores = {
            suite: {method: Scores(*arrays["scores"]) for method, arrays in of_suite.items()}
            for suite, of_suite in measured.items()
        }
        means = [method for method in self.fills if not self._draws_or_is_sharp(method)]
        own = [name for name, network in self.networks.items() if network.kind == "own"]
        detail = {method: scores[MAIN_SUITE][method] for method in means}
        return {
            "n_images": {method: self.count_images(method) for method in self.fills},
            "figures": {
                suite: {method: evaluation.summarise(s) for method, s in of_suite.items()}
                for suite, of_suite in scores.items()
            },
            "as_shown": {
                suite: {
                    method: _some(evaluation.summarise(Scores(*arrays["shown"])), AS_SHOWN)
                    for method, arrays in of_suite.items()
                    if "shown" in arrays
                }
                for suite, of_suite in measured.items()
            },
            "differences": {suite: self._differences(scores[suite]) for suite in suites},
            "validation": {name: self._validation_lead(name) for name in own} if self._is_test else {},
            "classes": {method: self._classes(of_method) for method, of_method in detail.items()},
            "positions": {method: measured[MAIN_SUITE][method]["errors"].tolist() for method in means},
            "hole_sizes": {method: self._hole_sizes(method) for method in means},
            "semantics": {suite: self._semantics(suite, measured[suite]) for suite in suites},
            "semantic_differences": {suite: self._semantic_differences(measured[suite]) for suite in suites},
            "frechet": {suite: self._frechet(measured[suite]) for suite in suites},
            "draws": {suite: self._draws(suite) for suite in suites},
            "gains": {name: _gain(detail[name], detail["biharmonisch"]) for name in own},
            "examples": {name: choose_examples(detail[name].hole_psnr) for name in own},
        }

    @property
    def _is_test(self) -> bool:
        return self.question.split == "test"

    def count_images(self, method: str) -> int:
        """How many images a method is measured on."""
        n = len(self.part)
        return min(n, N_SAMPLE_IMAGES) if self._draws_or_is_sharp(method) else n

    @staticmethod
    def _draws_or_is_sharp(method: str) -> bool:
        return method in SHARP or bool(separate_sample(method))

    # ------------------------------------------------------------ reducing

    def _differences(self, scores: Mapping[str, Scores]) -> dict:
        """Paired differences of every network and sample to every other method, of one suite."""
        resampled = {}  # (method, number of images) → figure → values; each is made once

        def values(method: str, n: int) -> Mapping[str, np.ndarray]:
            if (method, n) not in resampled:
                resampled[method, n] = evaluation.resample_figures(scores[method].select(slice(n)))
            return resampled[method, n]

        def difference(network: str, method: str) -> dict[str, Estimate]:
            n = min(len(scores[network]), len(scores[method]))
            ours, theirs = values(network, n), values(method, n)
            return {key: evaluation.estimate(ours[key] - theirs[key]) for key in DIFFERENCES}

        return {
            network: {method: difference(network, method) for method in scores if method != network}
            for network in scores
            if network in self.networks or separate_sample(network)
        }

    def _validation_lead(self, network: str) -> Estimate:
        whole, n = self.dataset.validation, len(self.part)
        part = replace(whole, images=whole.images[:n], labels=whole.labels[:n])
        ours, others = (
            Scores(*self.measure(MAIN_SUITE, method, split=("validation", part))["scores"])
            for method in (network, classical.GAUSSIAN)
        )
        return evaluation.paired_difference(ours, others, "hole_psnr_pooled")

    def _classes(self, scores: Scores) -> dict[str, Estimate]:
        estimates = evaluation.by_class(scores, self.part.labels, "hole_psnr_pooled")
        return {data.CLASS_NAMES[label]: estimate for label, estimate in estimates.items()}

    def _hole_sizes(self, method: str) -> dict[str, Estimate]:
        sizes = {}
        for edge in HOLE_SIZES:
            n = min(N_HOLE_SIZE_IMAGES, len(self.part))
            part = replace(self.part, images=self.part.images[:n], labels=self.part.labels[:n])
            arrays = self.measure(f"quadrat{edge}", method, split=(self.question.split, part))
            sizes[str(edge)] = evaluation.summarise(Scores(*arrays["scores"]))["hole_psnr_pooled"]
        return sizes

    def _semantics(self, suite: str, measured: Mapping[str, Mapping]) -> dict[str, Estimate]:
        images = to_float(self.part.images)
        holes = masks.suite_masks(suite, len(images), self.question.split)
        correct = {
            TRUE_IMAGES: classifier.accuracy(self.judge, images, self.part.labels),
            MASKED_IMAGES: classifier.accuracy(self.judge, mask_images(images, holes), self.part.labels),
        } | {method: arrays["correct"] for method, arrays in measured.items()}
        return {name: estimate_share(values) for name, values in correct.items()}

    def _semantic_differences(self, measured: Mapping[str, Mapping]) -> dict:
        return {
            network: {
                method: difference_of_shares(measured[network]["correct"], arrays["correct"])
                for method, arrays in measured.items()
                if method != network
            }
            for network in measured
            if network in self.networks or separate_sample(network)
        }

    def _frechet(self, measured: Mapping[str, Mapping]) -> dict[str, Estimate]:
        n = min(N_SAMPLE_IMAGES, len(self.part) // 2)
        true, others = (
            classifier.features(self.judge, to_float(self.part.images[rows]))
            for rows in (slice(n), slice(n, 2 * n))
        )
        reference = frechet.Reference.fit(others.astype(np.float64))
        features = {TRUE_IMAGES: true} | {m: a["features"][:n] for m, a in measured.items()}
        return {name: reference.estimate(rows.astype(np.float64)) for name, rows in features.items()}

    def _draws(self, suite: str) -> dict[str, dict[str, Estimate]]:
        """Energy score, coverage and the best of several samples, of each network that draws."""
        networks = [separate_sample(name) for name in self.fills if separate_sample(name) in self.networks]
        return {name: draws.summarise_draws(self._score_draws(suite, name)) for name in networks}

    def _score_draws(self, suite: str, network: str) -> draws.DrawScores:
        n = min(N_DRAW_IMAGES, len(self.part))
        path = self._path(
            {"suite": suite, "split": self.question.split, "n": n, "draws": True}, network + SAMPLED
        )
        if arrays := _read_arrays(path):
            return draws.DrawScores(*arrays["draws"])
        started = time.perf_counter()
        images = to_float(self.part.images[:n])
        holes = masks.suite_masks(suite, n, self.question.split)
        model = self.networks[network].model
        seeds = range(SAMPLE_SEED + 1, SAMPLE_SEED + 1 + draws.N_SAMPLES)
        samples = np.stack([sample(model, images, holes, seed) for seed in seeds])
        scores = draws.score_draws(samples, fill(model, images, holes), images, holes)
        self._keep(path, {"draws": _rows(scores)})
        seconds = f"{time.perf_counter() - started:.1f}".replace(".", ",")
        self.log(f"{suite} · {network} · {draws.N_SAMPLES} Vorschläge für {n} Bilder · {seconds} s")
        return scores

    # ------------------------------------------------------------ measuring

    def measure(
        self, suite: str, method: str, split: tuple[str, data.Split] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Measure a method on a suite, unless it is on disk.

        Parameters
        ----------
        split : name and images, where they are not the benchmark's; then nothing but scores counts.

        Returns
        -------
        Per-image arrays: ``scores``, one row a field of :class:`evaluation.Scores`; of the benchmark's
        own images also ``correct`` (N,), whether the classifier finds the class of the composited
        image; ``features`` of the first images; ``shown``, the scores of what a network of 2025 puts
        out, not composited; and ``errors`` (8, 8), mean squared errors by position in the hole.
        """
        whole = split is None
        name, part = split or (self.question.split, self.part)
        n = self.count_images(method) if whole else len(part)
        about = {"suite": suite, "split": name, "n": n, "whole": whole}
        path = self._path(about, method)
        if arrays := _read_arrays(path):
            return arrays
        started = time.perf_counter()
        images, holes = to_float(part.images[:n]), masks.suite_masks(suite, n, name)
        predictions = self.fills[method](images, holes)
        arrays = {"scores": _rows(evaluation.score(predictions, images, holes))}
        if whole:
            arrays |= self._judge(suite, method, predictions, images, holes)
        self._keep(path, arrays)
        squared, _, count, *_ = arrays["scores"].sum(1)
        seconds = time.perf_counter() - started
        line = f"{suite} · {method} · {n} Bilder: {evaluation.psnr(squared / count):.2f} dB im Loch"
        self.log(f"{line} · {seconds:.1f} s".replace(".", ","))
        return arrays

    def _judge(self, suite, method, predictions, images, holes) -> dict[str, np.ndarray]:
        filled = masks.composite(predictions, images, holes)
        labels = self.part.labels[: len(images)]
        arrays = {
            "correct": classifier.accuracy(self.judge, filled, labels),
            "features": classifier.features(self.judge, filled[:N_SAMPLE_IMAGES]),
        }
        if method in self.networks and self.networks[method].kind == "original":
            arrays["shown"] = _rows(evaluation.score(predictions, images, holes, composited=False))
        if suite == MAIN_SUITE:
            arrays["errors"] = evaluation.error_map(predictions, images, holes, 8)
        return arrays

    def _path(self, about: Mapping, method: str) -> Path:
        question = self.question
        fitted_on = question.fitted_on if method in (classical.GAUSSIAN, GAUSSIAN_SAMPLE) else ""
        fields = {
            **about,
            "method": method,
            "weights": digest_method(method, self.networks),
            "fitted_on": fitted_on,
            "classifier": question.classifier,
            "data": self.dataset.sha256,
            "version": VERSION,
        }
        return self.kept / f"{about['suite']}-{method}-{files.key(fields)}.npz"

    def _keep(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        self.kept.mkdir(parents=True, exist_ok=True)
        files.write_file(path, lambda file: np.savez(file, **arrays))


def _read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except Exception:  # missing, or damaged: numpy, zipfile and zlib raise many kinds
        return None


def find_scores(suite: str, method: str, hole_psnr: float, kept: Path) -> Scores | None:
    """The stored scores of a method on a suite that a run's figure came from, or None.

    Parameters
    ----------
    hole_psnr : the run's mean hole PSNR in dB; the scores are recognised by it.
    kept : folder of the scores.
    """
    for path in sorted(kept.glob(f"{suite}-{method}-*.npz")):
        if arrays := _read_arrays(path):
            scores = Scores(*arrays["scores"])
            if np.isclose(scores.hole_psnr.mean(), hole_psnr, rtol=1e-9, atol=0):
                return scores
    return None


def _rows(scores: Scores | draws.DrawScores) -> np.ndarray:
    return np.stack(list(vars(scores).values()))


def _some(figures: Mapping[str, Estimate], keys) -> dict[str, Estimate]:
    return {key: figures[key] for key in keys}


def _gain(ours: Scores, theirs: Scores) -> dict:
    gain = ours.hole_psnr - theirs.hole_psnr
    counts, _ = np.histogram(gain.clip(GAIN_EDGES[0], GAIN_EDGES[-1]), GAIN_EDGES)
    return {"share": estimate_share(gain > 0), "edges": list(GAIN_EDGES), "counts": counts.tolist()}


def choose_examples(hole_psnr: np.ndarray) -> dict[str, list[int]]:
    """Choose images by rule: the best, those around the median, the worst, and more of the worst.

    Parameters
    ----------
    hole_psnr : (N,), of each image in dB; of equal ones the earlier image counts as worse.

    Returns
    -------
    "beste", "mittlere", "schlechteste" and "misserfolge" → indices of images, best first in the first
    three and worst first in the last; "quantile" → those at 5, 25, 50, 75 and 95 %, and the worst.
    """
    order = np.argsort(hole_psnr, kind="stable").tolist()
    middle = max(0, (len(order) - N_EXAMPLES) // 2)
    quantiles = [order[round(q * (len(order) - 1))] for q in (0.95, 0.75, 0.5, 0.25, 0.05, 0)]
    return {
        "beste": order[: -N_EXAMPLES - 1 : -1],
        "mittlere": order[middle : middle + N_EXAMPLES][::-1],
        "schlechteste": order[:N_EXAMPLES][::-1],
        "misserfolge": order[:N_FAILURES],
        "quantile": quantiles,
    }


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


def difference_of_shares(a: np.ndarray, b: np.ndarray) -> Estimate:
    """Paired difference of two shares of True, a − b, with its 95 % bootstrap interval.

    Resampled are the numbers of images that only a, only b, and both or neither get right.

    Parameters
    ----------
    a, b : bool arrays; the images that both have, the first ones, count.
    """
    n = min(len(a), len(b))
    gained, lost = np.mean(a[:n] & ~b[:n]), np.mean(~a[:n] & b[:n])
    rng = np.random.default_rng(evaluation.BOOTSTRAP_SEED)
    drawn = rng.multinomial(n, [gained, lost, max(0.0, 1 - gained - lost)], evaluation.N_RESAMPLES)
    tail = (1 - evaluation.CONFIDENCE) / 2
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / n, (tail, 1 - tail))
    return Estimate(float(gained - lost), float(low), float(high))
