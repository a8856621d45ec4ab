"""The command ``inpainting``: thin, German, and quick to start.

Each command is a function with its line of the table written above it; the frame around them is
:mod:`inpainting.console`.  A command imports what it needs when it runs, so ``inpainting --help``
stays instant.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from inpainting import config, errors
from inpainting.console import command, complain, main, option, path, say, switch, typed
from inpainting.training import recipes

# ---------------------------------------------------------------- a report and what comes of it

RESULTS = path("--results ORDNER", "Ordner der Ergebnisse (sonst: results)", default=config.RESULTS)
RETRAIN = switch("--retrain", "trainiert jedes Netz neu, auch wenn es gespeichert ist")
DATA_PATH = path("--data-path PFAD", "Ordner oder Archiv mit CIFAR-10, das schon da ist")
RUN = path(
    "folder ORDNER", "Ordner des Laufs (sonst: results/standard, ohne ihn results/referenz)", nargs="?"
)


@command(
    "rechnet das Notebook und schreibt den Bericht nach results/<name>/",
    option("-p NAME WERT", "Parameter, auch mehrfach", dest="pairs", action="append", default=[]),
    path("-f DATEI", "Parameter als YAML", dest="file"),
    option("--name NAME", "Name des Ergebnisordners"),
    RESULTS,
    RETRAIN,
    *(option(f"{p.flag} WERT", p.help, dest=f"p_{p.name}") for p in config.PARAMETERS.values()),
)
def report(known) -> int:
    given = config.read_parameter_file(known.file) if known.file else {}
    given |= {name.replace("-", "_"): value for name, value in known.pairs}
    given |= _stated(known)
    config.load_config(given)  # refuse bad input before anything slow is imported
    if known.name is not None:
        config.check_run_name(known.name)

    from inpainting.runs import run

    folder = run.run_report(given, known.name, say, known.results.absolute(), known.retrain)
    if _print_criteria(folder):
        say("Der Bericht ist fertig, verfehlt aber Kriterien des Kurses (siehe Tabelle).")
    return 0


@command(
    "rechnet den Referenzlauf neu, der zum Projekt gehört: results/referenz",
    RETRAIN,
    switch("--render", "rendert ihn nur, rechnet nicht"),
)
def referenz(known) -> int:
    from inpainting.runs import run

    if known.render:
        run.render_again(config.REFERENCE, log=say, is_reference=True)
    else:
        run.run_reference(say, known.retrain)
    return int(_print_criteria(config.REFERENCE))


@command(
    "rendert einen fertigen Lauf neu: HTML, PDF, Folien",
    RUN,
    switch("--code", "dazu bericht_mit_code.pdf mit dem Code im Text"),
)
def render(known) -> int:
    from inpainting.runs import run

    run.render_again(_folder(known), known.code, say)
    return 0


@command("prüft einen fertigen Bericht gegen die Regeln des Kurses", RUN)
def check(known) -> int:
    return int(_print_criteria(_folder(known)))


@command("zeigt die Kennzahlen eines fertigen Berichts als Tabelle", RUN)
def kennzahlen(known) -> int:
    from inpainting import files
    from inpainting.german import numbers
    from inpainting.runs.listing import READING_ERRORS

    folder = _folder(known)
    try:
        metrics = files.read_json(folder / "metrics.json")
        tables = {
            suite: numbers.benchmark_table(figures)
            for suite, figures in numbers.read_all_figures(metrics).items()
        }
    except READING_ERRORS as error:
        is_os = isinstance(error, OSError)
        reason = errors.reason(error) if is_os else "metrics.json hat einen anderen Aufbau"
        raise config.ConfigError(
            f"Die Kennzahlen in „{folder}“ sind nicht lesbar: {reason}. Erlaubt ist der "
            "Ordner eines fertigen Laufs unter results."
        ) from None
    for suite, table in tables.items():
        say(f"Suite {suite}\n\n{table.to_markdown()}\n")
    return 0


@command("packt PDF, Notebook, Code und Prüfsummen in eine ZIP-Datei", RUN)
def abgabe(known) -> int:
    from inpainting.runs import handin

    folder = _folder(known)
    say(f"Geschrieben: {handin.write_submission(folder, folder / 'abgabe.zip')}")
    return 0


@command(
    "rechnet die Zahlen des Referenzlaufs nach und urteilt",
    path("folder ORDNER", "Ordner des Laufs (sonst: results/referenz)", nargs="?", default=config.REFERENCE),
    switch("--alles", "alle Maskensätze, nicht nur quadrat8"),
    switch("--retrain", "trainiert die Netze dafür von Grund auf"),
)
def verify(known) -> int:
    from inpainting.runs import listing

    run = listing.read_run(_folder(known))
    from inpainting.runs import verification  # imports TensorFlow

    suites = run.figures if known.alles else [listing.SUITE]
    comparisons = verification.verify_run(run, suites, known.retrain, say)
    say(f"\n{verification.render_verdict(run, comparisons)}")
    return int(not all(comparison.is_met for comparison in comparisons))


@command(
    "zählt die fertigen Läufe auf oder vergleicht zwei",
    option("names LAUF", "zwei Läufe, die verglichen werden; ohne: alle aufzählen", nargs="*"),
    RESULTS,
)
def runs(known) -> int:
    from inpainting.runs import listing

    if len(known.names) not in (0, 2):
        raise config.ConfigError(
            "Verglichen werden genau zwei Läufe: inpainting runs A B. Ohne Namen zählt der Befehl alle auf."
        )
    if known.names:
        for paragraph in listing.compare_runs(*(listing.read_run(known.results / n) for n in known.names)):
            say(f"{paragraph}\n")
        return 0
    found, others = listing.find_runs(known.results)
    table = f"{listing.runs_table(found).to_terminal()}\n\n{listing.LEGEND}"
    say(table if found else "Es gibt noch keinen fertigen Lauf.")
    for line in others:
        say(line)
    return 0


@command(
    "rechnet ein Raster von Läufen mit Dask und vergleicht sie",
    option("--scheduler ADRESSE", "laufender Dask-Scheduler, etwa tcp://rechner:8786; sonst dieser Rechner"),
    option("--workers ZAHL", "Prozesse auf diesem Rechner; sonst nach Kernen und Speicher"),
    RESULTS,
    *(
        option(f"{p.flag} WERTE", f"{p.help}; auch 4,8,12 oder 1..3", dest=f"p_{p.name}")
        for p in config.PARAMETERS.values()
    ),
)
def sweep(known) -> int:
    from inpainting.runs import sweep

    grid, swept = sweep.read_grid(_stated(known))
    n_workers = known.workers and _read_numbers("--workers", known.workers, 1, 999, most=1)[0]
    results = known.results.absolute()
    outcomes = sweep.run_sweep(grid, results, known.scheduler, n_workers, say)
    failed = {outcome.name: outcome.error for outcome in outcomes if outcome.error}
    for name, error in failed.items():
        say(f"\nGescheitert ist {name}: {error}")

    from inpainting.runs import comparison, listing

    found = [listing.read_run(results / name) for name in grid if name not in failed]
    if found:
        names = "_".join(["vergleich", *(name.replace("_", "-") for name in swept)])
        comparison.write_comparison(found, swept, failed, results / f"{names}.html")
        say(f"Vergleich: {results / names}.html")
    return int(bool(failed))


def _folder(known) -> Path:
    """The run that a command is about: the one that is named, the user's own, or the reference."""
    if known.folder:
        return known.folder.absolute()
    own = config.RESULTS / "standard"
    return own if own.is_dir() else config.REFERENCE


