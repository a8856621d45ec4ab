"""The house: imports point upwards along the package's list, tests mirror modules, no file is long."""

import ast
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import inpainting

PACKAGE = Path(inpainting.__file__).parent
TESTS = Path(__file__).parent
ORDER = re.findall(r"^    (\w+)  ", inpainting.__doc__, re.MULTILINE)
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")

MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
}


def module_of(path: Path) -> str:
    """First name below the package: ``measuring`` for all files of the room."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST):
    """Names imported from the package, as (module, line)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "inpainting":
            names = [f"inpainting.{alias.name}" for alias in node.names if alias.name != "__version__"]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "inpainting":
                yield (name.split(".") + [""])[1], node.lineno


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_docstring_lists_every_module():
    assert set(ORDER) == {module_of(path) for path in FILES} and len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_upwards(path):
    own = ORDER.index(module_of(path))
    wrong = [
        f"line {line}: {module_of(path)} imports {name}"
        for name, line in imports(parse(path))
        if name != module_of(path) and ORDER.index(name) >= own
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_relative_and_no_star_imports(path):
    found = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom)]
    assert not [node for node in found if node.level or node.names[0].name == "*"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_keras_is_imported_by_networks_alone(path):
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not names & {"tensorflow", "torch", "jax"}
    assert "keras" not in names or path == PACKAGE / "networks" / "__init__.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_global_randomness_and_no_mutable_defaults(path):
    tree = parse(path)
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [
        name
        for name in calls
        if re.match(r"(np|numpy)\.random\.(?!default_rng|Generator|SeedSequence)", name)
    ]
    assert not [name for name in calls if re.match(r"random\.|keras\.utils\.set_random_seed", name)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    defaults = [default for node in functions for default in (*node.args.defaults, *node.args.kw_defaults)]
    assert not [d for d in defaults if isinstance(d, ast.List | ast.Dict | ast.Set)]


def says_all(path: Path, name: str) -> bool:
    """Commands have their help in cli's table; captions, alternative texts and slides are what they say."""
    if module_of(path) == "german":
        return path.stem == "slides" or name.startswith(("caption_", "alt_"))
    return path == PACKAGE / "cli.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_public_names_are_documented(path):
    tree = parse(path)
    assert ast.get_docstring(tree)
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and len(node.body) > 1  # of one statement, the name says all
        and not says_all(path, node.name)
    ]
    assert not [node.name for node in public if not ast.get_docstring(node)]


# ---------------------------------------------------------------- tests mirror modules

SENTENCES = "test_sentences: all subjects are tested by their rules, on benchmarks that nobody measured"
DOCUMENT = "test_typeset_document: one notebook goes through all of them"

ELSEWHERE: dict[str, str] = {
    "classical/gaussian.py": "test_classical: every method goes through the same tests",
    "classical/interpolation.py": "test_classical: every method goes through the same tests",
    "config/parameter.py": "test_config: a parameter is tested where it is used",
    "data/sample.py": "test_data: where images come from, and what is refused",
    "data/sources.py": "test_data: where images come from, and what is refused",
    "figures/charts.py": "test_figures: one table of all figures",
    "figures/images.py": "test_figures: one table of all figures",
    "figures/sheet.py": "test_figures_talk: what all figures of the talk are drawn on",
    "figures/style.py": "test_figures: one table of all figures",
    "german/appendix.py": SENTENCES,
    "german/changes.py": SENTENCES,
    "german/limits.py": SENTENCES,
    "german/network.py": SENTENCES,
    "german/reasons.py": SENTENCES,
    "german/rebuilding.py": SENTENCES,
    "german/results.py": SENTENCES,
    "german/naturalness.py": SENTENCES,
    "german/samples.py": SENTENCES,
    "german/slides.py": SENTENCES,
    "german/summary.py": SENTENCES,
    "german/verdicts.py": SENTENCES,
    "live/content.py": "test_live: from a network to its program in one go",
    "live/convert.py": "test_live: from a network to its program in one go",
    "live/packing.py": "test_live: from a network to its program in one go",
    "live/program.py": "test_live: from a network to its program in one go",
    "live/weights.py": "test_live: from a network to its program in one go",
    "measuring/entrants.py": "test_exhibits: what takes part is seen in what is shown",
    "runs/execution.py": "test_run: a run goes through all of them",
    "runs/folders.py": "test_run: a run goes through all of them",
    "photos/diagnosis.py": "test_photos_kinds: every kind of file that is refused",
    "runs/notebooks.py": "test_run: a run goes through all of them",
    "runs/preflight.py": "test_run: a run goes through all of them",
    "runs/soundness.py": "test_run: a run goes through all of them",
    "scoring/child.py": "test_scoring: a foreign model goes through all of them",
    "scoring/diagnosis.py": "test_scoring: a foreign model goes through all of them",
    "scoring/evaluate.py": "test_scoring: a foreign model goes through all of them",
    "scoring/inputs.py": "test_scoring: a foreign model goes through all of them",
    "scoring/interface.py": "test_scoring: a foreign model goes through all of them",
    "scoring/results.py": "test_scoring: a foreign model goes through all of them",
    "scoring/sandbox.py": "test_scoring: a foreign model goes through all of them",
    "german/semantics.py": SENTENCES,
    "photos/formats.py": "test_photos_kinds: every kind of picture goes through both",
    "photos/pictures.py": "test_photos_kinds: every kind of picture goes through both",
    "runs/comparison.py": "test_sweep: the page of a sweep",
    "training/entries.py": "test_store: an entry is found where it was put",
    "typeset/blocks.py": DOCUMENT,
    "typeset/cells.py": DOCUMENT,
    "typeset/citations.py": DOCUMENT,
    "typeset/drawings.py": "test_typeset_slides: a slide brings one along",
    "typeset/formulas.py": DOCUMENT,
    "typeset/pandoc.py": DOCUMENT,
    "typeset/references.py": DOCUMENT,
    "typeset/tables.py": DOCUMENT,
    "typeset/titlepage.py": DOCUMENT,
    "typeset/web.py": DOCUMENT,
}
"""Modules without a test file of their own: the file that tests them, and why there."""


def own_tests(path: Path) -> list[Path]:
    """``test_<module>``, ``test_<room>_<module>``, or, for a room as a whole, ``test_<room>``; all with endings."""
    relative = path.relative_to(PACKAGE)
    *rooms, module = relative.with_suffix("").parts
    names = [rooms[0]] if module == "__init__" else [module, "_".join((*rooms, module))]
    return [found for name in names for found in TESTS.glob("test_*.py") if belongs(found, name)]


def belongs(test: Path, name: str) -> bool:
    return test.stem == f"test_{name}" or test.stem.startswith(f"test_{name}_")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_has_its_test_file(path):
    name = path.relative_to(PACKAGE).as_posix()
    if path.name == "__init__.py" and len(parse(path).body) == 1:
        return  # nothing but a docstring
    found = own_tests(path)
    if name not in ELSEWHERE:
        assert found, f"no tests/test_{path.stem}.py, and no reason for it in ELSEWHERE"
        return
    exact = [test for test in found if test.stem == f"test_{path.stem}"]
    assert not exact, f"{exact[0].name} exists: {name} needs no exception any more"
    assert (TESTS / f"{ELSEWHERE[name].split(':')[0]}.py").is_file()


def test_exceptions_are_modules():
    assert set(ELSEWHERE) <= {path.relative_to(PACKAGE).as_posix() for path in FILES}


# ---------------------------------------------------------------- the house

MOST_LINES = 500


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_file_is_long(path):
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_rooms_do_not_go_in_circles():
    """Neither do the modules within a room: whole modules, by their full names."""
    arrows = {
        module: {target for target in full_imports(path) if not f"{module}.".startswith(f"{target}.")}
        for module, path in MODULES.items()
    }  # a room's own __init__ apart: it gathers what its modules offer
    while leaves := [module for module, targets in arrows.items() if not targets & set(arrows)]:
        for module in leaves:
            del arrows[module]
    assert arrows == {}, "circle among: " + ", ".join(sorted(arrows))


def full_imports(path: Path):
    """Modules of the package that a file imports when it is imported itself."""
    late = [n for f in ast.walk(parse(path)) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)]
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.ImportFrom) or (node.lineno, node.module) in {
            (n.lineno, n.module) for n in late if isinstance(n, ast.ImportFrom)
        }:
            continue
        for alias in node.names:
            for name in (f"{node.module}.{alias.name}", node.module):
                if name in MODULES:
                    yield name
                    break


