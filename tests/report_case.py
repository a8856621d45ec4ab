"""An executed notebook with hand-made outputs that holds what the renderers must survive."""

import base64
import copy
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from inpainting import files
from inpainting.runs import soundness
from inpainting.typeset import page, pdf, slides
from inpainting.typeset.cells import SLIDE_MIME, TABLE_MIME
from inpainting.typeset.document import build_document

ALT = "Ein Balkendiagramm: die Größe „Maß“ steigt über fünf Säulen von 1 auf 5 an."

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="150pt" viewBox="0 0 360 150">
<rect width="360" height="150" fill="#fff"/>{bars}
<path d="M20 130H340" stroke="#333" fill="none"/></svg>""".format(
    bars="".join(
        f'<rect x="{40 + 60 * i}" y="{130 - 22 * i - 22}" width="40" height="{22 * i + 22}" fill="#0072b2"/>'
        for i in range(5)
    )
)

DRAWING = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
width="800pt" height="300pt" viewBox="0 0 800 300" onload="alert(1)"><metadata>nichts</metadata><script>alert(2)</script>
<defs><clipPath id="p"><rect width="800" height="300"/></clipPath><style>* {{stroke-linejoin: round}}</style></defs>
<g id="text_1" clip-path="url(#p)"><text style="font-size: 24px" x="20" y="60">sofort</text></g>
<g id="bau-1-1"><text style="font-size: 24px" x="20" y="120">später</text></g>
<g id="xtick_1"><text style="font-size: 20px" x="20" y="180">0,5</text></g>
<image width="9" height="9" xlink:href="https://example.org/x.png"/></svg>""".replace("{{", "{").replace(
    "}}", "}"
)
"""A drawing as :mod:`inpainting.figures.talk` makes them, and what must not get through."""

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsentwurf"


