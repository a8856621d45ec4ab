"""The notebook: its form, and that a second execution gives the same outputs."""

import ast
import importlib
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from inpainting import config, files
from inpainting.german import numbers
from inpainting.runs import run
from inpainting.typeset import document

NOTEBOOK = nbformat.read(config.NOTEBOOK, as_version=4)
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
PROSE = "\n\n".join(cell.source for cell in NOTEBOOK.cells if cell.cell_type == "markdown")
GERMAN = "\n\n".join(path.read_text("utf-8") for path in sorted(Path(numbers.__file__).parent.glob("*.py")))
TEXTS = "\n\n".join(cell.source for cell in NOTEBOOK.cells) + GERMAN
IGNORED = "nbval-ignore-output"


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def calls(name: str) -> list[ast.Call]:
    """All calls ``display.<name>(...)`` of the notebook."""
    nodes = [node for cell in CODE for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    return [node for node in nodes if isinstance(node.func, ast.Attribute) and node.func.attr == name]


FIGURE_CALLS = calls("show_figure") + calls("fill_figure") + calls("show_live")
TABLE_CALLS = calls("show_table") + calls("fill_table")
LOOKS = {"seam_ratio": "naht", "sharpness": "schaerfe"}
"""Tables that one cell shows in a loop: figure → name."""

FIGURES = [call.args[1].value for call in FIGURE_CALLS]
TABLES = [call.args[1].value for call in TABLE_CALLS if isinstance(call.args[1], ast.Constant)] + [
    *LOOKS.values()
]


# ---------------------------------------------------------------- the parameters cell


def parameter_line(parameter: config.Parameter) -> str:
    """What the parameters cell says about a parameter: None where presets differ."""
    depends = parameter.presets and parameter.name != "preset"
    default = None if depends else parameter.default
    value = json.dumps(default, ensure_ascii=False) if isinstance(default, str) else repr(default)
    return f"{parameter.name}: {parameter.type.__name__} = {value}  # {parameter.help}"


def test_parameters_cell_equals_the_schema():
    (cell,) = [cell for cell in NOTEBOOK.cells if "parameters" in tags(cell)]
    assert cell is CODE[0]
    assert cell.source.splitlines() == [parameter_line(parameter) for parameter in config.PARAMETERS.values()]


def test_later_cells_see_only_the_validated_config():
    names = {
        node.id
        for cell in CODE[1:]
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert not names & set(config.PARAMETERS)
    assert "load_notebook_config(globals())" in CODE[1].source


# ---------------------------------------------------------------- form


def test_notebook_is_clean_and_german():
    assert (NOTEBOOK.nbformat, NOTEBOOK.nbformat_minor) >= (4, 5)
    assert NOTEBOOK.metadata.language == "de" and NOTEBOOK.metadata.kernelspec.name == "python3"
    assert all(not cell.outputs and cell.execution_count is None for cell in CODE)
    assert "papermill" not in NOTEBOOK.metadata and "widgets" not in NOTEBOOK.metadata


def test_ids_are_stable_unique_and_speak():
    ids = [cell.id for cell in NOTEBOOK.cells]
    assert len(ids) == len(set(ids))
    for name in ids:
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
        assert not re.fullmatch(r"[0-9a-f]{6,}(-[0-9a-f]+)*", name)  # what Jupyter draws


def test_cells_are_short():
    lengths = {c.id: len(c.source.splitlines()) for c in CODE if "parameters" not in tags(c)}
    assert not {name: length for name, length in lengths.items() if length > 10}
    assert statistics.median(lengths.values()) <= 6


def test_prose_comes_between_the_code():
    """At most three code cells follow each other where the report is told."""
    run, longest = 0, {}
    for cell in NOTEBOOK.cells:
        if {"parameters", "versteckt", "folie", "titel"} & set(tags(cell)):
            continue
        run = 0 if cell.cell_type == "markdown" else run + 1
        longest[cell.id] = run
    assert not {name: n for name, n in longest.items() if n > 3}


@pytest.mark.parametrize("cell", CODE, ids=lambda cell: cell.id)
def test_cells_define_nothing_and_run_no_commands(cell):
    forbidden = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Global)
    tree = ast.parse(cell.source)  # neither ! nor % is Python
    assert not [node for node in ast.walk(tree) if isinstance(node, forbidden)]
    assert not re.search(r"\bexec\(|\beval\(|pip install|os\.system", cell.source)
    assert max(map(len, cell.source.splitlines())) <= 115 or "parameters" in tags(cell)


def test_every_name_that_the_notebook_imports_exists():
    """A cell at the end of a long run must not be the first to find out."""
    tree = ast.parse("\n".join(cell.source for cell in CODE))
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "inpainting":
            for name in node.names:
                found = importlib.import_module(node.module)
                if not hasattr(found, name.name):
                    found = importlib.import_module(f"{node.module}.{name.name}")
                else:
                    found = getattr(found, name.name)
                modules[name.asname or name.name] = found
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
    }
    assert len(used) > 50
    assert not [f"{module}.{name}" for module, name in sorted(used) if not hasattr(modules[module], name)]


