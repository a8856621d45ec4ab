"""Parameters: what a person writes is read rightly or refused with German advice, never run."""

import datetime
import math
from pathlib import Path

import pytest

from inpainting import config
from inpainting.config import PARAMETERS, ConfigError, Parameter

INJECTION = '"; import os; os.system("touch executed"); x = "'
HUGE = 10**5000
"""More digits than Python turns into text."""

# types that no parameter has today, but the schema knows
RATE = Parameter("rate", 0.5, "Rate", minimum=0.001, maximum=10)


# ---------------------------------------------------------------- hostile input

NO_WHOLE_NUMBER = (
    "",
    " ",
    "abc",
    "acht",
    "3,5",
    "3.5",
    "1e-3",
    "1.000",
    "1,000",
    "1.000,5",
    "1_0",
    "0x10",
    "0b1",
    "1e400",
    "9" * 5000,
    "inf",
    "-inf",
    "nan",
    "Infinity",
    "8;9",
    "8 9",
    "8 px",
    "--8",
    "½",
    "²",
    "8\x00",
    "8\u200b",
    "\u202e8",
    "ja",
    "true",
    "None",
    "8,",
    ".",
    "e1",
    INJECTION,
    True,
    False,
    None,
    8.5,
    math.nan,
    math.inf,
    10**400,
    HUGE,
    [8],
    {"8": 8},
    (8,),
    b"8",
    8j,
)


@pytest.mark.parametrize("value", NO_WHOLE_NUMBER, ids=range(len(NO_WHOLE_NUMBER)))
@pytest.mark.parametrize("name", ["mask_size", "seed"])
def test_what_is_no_whole_number_is_refused(name, value):
    with pytest.raises(ConfigError, match=f"Der Parameter {name} hat den Wert .*Erlaubt ist: ganze"):
        PARAMETERS[name].parse(value)


@pytest.mark.parametrize(
    "value, number",
    [
        ("8", 8),
        (" 8 ", 8),
        ("8\n", 8),
        ("+8", 8),
        ("08", 8),
        ("8.0", 8),
        ("8,0", 8),
        ("1e1", 10),
        (8, 8),
        (8.0, 8),
    ],
)
def test_whole_numbers_as_people_write_them(value, number):
    parsed = PARAMETERS["mask_size"].parse(value)
    assert parsed == number and type(parsed) is int


@pytest.mark.parametrize(
    "name, below, lowest, highest, above",
    [
        ("mask_size", 0, 1, 31, 32),
        ("original_epochs", 0, 1, 1000, 1001),
        ("patience", 0, 1, 1000, 1001),
        ("batch_size", 0, 1, 4096, 4097),
        ("seed", -1, 0, 2**31 - 1, 2**31),
    ],
)
def test_bounds_of_numbers(name, below, lowest, highest, above):
    parse = PARAMETERS[name].parse
    assert (parse(lowest), parse(str(highest))) == (lowest, highest)
    for outside in (below, str(below), above, str(above)):
        with pytest.raises(ConfigError, match="Erlaubt ist: ganze Zahl von"):
            parse(outside)


@pytest.mark.parametrize(
    "value, number",
    [
        ("0,5", 0.5),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("1E-3", 0.001),
        ("3,5", 3.5),
        (" 3,5 ", 3.5),
        ("2", 2.0),
        (2, 2.0),
        (0.25, 0.25),
        (",5", 0.5),
    ],
)
def test_fractions_as_people_write_them(value, number):
    parsed = RATE.parse(value)
    assert parsed == number and type(parsed) is float


