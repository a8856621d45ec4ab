"""A user's own settings, homes, languages and limits: the same numbers, or a German message."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from inpainting import config, machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux' own means")

SETTINGS = (
    "from inpainting.networks import keras; import os; c = keras.config; "
    "print(c.backend(), c.floatx(), c.image_data_format(), c.epsilon(), c.dtype_policy().name, "
    "keras.config.max_epochs() if hasattr(c, 'max_epochs') else None, os.environ.get('KERAS_HOME'))"
)
DRIVER = """
import sys
from pathlib import Path
from inpainting import config, machine
machine.settle()
config.NOTEBOOK = Path(sys.argv[1])
from inpainting.runs import run
run._prepare_data = lambda settings, log: None
run.render_all = lambda notebook, folder, log: ({}, {})
run.run_report({"preset": "schnell"}, "lauf", lambda line: None, Path(sys.argv[2]))
"""
HOSTILE = "raise SystemExit('fremde Einstellung')"


def python(code: str, *arguments, before=(), **env) -> subprocess.CompletedProcess:
    """A new Python under some variables of the environment; None takes one away."""
    variables = {**os.environ, "PYTHONPATH": str(config.ROOT), **env}
    return subprocess.run(
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        env={name: str(value) for name, value in variables.items() if value is not None},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


@pytest.fixture
def home(tmp_path):
    (tmp_path / "heim").mkdir()
    return tmp_path / "heim"


@pytest.fixture
def source(tmp_path):
    """A small notebook in the place of the report's."""

    def write(*cells: str) -> Path:
        folder = tmp_path / "quelle"
        folder.mkdir()
        (folder / "literatur.bib").touch()
        parameters = new_code_cell('preset = "standard"', metadata={"tags": ["parameters"]}, id="parameter")
        nodes = [new_code_cell(cell, id=f"zelle-{i}") for i, cell in enumerate(cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=[parameters, *nodes], metadata=kernel), folder / "bericht.ipynb")
        return folder / "bericht.ipynb"

    return write


def printed(folder: Path) -> str:
    cells = nbformat.read(folder / "lauf" / "bericht.ipynb", 4).cells
    return "".join(output.get("text", "") for output in cells[-1].outputs)


# ---------------------------------------------------------------- Keras


@pytest.mark.parametrize(
    "content",
    [
        '{"floatx": "float16", "epsilon": 0.1}',
        '{"floatx": "float64", "image_data_format": "channels_first"}',
        '{"backend": "torch", "floatx": "bfloat16"}',
        '{"floatx": "unsinn", "epsilon": "viel"}',
        "kein JSON",
    ],
)
def test_a_users_keras_json_changes_nothing(home, content):
    (home / ".keras").mkdir()
    (home / ".keras" / "keras.json").write_text(content)
    done = python(SETTINGS, HOME=home, KERAS_HOME=None, KERAS_BACKEND=None)
    assert done.stdout == "tensorflow float32 channels_last 1e-07 float32 None None\n", done.stderr
    assert (home / ".keras" / "keras.json").read_text() == content


@pytest.mark.parametrize(
    "variables",
    [
        {"KERAS_BACKEND": "torch"},
        {"KERAS_BACKEND": "unsinn", "KERAS_MAX_EPOCHS": "1"},
        {"KERAS_HOME": "/dev/null/keras", "TF_USE_LEGACY_KERAS": "1", "XLA_FLAGS": "--unsinn"},
    ],
    ids=str,
)
def test_variables_of_keras_change_nothing(home, variables):
    done = python(SETTINGS, **{"HOME": home, **variables})
    kept = variables.get("KERAS_HOME")
    assert done.stdout == f"tensorflow float32 channels_last 1e-07 float32 None {kept}\n", done.stderr


def test_another_backend_that_is_loaded_already_is_refused():
    code = "import keras\nfrom inpainting import errors\ntry:\n    import inpainting.networks\n"
    done = python(code + "except errors.UserError as error:\n    print(error)", KERAS_BACKEND="numpy")
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("Keras' numpy backend needs packages that are not here")
    assert "rechnet hier schon mit numpy" in done.stdout and "neu starten" in done.stdout


@pytest.mark.parametrize(
    "content, told",
    [
        ('{"floatx": "float16"}', "floatx = float16"),
        ('{"image_data_format": "channels_first", "epsilon": 1e-07}', "image_data_format = channels_first"),
        ("[1]", None),
        ("kein JSON", "keras.json = nicht lesbar"),
        ('{"floatx": "float32", "backend": "tensorflow"}', None),
    ],
)
def test_foreign_settings_are_told(tmp_path, monkeypatch, content, told):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("KERAS_BACKEND", *machine.FOREIGN):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "keras.json").write_text(content)
    lines = machine.foreign_settings()
    assert (told in lines[0] and "gelten hier nicht" in lines[0]) if told else not lines


def test_a_foreign_backend_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("XLA_FLAGS", "--x")
    (line,) = machine.foreign_settings()
    assert "KERAS_BACKEND = jax" in line and "XLA_FLAGS" in line


