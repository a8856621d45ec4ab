"""Climbing the ladder: its rungs are trained, judged, and their sums of errors written down.

The results file is replaced after each training, so that the next call goes on behind it.
"""

import contextlib
import logging
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inpainting import config, files, machine, masks
from inpainting.data import Dataset, to_float
from inpainting.files import Log
from inpainting.measuring import evaluation, ladder
from inpainting.measuring.ladder import LadderError, make_recipe
from inpainting.networks import count_learned, fill, keras
from inpainting.training import store
from inpainting.training.recipes import Recipe


def climb(
    dataset: Dataset,
    seeds: Sequence[int] = (1, 2, 3),
    steps: int = ladder.STEPS,
    factors: Sequence[int] = (2, 4),
    path: Path = ladder.RESULTS,
    log: Log = print,
) -> None:
    """Train and judge whatever is missing in the results file, all rungs of a seed in turn.

    The file is replaced after each training; a training that was cut off goes on after its last
    epoch.  A stored training counts whatever precision it ran in.  Trainings of outdated recipes
    stay in the file until the ladder is complete.

    Parameters
    ----------
    seeds : of the trainings, in addition to the seeds that the file has.
    steps : optimiser steps of each training.
    factors : multiples of ``steps`` that the rung :data:`ladder.KOMPAKT_RUNG` is trained for as well, with
        the lowest seed: the curve of more compute.
    path : the results file.

    Raises
    ------
    LadderError
        If the file is damaged, belongs to other steps or data, or another process climbs.
    files.TargetError
        If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files.try_file(path)
    results = ladder.read_file(path) if path.exists() else _empty_file(dataset, steps)
    _check_same(results, _empty_file(dataset, steps), path)
    all_seeds = sorted({*seeds, *(int(seed) for rung in results["rungs"] for seed in rung["keys"])})
    all_factors = sorted({1, *factors, *map(int, results["compute"])})
    jobs = _list_jobs(all_seeds, steps, all_factors)
    missing = [job for job in jobs if not _find_key(results, job.recipe)]
    if len(missing) < len(jobs):
        log(f"{len(jobs) - len(missing)} von {len(jobs)} Trainings sind schon gerechnet.")
    git = machine.git_state()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it counts the networks, in English
    with _workplace() as work:
        meter = _Meter(missing, log)
        for job in missing:
            started = time.perf_counter()
            entry = _make_entry(job.recipe, dataset, work, log) | {"git": git}
            results["entries"][job.recipe.key(dataset.sha256)] = entry
            _write_file(path, results, all_seeds, all_factors)
            meter.report(job, entry, results["hole_counts"], time.perf_counter() - started)
        used = {_find_key(results, job.recipe) for job in jobs}
        results["entries"] = {key: entry for key, entry in results["entries"].items() if key in used}
        _write_file(path, results, all_seeds, all_factors)


@dataclass(frozen=True)
class _Job:
    """A training to be done; rungs that differ in compositing alone share one."""

    label: str
    recipe: Recipe


def _list_jobs(seeds: Sequence[int], steps: int, factors: Sequence[int]) -> list[_Job]:
    jobs: dict[str, _Job] = {}

    def add(label: str, recipe: Recipe) -> None:
        jobs.setdefault(recipe.key(""), _Job(label, recipe))

    for seed in seeds:
        for rung in ladder.RUNGS:
            add(f"{rung.label}, Startwert {seed}", make_recipe(rung.name, seed, steps))
    for factor in factors:
        recipe = make_recipe(ladder.KOMPAKT_RUNG, seeds[0], steps, factor)
        add(f"Stufe von kompakt, {factor}-fache Schritte", recipe)
    return list(jobs.values())


@contextlib.contextmanager
def _workplace():
    """A folder for the checkpoints of one process at a time."""
    from filelock import FileLock, Timeout

    work = config.cache_dir() / "leiter"
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LadderError(
            "Ein anderer Prozess rechnet schon an einer Leiter. Bitte warten, bis er fertig ist, "
            "oder mit der Umgebungsvariable INPAINTING_CACHE einen eigenen Ordner wählen."
        ) from None
    try:
        yield work
    finally:
        lock.release()


def _make_entry(recipe: Recipe, dataset: Dataset, work: Path, log: Log) -> dict:
    """Train one network and judge it."""
    folder = work / recipe.key(dataset.sha256)
    folder.mkdir(exist_ok=True)
    told = log if recipe.epochs > 1 else lambda line: None
    trained = store.train(recipe, dataset, folder, told)
    kept = ("precision", "trained_at", "seconds", "hardware", "versions")
    entry = {key: trained.record[key] for key in kept}
    entry |= {
        "n_parameters": count_learned(trained.model),
        "sums": judge(trained.model, dataset.validation.images[: ladder.N_IMAGES]),
    }
    keras.utils.clear_session()
    shutil.rmtree(folder)
    return entry


def judge(model: keras.Model, images: np.ndarray) -> dict[str, list[float]]:
    """Judge a rung's network: sums of errors by groups of images, from which all figures follow.

    Parameters
    ----------
    model : of a rung; its output need not be clipped or composited.
    images : uint8 array (N, 32, 32, 3), the first validation images.

    Returns
    -------
    suite → squared error in the holes; "hole_psnr" → per-image hole PSNR on quadrat8 in dB;
    "image_psnr" and "image_psnr_composited" → the same of the whole image.
    """
    truth = to_float(images)
    sums = {}
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        prediction = np.clip(fill(model, truth, holes), 0, 1)
        error = (prediction.astype(np.float64) - truth) ** 2
        in_hole = (error * holes).sum((1, 2, 3))
        sums[suite] = in_hole
        if suite == "quadrat8":
            n_values = 3 * holes.sum((1, 2, 3))
            sums["hole_psnr"] = evaluation.psnr(in_hole / n_values, evaluation.HOLE_PSNR_CAP)
            sums["image_psnr"] = evaluation.psnr(error.mean((1, 2, 3)))
            sums["image_psnr_composited"] = evaluation.psnr(in_hole / truth[0].size)
    return {name: ladder.group_sums(values) for name, values in sums.items()}


def _rough_cost(recipe: Recipe) -> float:
    """Rough time of a training and its judgement, for the remaining time."""
    once = 14 if recipe.detail else 4 if recipe.widths else 1.5 if recipe.prior else 1
    return recipe.epochs * once


class _Meter:
    """One German line after each training, with the time that remains for all."""

    def __init__(self, jobs: Sequence[_Job], log: Log):
        self._n_jobs, self._pending, self._log = len(jobs), list(jobs), log
        self._seconds, self._cost = 0.0, 0.0

    def report(self, job: _Job, entry: Mapping, hole_counts: Mapping, seconds: float) -> None:
        """Say what a training gave."""
        self._pending.remove(job)
        self._seconds += seconds
        self._cost += _rough_cost(job.recipe)
        mse = sum(entry["sums"]["quadrat8"]) / sum(hole_counts["quadrat8"])
        decibel = f"{evaluation.psnr(mse):.2f}".replace(".", ",")
        line = [
            f"{self._n_jobs - len(self._pending)}/{self._n_jobs} {job.label}: {decibel} dB im Loch",
            f"{seconds / 60:.1f} min".replace(".", ","),
        ]
        if self._pending:
            remaining = sum(_rough_cost(j.recipe) for j in self._pending) * self._seconds / self._cost
            line.append(f"noch etwa {max(1, round(remaining / 60))} min")
        self._log(" · ".join(line))


# ---------------------------------------------------------------- results file


def _empty_file(dataset: Dataset, steps: int) -> dict:
    n_images = min(ladder.N_IMAGES, len(dataset.validation))
    return {
        "format": ladder.FORMAT,
        "steps": steps,
        "batch_size": ladder.BASE.batch_size,
        "n_images": n_images,
        "data": {"name": dataset.name, "sha256": dataset.sha256},
        "rungs": [],
        "compute": {},
        "hole_counts": {
            suite: [
                int(3 * group.sum())
                for group in np.array_split(masks.suite_masks(suite, n_images), ladder.N_GROUPS)
            ]
            for suite in masks.SUITES
        },
        "entries": {},
    }


def _find_key(results: dict, recipe: Recipe) -> str | None:
    """Key of a stored training of a recipe."""
    key = recipe.key(results["data"]["sha256"])
    return key if key in results["entries"] else None


def _write_file(path: Path, results: dict, seeds: Iterable[int], factors: Iterable[int]) -> None:
    """Write the results with a list of what is finished."""

    def finished(recipes: Mapping[int, Recipe]) -> dict[str, str]:
        keys = {str(name): _find_key(results, recipe) for name, recipe in recipes.items()}
        return {name: key for name, key in keys.items() if key}

    steps = results["steps"]
    results["rungs"] = [
        {
            "name": rung.name,
            "label": rung.label,
            "judged_by": rung.judged_by,
            "composited": make_recipe(rung.name).composited,
            "keys": finished({seed: make_recipe(rung.name, seed, steps) for seed in seeds}),
        }
        for rung in ladder.RUNGS
    ]
    results["compute"] = finished(
        {f: make_recipe(ladder.KOMPAKT_RUNG, min(seeds), steps, f) for f in factors}
    )
    files.write_json(path, results)


def _check_same(results: dict, own: dict, path: Path) -> None:
    for name, describe in (
        ("data", lambda value: f"den Daten {value['name']}"),
        ("steps", lambda value: f"{value} Schritten"),
        ("batch_size", lambda value: f"{value} Bildern je Schritt"),
        ("n_images", lambda value: f"{value} Bildern zur Bewertung"),
    ):
        if results[name] != own[name]:
            raise LadderError(
                f"Die Datei „{path}“ enthält eine Leiter mit {describe(results[name])}, verlangt ist "
                f"eine mit {describe(own[name])}. Bitte mit --output eine andere Datei angeben."
            )
