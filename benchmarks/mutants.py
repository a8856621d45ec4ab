"""How many small faults the tests notice: a mutation run over the parts whose numbers a report prints.

    python benchmarks/mutants.py --count 300 --seed 1 --output build/mutanten.json

Each mutant is the program with one operator, number, comparison or condition changed, in a copy of
the project; the tests of that module must fail.  A mutant that they pass has survived: it is listed
with its line, before and after.  Most survivors point to a missing assertion; some change nothing
that can be seen, and those are named in :data:`EQUIVALENT` with the reason.

The tests run once as they are, to find out which of them reach which line.  The heavy packages are then
loaded once, and a forked process runs for each mutant first the tests that reach its line, then the
others that touch its module.  Left as they are: texts, annotations, what is logged, and places that
only a slow test, a browser or a process of its own reaches (they are counted).

The results are written after every mutant: the same command goes on where it was interrupted, and
``--again`` tries those anew that survived.
"""

import argparse
import ast
import collections
import contextlib
import dataclasses
import functools
import gc
import hashlib
import importlib
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

NETWORKS = ("test_prior_unet.py", "test_autoencoder.py", "test_networks.py", "test_flow.py", "test_tasks.py")
TRAINING = ("test_recipes.py", "test_batches.py", "test_loop.py", "test_tasks.py", "test_flow.py")
SENTENCES = (
    "test_sentences.py",
    "test_sentences_known.py",
    "test_numbers.py",
    "test_german_training.py",
    "test_german_ladder.py",
)

