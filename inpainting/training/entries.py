"""Where an entry of the store lies; no network is loaded for it."""

from pathlib import Path

from inpainting import config, files


def locate(name: str, store: Path | None = None) -> Path:
    """The path of an entry: in the store, or, where the store lacks it, among the shipped ones.

    Parameters
    ----------
    name : of a folder or a file below the store.
    store : by default the store of this process, which the environment's ``INPAINTING_MODELS`` may
        have moved elsewhere.
    """
    own = (store or config.MODELS) / name
    return own if own.exists() else config.SHIPPED_MODELS / name


def find_model(name: str, sha256: str, store: Path | None = None) -> Path | None:
    """The model file of an entry; None if there is none, or if its content is another one.

    Parameters
    ----------
    name : of the entry.
    sha256 : of the file.
    store : see :func:`locate`.
    """
    found = sorted(locate(name, store).glob("*.keras"))
    return next((path for path in found if files.sha256(path) == sha256), None)
