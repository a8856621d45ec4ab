"""One parameter: its type, what is allowed, and how it reads what a person writes."""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inpainting import errors


class ConfigError(errors.UserError):
    """A parameter is unknown, or its value is not allowed."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of the report.

    Attributes
    ----------
    name : name in the notebook; the command line writes ``--name-with-dashes``.
    default : value under the preset ``standard``; its type is the parameter's type.
    help : German, one line.
    presets : values under other presets, where they differ from ``default``.
    minimum, maximum : inclusive bounds of a number, or of a text's length.
    choices : the only allowed values, if any.
    retrains : German name of the network that a change trains anew; "" for none.
    comparable : False if the benchmark's figures change their meaning with it.
    paragraphs : whether a text may have several lines.
    fault : what is wrong with a text, in German, or ""; for texts that have to have a form.
    form : German description of that form.
    """

    name: str
    default: int | float | str
    help: str
    presets: Mapping[str, object] = field(default_factory=dict)
    minimum: float = 0
    maximum: float = 200
    choices: tuple = ()
    retrains: str = ""
    comparable: bool = True
    paragraphs: bool = False
    fault: Callable[[str], str] = lambda text: ""
    form: str = "Text"

    @property
    def type(self) -> type:
        return type(self.default)

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def for_preset(self, preset: str):
        """Default value under ``preset``."""
        return self.presets.get(preset, self.default)

    @property
    def _example(self) -> str:
        """A value as one would write it."""
        if self.type is bool:
            return "ja" if self.default else "nein"
        if self.type is str:
            return self.default or "TEXT"
        return str(self.default).removesuffix(".0").replace(".", ",")

    @property
    def allowed(self) -> str:
        """German description of the allowed values."""
        if self.choices:
            return " oder ".join(f"„{choice}“" for choice in self.choices)
        if self.type is str:
            least = "1 bis" if self.minimum else "höchstens"
            lines = ", auch in mehreren Absätzen" if self.paragraphs else ""
            return f"{self.form} mit {least} {self.maximum} Zeichen{lines}"
        kind = "ganze Zahl" if self.type is int else "Zahl"
        return f"{kind} von {_german(self.minimum)} bis {_german(self.maximum)}"

    def parse(self, value):
        """Return ``value`` as this parameter's type.

        Text is read the way a person writes it: ``"1e-3"``, ``"3,5"``.

        Raises
        ------
        ConfigError
            If it has the wrong type, is out of range or is not among the choices.
        """
        if isinstance(value, str) and self.type is str:
            value = value.strip().replace("\r\n", "\n")
        parsed = _PARSERS[self.type](value)
        fault = self._fault(parsed)
        if parsed is None or fault or not self._in_range(parsed):
            raise ConfigError(
                f"Der Parameter {self.name} hat den Wert „{errors.short(value)}“. {fault}Erlaubt ist: "
                f"{self.allowed}.{self._hint(value)} Beispiel: {self.flag} {self._example}"
            )
        return parsed

    def _fault(self, value) -> str:
        """What is wrong with a text, as a German sentence; "" for nothing and for other types."""
        if not isinstance(value, str) or self.choices:
            return ""
        for character in value:
            if character == "\n" and not self.paragraphs:
                return "Er hat mehrere Zeilen. "
            if not character.isprintable() and character != "\n" and unicodedata.category(character) != "Zs":
                return f"Er enthält ein Zeichen, das man nicht sieht (U+{ord(character):04X}). "
        if len(value) > self.maximum:
            return f"Er hat {_german(len(value))} Zeichen. "
        problem = self.fault(value)
        return f"{problem} " if problem else ""

    def _hint(self, value) -> str:
        near = difflib.get_close_matches(errors.short(value).lower(), self.choices, n=1, cutoff=0.5)
        return f" Gemeint ist vielleicht „{near[0]}“." if near else ""

    def _in_range(self, value) -> bool:
        if self.choices:
            return value in self.choices
        size = len(value) if self.type is str else value
        return self.minimum <= size <= self.maximum


def _german(number: float) -> str:
    return f"{number:,}".replace(",", " ").replace(".", ",")


_FRACTION = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]+([.,]0)?(e[+]?[0-9]+)?", re.IGNORECASE)
"""No thousands separators: 1.000 is a thousand to Germans and one to Python."""


def _parse_float(value):
    if isinstance(value, str):
        value = value.strip()
        if not _FRACTION.fullmatch(value):
            return None
        value = value.replace(",", ".")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _parse_int(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and not _WHOLE.fullmatch(value.strip()):
        return None
    number = _parse_float(value)
    return int(number) if number is not None and number == int(number) else None


def _parse_str(value):
    return value if isinstance(value, str) else None


_PARSERS = {float: _parse_float, int: _parse_int, str: _parse_str}
