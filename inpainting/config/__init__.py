"""Typed, validated parameters, presets and paths.  No side effects on import.

One schema, :data:`PARAMETERS`, stands behind the notebook's parameters cell, the command line,
``make report`` and the parameter tables in README and report.
"""

import ast
import datetime
import difflib
import os
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from inpainting import errors
from inpainting.config.parameter import ConfigError, Parameter

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "inpainting" / "assets"
NOTEBOOK = ROOT / "notebooks" / "bericht.ipynb"
SHIPPED_MODELS = ROOT / "models"
MODELS = Path(os.environ.get("INPAINTING_MODELS") or SHIPPED_MODELS)
RESULTS = ROOT / "results"
REFERENCE = RESULTS / "referenz"
"""The run that belongs to the project; only ``inpainting referenz`` writes it."""

CIFAR10 = "cifar10"
SAMPLE = "stichprobe"
PRESETS = ("standard", "schnell")
OLD_NETWORK = "Netz von 2025"
SUBTITLE = "Warum ein Netz gegen eine Formel verlor und was unseres anders macht"
"""Below the title, unless a run has a title of its own."""

SAMPLE_NOTICE = (
    "Dieser Bericht rechnet auf der mitgelieferten Stichprobe von CIFAR-10 (900 Trainings-, "
    "100 Validierungs- und 250 Testbilder). Seine Zahlen zeigen, dass der Ablauf stimmt; sie "
    "sagen nichts über die Güte der Verfahren auf dem ganzen Datensatz."
)
MONTHS = tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split())
IMAGE_SIZE = 32


def _fault_of_address(text: str) -> str:
    """Why a text is no address of a page on the web, in German; "" if it is one or empty."""
    if not text:
        return ""
    if re.search(r"[\s<>\"\\^`{|}]", text):
        return 'In einer Adresse stehen keine Leerzeichen und keine der Zeichen < > " \\ ^ ` { | }.'
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is no number, brackets that do not close
        return "Rechnername oder Port ist keiner."
    if parts.scheme.lower() not in ("http", "https"):
        return "Er beginnt nicht mit http:// oder https://."
    if parts.username is not None:
        return "Er nennt einen Benutzer vor dem Rechnernamen."
    label = r"[^\W_]([\w-]{0,61}[^\W_])?"
    is_address = ":" in host  # urlsplit has checked what stands in brackets
    if port == 0 or not (is_address or re.fullmatch(rf"{label}(\.{label})*\.?", host)):
        return "Hinter http:// oder https:// steht kein Rechnername."
    return ""