def _stated(known) -> dict[str, str]:
    """The parameters that stand on the command line as options."""
    options = {name: getattr(known, f"p_{name}") for name in config.PARAMETERS}
    return {name: value for name, value in options.items() if value is not None}


def _print_criteria(folder: Path) -> bool:
    """Show the table of the course's criteria; True if one is not met."""
    from inpainting.runs import check

    criteria = check.check_run(folder)
    say(check.render_table(criteria))
    return not all(criterion.verdict for criterion in criteria)


# ---------------------------------------------------------------- training and measuring

TRAINING_TIME = config.Parameter(
    "minutes", 10.0, "Rechenzeit des Trainings in Minuten", minimum=0.1, maximum=10_000
)
OWN_NETWORK = config.Parameter("network", "kompakt", "Netz", choices=tuple(recipes.OWN))


@command(
    "trainiert kompakt oder gruendlich mit der ganzen Rechenzeit ihres Rezepts",
    option("--network NETZ", "kompakt (sonst) oder gruendlich", default="kompakt"),
    option("--minutes ZAHL", "Rechenzeit, vor dem Training in eine feste Zahl von Epochen umgerechnet"),
    RETRAIN,
    DATA_PATH,
)
def train(known) -> int:
    minutes = known.minutes and TRAINING_TIME.parse(known.minutes)
    name = OWN_NETWORK.parse(known.network)

    from inpainting import data
    from inpainting.training import store, tasks

    dataset = data.load_dataset(config.CIFAR10, known.data_path, say)
    recipe = recipes.OWN[name]
    if minutes:
        recipe = tasks.calibrate(recipe, dataset, minutes, store.native_precision())
        say(f"Die Rechenzeit reicht für {recipe.epochs} Epochen.")
    trained = store.load_or_train(recipe, dataset, say, retrain=known.retrain)
    say(f"Das Netz liegt in {trained.folder}.")
    return 0