@pytest.mark.parametrize(
    "value",
    [
        "",
        "viel",
        "0",
        "1e-4",
        "11",
        "1,5.5",
        "1.000,5",
        "nan",
        "inf",
        "1e400",
        "1_0",
        "٣",
        "50 %",
        True,
        None,
        math.nan,
        math.inf,
        10**400,
        [0.5],
        INJECTION,
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_fraction_is_refused(value):
    with pytest.raises(ConfigError, match="Erlaubt ist: Zahl von 0,001 bis 10"):
        RATE.parse(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "x" * 201,
        "zwei\nZeilen",
        "\x1b[2J",
        "a\tb",
        "a\x00b",
        "\ud800",
        "\u202eabc",
        7,
        None,
        True,
        ["Titel"],
        b"Titel",
    ],
    ids=ascii,
)
def test_texts_that_are_refused(value):
    with pytest.raises(ConfigError, match="Text mit 1 bis 200 Zeichen"):
        PARAMETERS["title"].parse(value)


@pytest.mark.parametrize(
    "value",
    ["Füllen — «größer» & 100 %", "日本語 🐸", "x" * 200, INJECTION, "${HOME} `id` {{7*7}} %s {0}"],
)
def test_texts_stay_as_they_are(value):
    assert PARAMETERS["title"].parse(f" {value} ") == value.strip()


LIMITS = {
    # name: (least, most, standard, schnell, trains anew, comparable)
    "preset": (0, 200, "standard", "schnell", "", True),
    "title": (1, 200, "Image Inpainting mit CNNs", None, "", True),
    "authors": (1, 200, "Projekt Inpainting, nach D. Manser und D. Rotter", None, "", True),
    "date": (0, 40, "", None, "", True),
    "course": (0, 200, "", None, "", True),
    "logo": (0, 1000, "", None, "", True),
    "url": (0, 500, "", None, "", True),
    "declaration": (0, 5000, "", None, "", True),
    "page_limit": (1, 100, 5, None, "", True),
    "seed": (0, 2**31 - 1, 1, None, "alle", True),
    "dataset": (0, 200, "cifar10", "stichprobe", "alle", False),
    "data_path": (0, 1000, "", None, "", True),
    "epochs": (1, 1000, 12, 3, "kompakt", True),
    "original_epochs": (1, 1000, 40, None, "Netz von 2025", True),
    "patience": (1, 1000, 5, None, "Netz von 2025", True),
    "batch_size": (1, 4096, 128, None, "Netz von 2025", True),
    "mask_size": (1, 31, 8, None, "alle", True),
    "test_images": (20, 10_000, 2000, None, "", False),
}
"""What no change of the schema may move unnoticed; None: the same as under ``standard``."""


@pytest.mark.parametrize("name", LIMITS)
def test_limits_presets_and_consequences(name):
    parameter = PARAMETERS[name]
    least, most, standard, quick, retrains, comparable = LIMITS[name]
    assert (parameter.minimum, parameter.maximum) == (least, most)
    assert parameter.for_preset("standard") == parameter.default == standard
    assert parameter.for_preset("schnell") == (standard if quick is None else quick)
    assert (parameter.retrains, parameter.comparable) == (retrains, comparable)


def test_every_parameter_has_its_limits_here():
    assert LIMITS.keys() == PARAMETERS.keys()


def test_a_declaration_has_paragraphs():
    parse = PARAMETERS["declaration"].parse
    assert parse("Erster Absatz,\nzwei Zeilen.\n\nZweiter.\n") == "Erster Absatz,\nzwei Zeilen.\n\nZweiter."
    assert parse("eins\r\n\r\nzwei") == "eins\n\nzwei"
    with pytest.raises(ConfigError, match=r"Er hat 5 001 Zeichen. Erlaubt ist: .*in mehreren Absätzen"):
        parse("x" * 5001)


@pytest.mark.parametrize(
    "value, why",
    [
        ("zwei\nZeilen", "Er hat mehrere Zeilen"),
        ("x" * 201, "Er hat 201 Zeichen"),
        ("\x1b[2J", r"Er enthält ein Zeichen, das man nicht sieht \(U\+001B\)"),
        ("a\u202eb", r"Er enthält ein Zeichen, das man nicht sieht \(U\+202E\)"),
    ],
)
def test_a_refused_text_is_told_the_true_reason(value, why):
    with pytest.raises(ConfigError, match=why):
        PARAMETERS["title"].parse(value)


def test_spaces_that_do_not_break_are_spaces():
    assert PARAMETERS["title"].parse("Kapitel\u00a01, S.\u202f3") == "Kapitel\u00a01, S.\u202f3"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "https://example.org",
        "HTTP://example.org/bericht.html#live",
        "http://localhost:8000/a/b?x=1&y=%20",
        "https://[2001:db8::1]/x",
        "https://universität.example/ä",
        "http://192.0.2.7",
        "  https://example.org/  ",
    ],
)
def test_addresses_on_the_web(value):
    assert PARAMETERS["url"].parse(value) == value.strip()


