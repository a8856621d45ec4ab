"""Scoring other people's ``.keras`` files by the benchmark, each in a process of its own.

The parent writes images and masks to a temporary folder and watches; the child loads one model
in Keras' safe mode, predicts, and leaves per-image scores as plain arrays.  Nothing that a child
leaves is unpickled, and a child that breaks, hangs or grows too large takes nothing with it.
"""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from inpainting import config, data, evaluation, masks, narrative
from inpainting.data import Split
from inpainting.evaluation import Estimate
from inpainting.report.files import write_file

Log = Callable[[str], None]

KINDS = {"bild": [3], "bild+maske": [4], "unser": [1, 3]}
"""Kind of input → channels of the model's inputs, sorted."""

RANGES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}

CHUNK, BATCH = 1000, 250
"""Images scored, and predicted, at once; they bound the memory."""

TOLERANCE = 1e-6
"""How far outside [0, 1] a value counts as inside: rounding."""

CHILD = (sys.executable, "-P", "-m", "inpainting.submissions")
"""Command of a child; -P keeps files of the working folder from being imported."""

WATCH_S = 0.1
"""How often a child's memory and time are looked at, in seconds."""

COLUMNS = {"hole_psnr_pooled": 2, "hole_psnr_mean": 2, "ssim": 4, "hole_mae": 2}
"""Figures of the tables, and their digits."""

TITLES = ("Loch-PSNR gepoolt (dB)", "Loch-PSNR Mittel (dB)", "SSIM", "MAE (Graustufen)")


class SubmissionError(config.UserError):
    """A model that cannot be scored, or a call for models that are not there."""


@dataclass(frozen=True)
class Interface:
    """What a model takes and gives.

    Attributes
    ----------
    input : one of :data:`KINDS`, or "auto": seen from the model's input shapes.
    hole_value : what stands in the image's holes, in the model's own range.
    range : one of :data:`RANGES`, of the image and of the output.
    mask_polarity : "loch=1" or "loch=0".
    """

    input: str = "auto"
    hole_value: float = 0.0
    range: str = "0..1"
    mask_polarity: str = "loch=1"


@dataclass(frozen=True)
class Limits:
    """What each model may use: wall time in seconds, resident memory in bytes."""

    seconds: float = 900.0
    memory: float = 4e9


@dataclass(frozen=True)
class Result:
    """What became of one model.

    Attributes
    ----------
    name : the file's, as far as it tells the models apart; or a baseline's.
    error : German reason why there are no figures; "" if there are.
    kind : of input, see :data:`KINDS`; "" for a baseline.
    figures : suite → figure → Estimate, as :func:`inpainting.evaluation.summarise` gives.
    output : suite → "outside", "nan" (shares of the hole's values), "minimum", "maximum" (in
        [0, 1] units, before clipping).
    seconds : wall time, loading included.
    """

    name: str
    error: str = ""
    kind: str = ""
    figures: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    output: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0


# ---------------------------------------------------------------- the whole


def evaluate_files(
    paths: Sequence[Path],
    suites: Sequence[str] | None,
    options: Mapping,
    with_baselines: bool,
    targets: tuple[Path | None, Path | None],
    log: Log = print,
    data_path: Path | None = None,
) -> list[Result]:
    """Score models on CIFAR-10 and write the figures; see :func:`evaluate_models`.

    Parameters
    ----------
    suites : names of mask suites; None for the benchmark's six.
    options : "split", "images" (0 for all), "minutes", "memory" (GB) and the fields of
        :class:`Interface`.
    targets : files for JSON and CSV, None for neither; written whole, when all is scored.
    data_path : see :func:`inpainting.data.load_dataset`.

    Raises
    ------
    SubmissionError, masks.MaskError, data.DataError
        On bad input, before any model is loaded.
    """
    find_models(paths)
    for target in filter(None, targets):
        if target.is_dir() or not os.access(target.parent, os.W_OK):
            raise SubmissionError(
                f"Die Datei „{target}“ lässt sich nicht schreiben. Erlaubt ist ein Dateiname in "
                "einem Ordner, den es gibt und der beschreibbar ist."
            )
    n = options["images"] or masks.SUITE_LENGTH[options["split"]]
    holes = {name: masks.suite_masks(name, n, options["split"]) for name in suites or masks.SUITES}
    dataset = data.load_dataset(config.CIFAR10, data_path, log)
    split = getattr(dataset, options["split"])
    interface = Interface(**{key: options[key] for key in Interface.__dataclass_fields__})
    limits = Limits(60 * options["minutes"], 1e9 * options["memory"])
    results = evaluate_models(
        paths, Split(split.images[:n], split.labels[:n]), holes, interface, limits,
        with_baselines, log,
    )  # fmt: skip
    for target, text in zip(
        targets, (to_json(results, dict(options)), to_csv(results)), strict=True
    ):
        if target:
            write_file(target, text)
    return results