# ---------------------------------------------------------------- matplotlib

DRAW = (
    "import hashlib; from inpainting import display, figures; import numpy as np; "
    "f = figures.plot_image_rows({'a': np.zeros((2, 32, 32, 3), np.float32)}, ['x', 'y']); "
    "print(hashlib.sha256(display.figure_bundle(f)['image/svg+xml'].encode()).hexdigest())"
)


def test_a_users_matplotlibrc_changes_no_figure(home, tmp_path):
    plain = python(DRAW, HOME=home)
    assert len(plain.stdout) == 65, plain.stderr
    settings = (
        "axes.facecolor: red\ntext.usetex: True\nsavefig.facecolor: blue\nsvg.fonttype: none\nfont.size: 30\n"
    )
    (tmp_path / "matplotlibrc").write_text(settings)
    hostile = python(DRAW, HOME=home, MATPLOTLIBRC=tmp_path / "matplotlibrc")
    assert hostile.stdout == plain.stdout, hostile.stderr


# ---------------------------------------------------------------- Jupyter, IPython, Python


def test_a_users_jupyter_and_python_change_nothing(home, source, tmp_path):
    profile = home / ".ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "00.py").write_text(HOSTILE)
    (profile / "ipython_config.py").write_text(
        f"c = get_config()\nc.InteractiveShellApp.exec_lines = [{HOSTILE!r}]"
    )
    (home / ".jupyter").mkdir()
    (home / ".jupyter" / "jupyter_config.py").write_text(HOSTILE)
    (home / ".jupyter" / "jupyter_nbconvert_config.py").write_text(HOSTILE)
    kernel = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/bin/false"], "display_name": "fremd", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (home / "start.py").write_text(HOSTILE)
    (home / "matplotlibrc").write_text("unsinn: 1\n")
    notebook = source("assert 1 == 2 or True\nprint(__debug__, 'Größe')")
    done = python(
        DRIVER,
        notebook,
        tmp_path / "results",
        HOME=home,
        PYTHONSTARTUP=home / "start.py",
        PYTHONOPTIMIZE="2",
        JUPYTER_PATH=home / ".local" / "share" / "jupyter",
        JUPYTER_CONFIG_PATH=home / ".jupyter",
        MATPLOTLIBRC=home / "matplotlibrc",
        LANG="C",
        LC_ALL="C",
        TZ="Pacific/Kiritimati",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert printed(tmp_path / "results") == "True Größe\n"


@linux
@pytest.mark.parametrize("place", ["/proc/heim", "/dev/null"])
def test_a_home_that_cannot_be_written_is_quiet(source, tmp_path, place):
    notebook = source("import matplotlib.pyplot, IPython\nprint('gerechnet')")
    gone = dict.fromkeys(("IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "INPAINTING_CACHE"))
    done = python(DRIVER, notebook, tmp_path / "results", HOME=place, **gone)
    assert (done.returncode, done.stderr) == (0, "")
    assert printed(tmp_path / "results") == "gerechnet\n"


@linux
def test_a_user_id_without_name_and_home(source, tmp_path):
    before = ["unshare", "--user", "--map-user=54321"]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("user namespaces are not permitted here")
    notebook = source("print('gerechnet')")
    gone = dict.fromkeys(("HOME", "USER", "LOGNAME", "USERNAME", "LNAME", "XDG_CACHE_HOME"))
    done = python(DRIVER, notebook, tmp_path / "results", before=before, **gone)
    assert (done.returncode, done.stderr) == (0, "")
    assert printed(tmp_path / "results") == "gerechnet\n"


def test_a_home_is_made_where_there_is_none(monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setenv("HOME", "")
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", "")
    machine.settle()
    assert Path(os.environ["HOME"]).is_dir() and os.environ["USER"] == "unbekannt"


# ---------------------------------------------------------------- limits


@linux
@pytest.mark.parametrize("megabytes", [600, 1200])
def test_too_little_memory_is_told(megabytes):
    limit = f"ulimit -v {megabytes * 1000}; exec {sys.executable} -m inpainting.cli verify"
    done = subprocess.run(
        ["bash", "-c", limit],
        env=os.environ | {"PYTHONPATH": str(config.ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "Fehler: " in done.stderr and "speicher" in done.stderr


UP = """
import fcntl, os, socket, struct, sys
request = struct.pack("16sh", b"lo", 1)  # IFF_UP: the loopback is the only device here
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, request)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@linux
@pytest.mark.slow
def test_a_whole_report_without_any_network(tmp_path):
    """A network namespace with nothing but a loopback: the system itself blocks the network."""
    alone = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", UP]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not permitted here")
    probe = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    assert subprocess.run([*alone, sys.executable, "-c", probe], capture_output=True).returncode
    done = subprocess.run(
        [*alone, sys.executable, "-m", "inpainting.cli", "report", "--preset", "schnell"]
        + ["--original-epochs", "1", "--epochs", "1", "--name", "lauf", "--results", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(config.ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "lauf" / "bericht.pdf").exists()