@command(
    "rechnet die Leiter vom Netz von 2025 zum besten Netz, je eine Änderung",
    option("--seeds ZAHLEN", "Startwerte, auch 1,2,5 (sonst: 1..3)", default="1..3"),
    option("--steps ZAHL", "Schritte je Training (sonst: 1200)"),
    option("--factors ZAHLEN", "Vielfache der Schritte für kompakt (sonst: 2,4; keine: 1)", default="2,4"),
    option("--dataset NAME", "cifar10 (sonst) oder stichprobe", default=config.CIFAR10),
    path("--output DATEI", "Datei der Ergebnisse (sonst: results/ladder.json)"),
    DATA_PATH,
)
def ladder(known) -> int:
    seeds = _read_numbers("--seeds", known.seeds, 0, 2**31 - 1, most=20)
    factors = _read_numbers("--factors", known.factors, 1, 64, most=8)
    steps = known.steps and _read_numbers("--steps", known.steps, 10, 100_000, most=1)[0]
    name = config.PARAMETERS["dataset"].parse(known.dataset)

    from inpainting import data
    from inpainting.german import ladder as german
    from inpainting.measuring import climbing, ladder

    path = known.output.absolute() if known.output else ladder.RESULTS
    dataset = data.load_dataset(name, known.data_path, say)
    climbing.climb(dataset, seeds, steps or ladder.STEPS, factors, path, say)
    results = ladder.load_results(path)
    taught = german.describe_ladder(results).replace(" (@abb:leiter)", "")
    say(f"\n{german.ladder_table(results).to_terminal()}\n\n{taught}")
    return 0


def _read_numbers(option: str, text: str, least: int, highest: int, most: int) -> list[int]:
    """Whole numbers from text as ``4`` or, for ``most`` above 1, ``1,2,5`` or ``1..3``."""
    numbers: list[int] = []
    for part in text.split(","):
        bounds = re.fullmatch(r"\s*([0-9]{1,10})(?:\.\.([0-9]{1,10}))?\s*", part)
        first, last = (int(bounds[1]), int(bounds[2] or bounds[1])) if bounds else (1, 0)
        if not least <= first <= last <= highest or len(numbers) + last - first >= most:
            many = f", höchstens {most}, wie 1,2,5 oder 1..3" if most > 1 else ""
            raise config.ConfigError(
                f"Die Option {option} hat den Wert „{errors.short(text)}“. Erlaubt sind ganze Zahlen "
                f"von {least} bis {highest}{many}."
            )
        numbers += range(first, last + 1)
    return sorted(set(numbers))