PARAMETERS = MappingProxyType(
    {
        parameter.name: parameter
        for parameter in (
            Parameter(
                "preset",
                "standard",
                "Voreinstellung: ganzes CIFAR-10 oder die Stichprobe",
                presets={"schnell": "schnell"},
                choices=PRESETS,
            ),
            Parameter("title", "Image Inpainting mit CNNs", "Titel des Berichts", minimum=1),
            Parameter(
                "authors",
                "Projekt Inpainting, nach D. Manser und D. Rotter",
                "Autorinnen und Autoren",
                minimum=1,
            ),
            Parameter("date", "", "Datum auf dem Titel; leer: Tag des Laufs", maximum=40),
            Parameter("course", "", "Kurs oder Modul auf dem Titel; leer: keiner"),
            Parameter("logo", "", "Bilddatei für den Titel (PNG, JPEG, SVG); leer: keines", maximum=1000),
            Parameter(
                "url",
                "",
                "Adresse, unter der die HTML-Seite steht, als QR-Code im PDF; leer: keine",
                maximum=500,
                fault=_fault_of_address,
                form="Adresse (http:// oder https://)",
            ),
            Parameter(
                "declaration",
                "",
                "Erklärung zu eigener Arbeit und zu KI, Rückseite des Titels",
                maximum=5000,
                paragraphs=True,
            ),
            Parameter(
                "page_limit", 5, "höchste Seitenzahl des Hauptteils, wird geprüft", minimum=1, maximum=100
            ),
            Parameter("seed", 1, "Startwert aller Zufallszahlen", maximum=2**31 - 1, retrains="alle"),
            Parameter(
                "dataset",
                CIFAR10,
                "Datensatz",
                presets={"schnell": SAMPLE},
                choices=(CIFAR10, SAMPLE),
                retrains="alle",
                comparable=False,
            ),
            Parameter(
                "data_path", "", "Ordner oder Archiv mit CIFAR-10; leer: suchen, dann laden", maximum=1000
            ),
            Parameter(
                "epochs",
                12,
                "Epochen des eigenen Netzes",
                presets={"schnell": 3},
                minimum=1,
                maximum=1000,
                retrains="kompakt",
            ),
            Parameter(
                "original_epochs",
                40,
                "höchste Zahl der Epochen des Netzes von 2025",
                minimum=1,
                maximum=1000,
                retrains=OLD_NETWORK,
            ),
            Parameter(
                "patience",
                5,
                "Epochen ohne Verbesserung bis zum Abbruch",
                minimum=1,
                maximum=1000,
                retrains=OLD_NETWORK,
            ),
            Parameter(
                "batch_size", 128, "Bilder je Trainingsschritt", minimum=1, maximum=4096, retrains=OLD_NETWORK
            ),
            Parameter(
                "mask_size",
                8,
                "Kantenlänge der quadratischen Löcher im Training, in Pixeln",
                minimum=1,
                maximum=IMAGE_SIZE - 1,
                retrains="alle",
            ),
            Parameter(
                "test_images",
                2000,
                "Testbilder je Maskensatz, die gemessen werden: die ersten; 10000 sind alle",
                minimum=20,
                maximum=10_000,
                comparable=False,
            ),
        )
    }
)


@dataclass(frozen=True)
class Config:
    """The validated parameters of one run, as attributes; see :data:`PARAMETERS`."""

    values: Mapping[str, object]

    def __getattr__(self, name: str):
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def changed(self) -> dict[str, object]:
        """The parameters that differ from their preset's value."""
        preset = self.values["preset"]
        return {
            name: value for name, value in self.values.items() if value != PARAMETERS[name].for_preset(preset)
        }

    def path_to_data(self) -> Path | None:
        """Where the user keeps CIFAR-10, or None to search."""
        return Path(self.values["data_path"]) if self.values["data_path"] else None

    def run_name(self) -> str:
        """Default name of the run's folder: the preset and what differs from it."""
        parts = [self.values["preset"]]
        for name, value in self.changed().items():
            if PARAMETERS[name].retrains:
                parts.append(f"{name.replace('_', '-')}-{value}")
        return "_".join(parts)


def load_config(given: Mapping[str, object]) -> Config:
    """Validate parameters and fill in what is missing from the preset.

    Parameters
    ----------
    given : name → value; None stands for the preset's value.

    Raises
    ------
    ConfigError
        On an unknown name (the nearest known one is named) or a value that is not allowed.
    """
    for name in given:
        if name not in PARAMETERS:
            raise ConfigError(unknown_parameter(name))
    stated = {name: value for name, value in given.items() if value is not None}
    preset = PARAMETERS["preset"].parse(stated.get("preset", "standard"))
    return Config(
        MappingProxyType(
            {
                name: parameter.parse(stated.get(name, parameter.for_preset(preset)))
                for name, parameter in PARAMETERS.items()
            }
        )
    )


