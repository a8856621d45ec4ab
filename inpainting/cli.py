"""The command ``inpainting``: thin, German, and quick to start.

Each subcommand imports what it needs when it runs, so ``inpainting --help`` stays instant.
"""

import argparse
import difflib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from inpainting import config

DESCRIPTION = "Image Inpainting mit CNNs: Bericht auf CIFAR-10 rechnen, prüfen und ansehen."
COMMANDS = {
    "report": "rechnet das Notebook und schreibt den Bericht nach results/<name>/",
    "render": "rendert einen fertigen Lauf neu: HTML, PDF, Folien",
    "check": "prüft einen fertigen Bericht gegen die Regeln des Kurses",
    "kennzahlen": "zeigt die Kennzahlen eines fertigen Berichts als Tabelle",
    "abgabe": "packt PDF, Notebook, Code und Prüfsummen in eine ZIP-Datei",
    "verify": "rechnet die Zahlen des Referenzlaufs nach und urteilt",
    "runs": "zählt die fertigen Läufe auf oder vergleicht zwei",
    "sweep": "rechnet ein Raster von Läufen mit Dask und vergleicht sie",
    "train": "trainiert kompakt oder gruendlich mit der ganzen Rechenzeit ihres Rezepts",
    "ladder": "rechnet die Leiter vom Original zum besten Netz, je eine Änderung",
    "benchmark": "misst alle Verfahren auf allen Maskensätzen und bewahrt das Ergebnis auf",
    "evaluate": "bewertet fremde Keras-Modelle mit den Masken des Benchmarks",
    "fill": "füllt die Löcher eines eigenen Bildes mit einem trainierten Netz",
    "data": "holt CIFAR-10, prüft es und legt es in den Zwischenspeicher",
    "parameter": "zeigt die Tabelle aller Parameter",
    "lab": "öffnet das Notebook in JupyterLab",
    "test": "führt die Tests aus",
}

