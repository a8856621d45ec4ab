"""Whether a run's files are what the run wrote, and its figures numbers."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from inpainting import files

RECORD = "run.json"
DEFINED = ("hole_psnr_pooled", "hole_psnr_mean", "image_psnr", "hole_mae", "ssim")
"""Figures that every method has on every suite; others may be undefined, such as a seam without one."""


def seal(folder: Path) -> None:
    """Enter the SHA-256 of every file of a run into its ``run.json``, and that of the entries."""
    record = files.read_json(folder / RECORD)
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != "." and p.name != RECORD)
    record["files"] = {name: files.sha256(folder / name) for name in names}
    record["record_sha256"] = files.record_sha256(record)
    files.write_json(folder / RECORD, record)


def reseal(folder: Path, names: tuple[str, ...]) -> None:
    """Enter anew the checksums of files that were rendered again; the others keep theirs."""
    if not (folder / RECORD).exists():
        return
    record = files.read_json(folder / RECORD)
    if not isinstance(record.get("files"), dict) or record.get("record_sha256") != files.record_sha256(
        record
    ):
        return  # of an earlier version, or changed: what is not known to be whole is not made to look so
    record["files"] |= {name: files.sha256(folder / name) for name in names}
    record["record_sha256"] = files.record_sha256(record)
    files.write_json(folder / RECORD, record)


def find_changes(folder: Path) -> list[str]:
    """What is no longer as the run wrote it, in German; an empty list if nothing is."""
    try:
        content = (folder / RECORD).read_bytes()
        record = files.read_json(folder / RECORD)
        listed, digest = record["files"].items(), record["record_sha256"]
        is_changed = digest != files.record_sha256(record) or content != files.to_json(record).encode()
    except (KeyError, AttributeError):
        return [f"{RECORD} nennt keine Prüfsummen (aus einer früheren Fassung des Programms)"]
    except (OSError, ValueError, TypeError, RecursionError):
        return [f"{RECORD} fehlt oder ist beschädigt"]
    changes = []
    if is_changed:
        changes.append(f"{RECORD} ist verändert")
    for name, expected in listed:
        path = folder / str(name)
        if not path.is_file():
            changes.append(f"{name} fehlt")
        elif files.sha256(path) != expected:
            changes.append(f"{name} ist verändert")
    return changes


def find_undefined(metrics: Mapping) -> Iterator[str]:
    """Suite, method and figure of every figure of ``metrics.json`` that should be a number and is none."""
    suites = metrics.get("figures") if isinstance(metrics, Mapping) else None
    for suite, methods in (suites or {}).items():
        for method, figures in methods.items():
            for name in DEFINED:
                if name in figures and not all(map(_is_finite, _values(figures[name]))):
                    yield f"{suite}, {method}: {name}"


def _values(estimate) -> list:
    return list(estimate.values()) if isinstance(estimate, Mapping) else [estimate]


def _is_finite(value) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