def load_notebook_config(namespace: Mapping[str, object]) -> Config:
    """Build the config from the notebook's global names, where papermill put its values.

    papermill injects a misspelt parameter with a mere warning.  So the cells that it wrote,
    which begin with ``# Parameters``, are searched for names that are none.

    Raises
    ------
    ConfigError
        As :func:`load_config`.
    """
    injected = [cell for cell in namespace.get("In", ()) if cell.startswith("# Parameters")]
    for node in ast.walk(ast.parse("\n".join(injected))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if node.id not in PARAMETERS:
                raise ConfigError(unknown_parameter(node.id))
    return load_config({name: namespace[name] for name in PARAMETERS if name in namespace})


def unknown_parameter(name: str) -> str:
    """German message about an unknown parameter, with the nearest known name."""
    known = list(PARAMETERS)
    name = errors.short(name)
    near = difflib.get_close_matches(name.replace("-", "_"), known, n=1, cutoff=0.5)
    hint = f" Gemeint ist vielleicht {near[0]}." if near else ""
    return f"Den Parameter {name} gibt es nicht.{hint} Bekannt sind: {', '.join(known)}."


def parameter_table() -> str:
    """All parameters as a German Markdown table; it stands in the README too."""
    presets = " | ".join(f"`{preset}`" for preset in PRESETS)
    lines = [
        f"| Parameter | Bedeutung | erlaubt | {presets} | trainiert neu | vergleichbar |",
        "|" + "---|" * (5 + len(PRESETS)),
    ]
    for parameter in PARAMETERS.values():
        defaults = " | ".join(str(parameter.for_preset(preset)) or "–" for preset in PRESETS)
        lines.append(
            f"| `{parameter.name}` | {parameter.help} | {parameter.allowed} | {defaults} | "
            f"{parameter.retrains or '–'} | {'ja' if parameter.comparable else 'nein'} |"
        )
    return "\n".join(lines)


def check_run_name(name: str) -> str:
    """Return a run's name if it can be a folder's name on every system.

    Raises
    ------
    ConfigError
        If it is empty, too long or holds other characters than letters, digits and ``._=-``,
        is a device on Windows, or ends like the folder of a failed run.
    """
    device = re.match(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", name, re.IGNORECASE)
    allowed = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._=-]{0,98}[A-Za-z0-9_=-])?", name)
    if device or not allowed or name.endswith(".fehler"):
        raise ConfigError(
            f"Der Name „{errors.short(name)}“ taugt nicht für einen Ergebnisordner. Erlaubt sind 1 bis "
            "100 Buchstaben ohne Umlaute, Ziffern und . _ = - , beginnend mit Buchstabe oder "
            "Ziffer, ohne Punkt am Ende, ohne die Endung .fehler und ohne Gerätenamen wie con."
        )
    return name


def read_parameter_file(path: Path) -> dict[str, object]:
    """Read parameters from a YAML file of ``name: value`` lines, every value as text.

    YAML's own types would read ``010`` as 8, ``1:30`` as 90 and ``no`` as false.

    Raises
    ------
    ConfigError
        If the file is missing or is not such a mapping.
    """
    import yaml

    try:
        values = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        is_os = isinstance(error, OSError)
        why = errors.reason(error) if is_os else "kein gültiges YAML in UTF-8"
        raise ConfigError(
            f"Die Parameterdatei „{path}“ ist nicht lesbar: {why}. Erlaubt sind Zeilen wie „seed: 2“."
        ) from None
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise ConfigError(
            f"Die Parameterdatei „{path}“ enthält keine Zuordnung. Erlaubt sind Zeilen wie „seed: 2“."
        )
    return values


def today() -> str:
    """Today's date as German text."""
    date = datetime.date.today()
    return f"{date.day}. {MONTHS[date.month - 1]} {date.year}"


def output_dir() -> Path:
    """Folder for what the notebook writes.

    A run sets the environment's ``INPAINTING_OUTPUT``; without it, in JupyterLab, it is
    ``results/jupyter``.
    """
    folder = Path(os.environ.get("INPAINTING_OUTPUT") or RESULTS / "jupyter")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cache_dir() -> Path:
    """Folder for downloaded data; the environment's ``INPAINTING_CACHE`` overrides it."""
    if chosen := os.environ.get("INPAINTING_CACHE"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("inpainting"))