EVALUATION_OPTIONS = tuple(
    config.Parameter(name, default, text, minimum=low, maximum=high, choices=choices)
    for name, default, text, low, high, choices in (
        ("split", "validation", "validation oder test", 0, 0, ("validation", "test")),
        ("images", 0, "die ersten N Bilder; 0: alle", 0, 10_000, ()),
        ("input", "auto", "Eingabe: bild, bild+maske, unser (zwei Eingaben) oder auto", 0, 0,
         ("auto", "bild", "bild+maske", "unser")),
        ("hole_value", 0.0, "Wert im Loch, im Wertebereich des Modells", -1e6, 1e6, ()),
        ("range", "0..1", "Wertebereich von Ein- und Ausgabe: 0..1, -1..1 oder 0..255", 0, 0,
         ("0..1", "-1..1", "0..255")),
        ("mask_polarity", "loch=1", "Bedeutung der Maske: loch=1 oder loch=0", 0, 0,
         ("loch=1", "loch=0")),
        ("minutes", 15.0, "höchste Rechenzeit je Modell in Minuten", 0.01, 10_000, ()),
        ("memory", 4.0, "höchster Arbeitsspeicher je Modell in GB", 0.1, 1000, ()),
    )
)  # fmt: skip
TRAINING_TIME = config.Parameter(
    "minutes", 10.0, "Rechenzeit des Trainings in Minuten", minimum=0.1, maximum=10_000
)
OWN_NETWORK = config.Parameter("network", "kompakt", "Netz", choices=("kompakt", "gruendlich"))
BENCHMARK_OPTIONS = (config.PARAMETERS["dataset"], *EVALUATION_OPTIONS[:2])


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, "Aufruf: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """argparse with German texts."""

    def __init__(self, *args, **kwargs):
        super().__init__(
            *args, add_help=False, allow_abbrev=False, formatter_class=_Formatter, **kwargs
        )
        self._optionals.title = "Optionen"
        self._positionals.title = "Befehle" if self.prog == "inpainting" else "Angaben"
        self.add_argument("-h", "--help", action="help", help="zeigt diese Hilfe")

    def error(self, message: str):
        for english, german in (
            ("the following arguments are required:", "es fehlt:"),
            ("expected one argument", "braucht einen Wert"),
            ("expected 2 arguments", "braucht Name und Wert"),
            ("ignored explicit argument", "braucht keinen Wert, bekam aber"),
            ("argument ", "Option "),
        ):
            message = message.replace(english, german)
        raise config.ConfigError(f"{message}. Hilfe: {self.prog} --help")


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; 0 on success, 1 for a failed check, 2 for bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # umlauts on every Windows console
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return _dispatch(arguments)
    except config.UserError as error:
        print(f"{config.USER_ERROR_MARK}{error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, missing rights: a traceback would explain nothing
        place = f" ({config.short(str(error.filename))})" if error.filename else ""
        print(f"{config.USER_ERROR_MARK}{config.reason(error)}{place}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\nAbgebrochen. Fertige Epochen sind gesichert: Derselbe Aufruf rechnet dort weiter.",
            file=sys.stderr,
        )
        return 130


def _dispatch(arguments: list[str]) -> int:
    parser, parsers = _build_parsers()
    first = config.short(arguments[0]) if arguments else "--help"
    if first not in (*COMMANDS, "-h", "--help"):
        near = difflib.get_close_matches(first, COMMANDS, n=1)
        hint = f" Gemeint ist vielleicht {near[0]}." if near else ""
        problem = (
            f"Zuerst kommt der Befehl, nicht {first}."
            if first.startswith("-")
            else f"Den Befehl {first} gibt es nicht.{hint}"
        )
        raise config.ConfigError(f"{problem} Bekannt sind: {', '.join(COMMANDS)}.")
    known, rest = parser.parse_known_args(arguments)
    if known.command is None:
        parser.print_help()
        return 0
    if rest and known.command != "test":
        raise config.ConfigError(_unknown_option(rest[0], parsers[known.command]))
    return globals()[f"_run_{known.command}"](known, rest)


def _unknown_option(option: str, parser: argparse.ArgumentParser) -> str:
    name = config.short(option.partition("=")[0])
    if not name.startswith("-"):
        return f"Mit „{name}“ ist nichts anzufangen. Parameter stehen als --name wert."
    known = [action.option_strings[-1] for action in parser._actions]
    near = difflib.get_close_matches(name.replace("_", "-"), known, n=1)
    hint = f" Gemeint ist vielleicht {near[0]}." if near else ""
    return f"Die Option {name} gibt es hier nicht.{hint} Bekannt sind: {', '.join(known)}."


def _build_parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the whole command, and those of the subcommands by name."""
    parser = _Parser(prog="inpainting", description=DESCRIPTION)
    subparsers = parser.add_subparsers(dest="command", metavar="BEFEHL")
    parsers = {
        name: subparsers.add_parser(name, help=text, description=f"inpainting {name}: {text}")
        for name, text in COMMANDS.items()
    }
    report = parsers["report"]
    report.add_argument("-p", dest="pairs", nargs=2, action="append", default=[],
                        metavar=("NAME", "WERT"), help="Parameter, auch mehrfach")  # fmt: skip
    report.add_argument("-f", dest="file", type=Path, metavar="DATEI", help="Parameter als YAML")
    report.add_argument("--name", help="Name des Ergebnisordners")
    report.add_argument("--results", type=Path, default=config.RESULTS, metavar="ORDNER",
                        help="Ordner der Ergebnisse (sonst: results)")  # fmt: skip
    report.add_argument("--retrain", action="store_true",
                        help="trainiert jedes Netz neu, auch wenn es gespeichert ist")  # fmt: skip
    sweep = parsers["sweep"]
    sweep.add_argument("--scheduler", metavar="ADRESSE",
                       help="laufender Dask-Scheduler, etwa tcp://rechner:8786; sonst dieser Rechner")  # fmt: skip
    sweep.add_argument("--workers", metavar="ZAHL",
                       help="Prozesse auf diesem Rechner; sonst nach Kernen und Speicher")  # fmt: skip
    sweep.add_argument("--results", type=Path, default=config.RESULTS, metavar="ORDNER",
                       help="Ordner der Ergebnisse (sonst: results)")  # fmt: skip
    for parameter in config.PARAMETERS.values():
        name = f"p_{parameter.name}"
        report.add_argument(parameter.flag, dest=name, metavar="WERT", help=parameter.help)
        sweep.add_argument(parameter.flag, dest=name, metavar="WERTE",
                           help=f"{parameter.help}; auch 4,8,12 oder 1..3")  # fmt: skip
    for command in ("render", "check", "kennzahlen", "abgabe", "verify"):
        parsers[command].add_argument("folder", nargs="?", type=Path, metavar="ORDNER",
                                      default=config.RESULTS / "standard",
                                      help="Ordner des Laufs (sonst: results/standard)")  # fmt: skip
    parsers["verify"].add_argument("--alles", action="store_true",
                                   help="alle Maskensätze, nicht nur quadrat8")  # fmt: skip
    parsers["verify"].add_argument("--retrain", action="store_true",
                                   help="trainiert die Netze dafür von Grund auf")  # fmt: skip
    parsers["runs"].add_argument("names", nargs="*", metavar="LAUF",
                                 help="zwei Läufe, die verglichen werden; ohne: alle aufzählen")  # fmt: skip
    parsers["runs"].add_argument("--results", type=Path, default=config.RESULTS, metavar="ORDNER",
                                 help="Ordner der Ergebnisse (sonst: results)")  # fmt: skip
    train = parsers["train"]
    train.add_argument("--network", default="kompakt", metavar="NETZ",
                       help="kompakt (sonst) oder gruendlich")  # fmt: skip
    train.add_argument("--minutes", metavar="ZAHL",
                       help="Rechenzeit, vor dem Training in eine feste Zahl von Epochen umgerechnet")  # fmt: skip
    train.add_argument("--retrain", action="store_true",
                       help="trainiert neu, auch wenn das Netz gespeichert ist")  # fmt: skip
    ladder = parsers["ladder"]
    ladder.add_argument("--seeds", metavar="ZAHLEN", default="1..3",
                        help="Startwerte, auch 1,2,5 (sonst: 1..3)")  # fmt: skip
    ladder.add_argument("--steps", metavar="ZAHL", help="Schritte je Training (sonst: 1200)")
    ladder.add_argument("--factors", metavar="ZAHLEN", default="2,4",
                        help="Vielfache der Schritte für die Stufe von kompakt "
                             "(sonst: 2,4; keine: 1)")  # fmt: skip
    ladder.add_argument("--dataset", metavar="NAME", default=config.CIFAR10, help="cifar10 (sonst) oder stichprobe")
    ladder.add_argument("--output", type=Path, metavar="DATEI",
                        help="Datei der Ergebnisse (sonst: results/ladder.json)")  # fmt: skip
    parsers["render"].add_argument("--code", action="store_true",
                                   help="dazu bericht_mit_code.pdf mit dem Code im Text")  # fmt: skip
    for option in BENCHMARK_OPTIONS:
        parsers["benchmark"].add_argument(option.flag, metavar="WERT", default=option.default,
                                          help=f"{option.help} (sonst: {option.default})")  # fmt: skip
    _add_model_options(parsers["evaluate"], parsers["fill"])
    for command in ("data", "train", "ladder", "benchmark", "evaluate"):
        parsers[command].add_argument("--data-path", type=Path, metavar="PFAD",
                                      help="Ordner oder Archiv mit CIFAR-10, das schon da ist")  # fmt: skip
    return parser, parsers


