"""The finished runs: a list with their headline figures, and two of them side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inpainting import config, errors, files
from inpainting.german import numbers
from inpainting.german.numbers import Table
from inpainting.measuring.evaluation import Estimate

SUITE, FIGURE = "quadrat8", "hole_psnr_pooled"
"""The headline: every run measures this suite, whatever holes it trained on."""

LEGEND = f"Zahlen: Loch-PSNR in dB, gepoolt, Suite {SUITE}, zusammengesetzt."

ENVIRONMENT = {
    "data_sha256": "Daten (SHA-256)",
    "package_sha256": "Programm (SHA-256)",
    "platform": "System",
    "processor": "Prozessor",
    "n_cores": "Kerne",
    "python": "Python",
}
"""What ``run.json`` says about the surroundings of a run, with German names."""

PAIRED = "B − A gepaart, mit 95-%-Intervall, wo der Modellspeicher die Werte je Bild von beiden Läufen hält."


READING_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What is raised where a run's files are damaged or of another form."""


class RunsError(errors.UserError):
    """A folder is no finished run."""


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes
    ----------
    folder : where it lies.
    record : its ``run.json``.
    figures : suite → method → figure → Estimate.
    n_images : method → images of each suite that it was measured on, the first of the split.
    """

    folder: Path
    record: Mapping
    figures: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    n_images: Mapping[str, int]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def parameters(self) -> dict:
        return self.record["parameters"]

    def best(self, of_networks: bool) -> tuple[str, Estimate] | None:
        """Method and headline figure of the best network's mean answer, or of the best without one."""
        found = {
            method: figures[FIGURE]
            for method, figures in self.figures[SUITE].items()
            if is_network(method) == of_networks and not method.endswith(numbers.SAMPLED)
        }
        return max(found.items(), key=lambda pair: pair[1].value) if found else None


