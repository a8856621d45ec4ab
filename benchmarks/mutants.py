"""How many small faults the tests notice: a mutation run over the parts whose numbers a report prints.

    python benchmarks/mutants.py --count 300 --seed 1 --output mutanten.json

Each mutant is the program with one operator, number, comparison or condition changed, in a copy of
the project; the tests of that module must fail.  A mutant that they pass has survived: it is listed
with its line, before and after.  Most survivors point to a missing assertion; some change nothing
that can be seen, and those are named in :data:`EQUIVALENT` with the reason.
"""

import argparse
import ast
import dataclasses
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

TESTS = {
    "inpainting/config.py": ("test_config.py", "test_properties.py"),
    "inpainting/files.py": ("test_files.py", "test_properties.py"),
    "inpainting/masks.py": ("test_masks.py", "test_properties.py"),
    "inpainting/classical.py": ("test_classical.py",),
    "inpainting/measuring/evaluation.py": ("test_evaluation.py",),
    "inpainting/networks/prior_unet.py": ("test_models.py",),
    "inpainting/networks/autoencoder.py": ("test_models.py",),
    "inpainting/training/recipes.py": ("test_recipes.py", "test_training.py"),
    "inpainting/german/numbers.py": ("test_numbers.py",),
    "inpainting/german/verdicts.py": ("test_sentences.py",),
    "inpainting/runs/soundness.py": ("test_check.py", "test_properties.py"),
    "inpainting/runs/folders.py": ("test_run.py",),
}
"""Module → the files of tests that are asked; what is not there is left out."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""(module, line before, line after) → why no test can tell them apart."""

SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes
    ----------
    module : path below the project's root.
    line : its number.
    before, after : the changed expression, as source.
    source : the whole module with the change.
    """

    module: str
    line: int
    before: str
    after: str
    source: str


def list_places(source: str) -> list[tuple[int, int]]:
    """Every place that can be changed: the number of its node in ``ast.walk``, and of the way."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (place, way)
        for place, node in enumerate(ast.walk(tree))
        if id(node) not in docstrings
        for way, _ in enumerate(_changes(node))
    ]


def mutate(module: str, source: str, place: int, way: int) -> Mutant:
    """The module with one place changed."""
    tree = ast.parse(source)
    node = next(other for i, other in enumerate(ast.walk(tree)) if i == place)
    before = ast.unparse(node)
    list(_changes(node))[way](node)
    return Mutant(module, node.lineno, _short(before), _short(ast.unparse(node)), ast.unparse(tree))


def _short(source: str) -> str:
    return " ".join(source.split())[:160]


def _changes(node: ast.AST) -> Iterator:
    """Functions that change a node in place, one for each way."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPPED:
        yield lambda n: setattr(n, "op", SWAPPED[type(n.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield lambda n: n.ops.__setitem__(0, SWAPPED[type(n.ops[0])]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield lambda n: setattr(n, "op", ast.UAdd() if isinstance(n.op, ast.USub) else ast.Not())
    elif isinstance(node, ast.If | ast.IfExp):
        yield lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield lambda n: setattr(n, "value", n.value + 1)
        yield lambda n: setattr(n, "value", n.value / 2 if isinstance(n.value, float) else n.value - 1)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield lambda n: setattr(n, "value", ast.Constant(None))


def survives(mutant: Mutant, project: Path, limit_s: float) -> bool:
    """Whether the tests of its module pass in spite of a mutant."""
    path = project / mutant.module
    original = path.read_text(encoding="utf-8")
    tests = [f"tests/{name}" for name in TESTS[mutant.module] if (project / "tests" / name).exists()]
    try:
        path.write_text(mutant.source, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow and not full",
        ]
        environment = os.environ | {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [*command, *tests], cwd=project, env=environment, capture_output=True, timeout=limit_s
        )
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False  # it loops, which somebody would notice
    finally:
        path.write_text(original, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", nargs="+", help="parts of paths, such as masks or german")
    parser.add_argument("--limit", type=float, default=600, help="seconds for the tests of one mutant")
    parser.add_argument("--output", type=Path)
    known = parser.parse_args()
    modules = [m for m in TESTS if not known.modules or any(part in m for part in known.modules)]
    sources = {m: (ROOT / m).read_text(encoding="utf-8") for m in modules if (ROOT / m).exists()}
    places = [(module, *place) for module, source in sources.items() for place in list_places(source)]
    random.Random(known.seed).shuffle(places)
    mutants = (mutate(module, sources[module], *place) for module, *place in places)
    mutants = (m for m in mutants if (m.module, m.before, m.after) not in EQUIVALENT)
    chosen, survivors, started = list(itertools.islice(mutants, known.count)), [], time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="inpainting-mutanten-") as folder:
        project = Path(folder) / "projekt"
        left_out = shutil.ignore_patterns(".git", ".venv*", "results", "__pycache__", ".work", ".scores")
        shutil.copytree(ROOT, project, ignore=left_out)
        shutil.copytree(ROOT / "results", project / "results", ignore=shutil.ignore_patterns("[!o-r]*/"))
        for number, mutant in enumerate(chosen, 1):
            if survives(mutant, project, known.limit):
                survivors.append(mutant)
                print(
                    f"  überlebt: {mutant.module}:{mutant.line}  {mutant.before}  →  {mutant.after}",
                    flush=True,
                )
            print(f"{number}/{len(chosen)}: {number - len(survivors)} erkannt", flush=True)
    share = 1 - len(survivors) / max(1, len(chosen))
    print(
        f"{share:.1%} von {len(chosen)} erkannt ({time.perf_counter() - started:.0f} s, {len(places)} möglich)"
    )
    if known.output:
        rows = [{k: v for k, v in dataclasses.asdict(m).items() if k != "source"} for m in survivors]
        known.output.write_text(
            json.dumps({"n": len(chosen), "survivors": rows}, indent=1, ensure_ascii=False)
        )


if __name__ == "__main__":
    main()