TESTS = {
    "inpainting/config/__init__.py": ("test_config.py", "test_properties.py", "test_data.py"),
    "inpainting/config/parameter.py": ("test_config.py", "test_properties.py"),
    "inpainting/errors.py": ("test_errors.py", "test_files.py", "test_properties.py"),
    "inpainting/files.py": ("test_files.py", "test_properties.py", "test_errors.py"),
    "inpainting/noise.py": ("test_noise.py", "test_classical.py", "test_flow.py", "test_properties.py"),
    "inpainting/masks.py": (
        "test_masks.py",
        "test_properties.py",
        "test_evaluation.py",
        "test_batches.py",
        "test_classical.py",
    ),
    "inpainting/classical/interpolation.py": ("test_classical.py", "test_properties.py"),
    "inpainting/classical/gaussian.py": ("test_classical.py", "test_properties.py"),
    "inpainting/measuring/evaluation.py": ("test_evaluation.py", "test_benchmark.py", "test_survey.py"),
    "inpainting/measuring/draws.py": ("test_draws.py", "test_benchmark.py"),
    "inpainting/measuring/frechet.py": ("test_frechet.py", "test_benchmark.py"),
    "inpainting/measuring/verdict.py": ("test_verdict.py", "test_benchmark.py"),
    "inpainting/networks/__init__.py": ("test_networks.py", *NETWORKS),
    "inpainting/networks/prior_unet.py": NETWORKS,
    "inpainting/networks/autoencoder.py": ("test_autoencoder.py", *NETWORKS),
    "inpainting/networks/flow.py": ("test_flow.py", *NETWORKS),
    "inpainting/networks/classifier.py": ("test_classifier.py", "test_verdict.py", "test_tasks.py"),
    "inpainting/networks/muon.py": ("test_muon.py", "test_tasks.py"),
    "inpainting/training/recipes.py": ("test_recipes.py", *TRAINING, "test_store.py"),
    "inpainting/training/batches.py": ("test_batches.py", *TRAINING),
    "inpainting/training/flow.py": ("test_flow.py", *TRAINING),
    "inpainting/training/loop.py": ("test_loop.py", *TRAINING),
    "inpainting/training/tasks.py": ("test_tasks.py", *TRAINING),
    "inpainting/german/numbers.py": ("test_numbers.py", *SENTENCES),
    "inpainting/german/verdicts.py": SENTENCES,
    "inpainting/german/samples.py": SENTENCES,
    "inpainting/german/results.py": SENTENCES,
    "inpainting/german/semantics.py": SENTENCES,
    "inpainting/german/training.py": ("test_german_training.py", *SENTENCES),
    "inpainting/german/ladder.py": ("test_german_ladder.py", *SENTENCES),
    "inpainting/german/summary.py": SENTENCES,
    "inpainting/german/data.py": SENTENCES,
    "inpainting/runs/soundness.py": ("test_check.py", "test_properties.py", "test_handin.py", "test_run.py"),
    "inpainting/runs/check.py": ("test_check.py", "test_handin.py"),
    "inpainting/runs/folders.py": ("test_properties.py", "test_run.py", "test_handin.py"),
}
"""Module → the files of tests that are asked, the nearest first."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "inpainting/masks.py",
        "near = difflib.get_close_matches(name, SUITES, n=1, cutoff=0.5)",
        "near = difflib.get_close_matches(name, SUITES, n=2, cutoff=0.5)",
    ): "the nearest name is taken, so more of them change nothing",
    (
        "inpainting/classical/gaussian.py",
        "hole = np.flatnonzero(holes[members[0]])",
        "hole = np.flatnonzero(holes[members[-1]])",
    ): "all members of a group have the same hole",
    (
        "inpainting/networks/autoencoder.py",
        "x = layers.Concatenate()(features) if len(features) > 1 else features[0]",
        "x = layers.Concatenate()(features) if len(features) > 0 else features[0]",
    ): "one array joined with nothing is itself",
    (
        "inpainting/training/loop.py",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -4: 2 ** 25}",
    ): "from when on glibc maps blocks: it changes time and memory, and no result",
    (
        "inpainting/training/loop.py",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
        "restore = {-8: 0, -4: 2 ** 16, -2: 2 ** 26, -3: 2 ** 25}",
    ): "from when on glibc returns memory: it changes time and memory, and no result",
    (
        "inpainting/training/loop.py",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
        "restore = {-8: 0, -4: 2 ** 15, -1: 2 ** 26, -3: 2 ** 25}",
    ): "how many blocks glibc may map: both are more than a program has",
    (
        "inpainting/measuring/evaluation.py",
        "image_mse = _per_image((shown - truth) ** 2) / images[0].size",
        "image_mse = _per_image((shown - truth) ** 2) / images[-1].size",
    ): "all images of an array have the same size",
    (
        "inpainting/classical/gaussian.py",
        "FIT_CHUNK, FILL_CHUNK = (5000, 500)",
        "FIT_CHUNK, FILL_CHUNK = (5001, 500)",
    ): "images computed at once: it changes time and rounding alone",
    (
        "inpainting/networks/autoencoder.py",
        "seeds = iter(np.random.default_rng(seed).integers(2 ** 31, size=6).tolist())",
        "seeds = iter(np.random.default_rng(seed).integers(2 ** 31, size=5).tolist())",
    ): "five seeds are used; the first five are the same",
    (
        "inpainting/training/tasks.py",
        "batches.make_loss(recipe), steps_per_execution=STEPS_PER_EXECUTION if recipe.architecture == 'autoencoder' else 1)",
        "batches.make_loss(recipe), steps_per_execution=STEPS_PER_EXECUTION if not recipe.architecture == 'autoencoder' else 1)",
    ): "steps between two returns to Python: it changes time, and no result",
    (
        "inpainting/runs/check.py",
        "@dataclass(frozen=True)",
        "@dataclass(frozen=False)",
    ): "nothing assigns to it; frozen keeps others from doing so",
    (
        "inpainting/networks/prior_unet.py",
        "for first, second in zip(names, names, strict=True):",
        "for first, second in zip(names, names, strict=False):",
    ): "both are the same iterator: it ends for both at once",
    (
        "inpainting/networks/classifier.py",
        "seeds = iter(np.random.default_rng(seed).integers(2 ** 31, size=2 * len(widths)).tolist())",
        "seeds = iter(np.random.default_rng(seed).integers(2 ** 31, size=3 * len(widths)).tolist())",
    ): "more seeds are drawn than are used; the first are the same",
    (
        "inpainting/config/parameter.py",
        "return f' Gemeint ist vielleicht „{near[0]}“.' if near else ''",
        "return f' Gemeint ist vielleicht „{near[-1]}“.' if near else ''",
    ): "one name is asked for, so the first is the last",
    (
        "inpainting/training/loop.py",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
        "restore = {-8: 0, -4: 3 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
    ): "how many blocks glibc may map: both are more than a program has",
    (
        "inpainting/training/loop.py",
        "restore = {-8: 0, -4: 2 ** 16, -1: 2 ** 26, -3: 2 ** 25}",
        "restore = {-8: 0, -4: 2 ** 16, -1: 1 ** 26, -3: 2 ** 25}",
    ): "from when on glibc returns memory: it changes time and memory, and no result",
    (
        "inpainting/training/loop.py",
        "keep = {-8: 1, -4: 0, -1: 2 ** 30}",
        "keep = {-8: 1, -4: 0, -1: 3 ** 30}",
    ): "glibc cuts it to an int: it changes time and memory, and no result",
    (
        "inpainting/measuring/verdict.py",
        "ambda images, masks: judge.predict(_seen(images, masks), batch_size=500, verbose=0)[:, 0] > 0",
        "ambda images, masks: judge.predict(_seen(images, masks), batch_size=501, verbose=0)[:, 0] > 0",
    ): "images computed at once: it changes time, and no result",
    (
        "inpainting/networks/__init__.py",
        "return model.predict(mask_images(images, masks), batch_size=256, verbose=0)",
        "return model.predict(mask_images(images, masks), batch_size=257, verbose=0)",
    ): "images computed at once: it changes time, and no result",
    (
        "inpainting/masks.py",
        "packed = np.packbits(masks.reshape(len(masks), -1), axis=1)",
        "packed = np.packbits(masks.reshape(len(masks), -2), axis=1)",
    ): "numpy takes any negative length for the one that is left",
    (
        "inpainting/classical/gaussian.py",
        "rows = images.reshape(len(images), -1)",
        "rows = images.reshape(len(images), -2)",
    ): "numpy takes any negative length for the one that is left",
    (
        "inpainting/classical/gaussian.py",
        "precision = linalg.inv(covariance, overwrite_a=True, assume_a='pos').astype(np.float32)",
        "precision = linalg.inv(covariance, overwrite_a=False, assume_a='pos').astype(np.float32)",
    ): "the matrix is not used again: it changes memory, and no result",
    (
        "inpainting/files.py",
        "lock.acquire(timeout=1)",
        "lock.acquire(timeout=0)",
    ): "after how long it is said that one waits; no test waits for time",
    (
        "inpainting/german/training.py",
        "after = val_loss[best + 1:]",
        "after = val_loss[best - 1:]",
    ): "with fewer than three epochs after the best, the last three hold the best, which has not risen",
    (
        "inpainting/german/training.py",
        "Verdict(still_falling=bool(still_falling), rising=bool(late - before > threshold), overfitted=bool(risen and "
        "(not still_falling) and (loss[-1] < loss[",
        "Verdict(still_falling=bool(still_falling), rising=bool(late - before >= threshold), overfitted=bool(risen and "
        "(not still_falling) and (loss[-1] < loss",
    ): "a mean of losses that equals the threshold to the last bit",
    (
        "inpainting/masks.py",
        "never = np.uint16(65535)",
        "never = np.uint16(65534)",
    ): "both are later than the 16·9·13 moments at which a brush paints",
    (
        "inpainting/masks.py",
        "re(masks, np.clip(predictions, 0, 1), images).astype(np.float32, copy=False)",
        "re(masks, np.clip(predictions, 0, 1), images).astype(np.float32, copy=True)",
    ): "np.where has made a new array: a copy changes memory, and no result",
}
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

LOGGED = ("log", "print", "warn", "debug", "info")
"""Calls whose arguments are only read by people."""

LOADED = (
    "numpy scipy.stats scipy.ndimage scipy.sparse scipy.special skimage.metrics skimage.restoration cv2 "
    "matplotlib.pyplot PIL.Image h5py nbformat nbclient nbconvert.exporters papermill pypdf jinja2 typst "
    "IPython.core.interactiveshell hypothesis.extra.numpy pytest coverage inpainting.networks"
).split()
"""What is imported before the processes are forked; the package itself is forgotten again."""

MEMORY = 12 * 2**30
"""Bytes that the tests of one mutant may take."""

OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "--hypothesis-seed=1", "-m"]
QUICK = "not slow and not browser and not full"


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes
    ----------
    module : path below the project's root.
    place, way : the number of the node in ``ast.walk``, and which of its changes.
    lines : the first and the last line of the source that the place belongs to.
    before, after : the changed line, as ``ast.unparse`` writes it.
    source : the whole module with the change.
    """

    module: str
    place: int
    way: int
    lines: tuple[int, int]
    before: str
    after: str
    source: str

    def name(self) -> str:
        return f"{self.module}:{self.place}:{self.way}"