@dataclass
class Table:
    """A table as a notebook's output holds it."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    highlight: Sequence[tuple[int, int]] = ()
    align: str = ""

    def to_json(self) -> dict:
        align = self.align or "l" + "r" * (len(self.header) - 1)
        return {"header": self.header, "rows": self.rows, "align": align, "highlight": self.highlight}


def make_png() -> str:
    image = Image.new("RGB", (1240, 400))
    image.putdata([(x % 256, y % 256, (x * y) % 256) for y in range(400) for x in range(1240)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(200, 200))
    return base64.b64encode(buffer.getvalue()).decode()


def display(data: dict, kind: str, **about):
    return new_output("display_data", data, metadata={"inpainting": {"kind": kind, **about}})


def figure(name: str, caption: str, alt: str = ALT, raster: bool = False, **about):
    data = {"image/png": make_png()} if raster else {"image/svg+xml": SVG}
    return display(data, "figure", name=name, caption=caption, alt=alt, **about)


def table(name: str, caption: str, content: Table):
    data = {TABLE_MIME: content.to_json(), "text/html": "<table></table>"}
    return display(data, "table", name=name, caption=caption)


def prose(markdown: str):
    return display({"text/markdown": markdown}, "prose")


def slide(title: str, points=(), notes="", figure=None, table=None):
    content = {
        "title": title,
        "points": list(points),
        "notes": notes,
        "figure": figure,
        "table": table,
    }
    cell = code("show_slide(...)", display({SLIDE_MIME: content}, "slide"), tags=["folie"])
    return cell


SPOKEN = {
    r"32 \times 32": "32 mal 32",
    r"f_\theta": "f Index Theta",
    r"x \odot (1 - m)": "x elementweise mal, Klammer auf, 1 minus m, Klammer zu",
    r"\hat x": "x Dach",
}


def code(source: str, *outputs, tags=(), **metadata):
    metadata = {"tags": list(tags), "formeln_inline": SPOKEN, **metadata}
    return new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=1)


def text(markdown: str, tags=(), **metadata):
    return new_markdown_cell(markdown, metadata={"tags": list(tags), "formeln_inline": SPOKEN, **metadata})


SMALL_TABLE = Table(
    ["Verfahren", "PSNR im Loch", "SSIM"],
    [
        ["Mittelwert", "13,13 dB", "0,912"],
        ["biharmonisch [@damelin2018]", "18,24 dB", "0,951"],
        ["Autoencoder $f_\\theta$", "**16,93 dB**", "0,934"],
    ],
    highlight=[(1, 1), (1, 2)],
)

WIDE_TABLE = Table(
    ["Verfahren"] + [f"Maskenfamilie {n}" for n in range(1, 15)],
    [
        [f"Verfahren {r} mit {LONG_WORD[:30]}"] + [f"{10 + r + c},{c}{r} ± 0,0{c}" for c in range(14)]
        for r in range(4)
    ],
)

GROUPED_TABLE = Table(
    ["", "Verfahren", "SSIM"],
    [["ohne Netz", "Telea", "0,969"], ["", "biharmonisch", "0,974"], ["unser", "kompakt", "0,977"]],
    align="llr",
)
"""The first column names groups, each in its first row only."""

TRAINING_LOG = "".join(
    f"Epoche {n}/40: Verlust 0,{5600 - n}, Validierung 0,{5610 - n}\n" for n in range(1, 41)
)


def make_notebook(**title):
    """A complete report in miniature; ``title`` changes what the title page says."""
    cells = [
        text("# Image Inpainting mit CNNs", tags=["titel"]),
        code(
            'preset: str = "schnell"  # Voreinstellung: ganzes CIFAR-10 oder die Stichprobe\n'
            "seed: int = 1  # Startwert aller Zufallszahlen",
            tags=["parameters"],
        ),
        text(
            "# Executive Summary\n\n**Datensatz.** CIFAR-10 [@krizhevsky2009] mit 60\u202f000 Farbbildern "
            "von $32 \\times 32$ Pixeln.\n\n**Methode.** Ein Faltungsnetz, siehe @abs:das-netz.",
            tags=["zusammenfassung"],
        ),
        code(
            "show_table(best)",
            table(
                "kern",
                "Die wichtigsten Werte.",
                Table(["Verfahren", "PSNR"], [["biharmonisch", "18,24 dB"]]),
            ),
            tags=["zusammenfassung", "versteckt"],
        ),
        code(
            "summary.show()",
            prose(
                "**Ergebnis.** Das Netz erreicht 16,93 dB, siehe @tab:kern, @tab:ergebnis und "
                "@abb:verlauf. **Software.** Keras. **Herausforderungen.** Nähte."
            ),
            display({"text/markdown": "Das Netz füllt *besser* als die Fläche."}, "prose", role="result"),
            tags=["zusammenfassung"],
        ),
        text(
            '# Problemstellung\n\nInpainting füllt fehlende Bildteile; "gut" heißt: der Übergang ist '
            "unsichtbar, und der Inhalt 'passt'. Die Grundlagen legten @bertalmio2001 und andere "
            "[@telea2004; @damelin2018]. Straße, Fluß und Füße: ß. "
            f"Ein langes Wort: {LONG_WORD}. Sonderzeichen: # $ % & _ \\* @ < > ~ ^ \\\\ <script>alert(1)</script>.\n"
            "- erstens: 8 × 8 Pixel\n- zweitens: `mask = 1` im Loch\n\nNäheres in @abs:ergänzende-ergebnisse."
        ),
        text(
            "## Datensatz\n\nCIFAR-10 [@cifar10web; @barz2020].\n\n# Methode\n\n## Das Netz\n\nDas Netz $f_\\theta$ sieht $x \\odot (1 - m)$ und sagt $\\hat x$ voraus. "
            "Zusammengesetzt wird nach @gl:komposit:\n\n$$\n\\tilde x = (1 - m) \\odot x + m \\odot \\hat x\n$$\n\n"
            "Die *SSIM* vergleicht Strukturen, das *Spitzen-Signal-Rausch-Verhältnis (PSNR)* Pixel. "
            "Der Fehler im Loch [@wang2004] ist\n\n$$\\operatorname{MSE} = \\frac{1}{\\lvert L\\rvert}\\sum_{i\\in L}"
            "(x_i - \\hat x_i)^2,$$\n\ndaraus folgt @gl:psnr.[^1]\n\n$$\\operatorname{PSNR} = 10\\,\\log_{10}\\frac{1}{\\operatorname{MSE}}$$\n\n"
            "[^1]: Eine Fußnote mit [Verweis](https://www.cs.toronto.edu/~kriz/cifar.html).",
            formeln=[
                {
                    "name": "komposit",
                    "alt": "x Tilde ist gleich 1 minus m, elementweise mal x, plus m elementweise mal x Dach",
                },
                {
                    "name": None,
                    "alt": "Der mittlere quadratische Fehler ist das Mittel der quadrierten Abweichungen im Loch.",
                },
                {"name": "psnr", "alt": "PSNR ist gleich 10 mal Zehnerlogarithmus von 1 durch MSE"},
            ],
        ),
        code(
            "import numpy as np\n\nmasks = draw_masks(rng, n_images=10)  # Größe: 8 × 8\n"
            "very_long_call = some_function_with_a_long_name(first_argument=1, second_argument=2, third_argument=3)",
            new_output("stream", name="stdout", text="10 Masken gezogen\n"),
        ),
        text("## Training\n\nMit Adam, höchstens 40 Epochen. [@abb:verlauf] zeigt den Verlauf."),
        code(
            "history = fit(network, epochs=40)",
            new_output("stream", name="stdout", text=TRAINING_LOG),
            tags=["konsole"],
        ),
        code(
            'show_figure(plot_history(history), "verlauf")',
            figure("verlauf", "Verlauf des Verlusts nach [@kerasguide]: „Training“ und Validierung."),
            prose("Der Verlust fällt bis zuletzt."),
        ),
        text(
            "# Ergebnisse\n\n@tab:ergebnis nennt die Werte; vergleiche [@tab:ergebnis; @tab:breit] und Tabellen [-@tab:ergebnis] "
            "sowie @abs:ergebnisse.\n\n```python\ndef composite(images, masks):\n    return images * (1 - masks)\n```\n\n"
            "| a | b |\n|---|--:|\n| eins | 2 |"
        ),
        code("show_table(scores)", table("ergebnis", "Güte im Loch, *zusammengesetzt*.", SMALL_TABLE)),
        code(
            'show_figure(plot_images(images), "bilder", raster=True)',
            figure(
                "bilder",
                "Zehn Testbilder: Original, maskiert, ergänzt.",
                "Drei Reihen mit je zehn Testbildern.",
                raster=True,
                role="hero",
            ),
        ),
        text(
            "@abb:bilder zeigt Beispiele. @abb:balken steht im Anhang.\n\n> Ein Zitat von Format.\n\n1. eins\n2. zwei"
        ),
        text("# Literatur", tags=["literatur"]),
        text("## Alle Familien\n\nDie breite @tab:breit.", tags=["ergaenzend"]),
        code(
            "show_table(wide)",
            table("breit", "Eine Tabelle, breiter als die Seite.", WIDE_TABLE),
            tags=["ergaenzend"],
        ),
        code("show_figure(bars)", figure("balken", "Noch ein Bild."), tags=["ergaenzend"]),
        slide(
            "Bilder flicken",
            ["Loch **finden**", "Loch füllen: $\\hat x$ [@pathak2016]"],
            "Guten Tag, meine Damen und Herren.",
            figure="verlauf",
        ),
        slide("Ergebnis", ["Biharmonisch gewinnt"], "Siehe @tab:ergebnis.", table="ergebnis"),
        slide("Beispiele", ["Oben Original, unten ergänzt"], "Hinweis.", figure="bilder"),
        *(slide(f"Folie {n}", ["Ein Punkt"] * n, "Hinweis.") for n in range(1, 8)),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["inpainting"] = {
        "title": "Image Inpainting mit CNNs",
        "authors": "D. Beispiel und Ä. Muster",
        "date": "2026-11-22",
        "course": "DQD",
        "notice": "Dieser Bericht rechnet auf der mitgelieferten Stichprobe.",
        "declaration": "Ich habe die Arbeit selbst verfasst.\n\nKI-Werkzeuge wurden benutzt.",
    } | title
    return copy.deepcopy(notebook)


def make_run(folder, notebook=None, **title):
    """Render the notebook in miniature, like a run's folder."""
    notebook = notebook or make_notebook(**title)
    nbformat.write(notebook, folder / "bericht.ipynb")
    render_page(notebook, folder / "bericht.html", ("bericht.ipynb", "bericht.pdf", "folien.html"))
    render_pdf(notebook, folder / "bericht.pdf")
    render_slides(notebook, folder / "folien.html", "bericht.html")
    files.write_json(folder / "run.json", {"parameters": {"page_limit": 5}})
    soundness.seal(folder)
    return folder


