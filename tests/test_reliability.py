"""``docs/zuverlaessigkeit.md`` names tests that exist; what can be checked of other systems."""

import ast
import re

import pytest

from inpainting import config

PATH = config.ROOT / "docs" / "zuverlaessigkeit.md"
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", PATH.read_text("utf-8"), re.M)
NAMED = sorted({name for *_, tests in ROWS for name in re.findall(r"`(test_\w+\.py::test_\w+)`", tests)})
MODULES = sorted((config.ROOT / "inpainting").rglob("*.py"))


def defined(path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", NAMED)
def test_every_named_test_exists(name):
    file, _, function = name.partition("::")
    assert function in defined(config.ROOT / "tests" / file)


def test_sixty_faults_have_their_test():
    faults = [row for row in ROWS if "`test_" in row[2]]
    assert len({fault for fault, *_ in faults}) >= 60


def test_a_hundred_hostile_values_are_tried():
    import test_config

    assert 2 * len(test_config.NO_WHOLE_NUMBER) >= 90
    marks = [
        mark
        for name in dir(test_config)
        if name.startswith("test_")
        for mark in getattr(getattr(test_config, name), "pytestmark", ())
        if mark.name == "parametrize"
    ]
    assert sum(len(mark.args[1]) for mark in marks) >= 200


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(config.ROOT).as_posix())
def test_nothing_forks_and_no_path_is_of_one_system(path):
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("fork", "forkpty") or ast.unparse(node.value) != "os"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.match(r"/(tmp|home|usr|etc|root)(/|$)", node.value), node.value
    assert "multiprocessing" not in path.read_text("utf-8")


def test_files_are_closed_before_they_are_renamed():
    """Windows renames no open file: in each function, ``os.replace`` stands in no ``with open``."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.With) and any("open(" in ast.unparse(item) for item in node.items):
                inside = {ast.unparse(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
                assert "os.replace" not in inside, path