def test_sections_of_the_original_are_there_in_order():
    headings = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
    sections = [
        "Executive Summary",
        "Problemstellung",
        "Herausforderungen",
        "Datensatz und Masken",
        "Das Netz von 2025",
        "Wie wir messen",
        "Was das Netz von 2025 bremst",
        "Unser Netz",
        "Ergebnisse",
        "Was jede Änderung bringt",
        "Was bleibt",
        "Literaturverzeichnis",
        "Training und Interpretation",
        "Umgebung",
        "Modell speichern",
        "Quelltexte",
    ]
    assert [heading for heading in headings if heading in sections] == sections
    assert all(f"**{part}**" in PROSE for part in ("Encoder", "Pooling", "Bottleneck", "Decoder"))


@pytest.mark.parametrize(
    "pattern",
    [r"\d,\d+\s*(dB|nat)\b", r"\bPSNR (von|ist|beträgt) \d", r"\d,\d+ (Prozent )?(besser|schlechter)"],
)
def test_no_result_is_typed_into_prose(pattern):
    assert not re.findall(pattern, PROSE)


# ---------------------------------------------------------------- figures, tables, references


def test_names_of_figures_and_tables_are_unique():
    assert len(FIGURES) == len(set(FIGURES)) >= 5 and len(TABLES) == len(set(TABLES)) >= 2


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_referred_to(name):
    assert re.search(rf"@abb:{name}\b(?!-)", TEXTS)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_referred_to(name):
    assert re.search(rf"@tab:{name}\b(?!-)", TEXTS)


def test_every_reference_leads_somewhere():
    formulas = [f["name"] for cell in NOTEBOOK.cells for f in cell.metadata.get("formeln", ())]
    headings = {re.sub(r"[^\wäöüß]+", "-", h.lower()) for h in re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)}
    headings.add(document.EXTRA_HEADING.lower().replace(" ", "-"))
    known = {"abb": {*FIGURES}, "tab": {*TABLES}, "gl": {*formulas}, "abs": headings}
    found = re.findall(r"@(abb|tab|gl|abs):([\wäöüß-]+)", TEXTS)
    assert len(found) > 10
    assert not [(kind, name) for kind, name in found if name.strip("-") not in known[kind]]


def test_every_citation_is_in_the_bibliography_and_every_entry_is_cited():
    bibliography = (config.NOTEBOOK.parent / "literatur.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([^,]+),", bibliography, re.MULTILINE))
    cited = {key for group in re.findall(r"\[(@[^\]]+)\]", TEXTS) for key in re.findall(r"@([\w]+)", group)}
    assert cited - keys == set() and keys - cited == set()


@pytest.mark.parametrize(
    "call",
    FIGURE_CALLS + TABLE_CALLS,
    ids=lambda call: ast.unparse(call.args[1]),
)
def test_figures_and_tables_carry_caption_and_alternative_text(call):
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    wanted = {"caption", "alt"} if call in FIGURE_CALLS else {"caption"}
    assert wanted <= set(keywords)
    for text in keywords.values():
        assert not isinstance(text, ast.Constant) or text.value


# ---------------------------------------------------------------- execution

SLOW = pytest.mark.slow
GIVEN = {"preset": "schnell", "original_epochs": "3", "title": "Füllen & *Prüfen*"}
FILES = {
    "bericht.ipynb",
    "metrics.json",
    "timings.json",
    "run.json",
    "training_log.csv",
    "autoencoder_cifar10.keras",
    "verlaufsdiagramm_verlust.png",
    "inpainting_result_cifar10.png",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A model store of our own, for this process and the kernels that it starts."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INPAINTING_MODELS", str(folder / "models"))
        patch.setattr(run, "render_all", lambda *args: ({}, {}))
        yield folder


