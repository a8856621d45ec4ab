"""Which characters the shipped fonts have; what stands for the others in the PDF.

A browser takes what it lacks from the reader's system.  The PDF is set in the shipped fonts alone, so
that it looks the same everywhere, and PDF/UA allows no character without a glyph.
"""

import functools
import re
import unicodedata

from inpainting.config import ASSETS

SUBSTITUTE = "□"


def missing(text: str) -> list[str]:
    """The characters of a text that no shipped font has, each once, in order."""
    found = dict.fromkeys(_BEYOND_LATIN.findall(text))
    return [character for character in found if not _is_shown(character)]


def describe(characters: list[str]) -> str:
    """A German sentence about the characters that the PDF cannot show; "" if it shows all."""
    if not characters:
        return ""
    shown = ", ".join(f"{c} (U+{ord(c):04X})" for c in characters[:8])
    more = f" und {len(characters) - 8} weitere" if len(characters) > 8 else ""
    return f"Diese Zeichen fehlen in den Schriften des PDF und erscheinen dort als „{SUBSTITUTE}“: {shown}{more}."


def replace(text: str) -> str:
    """The text with a visible substitute for each character that no shipped font has."""
    return _BEYOND_LATIN.sub(lambda found: _substitute(found[0]), text)


_BEYOND_LATIN = re.compile("[^\n\t -~\u00a0-\u017f]")  # Latin, Latin-1 and Latin Extended-A are there


def _substitute(character: str) -> str:
    if _is_shown(character):
        return character
    return " " if unicodedata.category(character) in ("Zs", "Zl", "Zp") else SUBSTITUTE


def _is_shown(character: str) -> bool:
    """Whether there is a glyph, or none is needed: a joiner, a direction, a variant."""
    if ord(character) in _available():
        return True
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


@functools.cache
def _available() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    paths = sorted((ASSETS / "fonts").glob("*.ttf"))
    return frozenset(code for path in paths for code in TTFont(path, lazy=True).getBestCmap())
