"""The parent: it finds the hand-ins, hands one after another to a child, watches it, and writes.

What a child leaves is read at once, is never unpickled, and lies where no later model reaches it.
"""

import contextlib
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TextIO

import numpy as np

from inpainting import config, data, errors, masks
from inpainting.data import Split
from inpainting.files import Log, TargetError, read_json, sha256, try_file, write_file
from inpainting.german import numbers
from inpainting.measuring import evaluation
from inpainting.scoring import handins, page, results
from inpainting.scoring.child import N_EXAMPLES, READY
from inpainting.scoring.handins import HandIn, SubmissionError
from inpainting.scoring.inputs import Interface
from inpainting.scoring.results import Result

CHILD = (sys.executable, "-P", "-m", "inpainting.scoring.child")
"""Command of a child; -P keeps files of the working folder from being imported."""

WATCH_S = 0.05
"""How often a child's memory and time are looked at, in seconds."""

START_S = 300.0
"""Longest start of a child, in seconds: the import of TensorFlow on a slow, busy machine."""

JOBS_PER_CHILD = 100
"""Models that one child scores at most: what Keras does not give back is bounded."""

ABORTED = "nicht bewertet, weil der Aufruf abgebrochen wurde"

SIGNALS = {
    signal.SIGSEGV: "ist beim Rechnen abgestürzt (Speicherzugriffsfehler)",
    signal.SIGABRT: "ist beim Rechnen abgestürzt (Abbruch in TensorFlow)",
    signal.SIGILL: "braucht Befehle, die dieser Prozessor nicht hat",
}
KILLED = "wurde vom Betriebssystem beendet, vermutlich weil der Arbeitsspeicher nicht reichte"


def _nothing(*arguments) -> None:
    """What is called where nobody listens."""


@dataclass(frozen=True)
class Evaluation:
    """What a call gave.

    Attributes
    ----------
    results : of all hand-ins, sorted.
    unwritten : German sentence on each file that could not be written.
    signal : number of the signal that ended the scoring early; 0 if it came to its end.
    """

    results: list[Result]
    unwritten: list[str]
    signal: int = 0


@dataclass(frozen=True)
class Limits:
    """What each model may use: wall time in seconds, resident memory in bytes."""

    seconds: float = 900.0
    memory: float = 4e9


# ---------------------------------------------------------------- the whole


def evaluate_files(
    paths: Sequence[Path],
    suites: Sequence[str] | None,
    options: Mapping,
    with_baselines: bool,
    targets: Mapping[str, Path | None],
    log: Log = print,
    data_path: Path | None = None,
) -> Evaluation:
    """Score models on CIFAR-10 and write the figures; see :func:`evaluate_models`.

    A file that cannot be written in the end stops no other, and what was scored is returned all the same;
    where the call was ended before anything was scored, earlier files stay as they are.

    Parameters
    ----------
    suites : names of mask suites; None for the benchmark's six.
    options : "split", "images" (0 for all), "minutes", "memory" (GB) and the fields of
        :class:`inpainting.scoring.inputs.Interface`.
    targets : "json", "csv", "html" → a file, or None for none; written whole, when all is scored.
    data_path : see :func:`inpainting.data.load_dataset`.

    Raises
    ------
    SubmissionError, masks.MaskError, data.sources.DataError
        On bad input, before any model is loaded.
    """
    found = handins.find_handins(paths)
    _check_targets([target for target in targets.values() if target], found)
    n = options["images"] or masks.SUITE_LENGTH[options["split"]]
    holes = {name: masks.suite_masks(name, n, options["split"]) for name in suites or masks.SUITES}
    dataset = data.load_dataset(config.CIFAR10, data_path, log)
    split = getattr(dataset, options["split"])
    split = Split(split.images[:n], split.labels[:n])
    interface = Interface(**{key: options[key] for key in Interface.__dataclass_fields__})
    limits = Limits(60 * options["minutes"], 1e9 * options["memory"])
    stops: list[int] = []
    scored = evaluate_models(found, split, holes, interface, limits, with_baselines, log, stops.append)
    shown = dict(options) | {"suites": list(holes), "images": len(split)}
    writers = {
        "json": lambda: results.to_json(scored, shown),
        "csv": lambda: results.to_csv(scored),
        "html": lambda: page.render_page(scored, split.images, holes, shown),
    }
    wanted = {kind: target for kind, target in targets.items() if target}
    stop = stops[0] if stops else 0
    if stop and all(result.error for result in scored):
        unwritten = [f"Nicht geschrieben, weil nichts bewertet ist: {target}" for target in wanted.values()]
        return Evaluation(scored, unwritten, stop)
    unwritten = []
    for kind, target in wanted.items():
        try:
            write_file(target, writers[kind]())
        except TargetError as error:
            unwritten.append(str(error))
        except OSError as error:
            unwritten.append(f"Die Ausgabe „{target}“ ist nicht geschrieben: {errors.reason(error)}.")
        except Exception as error:  # hours of scoring end in no bug of a page
            what = f"{type(error).__name__}: {errors.short(str(error))}"
            unwritten.append(f"Die Ausgabe „{target}“ ist nicht geschrieben: {what}. Bitte melden.")
    return Evaluation(scored, unwritten, stop)


