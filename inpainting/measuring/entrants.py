"""Who takes part in a report: the networks that it speaks of, the Gaussian, the classifier.

On the sample of CIFAR-10 these are the shipped ones, which have learned from the whole of it; what is
trained there is trained to be looked at, and takes no part.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from inpainting import classical, config, data, files
from inpainting.measuring import benchmark, evaluation, ladder, timing
from inpainting.measuring.methods import Lineup, line_up
from inpainting.measuring.result import (
    GAUSSIAN_NUMBERS,
    GAUSSIAN_SAMPLE,
    MAIN_SUITE,
    PRIOR_NUMBERS,
    SAMPLED,
    SHARP,
    Benchmark,
)
from inpainting.networks import count_learned, mean_of
from inpainting.training import recipes
from inpainting.training.recipes import Recipe
from inpainting.training.store import Trained

WHOLE_FLOORS = {"Training": 0.546716801, "Validierung": 0.5447566878}
"""Entropy floors of the whole data's training and validation images, in nat; a run on them writes the same."""


class Field:
    """The field of a report's competition.

    Attributes
    ----------
    dataset : the images of the run.
    lineup : the networks, the classifier and the Gaussian.
    result : the Benchmark, once :meth:`measure` was called.
    """

    def __init__(self, dataset: data.Dataset, lineup: Lineup):
        self.dataset, self.lineup = dataset, lineup
        self.result = None

    @property
    def networks(self) -> Mapping[str, Trained]:
        return self.lineup.networks

    @property
    def own(self) -> tuple[str, ...]:
        """The project's networks, the smaller one first."""
        return tuple(name for name in recipes.OWN if name in self.networks)

    @property
    def best(self) -> str:
        """The larger of the project's networks."""
        return self.own[-1]

    @property
    def recipe(self) -> Mapping:
        """Recipe of the larger of the project's networks, as its record has it."""
        return self.networks[self.best].record["recipe"]

    @property
    def digests(self) -> dict[str, str]:
        """Network → what identifies it, see ``methods.digest_network``."""
        return {name: contestant.digest for name, contestant in self.lineup.contestants.items()}

    @cached_property
    def fills(self) -> dict[str, classical.Fill]:
        """Method that is shown → function that fills holes."""
        return {name: fill for name, fill in self.lineup.fills.items() if name not in SHARP}

    @property
    def parameters(self) -> dict[str, int]:
        """Method → how many numbers its answer needs, learned or given; of a network, its mean answer."""
        learned = {name: count_learned(mean_of(trained.model)) for name, trained in self.networks.items()}
        return learned | {classical.GAUSSIAN: GAUSSIAN_NUMBERS, "prior": PRIOR_NUMBERS}

    @property
    def parameters_whole(self) -> dict[str, int]:
        """Network → number of weights that both its answers have learned."""
        return {name: count_learned(trained.model) for name, trained in self.networks.items()}

    @property
    def all_parameters(self) -> dict[str, int]:
        """Method → numbers behind its answer, as the tables print them: of a sample, those of both answers."""
        whole = {f"{name}{SAMPLED}": n for name, n in self.parameters_whole.items() if name in self.own}
        return self.parameters | {GAUSSIAN_SAMPLE: GAUSSIAN_NUMBERS} | whole

    @cached_property
    def floors(self) -> dict[str, float]:
        """Entropy of the images that the network of 2025 learned from and was chosen on, in nat."""
        if self.dataset.is_sample:
            return WHOLE_FLOORS
        parts = {"Training": self.dataset.train, "Validierung": self.dataset.validation}
        return {name: evaluation.entropy_floor(part.images) for name, part in parts.items()}

    def measure(self, split: str, limit: int | None = None) -> Benchmark:
        """The benchmark of all methods, from the store or measured now.

        Parameters
        ----------
        limit : measure the first images of the split alone.
        """
        self.result = benchmark.run_benchmark(self.dataset, self.lineup, split, limit=limit)
        return self.result

    def time(self) -> dict[str, float]:
        """Method → milliseconds an image on one thread of this machine."""
        n_images = 32 if self.dataset.is_sample else timing.TIMING_BATCH
        return timing.time_methods(self.dataset, self.lineup, n_images=n_images)[MAIN_SUITE]

    def write(self, folder: Path, seeds: Mapping, milliseconds: Mapping[str, float]) -> None:
        """Write ``metrics.json``, with every figure that the report prints, and ``timings.json``."""
        histories = {name: trained.history for name, trained in self.networks.items()}
        measured = files.plain(self.result)
        metrics = {
            **{name: measured[name] for name in measured if name not in ("question", "data")},
            "entropy_floors": self.floors,
            "parameters": self.parameters,
            "parameters_whole": self.parameters_whole,
            "seeds": seeds,
            "training": {name: {"loss": h.loss, "val_loss": h.val_loss} for name, h in histories.items()},
        }
        files.write_json(folder / "metrics.json", metrics, digits=files.FIGURE_DIGITS)
        seconds = {f"training_{name}_s": trained.record["seconds"] for name, trained in self.networks.items()}
        files.write_json(folder / "timings.json", {**seconds, "milliseconds": milliseconds})


def choose(settings: config.Config, dataset: data.Dataset, log=print) -> Field:
    """The field of a run, see :func:`inpainting.measuring.methods.line_up`."""
    return Field(dataset, line_up(settings, dataset, log))


def plan(settings: config.Config, dataset: data.Dataset) -> dict[str, Recipe]:
    """Name → recipe of what a run trains before its reader's eyes.

    On the sample, from which nothing good can be trained, that of ``kompakt`` is cut down to a
    demonstration of seconds.
    """
    planned = recipes.of_run(settings)
    if dataset.is_sample:
        short = {"widths": (16, 24, 32), "steps_per_epoch": 20, "warmup": 10, "batch_size": 64, "flow": None}
        planned["kompakt"] = replace(planned["kompakt"], **short)
    return planned


def find_ladder() -> ladder.LadderResults | None:
    """The committed results of the ablation, or None where there are none."""
    try:
        return ladder.load_results()
    except (ladder.LadderError, OSError):
        return None