# ---------------------------------------------------------------- the parent


def find_models(paths: Sequence[Path]) -> dict[str, Path]:
    """The ``.keras`` files that are named, or lie in folders that are named, by short names.

    Folders are searched in depth.  The names are the paths as far as they differ.

    Raises
    ------
    SubmissionError
        If a path does not exist, is another file, or a folder holds no model.
    """
    found = []
    for path in map(Path, paths):
        inside = sorted(p for p in path.rglob("*.keras") if p.is_file()) if path.is_dir() else []
        if not inside and not (path.is_file() and path.suffix == ".keras"):
            problem = "enthält keine .keras-Datei" if path.is_dir() else "ist keine .keras-Datei"
            problem = problem if path.exists() else "gibt es nicht"
            raise SubmissionError(
                f"„{config.short(str(path))}“ {problem}. Erlaubt sind .keras-Dateien und Ordner, "
                "in denen welche liegen."
            )
        found += [p.resolve() for p in inside or [path]]
    found = list(dict.fromkeys(found))
    common = Path(os.path.commonpath([path.parent for path in found]))
    return {config.short(path.relative_to(common).as_posix()): path for path in found}


def evaluate_models(
    paths: Sequence[Path],
    split: Split,
    suites: dict[str, np.ndarray],
    interface: Interface = Interface(),
    limits: Limits = Limits(),
    with_baselines: bool = False,
    log: Log = print,
) -> list[Result]:
    """Score models, one process after another; best first, what failed last.

    Parameters
    ----------
    paths : ``.keras`` files, and folders that hold some.
    split : the images; all of them are used.
    suites : name → masks, uint8 array (N, 32, 32, 1); the first one ranks, unless there is
        "quadrat8".
    interface : of all models alike.
    with_baselines : add the mean colour and Telea.
    log : called with one German line per model and suite.

    Raises
    ------
    SubmissionError
        If there is no model at a path.
    """
    found = find_models(paths)
    results = []
    with tempfile.TemporaryDirectory(prefix="inpainting-") as folder:
        folder = Path(folder)
        np.save(folder / "images.npy", split.images)
        for suite, holes in suites.items():
            np.save(folder / f"masks-{suite}.npy", holes)
        for i, (name, path) in enumerate(found.items()):
            (folder / str(i)).mkdir()
            job = {"model": str(path), "suites": list(suites), **asdict(interface)}
            results.append(_watch(name, job, folder / str(i), limits, log))
    if with_baselines:
        results += _score_baselines(split, suites, log)
    return sorted(results, key=lambda result: (bool(result.error), -_rank_value(result)))


def _rank_value(result: Result) -> float:
    suite = ranking_suite(result.figures)
    return result.figures[suite]["hole_psnr_pooled"].value if suite else 0.0


def ranking_suite(suites) -> str:
    """The suite whose pooled hole PSNR ranks the models; "" if there is none."""
    return "quadrat8" if "quadrat8" in suites else next(iter(suites), "")