@pytest.fixture(scope="module")
def executed(environment):
    """Folders of two runs in a row: the first trains, the second finds its models."""
    return [run.run_report(GIVEN, name, str, environment / "results") for name in ("eins", "zwei")]


def read(folder: Path) -> nbformat.NotebookNode:
    return nbformat.read(folder / "bericht.ipynb", as_version=4)


def run_nbval(notebook, environment: Path) -> subprocess.CompletedProcess:
    """Execute a notebook again in this process's environment and compare its outputs."""
    path = environment / "nbval" / "bericht.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(path.parent),
        str(path),
    ]
    variables = os.environ | {"INPAINTING_OUTPUT": str(path.parent)}
    return subprocess.run(
        command, cwd=path.parent, env=variables, capture_output=True, text=True, timeout=300
    )


@SLOW
def test_run_writes_every_artefact(executed):
    for folder in executed:
        assert {path.name for path in folder.iterdir()} == FILES


@SLOW
def test_second_run_gives_the_same_figures_and_pictures(executed):
    for name in FILES - {"bericht.ipynb", "timings.json", "run.json"}:
        assert (executed[0] / name).read_bytes() == (executed[1] / name).read_bytes(), name


@SLOW
def test_second_run_gives_the_same_outputs_images_included(executed):
    first, second = (
        {
            cell.id: cell.outputs
            for cell in read(folder).cells
            if cell.cell_type == "code" and IGNORED not in tags(cell)
        }
        for folder in executed
    )
    assert [name for name in first if first[name] != second[name]] == []
    pictures = [o for outputs in first.values() for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 2


@SLOW
def test_first_run_trains_and_the_second_says_that_it_did_not(executed):
    texts = [
        "".join(str(cell.outputs) for cell in read(folder).cells if cell.id == "training-2025")
        for folder in executed
    ]
    assert "Aus dem Modellspeicher" not in texts[0] and texts[1].count("Aus dem Modellspeicher") == 2


@SLOW
def test_nothing_written_names_this_machine(executed, environment):
    places = {str(environment), str(config.ROOT), str(Path.home()), sys.prefix}
    for name in ("bericht.ipynb", "metrics.json", "timings.json", "run.json"):
        text = (executed[0] / name).read_text("utf-8")
        assert not [place for place in places if place in text], name


@SLOW
def test_metrics_hold_no_times_and_all_methods(executed):
    metrics = json.loads((executed[0] / "metrics.json").read_text())
    floats = re.findall(r"-?\d+\.\d+(?:e-?\d+)?", (executed[0] / "metrics.json").read_text())
    assert floats and all(files.round_figure(float(text)) == float(text) for text in floats)
    measured = set(metrics["figures"]["quadrat8"])
    assert (
        {"gauss", "prior", "original", "original_relu", "kompakt", "gruendlich"}
        <= measured
        <= set(numbers.LABELS)
    )
    assert len(metrics["training"]["original"]["loss"]) == 40  # the shipped network's
    assert not re.search(r"second|_s\b|date|time", json.dumps(metrics))
    record = json.loads((executed[0] / "run.json").read_text())
    assert record["changed"] == ["original_epochs", "title"]


@SLOW
def test_text_follows_the_run(executed):
    text = json.dumps(read(executed[0]), ensure_ascii=False)
    assert "F\\\\\\\\üllen" not in text and config.SAMPLE_NOTICE in text
    assert "alle 40 Epochen" in text and "außerhalb des Vergleichs" in text
    assert not re.search(r"\bnan\b", text)


@SLOW
def test_a_second_execution_gives_the_same_outputs(executed, environment):
    result = run_nbval(read(executed[1]), environment)
    assert result.returncode == 0, result.stdout[-3000:]
    n_code = sum(cell.cell_type == "code" for cell in read(executed[1]).cells)
    assert f"{n_code} passed" in result.stdout


@SLOW
def test_an_altered_output_is_noticed_and_no_other(executed, environment):
    notebook = read(executed[0])
    wanted = {"parameter", "eingesetzte-parameter", "einstellungen", "daten-laden", "masken-bild"}
    notebook.cells = [cell for cell in notebook.cells if cell.id in wanted]
    figure = notebook.cells[-1].outputs[0]
    assert figure.data["text/plain"] == "Abbildung masken"
    figure.data["text/plain"] = "Abbildung Masken"
    result = run_nbval(notebook, environment)
    assert result.returncode == 1 and "1 failed, 4 passed" in result.stdout, result.stdout[-2000:]
