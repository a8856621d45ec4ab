"""How long a report still takes: which of its works are to be done, and how fast it goes here.

The expectation comes from a report that found nothing in the store
(``benchmarks/from_scratch.py``); what this process has done so far corrects it.
"""

import functools
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from inpainting import config

EXPECTATION = config.RESULTS / "ohne_speicher.json"
"""Committed figures: "seconds" and "epochs" of each work, and "rest_s" of everything else."""

BENCHMARK = "benchmark"
"""The work that comes after all networks."""

MARK = " · ganzer Bericht: noch etwa "

Forecast = Callable[[float], float]
"""Told which share of a work is done, it says how many seconds the whole report still takes."""


def make_forecasts(
    recipes: Mapping, dataset, store: Path = config.MODELS, path: Path = EXPECTATION
) -> dict[str, Forecast]:
    """A forecast for each work of a report to tell its progress to; none on the sample.

    Parameters
    ----------
    recipes : name → recipe (``training.Keyed``) of each network, in the order of their training;
        the benchmark follows them.
    dataset : a ``data.Dataset``.
    store : a network that it holds costs nothing, unless the environment's
        ``INPAINTING_RETRAIN`` is set.
    path : the expectation, see :data:`EXPECTATION`.
    """
    if dataset.is_sample:
        return {}
    retrain = bool(os.environ.get("INPAINTING_RETRAIN"))
    expected = json.loads(path.read_text(encoding="utf-8"))
    seconds = {}
    for name, recipe in recipes.items():
        is_stored = (store / f"{recipe.network}-{recipe.key(dataset.sha256)}").is_dir()
        share = recipe.epochs / expected["epochs"][name]
        seconds[name] = 0.0 if is_stored and not retrain else share * expected["seconds"][name]
    seconds[BENCHMARK] = expected["seconds"][BENCHMARK]
    outlook = _Outlook(seconds, expected["rest_s"])
    return {name: functools.partial(outlook.forecast, name) for name in seconds}


class _Outlook:
    """The works of a report in their order: what they are expected to take, and what they took."""

    def __init__(self, seconds: Mapping[str, float], rest: float):
        self._seconds, self._rest = seconds, rest
        self._told: dict[str, tuple[float, float]] = {}
        self._taken = self._credited = 0.0

    def forecast(self, name: str, share: float) -> float:
        now, seconds = time.perf_counter(), self._seconds[name]
        if name in self._told:  # a first call may follow a resumed training: it tells no speed
            before, share_before = self._told[name]
            self._taken += now - before
            self._credited += (share - share_before) * seconds
        self._told[name] = now, share
        slowness = self._taken / self._credited if self._credited else 1.0
        names = list(self._seconds)
        later = sum(self._seconds[other] for other in names[names.index(name) + 1 :])
        return slowness * ((1 - share) * seconds + later + self._rest)


def with_forecast(line: str, seconds: float | None) -> str:
    """A line about a work with the time that the whole report still takes, if it is known."""
    return line if seconds is None else f"{line}{MARK}{minutes(seconds)}"


def minutes(seconds: float) -> str:
    """``m:ss min``."""
    whole, rest = divmod(round(seconds), 60)
    return f"{whole}:{rest:02d} min"
