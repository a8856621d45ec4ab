"""Imports point upwards along the list in the package's docstring, and nothing slow comes early."""

import ast
import re
from pathlib import Path

import pytest

import inpainting

PACKAGE = Path(inpainting.__file__).parent
ORDER = re.findall(r"^    (\w+)  ", inpainting.__doc__, re.MULTILINE)
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def module_of(path: Path) -> str:
    """First name below the package: ``report`` for all files of the subpackage."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST):
    """Names imported from the package, as (module, line)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "inpainting":
            names = [f"inpainting.{alias.name}" for alias in node.names]
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
        if ORDER.index(name) >= own and name != "report"
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_relative_and_no_star_imports(path):
    found = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom)]
    assert not [node for node in found if node.level or node.names[0].name == "*"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_keras_is_imported_by_models_alone(path):
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(parse(path)) if isinstance(node, ast.Import | ast.ImportFrom)
    }  # fmt: skip
    assert not names & {"tensorflow", "torch", "jax"}
    assert "keras" not in names or module_of(path) == "models"


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
    defaults = [
        default for node in functions for default in (*node.args.defaults, *node.args.kw_defaults)
    ]
    assert not [d for d in defaults if isinstance(d, ast.List | ast.Dict | ast.Set)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_public_names_are_documented(path):
    tree = parse(path)
    assert ast.get_docstring(tree)
    public = [
        node for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        and len(node.body) > 1  # of one statement, the name says all
    ]  # fmt: skip
    assert not [node.name for node in public if not ast.get_docstring(node)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_test_file_has_its_module(path):
    tests = Path(__file__).parent
    module = module_of(path)
    assert list(tests.glob(f"test_{module}*.py"))
