"""The README: its table of parameters and its commands are those of the code."""

import re
import shlex

import pytest

from inpainting import cli, config, console

PATH = config.ROOT / "README.md"
TEXT = PATH.read_text("utf-8") if PATH.exists() else ""
CODE = "\n".join(re.findall(r"```\w*\n(.*?)```", TEXT, re.DOTALL) + re.findall(r"`([^`\n]+)`", TEXT))
MAKEFILE = (config.ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)

pytestmark = pytest.mark.skipif(not TEXT, reason="README.md is not written yet")


def commands(program: str) -> list[list[str]]:
    """Each call of a program that the README names, as words without comments."""
    return [
        shlex.split(line, comments=True)
        for line in re.findall(rf"(?:^|[ \\/]){program}((?: [^\n]*)?)$", CODE, re.M)
    ]


def test_table_of_parameters_is_that_of_the_code():
    assert config.parameter_table() in TEXT


def test_no_placeholder_is_left():
    assert not re.findall(r"^[A-Z]+_[A-Z_]+$|TODO|FIXME", TEXT, re.MULTILINE)


def test_every_make_target_exists_and_is_explained():
    named = {words[0] for words in commands("make") if words}
    assert named and named <= set(TARGETS)
    assert all(re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE) for target in TARGETS)


def test_every_command_and_option_exists():
    calls = [words for words in commands("inpainting") if words]
    assert len(calls) > 3
    for command, *options in calls:
        known = set(console.COMMANDS[command].flags()) if command in console.COMMANDS else {"--help"}
        assert command in console.COMMANDS or command == "--help"
        assert {option.partition("=")[0] for option in options if option.startswith("-")} <= known


def test_examples_of_parameters_are_valid():
    examples = [words for words in commands("inpainting") if words[:1] == ["report"]]
    examples += [
        ["report", *shlex.split(args)] for args in re.findall(r'make report[^\n]*ARGS="([^"]*)"', CODE)
    ]
    for _, *options in examples:
        pairs = dict(re.findall(r"--([a-z-]+)[ =](\w\S*)", " ".join(options)))
        pairs |= dict(re.findall(r"-p (\S+) (\S+)", " ".join(options)))
        given = {
            name.replace("-", "_"): value for name, value in pairs.items() if name not in ("name", "results")
        }
        config.load_config(given)
    assert len(examples) >= 3


def test_every_preset_exists():
    assert set(re.findall(r"PRESET=(\w+)", CODE)) <= set(config.PRESETS)


@pytest.mark.parametrize(
    "name",
    sorted(
        set(
            re.findall(
                r"(?:^|`)((?:inpainting|notebooks|tests|benchmarks|docs)/[\w./-]*|[\w-]+\.(?:md|lock|yml))",
                TEXT,
                re.M,
            )
        )
    ),
)
def test_every_file_that_it_names_exists(name):
    assert (config.ROOT / name).exists()


def test_every_module_is_in_the_tree():
    import inpainting

    modules = re.findall(r"^    (\w+)  ", inpainting.__doc__, re.MULTILINE)
    assert [m for m in modules if not re.search(rf"^inpainting/{m}(\.py|/)", TEXT, re.MULTILINE)] == []


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)", TEXT))
def test_links_into_the_project_lead_somewhere(target):
    assert (config.ROOT / target).exists()


def test_numbers_are_those_of_the_reference_run(capsys):
    folder = config.REFERENCE
    if not folder.exists():
        pytest.skip("the reference run is not there")
    assert cli.main(["kennzahlen", str(folder)]) == 0
    table = capsys.readouterr().out.split("\n\n")[1].strip()
    assert table in TEXT
