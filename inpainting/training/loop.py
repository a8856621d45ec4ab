"""The loop that trains: epochs, checkpoints, stopping, progress.

A training that was cut off goes on after its last epoch, with the result that an uninterrupted
one would have had.
"""

import contextlib
import csv
import ctypes
import io
import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from inpainting import errors, files
from inpainting.files import Log
from inpainting.networks import keras
from inpainting.training.tasks import Task


class TrainingError(errors.UserError):
    """The loss of a training is no number any more."""


@dataclass
class History:
    """The course of a training, with one entry for each epoch.

    Attributes
    ----------
    loss, val_loss : mean loss of each epoch, on training and validation images; its unit is that
        of the recipe's loss.
    seconds : duration of each epoch.
    stopped : why it ended: "epochs", "patience" or "nan"; "" while it runs.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: str = ""

    @property
    def n_epochs(self) -> int:
        return len(self.val_loss)

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, counted from 1; 0 if none is finite."""
        finite = [(loss, i) for i, loss in enumerate(self.val_loss, 1) if math.isfinite(loss)]
        return min(finite)[1] if finite else 0

    @property
    def best_val_loss(self) -> float:
        return self.val_loss[self.best_epoch - 1] if self.best_epoch else math.inf

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds)

    def to_csv(self) -> str:
        """The log as the original wrote it: epoch from 0, loss, val_loss."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", "loss", "val_loss"])
        writer.writerows(zip(range(self.n_epochs), self.loss, self.val_loss, strict=True))
        return text.getvalue()


def fit(task: Task, checkpoint: Path, log: Log = print) -> tuple[keras.Model, History]:
    """Train a network, or go on with a training that was cut off.

    After each epoch the weights, the optimiser's state, the best weights and the history are
    written to ``checkpoint`` in one piece.

    Parameters
    ----------
    checkpoint : file, which the caller removes.
    log : called with a few German lines; in a terminal a progress bar stands beside them.

    Returns
    -------
    The network with the best weights of all epochs, without the optimiser's state, and its history.

    Raises
    ------
    TrainingError
        If the loss is no number any more.  The checkpoint is removed: going on would not help.
    """
    model = task.model
    model.optimizer.build(model.trainable_variables)
    history, best = _load_checkpoint(checkpoint, model, log) or (History(), model.get_weights())
    meter = _Meter(task, log)
    while not history.stopped:
        started = time.perf_counter()
        task.batches.start_epoch(history.n_epochs)
        # a single epoch at a time: between two the state goes to the disk
        callbacks = meter.callbacks(history, len(task.batches))
        with freed_memory_kept():
            fitted = model.fit(task.batches, verbose=0, shuffle=False, callbacks=callbacks)
        history.loss.append(float(fitted.history["loss"][0]))
        history.val_loss.append(float(model.evaluate(task.validation, verbose=0)))
        history.seconds.append(time.perf_counter() - started)
        if task.takes_last or history.best_epoch == history.n_epochs:
            best = model.get_weights()
        history.stopped = _reason_to_stop(history, task)
        if history.stopped == "nan":
            checkpoint.unlink(missing_ok=True)
            raise TrainingError(
                f"Das Training{task.title} ist in Epoche {history.n_epochs} entgleist: Der Verlust ist keine "
                "Zahl mehr. Gespeichert wurde nichts. Bitte einen anderen Startwert (seed) wählen; hilft das "
                "nicht, prüft inpainting doctor den Rechner."
            )
        _save_checkpoint(checkpoint, model, history, best)
        meter.report(history)
    network = task.build()  # without the optimiser's state
    network.set_weights(best)
    return network, history


@contextlib.contextmanager
def freed_memory_kept():
    """Let glibc keep memory that is freed meanwhile, where the C library is glibc.

    A training step frees and requests hundreds of megabytes.  glibc returns blocks of that size to
    the kernel, which clears the pages again each time: that takes up to half the time of a step of the
    network of 2025.  Here glibc is told to use a single heap, without separate blocks, and not to shrink
    it at once.  Afterwards glibc returns large blocks again, from the size on that it would itself have
    arrived at in such a program.
    """
    # options of mallopt: M_ARENA_MAX, M_MMAP_MAX, M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
    keep = {-8: 1, -4: 0, -1: 2**30}
    restore = {-8: 0, -4: 2**16, -1: 2**26, -3: 2**25}
    libc = None
    with contextlib.suppress(OSError, TypeError):  # there is none on Windows
        libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim")):  # macOS, musl
        yield
        return
    for option, value in keep.items():
        libc.mallopt(option, value)
    try:
        yield
    finally:
        for option, value in restore.items():
            libc.mallopt(option, value)
        libc.malloc_trim(0)


def _reason_to_stop(history: History, task: Task) -> str:
    if not (math.isfinite(history.loss[-1]) and math.isfinite(history.val_loss[-1])):
        return "nan"
    if history.n_epochs - history.best_epoch >= task.patience:
        return "patience"
    return "epochs" if history.n_epochs >= task.epochs else ""


def _save_checkpoint(path: Path, model: keras.Model, history: History, best: list) -> None:
    arrays = {f"model_{i}": value for i, value in enumerate(model.get_weights())}
    arrays |= {f"best_{i}": value for i, value in enumerate(best)}
    arrays |= {
        f"optimizer_{i}": keras.ops.convert_to_numpy(variable)
        for i, variable in enumerate(model.optimizer.variables)
    }
    files.write_file(path, lambda file: np.savez(file, history=json.dumps(asdict(history)), **arrays))


def _load_checkpoint(
    path: Path, model: keras.Model, log: Callable[[str], None]
) -> tuple[History, list] | None:
    """Put a checkpoint into the model; None, and the model untouched, if there is no whole one."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
    except Exception as error:  # numpy, zipfile and zlib raise many kinds on damaged bytes
        os.replace(path, path.with_suffix(".defekt"))
        log(f"Der Zwischenstand ist beschädigt ({type(error).__name__}); das Training beginnt neu.")
        return None

    def numbered(prefix: str) -> list:
        n = sum(name.startswith(prefix) for name in stored)
        return [stored[f"{prefix}{i}"] for i in range(n)]

    model.set_weights(numbered("model_"))
    for variable, value in zip(model.optimizer.variables, numbered("optimizer_"), strict=True):
        variable.assign(value)
    history = History(**json.loads(str(stored["history"])))
    log(f"Training wird nach Epoche {history.n_epochs} fortgesetzt.")
    return history, numbered("best_")


