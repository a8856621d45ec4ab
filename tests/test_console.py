"""The frame of the commands: how a call ends, whatever happens."""

import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys

import photo_case
import pytest
from console_case import run_command
from PIL import Image

from inpainting import cli, config, console, errors


def test_umlauts_survive_a_console_that_knows_none():
    result = run_command("repört", env={"PYTHONIOENCODING": "ascii", "PATH": ""})
    assert result.returncode == 2 and "Den Befehl repört gibt es nicht" in result.stderr


def test_negative_values_are_values():
    joined = console._join_negative(["a", "--range", "-1..1", "--hole-value", "-0,5", "-p", "seed", "-1"])
    assert joined == ["a", "--range=-1..1", "--hole-value=-0,5", "-p", "seed", "-1"]


def test_a_closed_pipe_is_no_error():
    command = sys.executable + " -m inpainting.cli WORDS | head -1; echo ${PIPESTATUS[0]}"
    for words in ("parameter", "kennzahlen", "--help", "report --help"):
        done = subprocess.run(
            ["bash", "-c", command.replace("WORDS", words)], capture_output=True, encoding="utf-8"
        )
        assert done.stdout.splitlines()[-1] == "0" and done.stderr == "", words


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_with_a_line_and_its_number(name):
    number = getattr(signal, name)
    code = (
        "import os, sys, time\nfrom inpainting import cli, config\n"
        f"def wait():\n    os.kill(os.getpid(), {int(number)})\n    time.sleep(60)\n"
        "config.parameter_table = wait\nsys.exit(cli.main(['parameter']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=50)
    assert done.returncode == 128 + number and "Traceback" not in done.stderr
    assert ("Abgebrochen" if name == "SIGINT" else f"Beendet ({name})") in done.stderr
    assert "Derselbe Aufruf rechnet dort weiter" in done.stderr


def test_too_little_memory_is_german(monkeypatch, refused):
    def fail():
        raise MemoryError

    monkeypatch.setattr(config, "parameter_table", fail)
    assert "Der Arbeitsspeicher reicht nicht" in refused("parameter")


def test_a_bug_is_told_without_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(config, "parameter_table", lambda: {}["x"])
    monkeypatch.delenv("INPAINTING_TRACEBACK", raising=False)
    assert cli.main(["parameter"]) == 3
    message = capsys.readouterr().err
    assert message.startswith("Fehler: Damit hat das Programm nicht gerechnet: KeyError: 'x' (")
    assert "INPAINTING_TRACEBACK=1" in message and "Traceback" not in message
    monkeypatch.setenv("INPAINTING_TRACEBACK", "1")
    with pytest.raises(KeyError):
        cli.main(["parameter"])


def test_full_disk_is_one_german_line(monkeypatch, refused):
    def fail():
        raise OSError(28, "No space left on device", "/ziel/datei")

    monkeypatch.setattr(config, "parameter_table", fail)
    message = refused("parameter")
    assert message.startswith("Fehler: Auf dem Datenträger von /ziel/datei ist kein Speicherplatz mehr.")
    assert "MB" in message and "--results" in message and message.count("\n") == 1


def test_interruption_says_how_to_go_on(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(config, "parameter_table", interrupt)
    assert cli.main(["parameter"]) == 130
    assert "Derselbe Aufruf rechnet dort weiter" in capsys.readouterr().err


def run_limited(limit, tmp_path, *arguments):
    """A call under a limit of the shell, with a picture and a mask to fill."""
    photo_case.write_mask(tmp_path / "maske.png")
    Image.fromarray(photo_case.colours()).save(tmp_path / "bild.png")
    command = f"ulimit {limit}; exec {shlex.join([sys.executable, '-m', 'inpainting.cli', *arguments])}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(config.ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


FILL = ("fill", "bild.png", "--mask", "maske.png", "-o", "neu.png")


@pytest.mark.skipif(shutil.which("bash") is None, reason="the limits are the shell's")
@pytest.mark.parametrize("kilobytes", [150_000, 300_000])
def test_a_library_that_does_not_fit_into_memory_is_lack_of_memory(tmp_path, kilobytes):
    done = run_limited(f"-v {kilobytes}", tmp_path, *FILL)
    assert done.returncode == 2 and "ulimit -v" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "neu.png").exists()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the limits are the shell's")
def test_a_limit_of_files_is_told_as_one(tmp_path):
    done = run_limited("-f 0", tmp_path, *FILL)
    assert done.returncode == 2 and "ulimit -f" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bild.png", "maske.png"]


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libx.so: failed to map segment from shared object"),
        OSError("libx.so: cannot allocate memory in static TLS block"),
        RuntimeError("can't start new thread"),
        MemoryError(),
    ],
)
def test_every_lack_of_memory_is_one(error):
    assert errors.is_lack_of_memory(error) and not errors.is_lack_of_memory(ImportError("no module"))


