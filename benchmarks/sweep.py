"""Efficiency of a sweep: the sum of its single runs, over workers times duration.

    python benchmarks/sweep.py --runs 12 --workers 2 [--kill 60]

All runs have one thread and the preset ``schnell``; the seeds differ.  A single run is bound to one
core, where the system can do that, for its helping threads would compute on a second one.  Both ways
train every network and pay for everything from the start of the notebook's process to the rendered
documents; the sweep pays for the start of its workers as well.  One half of the single runs comes
before the sweep, the other after it, so a machine that slows down in the meantime slows down both.
The figures of every run must be the same, byte for byte, both ways.  ``--kill`` kills a worker after
so many seconds; the ratio then tells nothing, but the figures must still be right.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil

from inpainting.runs import sweep

REQUIRED = 0.8


def run_singly(runs: dict, work: Path) -> float:
    """Sum of the durations of the runs, one after the other, in one process of their own."""
    os.environ["INPAINTING_MODELS"] = str(work / "models")  # read when the process starts
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=bind_to_one_core) as pool:
        waiting = [pool.submit(sweep.run_one, name, given, work / "results") for name, given in runs.items()]
        outcomes = [run.result() for run in waiting]
    assert not any(outcome.error for outcome in outcomes), [outcome.error for outcome in outcomes]
    return sum(outcome.seconds for outcome in outcomes)


def bind_to_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run_together(runs: dict, work: Path, n_workers: int, kill_after: float | None) -> float:
    """Duration of the sweep."""
    os.environ["INPAINTING_MODELS"] = str(work / "models")
    if kill_after:
        threading.Timer(kill_after, kill_worker).start()
    started = time.perf_counter()
    outcomes = sweep.run_sweep(runs, work / "results", n_workers=n_workers)
    assert not any(outcome.error for outcome in outcomes), [outcome.error for outcome in outcomes]
    return time.perf_counter() - started


def kill_worker() -> None:
    """Kill one of Dask's worker processes."""
    children = psutil.Process().children(recursive=True)
    workers = [child for child in children if any("spawn_main" in word for word in child.cmdline())]
    workers[-1].kill()
    print(f"Worker {workers[-1].pid} getötet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--original-epochs", default="40")
    parser.add_argument("--kill", type=float, metavar="SECONDS")
    known = parser.parse_args()
    grid = {"preset": "schnell", "original_epochs": known.original_epochs, "seed": f"1..{known.runs}"}
    runs, _ = sweep.read_grid(grid)
    with tempfile.TemporaryDirectory(prefix="inpainting-sweep-") as folder:
        alone, together = Path(folder) / "einzeln", Path(folder) / "zusammen"
        halves = list(runs)[: len(runs) // 2], list(runs)[len(runs) // 2 :]
        before, after = ({name: runs[name] for name in half} for half in halves)
        single = run_singly(before, alone)
        duration = run_together(runs, together, known.workers, known.kill)
        single += run_singly(after, alone)
        for name in runs:
            a, b = ((way / "results" / name / "metrics.json").read_bytes() for way in (alone, together))
            assert a == b, f"{name}: the figures differ"
    efficiency = single / (known.workers * duration)
    print(
        f"{known.runs} Läufe: einzeln {single:.0f} s, mit {known.workers} Workern {duration:.0f} s, "
        f"Wirkungsgrad {efficiency:.2f} (verlangt {REQUIRED}), Kennzahlen gleich"
    )


if __name__ == "__main__":
    main()
