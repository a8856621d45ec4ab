"""The working copy of the notebook that ``inpainting lab`` opens; the tracked one stays as it is."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from inpainting import config, errors, files

FOLDER = "labor"
ORIGIN = ".herkunft"
"""Beside the copy: the SHA-256 of the notebook that it was copied from."""


def prepare(anew: bool = False, log: Callable[[str], None] = print, results: Path = config.RESULTS) -> Path:
    """The working copy of the report's notebook, made if there is none.

    Parameters
    ----------
    anew : make a new one; the old one is renamed, never overwritten.

    Raises
    ------
    errors.UserError
        If the copy cannot be written.
    """
    folder = results / FOLDER
    copy, origin = folder / config.NOTEBOOK.name, folder / ORIGIN
    try:
        source = config.NOTEBOOK.read_bytes()
        digest = hashlib.sha256(source).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        if copy.exists() and anew:
            number = 1
            while (old := folder / f"{copy.stem}_alt{number}.ipynb").exists():
                number += 1
            os.replace(copy, old)
            log(f"Die alte Arbeitskopie heißt nun {old.name}.")
        if not copy.exists():
            files.write_file(copy, source)
            files.write_file(origin, digest)
        elif not origin.exists() or origin.read_text() != digest:
            log(
                "Die Arbeitskopie stammt aus einer früheren Fassung des Notebooks. Eine neue beginnt: "
                "inpainting lab --neu"
            )
    except OSError as error:
        raise errors.UserError(
            f"Die Arbeitskopie in „{folder}“ lässt sich nicht schreiben ({errors.reason(error)}). Bitte die "
            "Schreibrechte prüfen."
        ) from None
    log(f"Arbeitskopie: {copy.relative_to(results.parent)}; git kennt sie nicht.")
    return copy