@pytest.mark.parametrize(
    "value, why",
    [
        ("example.org", "beginnt nicht mit http"),
        ("ftp://example.org", "beginnt nicht mit http"),
        ("file:///etc/passwd", "beginnt nicht mit http"),
        ("javascript:alert(1)", "beginnt nicht mit http"),
        ("data:text/html,x", "beginnt nicht mit http"),
        ("//example.org", "beginnt nicht mit http"),
        ("Unsinn", "beginnt nicht mit http"),
        ("http://", "kein Rechnername"),
        ("https:///pfad", "kein Rechnername"),
        ("https://.", "kein Rechnername"),
        ("https://-a.example", "kein Rechnername"),
        ("https://a..b", "kein Rechnername"),
        ("https://?q", "kein Rechnername"),
        ("https://a:0", "kein Rechnername"),
        ("https://a:99999", "Rechnername oder Port"),
        ("https://a:achtzig", "Rechnername oder Port"),
        ("https://[::1", "Rechnername oder Port"),
        ("https://ich:geheim@example.org", "Benutzer"),
        ("https://exa mple.org", "keine Leerzeichen"),
        ('https://example.org/"><script>', "keine Leerzeichen"),
        ("https://example.org/#{a}", "keine Leerzeichen"),
        ("https://example.org\nx", "mehrere Zeilen"),
        ("https://example.org/" + "x" * 500, "Zeichen"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(value, why):
    with pytest.raises(ConfigError, match=f"Der Parameter url hat den Wert .*{why}"):
        PARAMETERS["url"].parse(value)


@pytest.mark.parametrize(
    "name, value, near",
    [
        ("preset", "schnel", "schnell"),
        ("preset", "Standard", "standard"),
        ("dataset", "cifar100", "cifar10"),
        ("dataset", "Stichprobe", "stichprobe"),
    ],
)
def test_unknown_choice_names_all_and_the_nearest(name, value, near):
    with pytest.raises(ConfigError, match=f"Gemeint ist vielleicht „{near}“") as error:
        PARAMETERS[name].parse(value)
    assert all(f"„{choice}“" in str(error.value) for choice in PARAMETERS[name].choices)


@pytest.mark.parametrize("value", ["\x1b[31mrot", "a\r\nb", "x" * 10**6, "\u202e"], ids=range(4))
def test_messages_are_short_and_hold_no_control_characters(value):
    for given in ({"seed": value}, {value: 1}, {"seed": [value]}):
        with pytest.raises(ConfigError) as error:
            config.load_config(given)
        assert str(error.value).isprintable() and len(str(error.value)) < 500


# ---------------------------------------------------------------- the whole config


def test_standard_is_the_default_and_changes_nothing():
    settings = config.load_config({})
    assert (settings.preset, settings.dataset, settings.original_epochs) == (
        "standard",
        "cifar10",
        40,
    )
    assert settings.changed() == {}


def test_preset_sets_what_is_not_stated():
    settings = config.load_config({"preset": "schnell", "seed": None, "mask_size": "12"})
    assert settings.dataset == config.SAMPLE
    assert settings.changed() == {"mask_size": 12}
    assert config.load_config({"preset": "schnell", "dataset": "cifar10"}).dataset == "cifar10"


@pytest.mark.parametrize(
    "name, near",
    [
        ("mask-size", "mask_size"),
        ("masksize", "mask_size"),
        ("Seed", "seed"),
        ("original_epoch", "original_epochs"),
        ("batchsize", "batch_size"),
        ("presett", "preset"),
    ],
)
def test_unknown_name_names_the_nearest(name, near):
    with pytest.raises(ConfigError, match=f"Den Parameter {name} gibt es nicht") as error:
        config.load_config({name: 1})
    assert f"Gemeint ist vielleicht {near}." in str(error.value)
    assert all(known in str(error.value) for known in PARAMETERS)


def test_config_cannot_be_changed_and_knows_no_other_names():
    settings = config.load_config({})
    with pytest.raises(TypeError):
        settings.values["seed"] = 2
    with pytest.raises(AttributeError):
        settings.sed


@pytest.mark.parametrize(
    "given, name",
    [
        ({}, "standard"),
        ({"preset": "schnell"}, "schnell"),
        ({"title": "Anders", "authors": "Ich"}, "standard"),
        ({"seed": 2, "mask_size": "12"}, "standard_seed-2_mask-size-12"),
    ],
)
def test_run_is_named_after_what_retrains(given, name):
    assert config.load_config(given).run_name() == name == config.check_run_name(name)


@pytest.mark.parametrize("name", ["a", "Lauf_2", "v1.0", "seed=3", "x" * 100])
def test_names_of_runs(name):
    assert config.check_run_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/tmp/x",
        "~",
        ".versteckt",
        "-rf",
        "ä",
        "a b",
        "a\n",
        "a\x00",
        "x" * 101,
        "CON",
        "nul",
        "com1.txt",
        "lauf.",
        "schnell.fehler",
        "$(id)",
        INJECTION,
    ],
)
def test_names_that_are_no_folder_everywhere(name):
    with pytest.raises(ConfigError, match="taugt nicht für einen Ergebnisordner"):
        config.check_run_name(name)


def test_path_to_data():
    assert config.load_config({}).path_to_data() is None
    assert config.load_config({"data_path": "a b/ü"}).path_to_data().name == "ü"


# ---------------------------------------------------------------- papermill's way in


def test_notebook_config_reads_the_global_names():
    names = {
        "preset": "schnell",
        "seed": 3,
        "dataset": None,
        "_": 1,
        "In": ["", "seed = 3", "x = 1"],
    }
    settings = config.load_notebook_config(names)
    assert (settings.seed, settings.dataset) == (3, config.SAMPLE)


@pytest.mark.parametrize("cell", ["# Parameters\nepocs = 3", "# Parameters\nseed = 2\nsede = 3\n"])
def test_misspelt_name_that_papermill_injected_is_refused(cell):
    with pytest.raises(ConfigError, match="Den Parameter (epocs|sede) gibt es nicht"):
        config.load_notebook_config({"seed": 1, "In": ["", "seed: int = 1", cell]})


def test_value_that_papermill_injected_as_text_is_checked():
    with pytest.raises(ConfigError, match="mask_size"):
        config.load_notebook_config({"mask_size": "32", "In": []})


@pytest.mark.parametrize("value", [INJECTION, "'''\n", '\\"; 1/0 #', "{{ 7*7 }}", "\\"])
def test_papermill_writes_a_hostile_text_as_one_literal(value):
    from papermill.translators import PythonTranslator

    namespace = {}
    exec(PythonTranslator.codify({"title": value}), namespace)
    assert namespace["title"] == value and set(namespace) == {"title", "__builtins__"}


# ---------------------------------------------------------------- files, folders, tables


def test_folders_follow_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("INPAINTING_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("INPAINTING_OUTPUT", str(tmp_path / "o"))
    assert config.cache_dir() == tmp_path / "c"
    assert config.output_dir() == tmp_path / "o" and config.output_dir().is_dir()
    monkeypatch.delenv("INPAINTING_CACHE")
    assert config.cache_dir().name.lower() in ("inpainting", "cache")


def test_table_has_a_row_for_each_parameter():
    lines = config.parameter_table().splitlines()
    assert len(lines) == 2 + len(PARAMETERS)
    assert len({line.count("|") for line in lines}) == 1
    assert [line.split("`")[1] for line in lines[2:]] == list(PARAMETERS)


def test_defaults_and_helps_are_sound():
    for parameter in PARAMETERS.values():
        for preset in config.PRESETS:
            default = parameter.for_preset(preset)
            assert parameter.parse(default) == default and type(default) is parameter.type
        assert parameter.help and not parameter.help.endswith(".")
    assert Path(config.NOTEBOOK).is_file() and config.ASSETS.is_dir()


def test_today_is_german():
    day, month, year = config.today().split(" ")
    assert month in config.MONTHS and day.endswith(".") and len(year) == 4


@pytest.mark.parametrize(
    "date, text",
    [((2026, 1, 31), "31. Januar 2026"), ((2027, 3, 1), "1. März 2027"), ((2026, 12, 9), "9. Dezember 2026")],
)
def test_today_has_the_months_name(monkeypatch, date, text):
    class Clock(datetime.date):
        @classmethod
        def today(cls):
            return cls(*date)

    monkeypatch.setattr(config.datetime, "date", Clock)
    assert config.today() == text