def _check_targets(targets: Sequence[Path], found: Sequence[HandIn]) -> None:
    """Make sure, before hours of scoring, that files can be written, differ, and are no hand-ins."""
    meant = {Path(os.path.realpath(handin.path)) for handin in found if handin.is_meant}
    places = set()
    for target in targets:
        try:
            place = Path(os.path.realpath(try_file(target)))
        except TargetError as error:
            raise SubmissionError(str(error)) from None
        if place in meant:
            raise SubmissionError(
                f"Die Datei „{target}“ ist selbst eine Abgabe und würde überschrieben. Bitte einen anderen "
                "Namen wählen."
            )
        if place in places:
            raise SubmissionError(
                f"Die Datei „{target}“ ist für zwei Ausgaben genannt. Bitte --json, --csv und --html "
                "verschiedene Namen geben."
            )
        places.add(place)


def evaluate_models(
    found: Sequence[HandIn],
    split: Split,
    suites: Mapping[str, np.ndarray],
    interface: Interface = Interface(),
    limits: Limits = Limits(),
    with_baselines: bool = False,
    log: Log = print,
    on_stop: Callable[[int], object] = _nothing,
) -> list[Result]:
    """Score hand-ins; best first, then what failed, last what never was a model.

    Files of the same content are scored once.  A signal such as Ctrl-C's ends the scoring; what was not
    reached has this as its reason.

    Parameters
    ----------
    found : see :func:`inpainting.scoring.handins.find_handins`.
    split : the images; all of them are used.
    suites : name → masks, uint8 array (N, 32, 32, 1); the first one ranks, unless there is
        "quadrat8".
    interface : of all models alike, as far as it is stated.
    with_baselines : add the mean colour and Telea.
    log : called with German lines on what is done.
    on_stop : called with the number of the signal that ended the scoring.
    """
    scored: dict[str, Result] = {}
    first: dict[str, str] = {}
    baselines: list[Result] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="inpainting-", ignore_cleanup_errors=True) as folder:
        folder = Path(folder)
        np.save(folder / "images.npy", split.images)
        for suite, holes in suites.items():
            np.save(folder / f"masks-{suite}.npy", holes)
        child = Child(folder, limits)
        try:
            for i, handin in enumerate(found):
                if handin.problem:
                    scored[handin.name] = Result(handin.name, handin.problem, is_meant=handin.is_meant)
                    continue
                log(_describe_progress(i, len(found), time.monotonic() - started) + handin.name)
                scored[handin.name] = _score_handin(handin, child, list(suites), interface, scored, first)
            if with_baselines:
                child.end()
                baselines.extend(_score_baselines(split, suites, log))
        except KeyboardInterrupt as stop:
            log(f"Abgebrochen: {len(scored)} von {len(found)} Dateien sind bewertet.")
            on_stop(stop.args[0] if stop.args else signal.SIGINT)
        finally:
            child.end()
    missing = [Result(handin.name, ABORTED) for handin in found if handin.name not in scored]
    return results.sort_results([*scored.values(), *missing, *baselines])