def is_network(method: str) -> bool:
    """Whether a method of the benchmark is a trained network that gives its mean answer."""
    return method in (*numbers.OLD, *numbers.OURS)


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Raises
    ------
    RunsError
        If the folder is missing, or its files are damaged or of another form.
    """
    try:
        record, metrics = (files.read_json(folder / name) for name in ("run.json", "metrics.json"))
        run = Run(folder, record, numbers.read_all_figures(metrics), metrics["n_images"])
        _refuse_foreign(run)
    except READING_ERRORS as error:
        reason = (
            f"{Path(error.filename or '').name} {errors.reason(error)}"
            if isinstance(error, OSError)
            else "seine Dateien sind beschädigt oder aus einer anderen Fassung"
        )
        raise RunsError(
            f"Der Ordner „{errors.short(folder.name)}“ ist kein fertiger Lauf: {reason}. Läufe "
            "zählt „inpainting runs“ auf."
        ) from None
    return run


def _refuse_foreign(run: Run) -> None:
    """Miss here what a list or a comparison of runs would miss.

    Raises
    ------
    One of :data:`READING_ERRORS`
        If something is missing, or of another type.
    """
    record = run.record
    texts = [*_row(run), record["data_sha256"], *record["versions"], *map(str, record["versions"].values())]
    texts += [run.parameters["dataset"], run.parameters["authors"], *run.figures]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    if not all(isinstance(n, int) for n in run.n_images.values()):
        raise TypeError("a number of images is none")
    for methods in run.figures.values():
        for figures in methods.values():
            for estimate in figures.values():
                numbers.interval(estimate)


def find_runs(results: Path) -> tuple[list[Run], list[str]]:
    """All finished runs, the newest first, and why the other folders are none."""
    runs, others = [], []
    for folder in sorted(results.glob("[!.]*/")):
        try:
            runs.append(read_run(folder))
        except RunsError as error:
            others.append(str(error))
    return sorted(runs, key=lambda run: run.record["computed_at"], reverse=True), others


def runs_table(runs: list[Run]) -> Table:
    """Date, parameters and headline figures (see :data:`LEGEND`) of every run."""
    header = ["Lauf", "Datum", "Voreinstellung", "anders", "bestes Netz", "ohne Lernen"]
    return Table(header, [_row(run) for run in runs], "llllll")


def _row(run: Run) -> list[str]:
    moment = datetime.fromisoformat(run.record["computed_at"]).astimezone()
    changed = (f"{name} = {run.parameters[name]}" for name in run.record["changed"])
    best = (
        f"{numbers.number(found[1].value, 2)} {numbers.LABELS[found[0]]}" if found else "–"
        for found in (run.best(of_networks=True), run.best(of_networks=False))
    )
    return [
        run.name,
        f"{moment:%d.%m.%Y %H:%M}",
        run.parameters["preset"],
        ", ".join(changed) or "–",
        *best,
    ]


# ---------------------------------------------------------------- two runs


def compare_runs(a: Run, b: Run, store: Path = config.MODELS) -> Iterator[str]:
    """German paragraphs and tables: what two runs have not in common, and their figures.

    Parameters
    ----------
    store : where scores image by image may lie, for paired differences.
    """
    names = [f"{a.name} (A)", f"{b.name} (B)"]
    changed = parameter_differences(a.parameters, b.parameters)
    for title, rows in (
        ("Parameter", changed),
        ("Umgebung", environment_differences(a.record, b.record)),
    ):
        differ = Table([title, *names], rows, "lll").to_terminal()
        yield differ if rows else f"{title}: in beiden Läufen gleich."
    if a.record["data_sha256"] != b.record["data_sha256"]:
        yield "Achtung: Die Läufe messen auf verschiedenen Daten; ihre Zahlen sind nicht vergleichbar."
    for suite in a.figures:
        if suite in b.figures:
            yield f"Suite {suite}, Loch-PSNR gepoolt (dB), mit 95-%-Intervall:"
            yield _figures_table(a, b, suite, store).to_terminal()
    yield PAIRED


def parameter_differences(a: Mapping, b: Mapping) -> list[list[str]]:
    """Name and both values of every parameter in which two runs differ."""
    return _differences({name: name for name in config.PARAMETERS}, a, b)


def environment_differences(a: Mapping, b: Mapping) -> list[list[str]]:
    """German name and both values of everything else in which two records differ."""
    versions = {name: name for name in sorted({*a["versions"], *b["versions"]})}
    return _differences(ENVIRONMENT, a, b) + _differences(versions, a["versions"], b["versions"])


def _differences(labels: Mapping[str, str], a: Mapping, b: Mapping) -> list[list[str]]:
    return [
        [label, *(str(record.get(key, "–"))[:40] or "–" for record in (a, b))]
        for key, label in labels.items()
        if a.get(key) != b.get(key)
    ]


def _figures_table(a: Run, b: Run, suite: str, store: Path) -> Table:
    rows = []
    for method in numbers.LABELS:
        pair = [run.figures[suite].get(method, {}).get(FIGURE) for run in (a, b)]
        if any(pair):
            gap = _difference(a, b, suite, method, store) if all(pair) else "–"
            shown = [numbers.interval(estimate) if estimate else "–" for estimate in pair]
            rows.append([numbers.LABELS[method], *shown, gap])
    return Table(["Verfahren", "A", "B", "B − A"], rows)


def _difference(a: Run, b: Run, suite: str, method: str, store: Path) -> str:
    """B − A, paired where the scores of both runs are in the store."""
    from inpainting.measuring import benchmark, evaluation, survey

    values = [run.figures[suite][method][FIGURE].value for run in (a, b)]
    known_by = [run.figures[suite][method]["hole_psnr_mean"].value for run in (a, b)]
    scores = [survey.find_scores(suite, method, mean, store / benchmark.SCORES) for mean in known_by]
    if all(scores) and a.record["data_sha256"] == b.record["data_sha256"]:
        return numbers.signed(evaluation.paired_difference(scores[1], scores[0], FIGURE))
    return numbers.number(values[1] - values[0], 2, sign=True)