INPUTS, RANGES = ("auto", "bild", "bild+maske", "unser"), ("auto", "0..1", "-1..1", "0..255")
SCORING = (
    config.Parameter("split", "validation", "validation oder test", choices=("validation", "test")),
    config.Parameter("images", 0, "die ersten N Bilder; 0: alle", maximum=10_000),
    config.Parameter(
        "input", "auto", "Eingabe: bild, bild+maske, unser (zwei Eingaben) oder auto", choices=INPUTS
    ),
    config.Parameter(
        "range",
        "auto",
        "Wertebereich von Ein- und Ausgabe: 0..1, -1..1, 0..255 oder auto, also erprobt",
        choices=RANGES,
    ),
    config.Parameter(
        "mask_polarity",
        "auto",
        "Bedeutung der Maske: loch=1, loch=0 oder auto, also erprobt",
        choices=("auto", "loch=1", "loch=0"),
    ),
    config.Parameter(
        "minutes", 15.0, "höchste Rechenzeit je Modell in Minuten", minimum=0.01, maximum=10_000
    ),
    config.Parameter("memory", 4.0, "höchster Arbeitsspeicher je Modell in GB", minimum=0.1, maximum=1000),
)
"""How a benchmark measures foreign models."""

HOLE_VALUE = config.Parameter(
    "hole_value", 0.0, "Wert im Loch, im Wertebereich des Modells", minimum=-1e6, maximum=1e6
)

BENCHMARK = (config.PARAMETERS["dataset"], *SCORING[:2])


def _parsed(known, options: tuple[config.Parameter, ...]) -> dict:
    return {option.name: option.parse(getattr(known, option.name)) for option in options}


@command(
    "misst alle Verfahren auf allen Maskensätzen und bewahrt das Ergebnis auf",
    *map(typed, BENCHMARK),
    DATA_PATH,
)
def benchmark(known) -> int:
    options = _parsed(known, BENCHMARK)
    preset = "schnell" if options["dataset"] == config.SAMPLE else "standard"
    settings = config.load_config({"preset": preset})

    from inpainting import data
    from inpainting.german import numbers, verdicts
    from inpainting.measuring import benchmark, methods

    dataset = data.load_dataset(settings.dataset, known.data_path, say)
    lineup = methods.line_up(settings, dataset, say)
    measured = benchmark.run_benchmark(
        dataset, lineup, options["split"], log=say, limit=options["images"] or None
    )
    for suite, figures in measured.figures.items():
        say(f"\n{suite}\n\n{numbers.benchmark_table(figures).to_terminal()}\n")
        for network in measured.own_networks:
            best = verdicts.best_rival(measured, suite)
            lead = numbers.interval(verdicts.gap(measured, suite, network, best))
            say(f"{numbers.LABELS[network]} gegen {numbers.LABELS[best]}, gepaart: {lead} dB")
    return 0


@command(
    "bewertet fremde Keras-Modelle mit den Masken des Benchmarks",
    path("models MODELL", ".keras-Datei, oder Ordner mit allen Abgaben darin", nargs="+"),
    option("--suite NAME", "Maskensätze (sonst: alle sechs)", nargs="+", action="extend"),
    *map(typed, SCORING),
    option("--hole-value WERT", f"{HOLE_VALUE.help} (sonst: erprobt)"),
    switch("--baselines", "dazu Mittlere Farbe und Telea als Vergleich"),
    path("--json DATEI", "schreibt alle Zahlen als JSON"),
    path("--csv DATEI", "schreibt alle Zahlen als CSV"),
    path("--html DATEI", "schreibt die Rangliste mit Beispielen als eine Seite, etwa rangliste.html"),
    DATA_PATH,
)
def evaluate(known) -> int:
    options = _parsed(known, SCORING) | {"hole_value": None}
    if known.hole_value is not None:
        options["hole_value"] = HOLE_VALUE.parse(known.hole_value)
    from inpainting.scoring import evaluate, results

    targets = {"json": known.json, "csv": known.csv, "html": known.html}
    line = evaluate.ProgressLine(sys.stderr)
    try:
        done = evaluate.evaluate_files(
            known.models, known.suite, options, known.baselines, targets, line, known.data_path
        )
    finally:
        line.clear()
    say(results.render_results(done.results))
    for line in done.unwritten:
        complain(line if done.signal else f"{errors.USER_ERROR_MARK}{line}")
    if done.signal:
        return 128 + done.signal
    if done.unwritten:
        return 2
    return int(any(result.status == "gescheitert" for result in done.results))


