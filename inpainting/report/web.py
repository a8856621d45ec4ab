"""What the two web documents, report and slides, share: formulas, code, fonts, the exporter."""

import base64
import hashlib
import html

import pygments
from nbconvert.exporters import TemplateExporter
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, TextLexer

from inpainting.config import ASSETS
from inpainting.report import formulas, pandoc

FONTS = (
    ("Source Serif 4", 400, "normal", "source-serif-4-latin-400-normal"),
    ("Source Serif 4", 400, "italic", "source-serif-4-latin-400-italic"),
    ("Source Serif 4", 600, "normal", "source-serif-4-latin-600-normal"),
    ("Source Sans 3", 400, "normal", "source-sans-3-latin-400-normal"),
    ("Source Sans 3", 400, "italic", "source-sans-3-latin-400-italic"),
    ("Source Sans 3", 600, "normal", "source-sans-3-latin-600-normal"),
    ("Source Code Pro", 400, "normal", "source-code-pro-latin-400-normal"),
)


class WebExporter(TemplateExporter):
    """nbconvert's template machinery with our templates, every value escaped by default."""

    extra_template_basedirs = [str(ASSETS / "templates")]
    extra_template_paths = [str(ASSETS / "templates")]
    export_from_notebook = None

    def _file_extension_default(self):
        return ".html"

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        return environment


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


def script_hash(script: str) -> str:
    """The source expression that allows exactly this inline script in a content policy."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