# ---------------------------------------------------------------- progress

N_LINES = 6
"""About so many lines tell of a training, first and last epoch among them."""


class _Meter:
    """Shows progress: a bar in a terminal, and a few lines."""

    def __init__(self, task: Task, log: Log):
        self._task, self._log = task, log
        self._terminal = sys.stderr.isatty()

    def callbacks(self, history: History, n_steps: int) -> list:
        if not self._terminal:
            return []
        from tqdm import tqdm

        bar = tqdm(
            total=n_steps,
            leave=False,
            file=sys.stderr,
            desc=f"Epoche {history.n_epochs + 1}/{self._task.epochs}",
        )
        return [
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda step, logs: bar.update(step + 1 - bar.n),
                on_train_end=lambda logs: bar.close(),
            )
        ]

    def report(self, history: History) -> None:
        epoch, n = history.n_epochs, self._task.epochs
        if history.stopped or epoch == 1 or epoch % max(1, -(-n // (N_LINES - 1))) == 0:
            self._log(epoch_line(history, n))


def epoch_line(history: History, n_epochs: int) -> str:
    """One German line about the last epoch, with the longest time that remains."""
    epoch = history.n_epochs
    loss, val_loss, seconds = (
        f"{values[-1]:.{digits}f}".replace(".", ",")
        for values, digits in ((history.loss, 5), (history.val_loss, 5), (history.seconds, 1))
    )
    line = f"Epoche {epoch:2d}/{n_epochs} · Verlust {loss} · Validierung {val_loss} · {seconds} s"
    if history.stopped:
        return line
    minutes, seconds = divmod(round(np.mean(history.seconds) * (n_epochs - epoch)), 60)
    return f"{line} · noch höchstens {minutes}:{seconds:02d} min"
