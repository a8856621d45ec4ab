"""What the two web documents, page and slides, share: templates, formulas, code, fonts, the live section."""

import base64
import functools
import hashlib
import html
import importlib

import jinja2
import pygments
from markupsafe import Markup
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, TextLexer

from inpainting.config import ASSETS
from inpainting.typeset import formulas, pandoc
from inpainting.typeset.blocks import Figure

FONTS = (
    ("Source Serif 4", 400, "normal", "source-serif-4-latin-400-normal"),
    ("Source Serif 4", 400, "italic", "source-serif-4-latin-400-italic"),
    ("Source Serif 4", 600, "normal", "source-serif-4-latin-600-normal"),
    ("Source Sans 3", 400, "normal", "source-sans-3-latin-400-normal"),
    ("Source Sans 3", 400, "italic", "source-sans-3-latin-400-italic"),
    ("Source Sans 3", 600, "normal", "source-sans-3-latin-600-normal"),
    ("Source Code Pro", 400, "normal", "source-code-pro-latin-400-normal"),
)

LIVE_SECTION = "inpainting.live.program"
"""Module with ``scripts()``, ``stylesheet()`` and ``embed(about)`` for the interactive section.

It is found by name when a document has such a figure, so that nothing here depends on networks.
"""


class LiveSection:
    """The interactive section of a document, or its absence.

    Attributes
    ----------
    scripts : each in an element of its own; none without a section.
    style : what the document's own is extended by; "" without a section.
    data : JSON for a ``script`` element; None without a section.
    """

    def __init__(self, figure: Figure | None, module: str):
        self.scripts: tuple[Markup, ...] = ()
        self.style = ""
        self.data: Markup | None = None
        if figure and module:
            section = importlib.import_module(module)
            self.scripts = tuple(map(Markup, section.scripts()))
            self.style = section.stylesheet()
            self.data = section.embed(figure and figure.live)


@functools.cache
def environment() -> jinja2.Environment:
    """The templates of page and slides; every value is escaped unless it is marked as HTML."""
    loader = jinja2.FileSystemLoader(ASSETS / "templates")
    return jinja2.Environment(loader=loader, autoescape=True)


def pixels(points: float, scale: float = 1.0) -> int:
    return round(points * 96 / 72 * scale)


def change_for_html(node: pandoc.Node):
    """Rewrite formulas and code of a pandoc tree to finished HTML."""
    if node["t"] == "Span" and "formel" in node["c"][0][1]:
        return pandoc.raw_inline("html", _formula(*node["c"]))
    if node["t"] == "CodeBlock":
        (_, classes, _), source = node["c"]
        return pandoc.raw_block("html", highlight(source, "python" in classes))
    return None


def _formula(attributes, content) -> str:
    identifier, classes, pairs = attributes
    about = dict(pairs)
    display = "abgesetzt" in classes
    typeset = formulas.typeset(content[0]["c"][1], display)
    spoken = html.escape(about["alt"])
    formula = f'<span class="formel" role="math" aria-label="{spoken}">{typeset}</span>'
    if not display:
        return formula
    number = f'<span class="nummer">({about["nummer"]})</span>' if about["nummer"] else ""
    anchor = f' id="{html.escape(identifier)}"' if identifier else ""
    scrolls = f'<span class="breit" tabindex="0">{formula}</span>'
    return f'<span class="gleichung"{anchor}>{scrolls}{number}</span>'


def highlight(source: str, is_python: bool = True) -> str:
    """Code as HTML with Pygments' short class names."""
    lexer = PythonLexer() if is_python else TextLexer()
    body = pygments.highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="quelltext" tabindex="0"><code>{body}</code></pre>'


@functools.cache
def font_faces() -> str:
    """The shipped fonts as CSS with the files inside."""
    rules = []
    for family, weight, style, name in FONTS:
        encoded = base64.b64encode((ASSETS / "fonts" / f"{name}.woff2").read_bytes()).decode()
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
            f'font-display:swap;src:url(data:font/woff2;base64,{encoded}) format("woff2")}}'
        )
    return "\n".join(rules)


@functools.cache
def stylesheet(*names: str) -> str:
    """Fonts, formulas and own style sheets, by their names below the assets."""
    return "\n".join([font_faces(), formulas.stylesheet(), *map(read_asset, names)])


def read_asset(name: str) -> str:
    """A script or style sheet, such that it can stand inside an element."""
    return (ASSETS / name).read_text(encoding="utf-8").replace("</script", "<\\/script")


def script_hashes(*scripts: str) -> str:
    """The source expressions that allow exactly these inline scripts in a content policy."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
