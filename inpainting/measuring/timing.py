"""How long every method takes: milliseconds an image on one thread."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2

from inpainting import classical, config, data, files, machine, masks
from inpainting.data import to_float
from inpainting.measuring.methods import Lineup, digest_method
from inpainting.measuring.result import MAIN_SUITE, SHARP

TIMING_BATCH = 256

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
"""Variables of the environment that keep libraries to one thread."""


def time_methods(
    dataset: data.Dataset,
    lineup: Lineup,
    suites: Sequence[str] = (MAIN_SUITE,),
    n_images: int = TIMING_BATCH,
    repeats: int = 3,
    store: Path = config.MODELS,
) -> dict[str, dict[str, float]]:
    """Milliseconds per image of every method but the sharp ones, on one thread, all images in one call.

    Measured on validation images in a process of its own that is bound to one processor; the fastest
    of the repeats counts.  The result belongs to this machine, and the store keeps it in ``.times``.

    Parameters
    ----------
    dataset, lineup : as for :func:`inpainting.measuring.benchmark.run_benchmark`.
    suites : names of suites.
    n_images : a whole batch, by default.

    Returns
    -------
    suite → method → milliseconds per image.
    """
    networks = lineup.contestants
    fills = {name: fill for name, fill in lineup.fills.items() if name not in SHARP}
    about = {
        "processor": machine.processor(),
        "n_images": n_images,
        "suites": list(suites),
        "methods": {name: digest_method(name, networks) for name in fills},
        "versions": machine.versions(),
    }
    path = store / ".times" / f"{files.key(about)}.json"
    with contextlib.suppress(OSError, ValueError):
        return files.read_json(path)
    images = to_float(dataset.validation.images[:n_images])
    holes = {suite: masks.suite_masks(suite, len(images)) for suite in suites}
    answer = subprocess.run(
        [sys.executable, "-c", "from inpainting.measuring import timing; timing._answer_timing()"],
        input=pickle.dumps((fills, images, holes, repeats)),
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | dict.fromkeys(THREADS, "1"),
        cwd=config.ROOT,
    )
    milliseconds = json.loads(answer.stdout.splitlines()[-1])
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(path, milliseconds)
    return milliseconds


def _answer_timing() -> None:
    """The process of :func:`time_methods`: a pickle on standard input, JSON on standard output."""
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})  # runs side by side share none
    fills, images, holes, repeats = pickle.load(sys.stdin.buffer)
    print(
        json.dumps(
            {
                suite: {method: _milliseconds(fill, images, hole, repeats) for method, fill in fills.items()}
                for suite, hole in holes.items()
            }
        )
    )


def _milliseconds(fill: classical.Fill, images, holes, repeats: int) -> float:
    """The fastest of several runs, an image; the first of a network compiles it."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        fill(images, holes)
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds) / len(images)