def make_full(path):
    """A device of our own that is always full, as /dev/full is."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
    except (PermissionError, AttributeError):
        pytest.skip("only root makes devices")
    return path


@pytest.mark.parametrize(
    "arguments",
    [["parameter"], ["--help"], ["report", "--help"], ["runs", "--results", "fehlt"]],
    ids=" ".join,
)
def test_an_output_that_is_full_is_named_as_that(tmp_path, arguments):
    with make_full(tmp_path / "voll").open("w") as full:
        done = run_command_to(full, subprocess.PIPE, tmp_path, *arguments)
    assert done.returncode == 2 and "(stdout)" in done.stderr and "Modellspeicher" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_error_that_nobody_can_read_keeps_its_code(tmp_path):
    with make_full(tmp_path / "voll").open("w") as full:
        assert run_command_to(subprocess.PIPE, full, tmp_path, "nix").returncode == 2


def run_command_to(stdout, stderr, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "inpainting.cli", *arguments],
        stdout=stdout,
        stderr=stderr,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(config.ROOT)},
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="the shell closes streams")
def test_closed_streams_are_no_error(tmp_path):
    call = shlex.join([sys.executable, "-m", "inpainting.cli"])
    for words, code in (("parameter >&-", 0), ("nix 2>&-", 2), ("runs --results x <&- >&- 2>&-", 0)):
        done = subprocess.run(
            ["bash", "-c", f"{call} {words}"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(config.ROOT)}
        )
        assert done.returncode == code, words


@pytest.mark.parametrize(
    "arguments",
    [["check", "x"], ["evaluate", "x.keras"], ["fill", "x.png", "--mask", "m.png", "-o", "n.png"]],
    ids=lambda arguments: arguments[0],
)
def test_a_folder_that_is_gone_is_named(tmp_path, monkeypatch, refused, arguments):
    (tmp_path / "weg").mkdir()
    monkeypatch.chdir(tmp_path / "weg")
    (tmp_path / "weg").rmdir()
    try:
        assert "Den Ordner, in dem der Befehl läuft, gibt es nicht mehr" in refused(*arguments)
    finally:
        os.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fill", "-strich.png", "--mask", "m.png", "-o", "n.png"], "./-strich.png"),
        (["fill", "b.png", "--mask", "m.png", "-o", "-x.png"], "./-x.png"),
        (["fill", "", "--mask", "m.png", "-o", "n.png"], "Ein Pfad ist leer"),
        (["fill", "b.png", "--mask", "m.png", "-o", ""], "Ein Pfad ist leer"),
        (["evaluate", "x.keras", "--images", "nan"], "Beispiel: --images 0"),
        (["evaluate", "x.keras", "--minutes", "nan"], "Beispiel: --minutes 15"),
    ],
)
def test_odd_words_get_the_way_out(refused, arguments, message):
    assert message in refused(*arguments)
