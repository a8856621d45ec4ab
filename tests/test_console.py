"""The frame of the commands: how a call ends, whatever happens."""

import signal
import subprocess
import sys

import pytest
from console_case import run_command

from inpainting import cli, config, console


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