def list_places(source: str) -> list[tuple[int, int]]:
    """Every place that can be changed: the number of its node in ``ast.walk``, and of the way."""
    tree = ast.parse(source)
    kept = _list_kept(tree)
    return [
        (place, way)
        for place, node in enumerate(ast.walk(tree))
        if id(node) not in kept
        for way, _ in enumerate(_changes(node))
    ]


def _list_kept(tree: ast.AST) -> set[int]:
    """The nodes that are never changed: annotations, and what is logged."""
    kept = set()
    for node in ast.walk(tree):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            parts += node.args + node.keywords if called in LOGGED else []
        for part in parts:
            kept |= {id(inner) for inner in ast.walk(part)} if isinstance(part, ast.AST) else set()
    return kept


def mutate(module: str, source: str, place: int, way: int) -> Mutant | None:
    """The module with one place changed; None if it is still the same, as after ``return None``."""
    tree = ast.parse(source)
    before = ast.unparse(tree).splitlines()
    node = next(other for i, other in enumerate(ast.walk(tree)) if i == place)
    lines = _find_lines(tree)[id(node)]
    list(_changes(node))[way]()
    changed = ast.unparse(tree)
    pairs = zip(before, changed.splitlines(), strict=False)
    line, other = next(((a, b) for a, b in pairs if a != b), (None, None))
    if line is None:
        return None
    return Mutant(module, place, way, lines, *_shorten(line.strip(), other.strip()), changed)