@command(
    "füllt die Löcher eines eigenen Bildes mit einem trainierten Netz",
    path("picture BILD", "PNG, JPEG, WebP, BMP, TIFF, GIF oder AVIF, mindestens 16×16 Pixel"),
    path("--mask MASKE", "Bild gleicher Größe: Weiß ist Loch, Schwarz ist bekannt", required=True),
    path("-o --output AUSGABE", "Bilddatei, deren Endung das Format bestimmt", required=True),
    option(
        "--network NETZ", "kompakt, gruendlich oder eine .keras-Datei (sonst: kompakt)", default="kompakt"
    ),
    option(
        "--samples ZAHL", "so viele Vorschläge, jeder in einer Datei (NAME-1.png …), statt des Mittelwerts"
    ),
    option("--seed ZAHL", "Startwert des ersten Vorschlags (sonst: 7)"),
    option("--steps ZAHL", "Schritte je Vorschlag (sonst: 12)"),
    switch("--invert", "Schwarz ist Loch, Weiß ist bekannt"),
    switch("--force", "erlaubt, Bild oder Maske zu überschreiben"),
)
def fill(known) -> int:
    from inpainting.photos import fill

    options = {name: getattr(known, name) for name in ("network", "force", "samples", "seed", "steps")}
    try:
        report = fill.fill_file(
            known.picture, known.mask, known.output, inverted=known.invert, log=say, **options
        )
    except KeyboardInterrupt as stop:
        complain("\nAbgebrochen. Geschrieben ist nur, was schon gemeldet ist.")
        return 128 + (stop.args[0] if stop.args else 2)
    say(report)
    return 0


# ---------------------------------------------------------------- the surroundings


@command("holt CIFAR-10, prüft es und legt es in den Zwischenspeicher", DATA_PATH)
def data(known) -> int:
    from inpainting.data import sources

    arrays, source = sources.load_cifar10(known.data_path, say)
    sources.keep(arrays, say)
    sizes = " und ".join(f"{len(arrays[name]):,}".replace(",", " ") for name in ("x_train", "x_test"))
    say(f"CIFAR-10 ist vollständig und unverändert ({sizes} Bilder; Quelle: {source}).")
    return 0


@command("zeigt die Tabelle aller Parameter")
def parameter(known) -> int:
    say(config.parameter_table())
    return 0


@command("zeigt, was auf diesem Rechner für einen Bericht fehlt und wie man es bekommt", RESULTS)
def doctor(known) -> int:
    from inpainting.runs import doctor

    findings = doctor.examine(known.results.absolute())
    say(doctor.render(findings))
    return int(not doctor.is_fit(findings))


@command(
    "öffnet eine Arbeitskopie des Notebooks in JupyterLab",
    switch("--neu", "beginnt mit einer neuen Kopie; die alte bleibt daneben liegen"),
)
def lab(known) -> int:
    from inpainting.runs import workbench

    copy = workbench.prepare(known.neu, say)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={config.ROOT}", str(copy)]
    return subprocess.call(command, cwd=config.ROOT)


@command("führt die Tests aus; Optionen gehen an pytest")
def test(known) -> int:
    if importlib.util.find_spec("xdist") is None:
        raise errors.UserError(
            "Die Pakete für die Tests fehlen. „make test“ holt sie selbst; ohne make: "
            "python -m pip install --require-hashes -r requirements-test.lock"
        )
    command = [sys.executable, "-m", "pytest", "--numprocesses", "2", "--dist", "loadfile", *known.rest]
    # two processes whose threads of OpenBLAS wait for each other's cores slow both down
    return subprocess.call(command, cwd=config.ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})


if __name__ == "__main__":
    sys.exit(main())
