"""What a run was made with: versions, code, hardware, memory.  No host paths."""

import contextlib
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from inpainting import config

PACKAGES = (
    "tensorflow", "tensorflow-cpu", "keras", "numpy", "scipy", "scikit-image",
    "opencv-python-headless", "matplotlib", "papermill", "nbconvert", "typst",
)  # fmt: skip


MODEL_KEYS = ("recipe", "model_sha256", "precision", "trained_at", "seconds", "hardware")
"""What ``run.json`` repeats from the record of each network in the store."""


def record(
    settings: config.Config, data_sha256: str, networks: Mapping = MappingProxyType({})
) -> dict:
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
    return about | {"entry": trained.folder.name, "from_store": trained.from_store}


def versions() -> dict[str, str]:
    """Installed versions of the packages that matter; ``tensorflow-cpu`` counts as tensorflow."""
    found = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package.removesuffix("-cpu")] = metadata.version(package)
    return found


def package_sha256() -> str:
    """SHA-256 over the package's Python files and the notebook; line ends do not count."""
    package = Path(__file__).parent
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}
    files[config.NOTEBOOK.name] = config.NOTEBOOK
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def git_state() -> dict | None:
    """Commit, and whether the sources are as committed; None outside a repository."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(config.ROOT), *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()

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
