"""A grid of runs through Dask: one code path for this machine and for a cluster.

Dask spreads the runs over its workers, repeats a run whose worker died, and knows how to start on
a cluster; this module makes the grid, computes one run, and collects the outcomes.
"""

import contextlib
import io
import itertools
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inpainting import config, errors
from inpainting.files import Log, write_file

MOST_RUNS = 500
RUN_MEMORY = 2.5e9
"""What one run of the preset ``standard`` needs, in bytes."""

PATIENCE = 10
"""How long a scheduler may take to answer, in seconds."""

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "1",
)
"""Runs side by side are fastest with one thread each."""


class SweepError(errors.UserError):
    """The sweep cannot start."""


@dataclass(frozen=True)
class Outcome:
    """How a run of the sweep ended.

    Attributes
    ----------
    name : of the run's folder.
    error : German or the traceback; "" after success.
    log : what the run printed.
    seconds : how long it took.
    """

    name: str
    error: str
    log: tuple[str, ...]
    seconds: float


# ---------------------------------------------------------------- the grid


def read_grid(given: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Every combination of the values of a grid.

    Parameters
    ----------
    given : parameter → a value, a list ``4,8,12`` or a range ``1..3``; texts are never split.

    Returns
    -------
    name of the run → its parameters, and the names of the parameters that vary.

    Raises
    ------
    config.ConfigError
        If a value is not allowed, the runs are too many, or two of them have the same name.
    """
    values = {name: _split(name, text) for name, text in given.items()}
    swept = [name for name, listed in values.items() if len(listed) > 1]
    n_runs = 1
    for listed in values.values():
        n_runs *= len(listed)
    if n_runs > MOST_RUNS:
        raise _too_many(n_runs)
    points = [dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())]
    runs = {config.load_config(point).run_name(): point for point in points}
    if len(runs) < len(points):
        raise config.ConfigError(
            "Zwei Läufe hätten denselben Namen. Jeder Wert darf nur einmal vorkommen, und mehrere "
            "Werte haben nur Parameter, die ein Netz neu trainieren (siehe inpainting parameter)."
        )
    return {config.check_run_name(name): point for name, point in runs.items()}, swept


def _split(name: str, text: str) -> list[str]:
    parameter = config.PARAMETERS[name]
    if parameter.type is str and not parameter.choices:
        return [text]
    listed = []
    for part in text.split(","):
        if bounds := re.fullmatch(r"\s*([0-9]{1,10})\.\.([0-9]{1,10})\s*", part):
            first, last = map(int, bounds.groups())
            if last - first >= MOST_RUNS:
                raise _too_many(last - first + 1)
            listed += map(str, range(first, last + 1) or [part])  # an empty range is refused below
        else:
            listed.append(part.strip())
    for value in listed:
        parameter.parse(value)
    return listed


def _too_many(n_runs: int) -> config.ConfigError:
    return config.ConfigError(f"Das wären {n_runs} Läufe. Erlaubt sind höchstens {MOST_RUNS}.")


# ---------------------------------------------------------------- running


def run_sweep(
    runs: Mapping[str, Mapping[str, str]],
    results: Path,
    scheduler: str | None = None,
    n_workers: int | None = None,
    log: Log = print,
) -> list[Outcome]:
    """Run what is not finished yet.

    Parameters
    ----------
    runs : name → parameters, as from :func:`read_grid`.
    results : parent of the runs' folders; on a cluster, every worker sees it at the same path.
    scheduler : address of a Dask scheduler; None starts workers on this machine.
    n_workers : on this machine; None: as many as its cores and its memory allow.

    Returns
    -------
    The outcomes of the runs that were started; the log of a failed one lies in
    ``<name>.protokoll.txt`` beside the runs.

    Raises
    ------
    SweepError
        If Dask is not installed or the scheduler does not answer.
    """
    to_do = {name: dict(given) for name, given in runs.items() if not _is_finished(results / name)}
    if len(to_do) < len(runs):
        log(f"{len(runs) - len(to_do)} von {len(runs)} Läufen sind schon fertig.")
    if not to_do:
        return []
    distributed = _import_dask()
    _prepare_data(to_do.values(), log)
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(_connect(distributed, scheduler, n_workers, len(to_do), stack))
        futures = {
            client.submit(run_one, name, given, results, key=f"{name}-{time.time_ns()}"): name
            for name, given in to_do.items()
        }
        return list(_collect(distributed.as_completed(futures), futures, results, log))


def run_one(name: str, given: Mapping[str, str], results: Path) -> Outcome:
    """Make one run, in a Dask worker; whatever happens becomes an outcome."""
    from inpainting.runs import run

    if _is_finished(results / name):  # by a worker that died before it could say so
        return Outcome(name, "", (), 0.0)
    os.environ.update(ONE_THREAD)
    lines: list[str] = []
    error, started = "", time.perf_counter()
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # bars of many runs would mix
            run.run_report(given, name, lines.append, results)
    except errors.UserError as problem:
        error = str(problem)
    except Exception:
        error = traceback.format_exc()
    return Outcome(name, error, tuple(lines), time.perf_counter() - started)


def _collect(completed, futures: Mapping, results: Path, log: Log):
    from tqdm import tqdm

    bar = tqdm(total=len(futures), desc="Läufe", file=sys.stderr, disable=not sys.stderr.isatty())
    with bar:
        for number, future in enumerate(completed, 1):
            problem = future.exception()  # the worker died again and again
            name = futures[future]
            outcome = Outcome(name, repr(problem), (), 0.0) if problem else future.result()
            protocol = results / f"{name}.protokoll.txt"
            protocol.unlink(missing_ok=True)
            if outcome.error:
                write_file(protocol, "\n".join([*outcome.log, outcome.error, ""]))
            end = f"gescheitert, siehe {protocol.name}" if outcome.error else "fertig"
            with bar.external_write_mode(file=sys.stdout):
                log(f"{number}/{len(futures)} {name}: {end} ({outcome.seconds:.0f} s)")
            bar.update()
            yield outcome


def _is_finished(folder: Path) -> bool:
    """Folders of runs are written whole or not at all."""
    return (folder / "run.json").exists()


def _prepare_data(points, log: Log) -> None:
    """Fetch once what all workers read; make relative paths good for all of them."""
    from inpainting import data

    for point in points:
        if point.get("data_path"):
            point["data_path"] = str(Path(point["data_path"]).expanduser().absolute())
    settings = [config.load_config(point) for point in points]
    for name, path in {(chosen.dataset, chosen.path_to_data()) for chosen in settings}:
        data.load_dataset(name, path, log)


def _import_dask():
    try:
        import distributed
    except ImportError:
        raise SweepError(
            "Für diesen Befehl fehlt das Paket distributed. Es gehört zum Extra sweep: "
            "pip install -e .[sweep]"
        ) from None
    return distributed


def _connect(distributed, scheduler: str | None, n_workers: int | None, n_runs: int, stack):
    if scheduler is None:
        from dask.system import CPU_COUNT
        from distributed.system import MEMORY_LIMIT

        fitting = max(1, min(CPU_COUNT, int(MEMORY_LIMIT // RUN_MEMORY)))
        cluster = distributed.LocalCluster(
            n_workers=min(n_workers or fitting, n_runs),
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        )
        return distributed.Client(stack.enter_context(cluster))
    try:
        return distributed.Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise SweepError(
            f"Der Scheduler „{errors.short(scheduler)}“ antwortet nicht ({errors.short(str(error))}). "
            "Erlaubt ist eine Adresse wie tcp://rechner:8786; gestartet wird er mit: dask scheduler"
        ) from None
