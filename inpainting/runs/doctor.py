"""Whether this computer can make a report: what is there, what is missing, and how to get it."""

import importlib.util
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from inpainting import config, errors, machine

PYTHON = ((3, 11), (3, 14))
"""From the first on, below the second."""

MEMORY_GB = 4.0
INSTALL = "python -m pip install --require-hashes -r requirements.lock; das tut auch: make umgebung"


@dataclass(frozen=True)
class Finding:
    """One line of the list.

    Attributes
    ----------
    name : German, what was looked at.
    found : German, what there is.
    remedy : German, how to get what is missing; "" if nothing is.
    is_needed : whether a report cannot be made without it.
    """

    name: str
    found: str
    remedy: str = ""
    is_needed: bool = True


def examine(results: Path = config.RESULTS) -> list[Finding]:
    """Look at everything, quickly and without the network.

    Parameters
    ----------
    results : where the runs would be written.
    """
    findings = []
    for look in LOOKS:
        try:
            findings += look(results)
        except ImportError as error:
            findings.append(Finding("Paket", f"{error.name} ist nicht installiert", INSTALL))
    return findings


def is_fit(findings: list[Finding]) -> bool:
    """Whether nothing that is needed is missing."""
    return not any(finding.remedy and finding.is_needed for finding in findings)


def render(findings: list[Finding]) -> str:
    """The list for the terminal, and the verdict."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        mark = "gut" if not finding.remedy else "FEHLT" if finding.is_needed else "Hinweis"
        lines.append(f"{finding.name:<{width}}  {mark:<7}  {finding.found}")
        if finding.remedy:
            lines.append(f"{'':<{width}}           → {finding.remedy}")
    n_missing = sum(bool(finding.remedy) and finding.is_needed for finding in findings)
    verdict = f"{n_missing} Dinge fehlen." if n_missing > 1 else "Ein Ding fehlt."
    return "\n".join([*lines, "", verdict if n_missing else "Dieser Rechner kann den Bericht rechnen."])


def _python(results: Path) -> Iterator[Finding]:
    lowest, above = PYTHON
    fits = lowest <= sys.version_info < above
    wanted = f"Python 3.11, 3.12 oder 3.13 installieren, dann: make umgebung PYTHON=python3.{lowest[1] + 1}"
    yield Finding("Python", platform.python_version(), "" if fits else wanted)


def _packages(results: Path) -> Iterator[Finding]:
    pins = read_lock(config.ROOT / "requirements.lock")
    if not pins:
        yield Finding("Pakete", "requirements.lock fehlt oder ist leer", "git restore requirements.lock")
        return
    missing, other = [], []
    for name, (version, marker) in pins.items():
        if not _applies(marker):
            continue
        try:
            if (found := metadata.version(name)) != version:
                other.append(f"{name} {found} statt {version}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    many = f"{', '.join(missing[:4])}{' …' if len(missing) > 4 else ''}"
    yield Finding(
        "Pakete",
        f"{len(missing)} fehlen: {many}" if missing else f"{len(pins)} nach requirements.lock",
        INSTALL if missing else "",
    )
    if other:
        shown = f"{'; '.join(other[:3])}{' …' if len(other) > 3 else ''}"
        yield Finding(
            "Versionen", f"{len(other)} anders als festgeschrieben: {shown}", INSTALL, is_needed=False
        )


def read_lock(path: Path) -> dict[str, tuple[str, str]]:
    """Package → version and environment marker of a lock file; empty if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    pin = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.M)
    return {name: (version, marker.strip()) for name, version, marker in pin.findall(text)}


def _applies(marker: str) -> bool:
    if not marker:
        return True
    try:
        from packaging.markers import Marker

        return Marker(marker).evaluate()
    except Exception:  # without packaging, or with a marker that it does not know
        return False


