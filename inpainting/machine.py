"""The computer: what a run was made with, and foreign settings shut out.  No host paths."""

import atexit
import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from inpainting import config, errors

PACKAGES = (
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
    "matplotlib",
    "papermill",
    "nbconvert",
    "typst",
)


MODEL_KEYS = ("recipe", "model_sha256", "precision", "trained_at", "seconds", "hardware")
"""What ``run.json`` repeats from the record of each network in the store."""


def record(settings: config.Config, data_sha256: str, networks: Mapping = MappingProxyType({})) -> dict:
    """Everything that ``run.json`` says about a run; call it at the end, for the peak memory.

    Parameters
    ----------
    networks : method, as in ``metrics.json`` → the ``training.Trained`` that it used.
    """
    return {
        "computed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "models": {method: _describe_model(trained) for method, trained in networks.items()},
        "parameters": dict(settings.values) | {"data_path": bool(settings.data_path)},
        "changed": sorted(settings.changed()),
        "data_sha256": data_sha256,
        "package_sha256": package_sha256(),
        "git": git_state(),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "n_cores": os.cpu_count(),
        "peak_memory_gb": round(peak_memory() / 1e9, 3),
    }


def _describe_model(trained) -> dict:
    about = {key: trained.record[key] for key in MODEL_KEYS}
    data = trained.record["data"]["sha256"]
    return about | {"entry": trained.folder.name, "from_store": trained.from_store, "data_sha256": data}


def versions() -> dict[str, str]:
    """Installed versions of the packages that matter; ``tensorflow-cpu`` counts as tensorflow."""
    found = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package.removesuffix("-cpu")] = metadata.version(package)
    return found


def package_sha256() -> str:
    """SHA-256 over the package's Python files and the notebook; line ends do not count."""
    return _digest_sources(_sources() | {config.NOTEBOOK.name: config.NOTEBOOK})


def sources_sha256(*parts: str) -> str:
    """The same over some of the package's folders and files: equal as long as they compute the same.

    Parameters
    ----------
    parts : such as "live" or "classical/gaussian.py".
    """
    return _digest_sources(
        {
            name: path
            for name, path in _sources().items()
            if any(f"{name}/".startswith(f"{p}/") for p in parts)
        }
    )


def _sources() -> dict[str, Path]:
    package = Path(__file__).parent
    return {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}


def _digest_sources(sources: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(sources.items()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def git_state() -> dict | None:
    """Commit, and whether the sources are as committed; None outside a repository."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(config.ROOT), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    sources = ("inpainting", "notebooks", "requirements.lock", "pyproject.toml")
    try:
        changed = git("status", "--porcelain", "--", *sources)
        return {"commit": git("rev-parse", "HEAD"), "clean": not changed}
    except (OSError, subprocess.SubprocessError):
        return None


def processor() -> str:
    """The processor's name, as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def processor_features() -> set[str]:
    """What the processor can do beyond the usual, as Linux names it; empty on other systems."""
    cpuinfo = Path("/proc/cpuinfo")
    return set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 (AVX-512 or AMX)."""
    return bool({"avx512_bf16", "amx_bf16"} & processor_features())


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What a headless Chromium is started with: it asks nobody for anything."""


def find_chromium() -> str | None:
    """The browser of tests and pictures: what $CHROMIUM names, or else the first of :data:`BROWSERS`; None without."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    return next(filter(None, map(shutil.which, names)), None)


def memory_limit() -> int | None:
    """The address space that this process may have, in bytes; None without a limit."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def n_threads() -> int:
    """How many threads to compute with: OMP_NUM_THREADS if it is set, else this process's cores."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Largest memory of this process so far, in bytes."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# ---------------------------------------------------------------- foreign settings

KERAS_SETTINGS = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}
"""What the project computes with, whatever a user's ``keras.json`` says."""

FOREIGN = ("TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS", "NVIDIA_TF32_OVERRIDE")
"""Variables of the environment that would change the arithmetic."""


@contextlib.contextmanager
def environment(**values: str | None) -> Iterator[None]:
    """Variables of the environment for a while; None takes one away."""
    before = {name: os.environ.get(name) for name in values}
    try:
        for name, value in values.items():
            _set(name, value)
        yield
    finally:
        for name, value in before.items():
            _set(name, value)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def own_keras_settings():
    """The environment in which Keras is imported: without a user's settings of Keras.

    ``KERAS_HOME`` lies below a file, so Keras finds no ``keras.json`` there and writes none.
    """
    foreign = [name for name in os.environ if name.startswith("KERAS_")]
    own = {"KERAS_BACKEND": KERAS_SETTINGS["backend"], "KERAS_HOME": str(Path(__file__) / "keras")}
    return environment(**dict.fromkeys([*foreign, *FOREIGN]) | own)


def foreign_settings() -> list[str]:
    """German lines about settings of the user that the project does not follow."""
    found = {}
    path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    with contextlib.suppress(OSError):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            found = {name: content[name] for name in KERAS_SETTINGS if name in content}
        except (ValueError, TypeError, RecursionError):
            found = {"keras.json": "nicht lesbar"}
    if backend := os.environ.get("KERAS_BACKEND"):
        found["KERAS_BACKEND"] = backend
    own = KERAS_SETTINGS | {"KERAS_BACKEND": "tensorflow"}
    odd = [f"{n} = {errors.short(value)}" for n, value in found.items() if value != own.get(n)]
    odd += [name for name in FOREIGN if os.environ.get(name)]
    if not odd:
        return []
    return [
        f"Eigene Einstellungen gelten hier nicht: {', '.join(odd)}. Gerechnet wird mit float32, "
        "channels_last und TensorFlow, damit überall dieselben Zahlen entstehen."
    ]


def settle() -> None:
    """Give this process and its children what programs expect of a user: a home, a name, a cache.

    Containers run under a user id without a name and without a home, and some homes cannot be
    written; matplotlib and IPython would say so in English, or stop.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = _temporary()
    if not any(os.environ.get(name) for name in ("LOGNAME", "USER", "LNAME", "USERNAME")):
        os.environ["USER"] = "unbekannt"
    fonts = config.cache_dir() / "matplotlib"  # matplotlib keeps its list of fonts here
    try:
        fonts.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=fonts):
            os.environ["MPLCONFIGDIR"] = str(fonts)
    except OSError:
        os.environ["MPLCONFIGDIR"] = _temporary()


def kernel_environment(folder: Path) -> dict[str, str | None]:
    """Variables for the notebook's process: no settings of the user's Jupyter, IPython or Python.

    Parameters
    ----------
    folder : an empty folder, for what that process keeps while it runs.
    """
    own = {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    gone = ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "MATPLOTLIBRC", "PYTHONSTARTUP", "PYTHONOPTIMIZE")
    return dict.fromkeys(gone) | own


def _temporary() -> str:
    folder = tempfile.mkdtemp(prefix="inpainting-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