def render_page(notebook, target: Path, beside=(), **options) -> None:
    target.write_text(page.render_page(build_document(notebook), beside, **options), encoding="utf-8")


def render_pdf(notebook, target: Path, **options) -> None:
    target.write_bytes(pdf.render_pdf(build_document(notebook), **options))


def render_slides(notebook, target: Path, report="", **options) -> None:
    target.write_text(slides.render_slides(build_document(notebook), report, **options), encoding="utf-8")


def add_error(notebook):
    """Append a cell that failed."""
    error = new_output(
        "error",
        ename="ValueError",
        evalue="Maske zu groß",
        traceback=["\x1b[0;31mTraceback\x1b[0m", "ValueError: Maske zu groß <b>"],
    )
    notebook.cells.append(code("draw(99)", error))
    return notebook


def make_grouped():
    """The notebook in miniature with a table of groups, on a slide too."""
    notebook = make_notebook()
    at = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("# Literatur"))
    groups = "Verfahren mit und ohne Netz."
    shown = code("show_table(groups)", table("gruppen", groups, GROUPED_TABLE))
    notebook.cells[at:at] = [text("@tab:gruppen fasst zusammen."), shown]
    notebook.cells.append(slide("In Gruppen", ["Ein Punkt"], "Hinweis.", table="gruppen"))
    return notebook