def _describe_progress(i: int, n: int, seconds: float) -> str:
    left = f", noch etwa {numbers.duration(seconds / i * (n - i))}" if i else ""
    return f"[{i + 1} von {n}{left}] "


class ProgressLine:
    """Shows progress: one line that is overwritten on a terminal, else a line now and then.

    Parameters
    ----------
    stream : to write to, as standard error.
    clock : seconds.
    """

    EVERY_S = 5.0

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic):
        self.stream, self.clock = stream, clock
        self.is_terminal = stream.isatty()
        self.last = -self.EVERY_S

    def __call__(self, line: str) -> None:
        """Show a line; off a terminal, those of progress ("[…") only every few seconds."""
        with contextlib.suppress(OSError):  # a full disk or nobody there: the scoring goes on
            self._show(line)

    def _show(self, line: str) -> None:
        if self.is_terminal:
            width = shutil.get_terminal_size().columns
            self.stream.write(f"\r\x1b[K{line[: width - 1]}")
        elif not line.startswith("[") or self.clock() - self.last >= self.EVERY_S:
            self.last = self.clock()
            self.stream.write(f"{line}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self.is_terminal:
            with contextlib.suppress(OSError):
                self.stream.write("\r\x1b[K")
                self.stream.flush()


def _score_handin(handin: HandIn, child: "Child", suites, interface, scored, first) -> Result:
    """Score one model, unless one of the same content has been scored."""
    job = child.folder / "abgabe"
    try:
        job.mkdir()
        shutil.copyfile(handin.path, job / "modell.keras")
        content = sha256(job / "modell.keras")
        if content in first:
            same = scored[first[content]]
            return replace(same, name=handin.name, notes=[f"Inhaltsgleich mit {same.name}.", *same.notes])
        first[content] = handin.name
        result = child.score(handin.name, job, suites, interface)
    except OSError as error:
        result = Result(handin.name, f"ließ sich nicht kopieren: {errors.reason(error)} (nach {job.parent})")
    finally:
        shutil.rmtree(job, ignore_errors=True)
    return result


# ---------------------------------------------------------------- the child process


class Child:
    """The process that scores models, started when it is needed and replaced when it broke.

    Parameters
    ----------
    folder : its working folder, with the images and masks.
    limits : of each model.
    """

    def __init__(self, folder: Path, limits: Limits):
        self.folder = folder
        self.limits = limits
        self.process: subprocess.Popen | None = None
        self.n_jobs = 0

    def score(self, name: str, job: Path, suites: Sequence[str], interface: Interface) -> Result:
        """Have a model scored, and end the child if it exceeds its limits.

        Parameters
        ----------
        job : folder with the model's copy.
        """
        if self.process is None or self.n_jobs >= JOBS_PER_CHILD:
            self.end()
            self._start()
        self.n_jobs += 1
        about = {"folder": str(job), "suites": list(suites), **asdict(interface)}
        with contextlib.suppress(OSError):  # a child that is dead is found below
            self.process.stdin.write(json.dumps(about).encode() + b"\n")
            self.process.stdin.flush()
        problem, seconds = self._wait(job / "report.json")
        result = _read_result(name, suites, job, seconds, problem or self._describe_end(job))
        if problem or self.process.poll() is not None or "verhindert" in result.error:
            self.end()
        elif _memory(self.process.pid) > self.limits.memory / 2:
            self.end()
        return result

    def _start(self) -> None:
        (self.folder / READY).unlink(missing_ok=True)
        home = self.folder / "heim"
        home.mkdir(exist_ok=True)
        python_path = os.pathsep.join([str(config.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        # a home and a place for temporary files of its own: nothing is left behind
        places = {key: str(home) for key in ("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "KERAS_HOME")}
        with (self.folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                CHILD,
                cwd=self.folder,
                env=os.environ
                | places
                | {
                    "PYTHONPATH": python_path,
                    "PYTHONUSERBASE": site.getuserbase(),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self.n_jobs = 0

    def _wait(self, report: Path) -> tuple[str, float]:
        """Wait for a report; German reason to end the child, or "", and the seconds that it took."""
        sent = started = time.monotonic()
        is_ready = False
        memory = min(self.limits.memory, _memory_of_machine())
        while not report.exists() and self.process.poll() is None:
            now = time.monotonic()
            if not is_ready and (self.folder / READY).exists():
                is_ready, started = True, now
            if not is_ready and now - sent > START_S:
                return (
                    f"ließ sich nicht laden: Der Prozess ist nach {numbers.duration(START_S)} nicht bereit",
                    0,
                )
            if is_ready and now - started > self.limits.seconds:
                limit = numbers.duration(self.limits.seconds)
                return f"nach {limit} nicht fertig und abgebrochen", now - started
            if _memory(self.process.pid) > memory:
                limit = numbers.quantity(memory / 1e9, 1, "GB")
                return f"braucht mehr als {limit} Arbeitsspeicher und wurde abgebrochen", now - started
            time.sleep(WATCH_S)
        return "", time.monotonic() - started

    def _describe_end(self, job: Path) -> str:
        """German reason why there is no report; "" if there is one."""
        if (job / "report.json").exists():
            return ""
        code = self.process.wait()
        if code == -9:
            return KILLED
        if -code in SIGNALS:
            return SIGNALS[-code]
        last = (self.folder / "stderr").read_text("utf-8", "replace").strip().splitlines()[-1:]
        reason = errors.short("".join(last)) or "ohne Meldung"
        return KILLED if "MemoryError" in reason else f"Prozess endete mit Code {code} ({reason})"

    def end(self) -> None:
        """Kill the child and its children, if they run."""
        import psutil

        if self.process is None:
            return
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.process.pid)
            for running in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.Error):
                    running.kill()
        with contextlib.suppress(OSError):  # what was written to a dead child's pipe
            self.process.stdin.close()
        self.process.wait()
        self.process = None


def _memory(pid: int) -> int:
    """Resident memory of a process and its children, in bytes; 0 if it is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])
    except psutil.Error:
        return 0


def _memory_of_machine() -> float:
    """Nine tenths of the machine's memory: before the rest is used, the system ends processes."""
    import psutil

    return 0.9 * psutil.virtual_memory().total


def _read_result(name: str, suites: Sequence[str], job: Path, seconds: float, problem: str) -> Result:
    if problem:
        return Result(name, problem, seconds=seconds)
    try:
        report = read_json(job / "report.json")
        if report["error"]:
            return Result(name, str(report["error"]), str(report["kind"]), seconds=seconds)
        arrays = {suite: np.load(job / f"{suite}.npy", allow_pickle=False) for suite in suites}
        examples = {suite: np.load(job / f"{suite}.examples.npy", allow_pickle=False) for suite in suites}
        shape = (len(next(iter(examples.values()))), config.IMAGE_SIZE, config.IMAGE_SIZE, 3)
        if any(e.shape != shape or e.dtype != np.uint8 or len(e) > N_EXAMPLES for e in examples.values()):
            raise ValueError("examples of another shape")
        return Result(
            name,
            "",
            str(report["kind"]),
            {suite: evaluation.summarise(evaluation.Scores(*array)) for suite, array in arrays.items()},
            {suite: {key: float(v) for key, v in report["output"][suite].items()} for suite in suites},
            seconds,
            str(report["reading"]),
            [str(note) for note in report["notes"]],
            examples=examples,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Result(name, "hat keine gültigen Ergebnisse hinterlassen", seconds=seconds)


# ---------------------------------------------------------------- baselines


def _score_baselines(split: Split, suites: Mapping[str, np.ndarray], log: Log) -> Iterator[Result]:
    from inpainting import classical

    images = split.images / np.float32(255)
    for name in ("mittelwert", "telea"):
        label, fill = numbers.LABELS[name], classical.METHODS[name]
        started = time.monotonic()
        log(f"{label}: wird gerechnet …")
        figures, examples = {}, {}
        for suite, holes in suites.items():
            filled = fill(images, holes)
            figures[suite] = evaluation.summarise(evaluation.score(filled, images, holes))
            shown = masks.composite(filled[:N_EXAMPLES], images[:N_EXAMPLES], holes[:N_EXAMPLES])
            examples[suite] = np.rint(255 * shown).astype(np.uint8)
        seconds = time.monotonic() - started
        yield Result(label, figures=figures, seconds=seconds, examples=examples)
