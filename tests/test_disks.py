"""Real disks in the way: full, too small, read-only, or with a run's folder mounted in its place.

Each test has a small file system of its own, in a namespace that vanishes with its processes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from inpainting import config

ALONE = ["unshare", "--user", "--map-root-user", "--mount"]


def _may_mount() -> bool:
    command = [*ALONE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return bool(shutil.which("unshare")) and not subprocess.run(command, capture_output=True).returncode


pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not _may_mount(), reason="mounting needs Linux and its namespaces"
)

DRIVER = """
import sys
from pathlib import Path
from inpainting import cli, config
from inpainting.runs import run
config.NOTEBOOK = Path(sys.argv[1])
run._prepare_data = lambda settings, log: None
run.render_all = lambda notebook, folder, log: ({}, {})
sys.exit(cli.main(["report", "--preset", "schnell", "--name", "lauf", "--results", sys.argv[2]]))
"""
FILL_UP = """
import os
with open(os.environ["INPAINTING_OUTPUT"] + "/gross", "wb", buffering=0) as file:
    try:
        while file.write(bytes(1 << 20)):
            pass
    except OSError as error:
        print(error.errno)
"""


@pytest.fixture
def disk(tmp_path):
    """Runs shell commands, then Python code, beside a new file system; keeps what it held in ``kopie``."""
    place = tmp_path / "platte"
    place.mkdir()

    def call(size: str, before: str, code: str, *arguments) -> subprocess.CompletedProcess:
        script = f"""
            mount -t tmpfs -o size={size} tmpfs {place} && cd {place} && {before}
            {sys.executable} -c "$CODE" "$@"; code=$?
            cp -r {place} {tmp_path}/kopie; exit $code"""
        return subprocess.run(
            [*ALONE, "bash", "-c", script, "bash", *map(str, arguments)],
            env=os.environ | {"CODE": code, "PYTHONPATH": str(config.ROOT)},
            capture_output=True,
            encoding="utf-8",
        )

    call.place, call.copy = place, tmp_path / "kopie"
    return call


@pytest.fixture
def source(tmp_path):
    """A small notebook in the place of the report's."""

    def write(*cells: str) -> Path:
        parameters = new_code_cell('preset = "standard"', metadata={"tags": ["parameters"]}, id="parameter")
        nodes = [new_code_cell(cell.strip(), id=f"zelle-{i}") for i, cell in enumerate(cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        (tmp_path / "quelle").mkdir()
        (tmp_path / "quelle" / "literatur.bib").touch()
        path = tmp_path / "quelle" / "bericht.ipynb"
        nbformat.write(new_notebook(cells=[parameters, *nodes], metadata=kernel), path)
        return path

    return write


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "gross"
    }


EARLIER = "mkdir lauf && echo alt > lauf/metrics.json"


def test_a_disk_that_is_too_small_is_told_before_the_run(disk, source):
    done = disk("100m", EARLIER, DRIVER, source("print('gerechnet')"), disk.place)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "ausgeführt" not in done.stdout
    assert "kein Speicherplatz mehr" in done.stderr and "--results" in done.stderr
    assert files_of(disk.copy) == {"lauf/metrics.json": "alt\n"}


def test_a_disk_that_fills_up_in_a_run_keeps_what_was_saved_before(disk, source):
    notebook = source("print('gerechnet')", FILL_UP, "print('zu spät')")
    done = disk("230m", EARLIER, DRIVER, notebook, disk.place)
    assert done.returncode == 2 and "Traceback" not in done.stderr + done.stdout
    assert "kein Speicherplatz mehr" in done.stderr and "lauf.fehler" in done.stdout + done.stderr
    found = files_of(disk.copy)
    assert found.pop("lauf/metrics.json") == "alt\n"
    assert list(found) == ["lauf.fehler/bericht.ipynb"]
    kept = nbformat.reads(found["lauf.fehler/bericht.ipynb"], 4)
    assert kept.cells[2].outputs[0].text == "gerechnet\n"


def test_an_earlier_run_that_stays_where_it_is_is_told_before_the_run(disk, source):
    """The folder of the run is mounted there, as in a container: it cannot be renamed."""
    done = disk("300m", f"{EARLIER} && mount --bind lauf lauf", DRIVER, source("print()"), disk.place)
    assert done.returncode == 2 and "ausgeführt" not in done.stdout
    assert "nicht beschreibbar (in Gebrauch oder eingehängt)" in done.stderr and "--results" in done.stderr
    assert files_of(disk.copy) == {"lauf/metrics.json": "alt\n"}


def test_a_disk_that_may_only_be_read_is_told_before_the_run(disk, source):
    before = f"{EARLIER} && mount -o remount,ro,size=300m {disk.place}"
    done = disk("300m", before, DRIVER, source("print('gerechnet')"), disk.place)
    assert done.returncode == 2 and "ausgeführt" not in done.stdout
    assert "das Dateisystem ist schreibgeschützt" in done.stderr
    assert files_of(disk.copy) == {"lauf/metrics.json": "alt\n"}


STORE = """
import sys
from pathlib import Path
import training_case
from inpainting import config, console, data, errors
from inpainting.training import store
try:
    store.load_or_train(training_case.ORIGINAL, data.load_dataset(config.SAMPLE, log=str), str, Path(sys.argv[1]))
except (OSError, errors.UserError) as error:
    sys.exit(errors.explain(error) if isinstance(error, OSError) else str(error))
"""


@pytest.mark.slow
def test_a_full_disk_leaves_no_entry_in_the_store(disk, sample):
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{STORE}"
    done = disk("200k", "true", code, disk.place)
    assert done.returncode == 1 and "kein Speicherplatz mehr" in done.stderr, done.stderr
    assert [path.name for path in disk.copy.iterdir()] == [".work"]


def test_a_picture_that_does_not_fit_is_told_before_it_is_filled(disk, tmp_path, rng):
    Image.fromarray(rng.integers(0, 256, (700, 700, 3), np.uint8)).save(tmp_path / "bild.png")
    Image.fromarray(np.uint8(255 * (np.indices((700, 700)).sum(0) < 300))).save(tmp_path / "maske.png")
    code = "import sys; from inpainting import cli; sys.exit(cli.main(sys.argv[1:]))"
    words = ["fill", tmp_path / "bild.png", "--mask", tmp_path / "maske.png", "-o", disk.place / "neu.png"]
    done = disk("1m", "true", code, *words)
    assert done.returncode == 2 and done.stdout == "" and "nicht genug Platz" in done.stderr
    assert list(disk.copy.iterdir()) == []