def _add_model_options(evaluate: argparse.ArgumentParser, fill: argparse.ArgumentParser) -> None:
    evaluate._negative_number_matcher = re.compile(r"-[0-9.,]+$")  # -1..1 is no option
    evaluate.add_argument("models", nargs="+", type=Path, metavar="MODELL",
                          help=".keras-Datei, oder Ordner mit allen .keras-Dateien darin")  # fmt: skip
    evaluate.add_argument("--suite", nargs="+", action="extend", metavar="NAME",
                          help="Maskensätze (sonst: alle sechs)")  # fmt: skip
    for option in EVALUATION_OPTIONS:
        evaluate.add_argument(option.flag, metavar="WERT",
                              help=f"{option.help} (sonst: {str(option.default).removesuffix('.0')})")  # fmt: skip
    evaluate.add_argument("--baselines", action="store_true",
                          help="dazu Mittlere Farbe und Telea als Vergleich")  # fmt: skip
    for kind in ("json", "csv"):
        evaluate.add_argument(f"--{kind}", type=Path, metavar="DATEI",
                              help=f"schreibt alle Zahlen als {kind.upper()}")  # fmt: skip
    fill.add_argument("picture", type=Path, metavar="BILD",
                      help="PNG, JPEG, WebP oder BMP, mindestens 16×16 Pixel")  # fmt: skip
    fill.add_argument("--mask", type=Path, required=True, metavar="MASKE",
                      help="Bild gleicher Größe: Weiß ist Loch, Schwarz ist bekannt")  # fmt: skip
    fill.add_argument("-o", "--output", type=Path, required=True, metavar="AUSGABE",
                      help="Bilddatei, deren Endung das Format bestimmt")  # fmt: skip
    fill.add_argument("--network", default="kompakt", metavar="NETZ",
                      help="kompakt, gruendlich oder eine .keras-Datei (sonst: kompakt)")  # fmt: skip
    fill.add_argument("--invert", action="store_true", help="Schwarz ist Loch, Weiß ist bekannt")
    fill.add_argument("--force", action="store_true",
                      help="erlaubt, Bild oder Maske zu überschreiben")  # fmt: skip