def _watch(name: str, job: dict, work: Path, limits: Limits, log: Log) -> Result:
    """Run one child, and end it when it exceeds its limits."""
    import psutil

    log(f"{name}: wird geladen …")
    path = os.pathsep.join([str(config.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    started = time.monotonic()
    problem, waiting = "", list(job["suites"])
    with (work / "stderr").open("wb") as stderr:
        child = subprocess.Popen(
            [*CHILD, json.dumps(job)], cwd=work, env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr,
        )  # fmt: skip
    process = psutil.Process(child.pid)
    try:
        while child.poll() is None and not problem:
            time.sleep(WATCH_S)
            problem = _exceeded(process, time.monotonic() - started, limits)
            while waiting and (work / f"{waiting[0]}.npy").exists():
                took = narrative.duration(time.monotonic() - started)
                log(f"{name}: {waiting.pop(0)} ist bewertet (seit Beginn {took})")
    finally:
        _end(process)
        child.communicate()
    seconds = time.monotonic() - started
    result = _read_result(name, job["suites"], work, seconds, problem, child.returncode)
    log(f"{name}: {result.error or 'fertig'}")
    return result


def _exceeded(process, seconds: float, limits: Limits) -> str:
    """German reason to end a child; "" if there is none."""
    import psutil

    if seconds > limits.seconds:
        return f"nach {narrative.duration(limits.seconds)} nicht fertig und abgebrochen"
    with contextlib.suppress(psutil.Error):
        if process.memory_info().rss > limits.memory:
            memory = narrative.quantity(limits.memory / 1e9, 1, "GB")
            return f"braucht mehr als {memory} Arbeitsspeicher und wurde abgebrochen"
    return ""


def _end(process) -> None:
    """Kill a process and its children, if they still run."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for running in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                running.kill()


def _read_result(
    name: str, suites: Sequence[str], work: Path, seconds: float, problem: str, code: int
) -> Result:
    if problem:
        return Result(name, problem, seconds=seconds)
    if not (work / "report.json").exists():
        last = (work / "stderr").read_text("utf-8", "replace").strip().splitlines()[-1:]
        reason = config.short("".join(last)) or "ohne Meldung"
        return Result(name, f"Prozess endete mit Code {code} ({reason})", seconds=seconds)
    try:
        report = json.loads((work / "report.json").read_text(encoding="utf-8"))
        figures = {
            suite: evaluation.summarise(
                evaluation.Scores(*np.load(work / f"{suite}.npy", allow_pickle=False))
            )
            for suite in ([] if report["error"] else suites)
        }
    except (OSError, ValueError, KeyError, TypeError):
        return Result(name, "hat keine gültigen Ergebnisse hinterlassen", seconds=seconds)
    return Result(name, report["error"], report["kind"], figures, report["output"], seconds)


def _score_baselines(split: Split, suites: dict[str, np.ndarray], log: Log) -> list[Result]:
    from inpainting import classical

    images = split.images / np.float32(255)
    results = []
    for label, fill in (classical.METHODS[key] for key in ("mittelwert", "telea")):
        started = time.monotonic()
        log(f"{label}: wird gerechnet …")
        figures = {
            suite: evaluation.summarise(evaluation.score(fill(images, holes), images, holes))
            for suite, holes in suites.items()
        }
        results.append(Result(label, figures=figures, seconds=time.monotonic() - started))
    return results


# ---------------------------------------------------------------- the child


def _run_child(job: dict, folder: Path) -> None:
    """Score one model; leaves ``report.json``, and ``SUITE.npy`` for each suite, in ``folder``."""
    report = {"error": "", "kind": "", "output": {}}
    interface = Interface(**{key: job[key] for key in Interface.__dataclass_fields__})
    try:
        from inpainting import models

        model = models.load_model(job["model"])
        report["kind"] = find_kind(model, interface)
        images = np.load(folder.parent / "images.npy")
        for suite in job["suites"]:
            holes = np.load(folder.parent / f"masks-{suite}.npy")
            scores, report["output"][suite] = score_model(
                model, report["kind"], interface, images, holes
            )
            buffer = io.BytesIO()
            np.save(buffer, np.stack(list(vars(scores).values())))
            write_file(folder / f"{suite}.npy", buffer.getvalue())
    except config.UserError as error:
        report["error"] = str(error).replace(job["model"], Path(job["model"]).name)
    except Exception as error:  # a foreign model can raise anything
        what = " ".join(str(error).split())
        report["error"] = f"rechnet nicht ({type(error).__name__}: {config.short(what)})"
    config.write_json(folder / "report.json", report)


def find_kind(model, interface: Interface = Interface()) -> str:
    """The kind of a model's input, see :data:`KINDS`, from its shapes or as stated.

    Raises
    ------
    SubmissionError
        If the shapes fit none, and none is stated.
    """
    if interface.input != "auto":
        return interface.input
    shapes = [tuple(tensor.shape) for tensor in getattr(model, "inputs", None) or ()]
    fits = all(
        len(shape) == 4 and {*shape[1:3]} <= {None, config.IMAGE_SIZE} and shape[3]
        for shape in shapes
    )
    channels = sorted(shape[3] for shape in shapes) if fits else []
    for kind, expected in KINDS.items():
        if channels == expected:
            return kind
    raise SubmissionError(
        f"hat Eingaben der Form {', '.join(map(str, shapes)) or 'unbekannt'}; erlaubt sind ein Bild "
        "(32, 32, 3), Bild und Maske in einem (32, 32, 4) oder zwei Eingaben (32, 32, 3) und "
        "(32, 32, 1)"
    )


def score_model(
    model, kind: str, interface: Interface, images: np.ndarray, holes: np.ndarray
) -> tuple[evaluation.Scores, dict[str, float]]:
    """Predict and score; the prediction is clipped and composited, NaN counts as 0.

    Parameters
    ----------
    kind : one of :data:`KINDS`.
    images : uint8 array, (N, 32, 32, 3).
    holes : uint8 array, (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    The scores, and the range of the output in the holes, see :class:`Result`.

    Raises
    ------
    SubmissionError
        If the output has another shape than the images.
    """
    scores, counts, extremes = [], np.zeros(3), []
    for i in range(0, len(images), CHUNK):
        truth = images[i : i + CHUNK] / np.float32(255)
        hole = holes[i : i + CHUNK]
        inputs = _arrange_inputs(model, kind, interface, truth, hole)
        output = model.predict(inputs, batch_size=BATCH, verbose=0)
        if getattr(output, "shape", None) != truth.shape:
            shape = getattr(output, "shape", (None, "mehrere Ausgaben"))[1:]
            raise SubmissionError(f"hat die Ausgabe {shape}; erlaubt ist ein Bild (32, 32, 3)")
        low, high = RANGES[interface.range]
        predictions = (np.asarray(output, np.float32) - low) / np.float32(high - low)
        values = predictions[hole[..., 0] == 1]
        nan = np.isnan(values)
        outside = (values < -TOLERANCE) | (values > 1 + TOLERANCE)
        counts += nan.sum(), outside.sum(), values.size
        extremes += [values[~nan].min(), values[~nan].max()] if not nan.all() else []
        scores.append(evaluation.score(np.nan_to_num(predictions, nan=0.0), truth, hole))
    columns = zip(*(vars(part).values() for part in scores), strict=True)
    limits = np.float32(extremes or [0])
    about = {"nan": counts[0] / counts[2], "outside": counts[1] / counts[2],
             "minimum": _finite(limits.min()), "maximum": _finite(limits.max())}  # fmt: skip
    return evaluation.Scores(*map(np.concatenate, columns)), about


def _finite(value: float) -> float:
    """Infinity as the largest number, which JSON can hold."""
    return float(np.nan_to_num(value))


def _arrange_inputs(model, kind: str, interface: Interface, truth, hole):
    """The model's inputs: the true image never goes in, only what stands outside the holes."""
    low, high = RANGES[interface.range]
    masked = np.where(hole, np.float32(interface.hole_value), truth * np.float32(high - low) + low)
    masked = masked.astype(np.float32)
    mask = (hole if interface.mask_polarity == "loch=1" else 1 - hole).astype(np.float32)
    if kind == "bild":
        return masked
    if kind == "bild+maske":
        return np.concatenate([masked, mask], axis=-1)
    return [mask if tensor.shape[-1] == 1 else masked for tensor in model.inputs]


# ---------------------------------------------------------------- tables and files


def render_results(results: Sequence[Result]) -> str:
    """The ranking, a table with intervals for each suite, and what is to be said, as text."""
    scored = [result for result in results if not result.error]
    suites = list(scored[0].figures) if scored else []
    parts = []
    if scored:
        ranks = _ranks(scored)
        header = ["Rang", "Modell", "Eingabe", *suites, "Zeit"]
        pooled = [
            [narrative.number(r.figures[s]["hole_psnr_pooled"].value, 2) for s in suites]
            for r in scored
        ]
        rows = [
            [str(ranks.get(r.name, "–")), r.name, r.kind or "–", *values,
             narrative.duration(r.seconds)]
            for r, values in zip(scored, pooled, strict=True)
        ]  # fmt: skip
        table = narrative.Table(header, rows, align="rll" + "r" * (len(suites) + 1))
        parts.append(f"{TITLES[0]}, Rang nach {ranking_suite(suites)}\n\n{table.to_terminal()}")
    for suite in suites:
        rows = [
            [r.name, *(narrative.interval(r.figures[suite][key], n) for key, n in COLUMNS.items())]
            for r in scored
        ]
        table = narrative.Table(["Modell", *TITLES], rows)
        parts.append(f"{suite}, mit 95-%-Intervallen\n\n{table.to_terminal()}")
    notes = [note for result in results for note in _notes(result)]
    return "\n\n".join(parts + (["\n".join(notes)] if notes else []))


def _ranks(results: Sequence[Result]) -> dict[str, int]:
    """1, 2, … for the models that were scored; baselines and failures have none."""
    ranked = [result.name for result in results if result.kind and not result.error]
    return {name: rank for rank, name in enumerate(ranked, 1)}


def _notes(result: Result) -> list[str]:
    if result.error:
        return [f"Gescheitert: {result.name}: {result.error}"]
    notes = []
    for suite, about in result.output.items():
        if about["outside"]:
            low, high = (narrative.number(about[key], 3) for key in ("minimum", "maximum"))
            notes.append(
                f"{result.name}: {suite}: {narrative.percent(about['outside'], 2)} der Werte im "
                f"Loch liegen außerhalb des Wertebereichs (auf 0..1 bezogen {low} bis {high}); sie "
                "wurden beschnitten."
            )
        if about["nan"]:
            notes.append(
                f"{result.name}: {suite}: {narrative.percent(about['nan'], 2)} der Werte im Loch "
                "sind keine Zahlen (NaN); sie zählen als 0."
            )
    return notes


def to_json(results: Sequence[Result], options: Mapping) -> str:
    """All figures and the options that they depend on, as JSON; NaN becomes null."""
    ranks = _ranks(results)
    models = [{"rank": ranks.get(result.name), **asdict(result)} for result in results]
    return json.dumps(
        _without_nan({"options": options, "models": models}), indent=1, ensure_ascii=False
    )


def _without_nan(value):
    if isinstance(value, dict):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_nan(entry) for entry in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def to_csv(results: Sequence[Result]) -> str:
    """One row per model and suite, a failed model in one row; names that a spreadsheet would
    take for formulas get an apostrophe.
    """
    header = ["model", "error", "input", "suite"]
    header += [f"{key}{end}" for key in evaluation.FIGURES for end in ("", "_low", "_high")]
    ranges = ["outside", "nan", "minimum", "maximum"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, *ranges, "seconds"])
    for result in results:
        name = f"'{result.name}" if result.name[0] in "=+-@" else result.name
        for suite in result.figures or [""]:
            row = [name, result.error, result.kind, suite]
            for key in evaluation.FIGURES:
                row += vars(result.figures[suite][key]).values() if suite else [""] * 3
            row += [result.output.get(suite, {}).get(key, "") for key in ranges]
            writer.writerow([*row, round(result.seconds, 1)])
    return text.getvalue()


if __name__ == "__main__":
    # the parent holds the other end of stdin: a child never outlives it
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
    _run_child(json.loads(sys.argv[1]), Path.cwd())
