"""Kill a report at random moments (SIGKILL): the next call must end right, with nothing lost.

    python benchmarks/soak.py --kills 20 --seed 1

One run in peace gives the figures and what it computes.  Then, for each kill: forget the trained
networks, start the same run, kill it after a random part of that, alone or with the notebook's
process; the earlier results must stand as they were, and the next call must put the same figures in
their place and leave nothing else behind.  With ``--in-a-row 2`` only every second call may run to its
end, and the second kill meets a run that goes on.

Then the same for rendering and packing: kill ``inpainting render`` and ``inpainting abgabe`` at random
moments; every file of the run must be an old or a new one, whole, and the next call must end right.

A moment is a number of processor seconds: what else the computer does does not move it.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

SAME = ("metrics.json", "training_log.csv")
"""Files that are the same, byte for byte, in every run of the same parameters."""


def soak(
    command: Sequence[str],
    work: Path,
    kills: Sequence[tuple[float, bool]],
    in_a_row: int = 1,
    log: Callable[[str], None] = print,
) -> None:
    """Run ``command`` in peace, then kill it again and again.

    Parameters
    ----------
    command : writes one run into ``work/results``, with its models in ``work/models``.
    kills : for each kill the moment, as a fraction of what the undisturbed call computes, and whether
        the notebook's process dies too.
    in_a_row : kills before a call may run to its end.

    Raises
    ------
    AssertionError
        If something is lost, mixed, left behind or different.
    """
    with _measured() as whole:
        _finish(command, work)
    duration = whole()
    reference = before = _read(work)
    log(f"ohne Störung: {duration:.1f} Prozessorsekunden")
    for number, (fraction, with_children) in enumerate(kills, 1):
        if number % in_a_row == 1 % in_a_row:
            shutil.rmtree(work / "models")
        was_killed = _kill(command, work, fraction * duration, with_children)
        after = _read(work)
        if after["run.json"] == before["run.json"]:
            assert after == before, "earlier results were changed"
        else:
            _check(after, reference)  # the kill came when all was done
        whom = "samt Notebook" if with_children else "allein"
        log(
            f"{number}/{len(kills)}: nach {fraction:.0%} {whom} "
            + ("getötet" if was_killed else "schon fertig")
        )
        before = after
        if number % in_a_row == 0:
            output = _finish(command, work)
            before = _read(work)
            _check(before, reference)
            assert before["run.json"] != after["run.json"], "the next call wrote nothing"
            log(f"  der nächste Aufruf endet richtig ({output.count('fortgesetzt')} Training fortgesetzt)")


def soak_documents(folder: Path, fractions: Sequence[float], log: Callable[[str], None] = print) -> None:
    """Kill the rendering and the packing of a finished run; each file stays whole.

    Parameters
    ----------
    folder : the run's folder.
    fractions : for each kill the moment, as a fraction of what the undisturbed call computes.

    Raises
    ------
    AssertionError
        If a file is cut, something is left behind, or the next call gives other bytes.
    """
    program = [sys.executable, "-m", "inpainting.cli"]
    for words in (["render"], ["abgabe"]):
        command = [*program, *words, str(folder)]
        with _measured() as spent:
            subprocess.run(command, check=True, capture_output=True)
        duration = spent()
        whole = _files(folder)
        for number, fraction in enumerate(fractions, 1):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _wait(process, fraction * duration)
            process.kill()
            process.wait()
            cut = [n for n, content in _files(folder).items() if n in whole and content != whole[n]]
            assert not cut, f"{words[0]}: {cut} changed by a kill"
            subprocess.run(command, check=True, capture_output=True)
            assert _files(folder) == whole, f"{words[0]}: the next call gave something else"
            assert not list(folder.glob(".*")), f"{words[0]}: left behind"
            log(f"{words[0]} {number}/{len(fractions)}: nach {fraction:.0%} getötet, nichts verloren")


def _files(folder: Path) -> dict[str, bytes]:
    """Files of a run; what hidden parts a killed write left is no file of the run."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name[0] != "."}


def _environment(work: Path) -> dict[str, str]:
    return os.environ | {"INPAINTING_MODELS": str(work / "models")}


def _finish(command: Sequence[str], work: Path) -> str:
    done = subprocess.run(command, env=_environment(work), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    left = [path.name for path in (work / "results").iterdir() if path.name.startswith(".")]
    assert not left, f"left behind: {left}"
    assert not list((work / "models").glob("*defekt*")), "an entry of the store was damaged"
    return done.stdout


def _kill(command: Sequence[str], work: Path, seconds: float, with_children: bool) -> bool:
    process = subprocess.Popen(
        command, env=_environment(work), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if _wait(process, seconds):
        return False
    children = psutil.Process(process.pid).children(recursive=True) if with_children else []
    process.kill()
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):  # some live for a moment only
            child.kill()
    process.wait()
    return True


@contextlib.contextmanager
def _measured() -> Iterator[Callable[[], float]]:
    """Gives a function that says how many processor seconds the calls within the block took."""
    ended, before = [], _seconds(psutil.Process().cpu_times())
    yield lambda: ended[0] - before
    ended.append(_seconds(psutil.Process().cpu_times()))


def _seconds(times) -> float:
    """Processor seconds of the processes that have ended below one."""
    return times.children_user + times.children_system


def _wait(process: subprocess.Popen, seconds: float) -> bool:
    """Wait until a process and those below it have computed for some seconds; whether it ended before."""
    while process.poll() is None:
        spent = 0.0
        with contextlib.suppress(psutil.NoSuchProcess):
            one = psutil.Process(process.pid)
            for each in [one, *one.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = each.cpu_times()
                    spent += times.user + times.system + _seconds(times)
        if spent >= seconds:
            return False
        time.sleep(0.05)
    return True


def _read(work: Path) -> dict[str, bytes]:
    """The files of the one run that can be seen."""
    (folder,) = (path for path in (work / "results").glob("[!.]*/") if path.suffix != ".fehler")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _check(run: dict[str, bytes], reference: dict[str, bytes]) -> None:
    assert run.keys() == reference.keys(), f"files differ: {run.keys() ^ reference.keys()}"
    assert all(run[name] == reference[name] for name in SAME if name in run), "figures differ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in-a-row", type=int, default=1, help="kills before a call may end")
    known = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # it takes an hour: each line is seen when it is written
    rng = np.random.default_rng(known.seed)
    kills = [(rng.uniform(0.05, 1), bool(rng.integers(2))) for _ in range(known.kills)]
    with tempfile.TemporaryDirectory(prefix="inpainting-soak-") as folder:
        command = [
            sys.executable,
            "-m",
            "inpainting.cli",
            "report",
            "--preset",
            "schnell",
            "--results",
            f"{folder}/results",
        ]
        soak(command, Path(folder), kills, known.in_a_row)
        fractions = rng.uniform(0.05, 1, max(1, known.kills // 4))
        soak_documents(Path(folder) / "results" / "schnell", fractions)
    print(f"{known.kills} Abbrüche überstanden, nichts verloren.")


if __name__ == "__main__":
    main()
