"""What can be tried before a run computes for hours: the given texts, the logo, the project's own files."""

from inpainting import config, errors
from inpainting.files import Log
from inpainting.runs import execution
from inpainting.runs.folders import RunError

PRINTED = ("title", "authors", "date", "course", "declaration", "url")
"""Parameters that the documents print."""


def check(settings: config.Config, log: Log) -> None:
    """Try what would stop a run at its end.

    Raises
    ------
    errors.UserError
        On an unreadable logo or a damaged file of the project.
    """
    from inpainting.typeset import titlepage

    if settings.logo:
        titlepage.read_logo(settings.logo)
    _tell_characters(settings, log)
    execution.read_source()
    _read_bibliography()


def _tell_characters(settings: config.Config, log: Log) -> None:
    """Say which characters of the given texts the PDF cannot show; page and slides can."""
    from inpainting.typeset import glyphs

    for name in PRINTED:
        if told := glyphs.describe(glyphs.missing(settings.values[name])):
            log(f"Parameter {name}: {told} HTML und Folien zeigen sie; für das PDF hilft eine Umschrift.")


def _read_bibliography() -> None:
    path = config.NOTEBOOK.parent / "literatur.bib"
    try:
        path.read_text(encoding="utf-8")
        return
    except OSError as error:
        reason = errors.reason(error)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        reason = f"Zeile {line} ist nicht in UTF-8"
    raise RunError(
        f"Die Literatur „{path.name}“ ist nicht lesbar: {reason}. Erlaubt ist BibTeX in UTF-8 neben dem "
        "Notebook."
    )