def _run_report(known: argparse.Namespace, rest: list[str]) -> int:
    given = read_parameter_file(known.file) if known.file else {}
    given |= {name.replace("-", "_"): value for name, value in known.pairs}
    given |= _stated(known)
    config.load_config(given)  # refuse bad input before anything slow is imported
    if known.name is not None:
        config.check_run_name(known.name)

    from inpainting.report import run

    folder = run.run_report(given, known.name, _print, known.results.absolute(), known.retrain)
    if _print_criteria(folder):
        _print("Der Bericht ist fertig, verfehlt aber Kriterien des Kurses (siehe Tabelle).")
    return 0


def _stated(known: argparse.Namespace) -> dict[str, str]:
    """The parameters that stand on the command line as options."""
    options = {name: getattr(known, f"p_{name}") for name in config.PARAMETERS}
    return {name: value for name, value in options.items() if value is not None}


def _run_sweep(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting import sweep

    grid, swept = sweep.read_grid(_stated(known))
    if known.workers is not None and not re.fullmatch("[1-9][0-9]{0,2}", known.workers):
        raise config.ConfigError(
            f"Die Option --workers hat den Wert „{config.short(known.workers)}“. Erlaubt ist eine "
            "ganze Zahl von 1 bis 999."
        )
    n_workers = int(known.workers) if known.workers else None
    results = known.results.absolute()
    outcomes = sweep.run_sweep(grid, results, known.scheduler, n_workers, _print)
    failed = {outcome.name: outcome.error for outcome in outcomes if outcome.error}
    for name, error in failed.items():
        _print(f"\nGescheitert ist {name}: {error}")

    from inpainting.report import comparison, runs

    found = [runs.read_run(results / name) for name in grid if name not in failed]
    if found:
        names = "_".join(["vergleich", *(name.replace("_", "-") for name in swept)])
        comparison.write_comparison(found, swept, failed, results / f"{names}.html")
        _print(f"Vergleich: {results / names}.html")
    return int(bool(failed))


def _print_criteria(folder: Path) -> bool:
    """Show the table of the course's criteria; True if one is not met."""
    from inpainting.report import check

    criteria = check.check_run(folder)
    _print(check.render_table(criteria))
    return not all(criterion.verdict for criterion in criteria)


def _run_render(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting.report import run

    run.render_again(known.folder.absolute(), known.code, _print)
    return 0


def _run_check(known: argparse.Namespace, rest: list[str]) -> int:
    return int(_print_criteria(known.folder))


def _run_kennzahlen(known: argparse.Namespace, rest: list[str]) -> int:
    import json

    from inpainting import narrative

    try:
        metrics = json.loads((known.folder / "metrics.json").read_text(encoding="utf-8"))
        tables = {
            suite: narrative.benchmark_table(figures)
            for suite, figures in narrative.read_all_figures(metrics).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        is_os = isinstance(error, OSError)
        reason = config.reason(error) if is_os else "metrics.json hat einen anderen Aufbau"
        raise config.ConfigError(
            f"Die Kennzahlen in „{known.folder}“ sind nicht lesbar: {reason}. Erlaubt ist der "
            "Ordner eines fertigen Laufs unter results."
        ) from None
    for suite, table in tables.items():
        _print(f"Suite {suite}\n\n{table.to_markdown()}\n")
    return 0


def _run_verify(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting.report import runs

    run = runs.read_run(known.folder.absolute())
    from inpainting.report import verification  # imports TensorFlow

    suites = run.figures if known.alles else [runs.SUITE]
    comparisons = verification.verify_run(run, suites, known.retrain, _print)
    _print(f"\n{verification.render_verdict(run, comparisons)}")
    return int(not all(comparison.is_met for comparison in comparisons))


def _run_runs(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting.report import runs

    if len(known.names) not in (0, 2):
        raise config.ConfigError(
            "Verglichen werden genau zwei Läufe: inpainting runs A B. Ohne Namen zählt der Befehl "
            "alle auf."
        )
    if known.names:
        for paragraph in runs.compare_runs(*(runs.read_run(known.results / n) for n in known.names)):
            _print(f"{paragraph}\n")
        return 0
    found, others = runs.find_runs(known.results)
    table = f"{runs.runs_table(found).to_terminal()}\n\n{runs.LEGEND}"
    _print(table if found else "Es gibt noch keinen fertigen Lauf.")
    for line in others:
        _print(line)
    return 0


def _run_train(known: argparse.Namespace, rest: list[str]) -> int:
    minutes = known.minutes and TRAINING_TIME.parse(known.minutes)
    name = OWN_NETWORK.parse(known.network)

    from inpainting import data, training

    dataset = data.load_dataset(config.CIFAR10, known.data_path, _print)
    recipe = training.with_precision(training.NETWORKS[name], dataset)
    if minutes:
        recipe = training.calibrate(recipe, dataset, minutes)
        _print(f"Die Rechenzeit reicht für {recipe.epochs} Epochen.")
    trained = training.load_or_train(recipe, dataset, _print, retrain=known.retrain)
    _print(f"Das Netz liegt in {trained.folder}.")
    return 0


def _run_ladder(known: argparse.Namespace, rest: list[str]) -> int:
    seeds = _read_numbers("--seeds", known.seeds, 0, 2**31 - 1, most=20)
    factors = _read_numbers("--factors", known.factors, 1, 64, most=8)
    steps = known.steps and _read_numbers("--steps", known.steps, 10, 100_000, most=1)[0]
    name = config.PARAMETERS["dataset"].parse(known.dataset)

    from inpainting import data, ladder

    path = known.output.absolute() if known.output else ladder.RESULTS
    dataset = data.load_dataset(name, known.data_path, _print)
    ladder.climb(dataset, seeds, steps or ladder.STEPS, factors, path, _print)
    results = ladder.load_results(path)
    _print(f"\n{ladder.make_table(results).to_terminal()}\n\n{ladder.describe(results)}")
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
                f"Die Option {option} hat den Wert „{config.short(text)}“. Erlaubt sind ganze Zahlen "
                f"von {least} bis {highest}{many}."
            )
        numbers += range(first, last + 1)
    return sorted(set(numbers))


def _run_abgabe(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting.report import submission

    folder = known.folder.absolute()
    _print(f"Geschrieben: {submission.write_submission(folder, folder / 'abgabe.zip')}")
    return 0


def read_parameter_file(path: Path) -> dict[str, object]:
    """Read parameters from a YAML file of ``name: value`` lines, every value as text.

    YAML's own types would read ``010`` as 8, ``1:30`` as 90 and ``no`` as false.

    Raises
    ------
    config.ConfigError
        If the file is missing or is not such a mapping.
    """
    import yaml

    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        is_os = isinstance(error, OSError)
        reason = config.reason(error) if is_os else "kein gültiges YAML in UTF-8"
        raise config.ConfigError(
            f"Die Parameterdatei „{path}“ ist nicht lesbar: {reason}. Erlaubt sind Zeilen wie "
            "„seed: 2“."
        ) from None
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise config.ConfigError(
            f"Die Parameterdatei „{path}“ enthält keine Zuordnung. Erlaubt sind Zeilen wie „seed: 2“."
        )
    return values


def _run_benchmark(known: argparse.Namespace, rest: list[str]) -> int:
    options = {option.name: option.parse(getattr(known, option.name)) for option in BENCHMARK_OPTIONS}
    preset = "schnell" if options["dataset"] == config.SAMPLE else "standard"
    settings = config.load_config({"preset": preset})

    from inpainting import benchmark, data, narrative

    dataset = data.load_dataset(settings.dataset, known.data_path, _print)
    networks, judge = benchmark.load_networks(settings, dataset, log=_print)
    measured = benchmark.run_benchmark(
        dataset, networks, judge, options["split"], log=_print, limit=options["images"] or None
    )
    for suite, figures in measured.figures.items():
        _print(f"\n{suite}\n\n{narrative.benchmark_table(figures).to_terminal()}\n")
        for network in measured.own_networks:
            best = narrative.LABELS[benchmark.best_baseline(measured, suite)]
            lead = narrative.interval(benchmark.margin(measured, suite, network))
            _print(f"{narrative.LABELS[network]} gegen {best}, gepaart: {lead} dB")
    return 0


def _run_evaluate(known: argparse.Namespace, rest: list[str]) -> int:
    options = {option.name: option.default for option in EVALUATION_OPTIONS}
    for option in EVALUATION_OPTIONS:
        if (value := getattr(known, option.name)) is not None:
            options[option.name] = option.parse(value)
    from inpainting import submissions

    results = submissions.evaluate_files(
        known.models, known.suite, options, known.baselines, (known.json, known.csv), _log, known.data_path
    )
    _print(submissions.render_results(results))
    return int(any(result.error for result in results))


def _run_fill(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting import fill

    _print(fill.fill_file(known.picture, known.mask, known.output, known.network, known.invert,
                          known.force))  # fmt: skip
    return 0


def _run_data(known: argparse.Namespace, rest: list[str]) -> int:
    from inpainting import data

    arrays, source = data.load_cifar10(known.data_path, _print)
    data.keep(arrays, _print)
    sizes = " und ".join(f"{len(arrays[name]):,}".replace(",", " ") for name in ("x_train", "x_test"))
    print(f"CIFAR-10 ist vollständig und unverändert ({sizes} Bilder; Quelle: {source}).")
    return 0


def _run_parameter(known: argparse.Namespace, rest: list[str]) -> int:
    print(config.parameter_table())
    return 0


def _run_lab(known: argparse.Namespace, rest: list[str]) -> int:
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(config.NOTEBOOK)])


def _run_test(known: argparse.Namespace, rest: list[str]) -> int:
    if importlib.util.find_spec("xdist") is None:
        raise config.UserError(
            "Die Pakete für die Tests fehlen. „make test“ holt sie selbst; ohne make: "
            "python -m pip install --require-hashes -r requirements-test.lock"
        )
    command = [sys.executable, "-m", "pytest", "--numprocesses", "2", "--dist", "loadfile", *rest]
    # two processes whose threads of OpenBLAS wait for each other's cores slow both down
    return subprocess.call(command, cwd=config.ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})


def _print(line: str) -> None:
    print(line, flush=True)


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
