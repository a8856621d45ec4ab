"""What is handed in: one ZIP with the PDF, the executed notebook, the code and checksums."""

import hashlib
import io
import zipfile
from pathlib import Path

from inpainting import config, errors
from inpainting.files import write_file
from inpainting.runs import check, folders

SOURCES = (
    "notebooks/bericht.ipynb",
    "notebooks/literatur.bib",
    "inpainting/**/*.py",
    "tests/*.py",
    "pyproject.toml",
    "requirements.lock",
    "Makefile",
    "README.md",
    "LICENSE",
    "THIRD_PARTY_LICENSES.md",
)
RUN_FILES = (check.PDF, check.NOTEBOOK, "metrics.json", "run.json", "training_log.csv")
CHECKSUMS = "SHA256SUMS"
EPOCH = (2025, 1, 1, 0, 0, 0)
"""The date of every entry: the same run gives the same bytes."""


class SubmissionError(errors.UserError):
    """The run does not meet the course's rules, so nothing is handed in."""


def write_submission(folder: Path, target: Path) -> Path:
    """Write the ZIP of a finished run.

    Parameters
    ----------
    folder : a run's folder.
    target : the ZIP file; written whole or not at all.

    Raises
    ------
    SubmissionError
        If a criterion of :func:`inpainting.runs.check.check_run` is not met.
    """
    folders.clear_parts(folder)
    failed = [criterion for criterion in check.check_run(folder) if not criterion.verdict]
    if failed:
        reasons = "\n".join(f"  - {criterion.name}: {criterion.detail}" for criterion in failed)
        raise SubmissionError(
            f"Die Abgabe wird nicht geschrieben, weil der Bericht Kriterien verfehlt:\n{reasons}\n"
            "Nach der Korrektur den Bericht neu rechnen; alle Kriterien zeigt: inpainting check"
        )
    missing = [name for name in RUN_FILES if not (folder / name).is_file()]
    if missing:
        raise SubmissionError(
            f"Die Abgabe wird nicht geschrieben: Im Ordner „{folder.name}“ fehlt {', '.join(missing)}. "
            "Bitte den Bericht neu rechnen: inpainting report"
        )
    files = {name: (folder / name).read_bytes() for name in RUN_FILES}
    for pattern in SOURCES:
        for path in sorted(config.ROOT.glob(pattern)):
            files[f"code/{path.relative_to(config.ROOT).as_posix()}"] = path.read_bytes()
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in files.items()]
    files[CHECKSUMS] = ("\n".join(sums) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    write_file(target, buffer.getvalue())
    return target
