"""TeX formulas as HTML, typeset by KaTeX while the document is rendered, not in the browser."""

import base64
import functools
import json
import re

from inpainting.config import ASSETS
from inpainting.errors import UserError

FOLDER = ASSETS / "katex"


# KaTeX writes an operator's name as two siblings, so that a fraction below it has three children
_FUNCTION = re.compile("(<mi[^<>]*>[^<]*</mi><mo>(?:\u2061|&#x2061;)</mo>)", re.I)


class FormulaError(UserError):
    """KaTeX cannot typeset a formula."""


@functools.cache
def typeset(tex: str, display: bool) -> str:
    """HTML with valid MathML inside; needs :func:`stylesheet`.

    Raises
    ------
    FormulaError
        If the formula is not valid.
    """
    options = {"displayMode": display, "output": "htmlAndMathml", "strict": "ignore"}
    import quickjs

    try:
        return _FUNCTION.sub(
            r"<mrow>\1</mrow>", json.loads(_katex().get("typeset")(tex, json.dumps(options)))
        )
    except quickjs.JSException as error:
        reason = str(error).splitlines()[0].removeprefix("ParseError: ")
        raise FormulaError(f"Die Formel „{tex}“ ist fehlerhaft: {reason}") from None


@functools.cache
def _katex():
    import quickjs

    context = quickjs.Context()
    context.eval((FOLDER / "katex.min.js").read_text(encoding="utf-8"))
    context.eval(  # JSON.stringify also flattens the string: the binding reads no rope strings
        "var typeset = (tex, options) => JSON.stringify(katex.renderToString(tex, JSON.parse(options)))"
    )
    return context


def stylesheet() -> str:
    """KaTeX' CSS with the fonts that are shipped inside it."""

    def embed(match: re.Match) -> str:
        font = FOLDER / "fonts" / match["name"]
        if not font.exists():
            return ""
        encoded = base64.b64encode(font.read_bytes()).decode()
        return f'src:url(data:font/woff2;base64,{encoded}) format("woff2")'

    css = (FOLDER / "katex.min.css").read_text(encoding="utf-8")
    css = re.sub(r"src:url\(fonts/(?P<name>[\w-]+\.woff2)\)[^;}]*", embed, css)
    return re.sub(r"@font-face\{(?![^}]*src:)[^}]*\}", "", css)
