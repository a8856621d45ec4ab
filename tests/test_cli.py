"""The command: German, quick to start, exit code 2 and one clear message for bad input."""

import os
import subprocess
import sys

import pytest
from console_case import ENGLISH, run_command

from inpainting import cli, config, console


@pytest.fixture
def started(monkeypatch):
    """The arguments of runs that the command would start."""
    from inpainting.runs import check, run

    calls = []
    monkeypatch.setattr(run, "run_report", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(check, "check_run", lambda folder: [])
    return calls


# ---------------------------------------------------------------- start and help


@pytest.mark.parametrize("arguments", [None, [], ["--help"], ["report", "--seed", "x"], ["report", "--help"]])
def test_start_imports_nothing_heavy(arguments):
    call = f"from inpainting import cli; cli.main({arguments})" if arguments is not None else ""
    code = f"""
import sys
import inpainting
try:
    {call or "pass"}
except SystemExit:
    pass
print("loaded:", *sys.modules, file=sys.stderr)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    loaded = result.stderr.split("loaded:")[1].split()
    assert "inpainting" in loaded
    heavy = "tensorflow keras numpy scipy matplotlib papermill nbformat cv2 skimage yaml PIL IPython"
    assert not set(loaded) & set(heavy.split())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), *((c, "--help") for c in console.COMMANDS)])
def test_help_is_german(arguments):
    result = run_command(*arguments)
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith("Aufruf: inpainting")
    assert not [word for word in ENGLISH if word in result.stdout.lower()]


def test_help_names_every_command_and_parameter():
    assert all(command in run_command().stdout for command in console.COMMANDS)
    text = run_command("report", "--help").stdout
    assert all(parameter.flag in text for parameter in config.PARAMETERS.values())


def test_console_script_is_the_same_command():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="inpainting")
    assert script.load() is cli.main


# ---------------------------------------------------------------- bad input


def test_bad_input_ends_the_process_with_2_and_no_traceback():
    result = run_command("report", "--mask-size", "32")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Fehler: Der Parameter mask_size hat den Wert „32“")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["repot"], "Den Befehl repot gibt es nicht. Gemeint ist vielleicht report."),
        (["x" * 9999], "Den Befehl xxx"),
        ([""], "Den Befehl"),
        (["--bogus"], "Zuerst kommt der Befehl"),
        (["--seed", "3"], "Zuerst kommt der Befehl"),
        (["-x", "report"], "Zuerst kommt der Befehl"),
        (["report", "--sede", "3"], "Die Option --sede gibt es hier nicht. Gemeint ist vielleicht --seed."),
        (["report", "--mask_size", "8"], "Gemeint ist vielleicht --mask-size."),
        (["report", "--nam", "x"], "Gemeint ist vielleicht --name."),
        (
            ["report", "--epoche=3"],
            "Die Option --epoche gibt es hier nicht. Gemeint ist vielleicht --epochs.",
        ),
        (["report", "-x"], "Die Option -x gibt es hier nicht."),
        (["report", "--\x1b[31m"], "Die Option --�[31m gibt es hier nicht."),
        (["data", "--seed", "3"], "Die Option --seed gibt es hier nicht. Bekannt sind: --help, --data-path."),
        (["parameter", "--all"], "Die Option --all gibt es hier nicht."),
        (["report", "seed", "3"], "Mit „seed“ ist nichts anzufangen"),
        (["report", "--seed"], "Option --seed: braucht einen Wert. Hilfe: inpainting report --help"),
        (["report", "--name"], "Option --name: braucht einen Wert"),
        (["report", "-f"], "Option -f: braucht einen Wert"),
        (["report", "--help=3"], "Option -h/--help: braucht keinen Wert"),
        (["data", "--data-path"], "Option --data-path: braucht einen Wert"),
        (["report", "-p", "seed"], "Option -p: braucht Name und Wert"),
        (["report", "-p", "sede", "3"], "Den Parameter sede gibt es nicht. Gemeint ist vielleicht seed."),
        (["report", "-p", "original_epochs", "0"], "ganze Zahl von 1 bis 1 000"),
        (["report", "--original-epochs", "-1"], "ganze Zahl von 1 bis 1 000"),
        (["report", "--original-epochs=0"], "ganze Zahl von 1 bis 1 000"),
        (["report", "--seed="], "Der Parameter seed hat den Wert „“"),
        (["report", "--preset", "shnell"], "Gemeint ist vielleicht „schnell“"),
        (["report", "--mask-size", "1.000"], "ganze Zahl von 1 bis 31"),
        (["report", "--title", ""], "Text mit 1 bis 200 Zeichen"),
        (["report", "--title", "\udcff"], "Text mit 1 bis 200 Zeichen"),
        (["report", "--name", "../x"], "taugt nicht für einen Ergebnisordner"),
        (["report", "--name", ""], "taugt nicht für einen Ergebnisordner"),
        *(
            (f"{command} --data-path gibt/es/nicht".split(), "Den Pfad „gibt/es/nicht“ gibt es nicht")
            for command in ("data", "train", "ladder", "benchmark")
        ),
        (
            ["report", "--data-path", "gibt/es/nicht", "--results", "{tmp}"],
            "Den Pfad „gibt/es/nicht“ gibt es nicht",
        ),
    ],
)
def test_bad_input_is_refused_in_german(refused, tmp_path, arguments, message):
    assert message in refused(*(argument.replace("{tmp}", str(tmp_path)) for argument in arguments))
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "datei").touch()
    message = refused("report", "--preset", "schnell", "--results", tmp_path / "datei" / "ergebnisse")
    assert "nicht beschreibbar (ein Teil des Pfades ist kein Ordner)" in message and "--results" in message


MISSPELT = {
    "fill": ["bild.png", "--maks", "m.png", "-o", "x.png"],
    "evaluate": ["abgaben", "--jsn=x"],
    "verify": ["--alle"],
    "check": ["--bogus"],
    "render": ["results/x", "--cod"],
    "runs": ["a", "b", "--result", "x"],
}


@pytest.mark.parametrize("command", sorted(console.COMMANDS.keys() - {"test"}))
def test_every_command_refuses_a_misspelt_option_by_name(refused, command):
    words = MISSPELT.get(command, ["--hilfe"])
    misspelt = next(word for word in words if word.startswith("--")).partition("=")[0]
    message = refused(command, *words)
    assert message.startswith(f"Fehler: Die Option {misspelt} gibt es hier nicht.")
    assert command == "check" or "Gemeint ist vielleicht --" in message
    assert "Bekannt sind: --help" in message


@pytest.mark.parametrize("command", ["check", "verify", "render", "fill", "evaluate", "runs", "kennzahlen"])
@pytest.mark.parametrize("word", ["-x", "--", "--=", "---", "--é", "-", "--range", "-1", "--help=ja"])
def test_odd_words_end_in_german(capsys, tmp_path, monkeypatch, command, word):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "RESULTS", tmp_path)
    more = {"runs": ["--results", str(tmp_path)], "verify": [str(tmp_path / "fehlt")]}
    assert cli.main([command, word, *more.get(command, ())]) in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err and not list(tmp_path.iterdir())


# ---------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    "arguments, given",
    [
        ([], {}),
        (["--seed", "2"], {"seed": "2"}),
        (["--mask-size=12", "--preset=schnell"], {"mask_size": "12", "preset": "schnell"}),
        (["-p", "mask-size", "12", "-p", "seed", "3"], {"mask_size": "12", "seed": "3"}),
        (["-p", "seed", "3", "--seed", "4"], {"seed": "4"}),
        (["--title", '"; import os'], {"title": '"; import os'}),
    ],
)
def test_parameters_reach_the_run(started, arguments, given):
    assert cli.main(["report", *arguments]) == 0
    assert started[0][0] == given


@pytest.mark.parametrize(
    "text, given",
    [
        ("seed: 2\ntitle: 'Größe: α'", {"seed": 2, "title": "Größe: α"}),
        ("mask_size: 010", {"mask_size": 10}),  # an octal 8 to YAML 1.1
        ("patience: 1e1", {"patience": 10}),
        ("date: 2025-07-01", {"date": "2025-07-01"}),
        ("title: ja", {"title": "ja"}),
        ("{}", {}),
    ],
)
def test_parameter_file(started, tmp_path, text, given):
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["report", "-f", str(tmp_path / "p.yaml")]) == 0
    settings = config.load_config(started[0][0])
    assert settings.changed() == {name: value for name, value in given.items()}


def test_command_line_wins_over_the_file(started, tmp_path):
    (tmp_path / "p.yaml").write_text("seed: 2\nmask_size: 4")
    cli.main(["report", "-f", str(tmp_path / "p.yaml"), "-p", "seed", "3"])
    assert config.load_config(started[0][0]).changed() == {"seed": 3, "mask_size": 4}


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"epocs: 3", "Den Parameter epocs gibt es nicht"),
        (b"mask_size: 32", "ganze Zahl von 1 bis 31"),
        (b"seed: " + b"9" * 5000, "ganze Zahl von 0 bis"),
        (b"seed: [1, 2]", "ganze Zahl von 0 bis"),
        (b"seed: 1:30", "ganze Zahl von 0 bis"),  # a sexagesimal 90 to YAML 1.1
        (b"seed:", "Der Parameter seed hat den Wert „“"),
        (b"", "keine Zuordnung"),
        (b"- seed\n- 2", "keine Zuordnung"),
        (b"nur Text", "keine Zuordnung"),
        (b"seed: 'offen", "kein gültiges YAML in UTF-8"),
        (b"title: Gr\xf6\xdfe", "kein gültiges YAML in UTF-8"),
        (b"title: a\x00b", "kein gültiges YAML in UTF-8"),
        (b"[" * 3000, "kein gültiges YAML in UTF-8"),
        (b"seed: !!python/object/apply:os.system ['touch executed']", "ganze Zahl von 0 bis"),
        (LAUGHS.encode() + b"title: *a11", "Den Parameter a0 gibt es nicht"),
        (b"title: " + b"[" * 50 + b"]" * 50, "Text mit 1 bis 200 Zeichen"),
    ],
    ids=range(16),
)
def test_bad_parameter_file(refused, tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_bytes(content)
    assert message in refused("report", "-f", "p.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["p.yaml"]  # nothing was executed


@pytest.mark.parametrize("path, reason", [("fehlt.yaml", "nicht gefunden"), (".", "das ist ein Ordner")])
def test_parameter_file_that_cannot_be_read(refused, tmp_path, monkeypatch, path, reason):
    monkeypatch.chdir(tmp_path)
    assert f"ist nicht lesbar: {reason}" in refused("report", "-f", path)


# ---------------------------------------------------------------- the other commands


@pytest.mark.parametrize("command", ["check", "abgabe", "kennzahlen", "verify"])
@pytest.mark.parametrize("name", ["fehlt", "leer", "datei", "x" * 300])
def test_folder_that_is_no_run(refused, tmp_path, command, name):
    (tmp_path / "leer").mkdir()
    (tmp_path / "datei").touch()
    message = refused(command, tmp_path / name)
    assert "Lauf" in message or "der Name ist zu lang" in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["datei", "leer"]


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"], ["../x", "a"], ["a", ""]])
def test_runs_that_cannot_be_compared(refused, tmp_path, names):
    message = refused("runs", *names, "--results", tmp_path)
    assert "genau zwei Läufe" in message or "ist kein fertiger Lauf" in message


@pytest.mark.parametrize("folder", ["leer", "fehlt"])
def test_no_runs_are_no_error(tmp_path, capsys, folder):
    (tmp_path / "leer").mkdir()
    assert cli.main(["runs", "--results", str(tmp_path / folder)]) == 0
    assert "noch keinen fertigen Lauf" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"figures": {"a": 1}}', '{"figures": {"a": {"b": {}}}}']
)
def test_figures_of_another_form(refused, tmp_path, content):
    (tmp_path / "metrics.json").write_text(content)
    assert "metrics.json hat einen anderen Aufbau" in refused("kennzahlen", tmp_path)


@pytest.mark.parametrize("verdict, code", [(True, 0), (False, 1)])
def test_check_ends_with_1_when_a_criterion_is_not_met(monkeypatch, capsys, verdict, code):
    from inpainting.runs import check

    criterion = check.Criterion("Regel", verdict, "Befund")
    monkeypatch.setattr(check, "check_run", lambda folder: [criterion])
    assert cli.main(["check", "irgendwo"]) == code
    assert "Befund" in capsys.readouterr().out


def test_table_of_parameters():
    assert run_command("parameter").stdout.strip() == config.parameter_table()


def test_data_says_what_it_found(monkeypatch, capsys):
    from inpainting import data

    arrays = {"x_train": [0] * 50_000, "x_test": [0] * 10_000}
    kept = []
    monkeypatch.setattr(data.sources, "load_cifar10", lambda path, log: (arrays, "Test"))
    monkeypatch.setattr(data.sources, "keep", lambda arrays, log: kept.append(arrays))
    assert cli.main(["data"]) == 0
    assert "vollständig und unverändert (50 000 und 10 000 Bilder; Quelle: Test)" in capsys.readouterr().out
    assert kept == [arrays]


def test_test_hands_its_arguments_to_pytest(monkeypatch):
    calls = []
    monkeypatch.setattr(subprocess, "call", lambda command, **options: calls.append((command, options)) or 5)
    assert cli.main(["test", "-k", "masks", "-x"]) == 5
    (command, options), *_ = calls
    assert command[1:3] == ["-m", "pytest"] and command[-3:] == ["-k", "masks", "-x"]
    assert options["cwd"] == config.ROOT
    assert options["env"] == os.environ | {"OPENBLAS_NUM_THREADS": "1"}


def test_tests_without_pytest_say_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["test"]) == 2
    assert "requirements-test.lock" in capsys.readouterr().err