@pytest.mark.parametrize("action", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say(action):
    if (ruff := shutil.which("ruff", path=str(Path(sys.executable).parent))) is None:
        pytest.skip("ruff is not installed")
    command = [ruff, *action, "--no-cache", "inpainting", "tests", "benchmarks"]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


PROGRAMS = sorted((PACKAGE.parent / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_imports_of_programs_exist(path):
    """What a program of benchmarks/ imports of the package, and what it calls there, still exists."""
    tree = parse(path)
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "inpainting":
            for alias in node.names:
                module = importlib.import_module(node.module)
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
                modules[alias.asname or alias.name] = getattr(module, alias.name)
    wrong = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and isinstance(modules.get(node.value.id), type(ast))
        and not hasattr(modules[node.value.id], node.attr)
    ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_program_says_how_it_is_called(path):
    done = subprocess.run([sys.executable, str(path), "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage:"), done.stderr


def test_the_mutation_run_names_files_that_exist():
    spec = importlib.util.spec_from_file_location("mutants", PACKAGE.parent / "benchmarks" / "mutants.py")
    mutants = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = mutants  # its data classes look themselves up
    try:
        spec.loader.exec_module(mutants)
    finally:
        del sys.modules[spec.name]
    assert mutants.list_missing() == []
    assert all(reason and module in mutants.TESTS for (module, *_), reason in mutants.EQUIVALENT.items())