def _find_lines(tree: ast.AST) -> dict[int, tuple[int, int]]:
    """The id of each node → the lines of the innermost statement around it; of a compound one, its head."""
    found = {}
    for statement in ast.walk(tree):  # from the outside to the inside
        if isinstance(statement, ast.stmt):
            body = getattr(statement, "body", None)
            last = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
            found |= {id(node): (statement.lineno, last) for node in ast.walk(statement)}
    return found


def _shorten(before: str, after: str) -> tuple[str, str]:
    """Both lines, cut to the surroundings of their difference."""
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = max(0, start - 70)
    return before[start : start + 150], after[start : start + 150]


def _changes(node: ast.AST) -> Iterator[Callable[[], None]]:
    """Functions that change a node in place, one for each way."""
    change = functools.partial(setattr, node)
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPPED:
        yield lambda: change("op", SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield lambda: change("ops", [SWAPPED[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield lambda: _drop_sign(node)
    elif isinstance(node, ast.If | ast.IfExp):
        yield lambda: change("test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda: change("value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        for other in (node.value + 1, node.value / 2 if isinstance(node.value, float) else node.value - 1):
            if other != node.value:  # half of nothing is nothing
                yield functools.partial(setattr, node, "value", other)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield lambda: change("value", ast.Constant(None))


def _drop_sign(node: ast.UnaryOp) -> None:
    """Undo a negation: ``+x`` for ``-x``, ``not not x`` for ``not x``."""
    if isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    else:
        node.operand = ast.UnaryOp(ast.Not(), node.operand)


class Watch:
    """A plugin of pytest: runs the chosen tests in their order, and notes times, failures and reach.

    Parameters
    ----------
    chosen : names of the tests, in the order in which they are to run; None for all.
    coverage : a running ``coverage.Coverage`` that is told which test runs.
    """

    def __init__(self, chosen: list[str] | None = None, coverage=None):
        self.chosen, self.coverage = chosen, coverage
        self.seconds, self.failed = collections.Counter(), []

    def pytest_collection_modifyitems(self, items):
        if self.chosen is not None:
            found = {item.nodeid: item for item in items}
            items[:] = [found[name] for name in self.chosen if name in found]

    def pytest_runtest_logstart(self, nodeid):
        if self.coverage:
            self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed.append(report.nodeid)


def load() -> None:
    """Import what every test needs, from the copy that the tests run in."""
    os.environ |= {"MPLBACKEND": "agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for name in LOADED:
        importlib.import_module(name)
    import keras

    for name in [name for name in sys.modules if name.split(".")[0] == "inpainting"]:
        del sys.modules[name]
    keras.saving.get_custom_objects().clear()
    gc.collect()
    gc.freeze()  # a forked process does not look through all of it again and again


def fork(function: Callable[[], dict], limit_s: float, output: Path) -> dict | None:
    """What a function returns in a process of its own; None if it runs past the limit or dies."""
    output.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            with open(output.with_suffix(".log"), "w") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            answer = function()
            output.with_suffix(".part").write_text(json.dumps(answer))
            output.with_suffix(".part").rename(output)
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + limit_s
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"late": True}
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what a test has left behind
    return json.loads(output.read_text()) if output.exists() else None


def measure(name: str) -> dict:
    """Run a file of tests as it is: its tests that pass → their seconds and the lines they reach."""
    import coverage
    import pytest

    tracer = coverage.Coverage(data_file=None, config_file=False, source=[str(Path.cwd() / "inpainting")])
    watch = Watch(coverage=tracer)
    tracer.start()
    pytest.main([*OPTIONS, QUICK, f"tests/{name}"], plugins=[watch])
    tracer.stop()
    tests = {
        test: {"seconds": s, "lines": collections.defaultdict(list)} for test, s in watch.seconds.items()
    }
    data = tracer.get_data()
    for path in data.measured_files():
        module = Path(path).relative_to(Path.cwd()).as_posix()
        for line, contexts in data.contexts_by_lineno(path).items():
            for test in set(contexts) & set(tests) if module in TESTS else ():
                tests[test]["lines"][module].append(line)
    return {"tests": {t: v for t, v in tests.items() if t not in watch.failed}, "failed": watch.failed}


def attempt(chosen: list[str]) -> dict:
    """Run the chosen tests up to the first that fails."""
    import pytest

    sys.dont_write_bytecode = True
    watch = Watch(chosen)
    files = dict.fromkeys(test.partition("::")[0] for test in chosen)
    code = pytest.main(["-x", *OPTIONS, QUICK, *files], plugins=[watch])
    return {"code": int(code), "failed": watch.failed}


def choose(mutant: Mutant, reach: dict[str, dict], effort_s: float) -> dict[str, float]:
    """The tests for a mutant and their seconds, those that reach its lines first, the nearest file first.

    The others of the nearest file follow, since what tests share is reached by the first of them alone.
    What a module does when it is imported is reached by every test that touches the module.
    Once they would take longer than ``effort_s``, no more are added.
    """
    first, last = mutant.lines
    near, far = [], []
    for rank, name in enumerate(dict.fromkeys(TESTS[mutant.module])):
        for test, about in reach[name]["tests"].items():
            lines = about["lines"].get(mutant.module)
            if lines:
                hit = any(first <= line <= last for line in lines)
                (near if hit else far).append((rank, about["seconds"], test))
    if near:
        far = [test for test in far if test[0] == 0]
    chosen = {}
    for _, seconds, test in sorted(near) + sorted(far):
        if not chosen or sum(chosen.values()) + seconds <= effort_s:
            chosen[test] = seconds
    return chosen


def list_imported(source: str) -> set[int]:
    """The lines that run when a module is imported: all that stand in no function."""
    tree = ast.parse(source)
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            inside |= set(range(node.body[0].lineno, node.end_lineno + 1))
        elif isinstance(node, ast.Lambda):
            inside |= set(range(node.body.lineno, node.body.end_lineno + 1))
    return set(range(1, len(source.splitlines()) + 1)) - inside


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class Run:
    """A mutation run, kept in a file.

    Parameters
    ----------
    output : the file with the results; the reach of the tests lies beside it.
    project : the copy of the project that the mutants are written into; the working directory.
    """

    def __init__(self, output: Path, project: Path):
        self.output, self.project = output, project
        self.kept = json.loads(output.read_text()) if output.exists() else {}
        self.answer = project.parent / "antwort.json"
        self.sources = {module: (project / module).read_text(encoding="utf-8") for module in TESTS}

    def save(self) -> None:
        part = self.output.with_suffix(".part")
        part.write_text(json.dumps(self.kept, indent=1, ensure_ascii=False), encoding="utf-8")
        part.rename(self.output)

    def reach(self, modules: list[str]) -> dict[str, dict]:
        """Which test reaches what; only files that have changed since are run."""
        path = self.output.with_suffix(".reach.json")
        kept = json.loads(path.read_text()) if path.exists() else {}
        package = digest("".join(self.sources.values()))
        for name in dict.fromkeys(name for module in modules for name in TESTS[module]):
            state = [package, digest((self.project / "tests" / name).read_text(encoding="utf-8"))]
            if kept.get(name, {}).get("state") != state:
                found = fork(lambda name=name: measure(name), 3600, self.answer)
                if not found or "late" in found:
                    sys.exit(f"{name}: {self.answer.with_suffix('.log').read_text()[-2000:]}")
                kept[name] = found | {"state": state}
                path.write_text(json.dumps(kept))
                n, seconds = len(found["tests"]), sum(t["seconds"] for t in found["tests"].values())
                print(f"{name}: {n} Tests, {seconds:.0f} s; schlagen fehl: {found['failed']}", flush=True)
        return kept

    def draw(self, count: int, seed: int, modules: list[str], reach: dict) -> list[Mutant]:
        """A random sample of the mutants on lines that the tests reach; once drawn, it stays the same."""
        state = [count, seed, modules, digest("".join(self.sources.values()))]
        if self.kept.get("state") == state:
            names = [name.split(":") for name in self.kept["sample"]]
            return [mutate(module, self.sources[module], int(p), int(way)) for module, p, way in names]
        places, unreached = [], collections.Counter()
        for module in modules:
            source = self.sources[module]
            lines = {
                line
                for name in TESTS[module]
                for about in reach[name]["tests"].values()
                for line in about["lines"].get(module, ())
            } | list_imported(source)
            nodes = list(ast.walk(tree := ast.parse(source)))
            spans = _find_lines(tree)
            for place, way in list_places(source):
                first, last = spans[id(nodes[place])]
                if lines.isdisjoint(range(first, last + 1)):
                    unreached[module] += 1
                else:
                    places.append((module, place, way))
        random.Random(seed).shuffle(places)
        changed = (mutate(module, self.sources[module], *place) for module, *place in places)
        mutants = list(itertools.islice(filter(None, changed), count))
        self.kept |= {
            "state": state,
            "sample": [mutant.name() for mutant in mutants],
            "reached": len(places),
            "unreached": dict(unreached),
        }
        return mutants

    def judge(self, mutant: Mutant, chosen: dict[str, float]) -> dict:
        """What the tests say to a mutant: one row of the results."""
        path, started = self.project / mutant.module, time.monotonic()
        original = path.read_text(encoding="utf-8")
        kept = path.stat()
        try:
            path.write_text(mutant.source, encoding="utf-8")
            os.utime(path, (kept.st_atime, kept.st_mtime + 60))  # no compiled file of another fits
            limit = 90 + 6 * sum(chosen.values())
            found = (
                fork(lambda: attempt(list(chosen)), limit, self.answer)
                if chosen
                else {"code": 0, "failed": []}
            )
        finally:
            path.write_text(original, encoding="utf-8")
            os.utime(path, (kept.st_atime, kept.st_mtime))
        outcome = "killed"
        if found and found.get("late"):
            outcome = "late"
        elif found and found["code"] in (0, 5) and not found["failed"]:
            outcome = "survived"
        return {
            "name": mutant.name(),
            "source": digest(self.sources[mutant.module]),
            "line": mutant.lines[0],
            "before": mutant.before,
            "after": mutant.after,
            "outcome": outcome,
            "by": (found or {}).get("failed", [])[:1],
            "n_tests": len(chosen),
            "seconds": round(time.monotonic() - started, 1),
        }


def summarise(rows: list[dict], kept: dict) -> str:
    """The shares by module and over all, as lines."""
    table = collections.defaultdict(collections.Counter)
    for row in rows:
        table[row["name"].partition(":")[0]][row["outcome"]] += 1
        table["alle"][row["outcome"]] += 1
    lines = []
    for module, n in sorted(table.items()):
        killed, counted = n["killed"] + n["late"], n.total() - n["equivalent"]
        lines.append(f"{module}: {killed} von {counted}, {killed / max(1, counted):.1%}; {dict(n)}")
    return "\n".join([*lines, f"möglich {kept['reached']}, unerreicht {kept['unreached']}"])


def list_missing() -> list[str]:
    """The files that :data:`TESTS` names and that do not exist."""
    named = {path for module, tests in TESTS.items() for path in (module, *(f"tests/{t}" for t in tests))}
    return sorted(path for path in named if not (ROOT / path).exists())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", nargs="+", help="parts of paths, such as masks or german")
    parser.add_argument("--effort", type=float, default=60, help="most seconds of tests for one mutant")
    parser.add_argument("--again", action="store_true", help="try those anew that survived")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "mutanten.json")
    known = parser.parse_args()
    modules = [m for m in TESTS if not known.modules or any(part in m for part in known.modules)]
    if missing := list_missing():
        sys.exit(f"Es fehlen: {', '.join(missing)}. Bitte TESTS in {Path(__file__).name} berichtigen.")
    output = known.output.resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="inpainting-mutanten-") as folder:
        project = Path(folder) / "projekt"
        kept = (".work", ".scores", ".gauss", ".live")  # in the model store
        left_out = shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".hypothesis", *kept)
        shutil.copytree(ROOT, project, ignore=left_out)
        os.chdir(project)
        os.environ["PYTHONPATH"] = str(project)
        sys.path[:] = [
            str(project),
            *(p for p in sys.path if Path(p).resolve() not in (ROOT, ROOT / "benchmarks")),
        ]
        load()
        run = Run(output, project)
        reach = run.reach(modules)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        mutants = run.draw(known.count, known.seed, modules, reach)
        rows = run.kept.setdefault("rows", {})
        tests = {mutant.name(): choose(mutant, reach, known.effort) for mutant in mutants}
        mutants.sort(key=lambda mutant: sum(tests[mutant.name()].values()))  # what is soon known, first
        for number, mutant in enumerate(mutants, 1):
            row = rows.get(mutant.name())
            current = row and row["source"] == digest(run.sources[mutant.module])
            if (mutant.module, mutant.before, mutant.after) in EQUIVALENT:
                rows[mutant.name()] = {"name": mutant.name(), "outcome": "equivalent"} | (row or {})
                rows[mutant.name()]["outcome"] = "equivalent"
            elif not current or (known.again and row["outcome"] == "survived"):
                row = rows[mutant.name()] = run.judge(mutant, tests[mutant.name()])
                run.save()
                print(
                    f"{number}/{len(mutants)} {row['outcome']} {row['seconds']} s {mutant.module}:"
                    f"{row['line']}  {row['before']}  →  {row['after']}  {row['by']}",
                    flush=True,
                )
        run.save()
        print(summarise([rows[mutant.name()] for mutant in mutants], run.kept))


if __name__ == "__main__":
    main()
