"""Simple TeX formulas, read aloud in German: the alternative text of inline formulas."""

import re

from inpainting.config import UserError

_TOKENS = re.compile(r"\\(?:text|textrm|mbox)\{[^{}]*\}|\\[A-Za-z]+|\\.|\d+(?:[.,]\d+)*|[^\s\\]")

_SYMBOLS = {
    "=": "gleich", "+": "plus", "-": "minus", "−": "minus", "/": "durch", "*": "mal",
    "<": "kleiner als", ">": "größer als", "|": "Betragsstrich", "(": "Klammer auf",
    ")": "Klammer zu", "[": "eckige Klammer auf", "]": "eckige Klammer zu", ",": ",", ";": ",",
    ":": "zu", "!": "Fakultät", "'": "Strich", ".": ".", "%": "Prozent", "~": "", "×": "mal",
    r"\times": "mal", r"\cdot": "mal", r"\odot": "elementweise mal", r"\pm": "plus minus",
    r"\div": "geteilt durch", r"\%": "Prozent", r"\le": "kleiner gleich",
    r"\leq": "kleiner gleich", r"\ge": "größer gleich", r"\geq": "größer gleich",
    r"\ll": "viel kleiner als", r"\gg": "viel größer als", r"\ne": "ungleich",
    r"\neq": "ungleich", r"\approx": "ungefähr", r"\sim": "verteilt wie",
    r"\equiv": "identisch", r"\propto": "proportional zu", r"\in": "aus",
    r"\notin": "nicht aus", r"\subset": "Teilmenge von", r"\subseteq": "Teilmenge von",
    r"\cup": "vereinigt mit", r"\cap": "geschnitten mit", r"\setminus": "ohne",
    r"\emptyset": "leere Menge", r"\forall": "für alle", r"\exists": "es gibt",
    r"\to": "nach", r"\rightarrow": "nach", r"\mapsto": "wird abgebildet auf",
    r"\Rightarrow": "daraus folgt", r"\mid": "gegeben", r"\infty": "unendlich",
    r"\partial": "partielle Ableitung", r"\nabla": "Nabla", r"\Delta": "Delta",
    r"\ldots": "und so weiter", r"\dots": "und so weiter", r"\cdots": "und so weiter",
    r"\log": "Logarithmus", r"\ln": "natürlicher Logarithmus", r"\exp": "Exponentialfunktion",
    r"\min": "Minimum", r"\max": "Maximum", r"\sum": "Summe", r"\prod": "Produkt",
    r"\int": "Integral", r"\top": "transponiert", r"\ell": "l", r"\lVert": "Norm von",
    r"\rVert": ", Ende der Norm,", r"\lvert": "Betrag von", r"\rvert": ", Ende des Betrags,",
    r"\{": "Menge", r"\}": ", Ende der Menge,", r"\circ": "Kreis", r"\prime": "Strich",
    r"\sigma": "Sigma", r"\Sigma": "groß Sigma", r"\Lambda": "groß Lambda",
    r"\Omega": "groß Omega", r"\varepsilon": "Epsilon", r"\vartheta": "Theta",
    r"\varphi": "Phi",
} | {
    rf"\{name.lower()}": name
    for name in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta", "Kappa",
                 "Lambda", "Mu", "Nu", "Xi", "Pi", "Rho", "Tau", "Phi", "Chi", "Psi", "Omega")
}  # fmt: skip

_ACCENTS = {r"\hat": "Dach", r"\tilde": "Tilde", r"\bar": "quer", r"\vec": "Vektor",
            r"\overline": "quer", r"\widehat": "Dach", r"\widetilde": "Tilde"}  # fmt: skip
_FONTS = {r"\operatorname", r"\mathrm", r"\mathbf", r"\mathit", r"\mathsf", r"\mathcal",
          r"\mathbb", r"\boldsymbol", r"\bm"}  # fmt: skip
_SILENT = {r"\left", r"\right", r"\big", r"\Big", r"\bigl", r"\bigr", r"\,", r"\;", r"\:", r"\!",
           r"\ ", r"\quad", r"\qquad", r"\displaystyle", r"\limits", "&", r"\\"}  # fmt: skip
_WITH_BOUNDS = {r"\sum": ("über", "bis"), r"\prod": ("über", "bis"), r"\int": ("von", "bis"),
                r"\log": ("zur Basis", "hoch"), r"\min": ("über", "hoch"),
                r"\max": ("über", "hoch")}  # fmt: skip


class SpeechError(UserError):
    """A formula holds a command that this module cannot read aloud."""


def speak(tex: str) -> str:
    """Read a formula aloud, in German: ``\\hat x_i`` becomes "x Dach Index i".

    Raises
    ------
    SpeechError
        On a command that has no German reading here.
    """
    tokens = _TOKENS.findall(tex.replace("{,}", ","))
    words = []
    while tokens:
        words += _element(tokens)
    return re.sub(r"\s+([,.])", r"\1", " ".join(word for word in words if word)).strip(" ,")


def _element(tokens: list[str]) -> list[str]:
    """Read one element with its indices off the front of ``tokens``."""
    token = tokens.pop(0)
    words = _core(token, tokens)
    below, above = _WITH_BOUNDS.get(token, ("Index", "hoch"))
    while tokens and tokens[0] in "_^":
        relation = below if tokens.pop(0) == "_" else above
        argument = _argument(tokens)
        if argument in (["transponiert"], ["Strich"]):
            relation = ""
        words += [relation, *argument]
    return words


def _core(token: str, tokens: list[str]) -> list[str]:
    if token == "{":
        tokens.insert(0, token)
        return _argument(tokens)
    if token in _SILENT:
        return []
    if token in _ACCENTS:
        return [*_argument(tokens), _ACCENTS[token]]
    if token in _FONTS:
        return ["".join(_argument(tokens))]
    if token.endswith("}") and token[1:2].isalpha():  # \text{…}
        return [token[token.index("{") + 1 : -1].strip()]
    if token in (r"\frac", r"\tfrac", r"\dfrac"):
        return [*_argument(tokens), "geteilt durch", *_argument(tokens)]
    if token == r"\sqrt":
        return ["Wurzel aus", *_argument(tokens)]
    if token in _SYMBOLS:
        return [_SYMBOLS[token]]
    if token.startswith("\\") or token in "}_^":
        raise SpeechError(f"Die Formel enthält {token}, das sich nicht vorlesen lässt.")
    return [token]


def _argument(tokens: list[str]) -> list[str]:
    if not tokens:
        raise SpeechError("Die Formel bricht mitten in einem Befehl ab.")
    if tokens[0] != "{":
        return _core(tokens.pop(0), tokens)
    tokens.pop(0)
    words = []
    while tokens and tokens[0] != "}":
        words += _element(tokens)
    if not tokens:
        raise SpeechError("In der Formel fehlt eine schließende Klammer.")
    tokens.pop(0)
    return words