def _processor(results: Path) -> Iterator[Finding]:
    flags = machine.processor_features()
    fast = [name for name in ("avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    found = f"{machine.processor()}, {machine.n_threads()} Kerne"
    if machine.has_bfloat16():
        yield Finding("Prozessor", f"{found}, {', '.join(fast)}: Training in bfloat16")
    else:
        slower = "ein Training dauert hier ein Mehrfaches; kürzer wird es mit --epochs 3"
        yield Finding("Prozessor", f"{found}, ohne bfloat16", slower, is_needed=False)


def _memory(results: Path) -> Iterator[Finding]:
    import psutil

    total = psutil.virtual_memory().total / 1e9
    limit = machine.memory_limit()
    usable = min(total, limit / 1e9 if limit else total)
    told = _gigabytes(usable) + (" (begrenzt, ulimit -v)" if usable < total else "")
    fits = usable >= MEMORY_GB * 0.9
    yield Finding("Arbeitsspeicher", told, "" if fits else "nötig sind etwa 4 GB für einen ganzen Bericht")


def _disk(results: Path) -> Iterator[Finding]:
    for name, place, way in (
        ("Ergebnisse", results, "mit --results einen anderen Ordner angeben"),
        ("Modellspeicher", config.MODELS, "INPAINTING_MODELS auf einen anderen Ordner setzen"),
        ("Zwischenspeicher", config.cache_dir(), "INPAINTING_CACHE auf einen anderen Ordner setzen"),
        ("Zwischenstände", Path(tempfile.gettempdir()), "TMPDIR auf einen anderen Ordner setzen"),
    ):
        try:
            existing = next(p for p in (place, *place.absolute().parents) if p.exists())
            with tempfile.TemporaryFile(dir=existing):
                free = shutil.disk_usage(existing).free / 1e9
        except (OSError, StopIteration) as error:
            reason = errors.reason(error) if isinstance(error, OSError) else "nicht gefunden"
            yield Finding(name, f"{place} ist nicht beschreibbar ({reason})", way)
            continue
        enough = free * 1e9 > errors.SPACE_NEEDED * 1e6
        yield Finding(
            name,
            f"{place}, {_gigabytes(free)} frei",
            "" if enough else f"Platz schaffen oder {way}",
        )


def _gigabytes(number: float) -> str:
    return f"{number:.1f} GB".replace(".", ",")


def _data(results: Path) -> Iterator[Finding]:
    from inpainting import data

    place = config.cache_dir() / data.sources.CACHE_NAME
    found = "CIFAR-10 ist im Zwischenspeicher" if place.exists() else "CIFAR-10 ist noch nicht geholt"
    remedy = "" if place.exists() else "inpainting data (170 MB); die Voreinstellung schnell kommt ohne aus"
    yield Finding("Daten", found, remedy, is_needed=False)
    try:
        data.load_dataset(config.SAMPLE, log=lambda line: None)
        yield Finding("Stichprobe", "vollständig")
    except errors.UserError as error:
        yield Finding("Stichprobe", str(error), "git restore inpainting/assets/sample")


def _fonts(results: Path) -> Iterator[Finding]:
    names = {path.name for path in (config.ASSETS / "fonts").glob("*.ttf")}
    whole = {f"Source{family}_400Regular.ttf" for family in ("Sans3", "Serif4")} <= names
    yield Finding(
        "Schriften", f"{len(names)} mitgeliefert", "" if whole else "git restore inpainting/assets/fonts"
    )


def _settings(results: Path) -> Iterator[Finding]:
    told = machine.foreign_settings()
    yield Finding("Einstellungen", told[0] if told else "keine fremden von Keras und TensorFlow")


def _tests(results: Path) -> Iterator[Finding]:
    has_pytest = importlib.util.find_spec("pytest") and importlib.util.find_spec("xdist")
    yield Finding(
        "Pakete der Tests",
        "vorhanden" if has_pytest else "nicht installiert",
        "" if has_pytest else "make test holt sie selbst; nur für Tests nötig",
        is_needed=False,
    )
    browser = machine.find_chromium()
    yield Finding(
        "Browser der Tests",
        browser or "kein Chromium gefunden",
        "" if browser else "Chromium installieren (apt install chromium); nur für Tests nötig",
        is_needed=False,
    )


LOOKS: tuple[Callable[[Path], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _processor,
    _memory,
    _disk,
    _data,
    _fonts,
    _settings,
    _tests,
)
