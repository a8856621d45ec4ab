"""What a program can check of the course's criteria, on the finished files of a run."""

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inpainting import errors, files
from inpainting.runs import layout, soundness

NOTEBOOK, HTML, PDF, SLIDES = "bericht.ipynb", "bericht.html", "bericht.pdf", "folien.html"
PAGE_LIMIT = 5
SCIENTIFIC = {
    "article",
    "inproceedings",
    "incollection",
    "book",
    "techreport",
    "phdthesis",
    "thesis",
}

SUMMARY_POINTS = {
    "Datensatz": r"datens(atz|ätze)|cifar",
    "Methode": r"method|verfahren",
    "Software": r"software|keras|tensorflow",
    "Ergebnisse": r"ergebnis|befund",
    "Herausforderungen": r"herausforderung|schwierigkeit",
}
SECTIONS = {
    "Datensatz": r"datens(atz|ätze)|daten\b",
    "Methode": r"method|architektur|netz|verfahren",
    "Ergebnisse": r"ergebnis|vergleich|auswertung",
    "Literatur": r"literatur",
    "Programmcode im Anhang": r"programmcode",
}


MEASURES = {
    "PSNR": r"\bPSNR\b|Signal-Rausch",
    "SSIM": r"\bSSIM\b",
    "gepoolt": r"\bgepoolt",
    "Nahtverhältnis": r"\bNahtverhältnis",
    "Schärfe": r"\bSchärfe\b",
    "nat": r"\d\s?nat\b",
    "Bootstrap": r"\bBootstrap",
}
"""Measures of the report, and how a text names them; a text in italics defines one."""

OWN_NETWORKS = {"kompakt": r"\bkompakt", "gründlich": r"\bgr(ü|ue)ndlich"}
LARGEST_GAP = 0.4
"""Of a page of the appendix, as a share of its text's height."""

LEAST_HERO = 80.0
"""Height of the picture on the title page, in points: logo and QR code are lower."""

NOT_FINITE = re.compile(r"(?<![\w-])[-−+]?(nan|inf|infinity|∞)(?=\s*(dB|%|ms|\]|;|$))", re.I)
FEWEST_NUMBERS = 6
"""Tables with fewer numbers are not compared."""


class CheckError(errors.UserError):
    """There is no finished run to check."""


@dataclass(frozen=True)
class Criterion:
    """One line of the checked list.

    Attributes
    ----------
    name : German name of the criterion.
    verdict : True if it is met.
    detail : German; what was found.
    """

    name: str
    verdict: bool
    detail: str


def check_run(folder: Path, page_limit: int | None = None) -> list[Criterion]:
    """Check the finished files of a run.

    Parameters
    ----------
    folder : a run's folder with notebook, HTML, PDF and slides.
    page_limit : longest main part, in pages; None: the run's own parameter.

    Raises
    ------
    CheckError
        If the folder or one of its files is missing or damaged.
    """
    missing = [name for name in (NOTEBOOK, HTML, PDF, SLIDES) if not (folder / name).is_file()]
    if missing:
        raise CheckError(
            f"In „{folder.name}“ fehlt: {', '.join(missing)}. Ein vollständiger Lauf entsteht mit "
            "„inpainting report“; geprüft wird sein Ordner unter results."
        )
    try:
        run = _Run(folder, page_limit or _own_page_limit(folder))
        return [Criterion(name, *check(run)) for name, check in CHECKS.items()]
    except errors.UserError:
        raise
    except Exception as error:  # pypdf, nbformat and json raise many kinds on damaged files
        changes = "; ".join(soundness.find_changes(folder))
        raise CheckError(
            f"Die Dateien in „{folder.name}“ sind nicht lesbar: {changes or type(error).__name__}. "
            "Bitte den Bericht neu rechnen oder neu rendern (inpainting render)."
        ) from error


def _own_page_limit(folder: Path) -> int:
    record = folder / "run.json"
    parameters = files.read_json(record)["parameters"] if record.is_file() else {}
    return parameters.get("page_limit", PAGE_LIMIT)


def render_table(criteria: list[Criterion]) -> str:
    """The criteria as a German table for the terminal."""
    width = max(len(name) for name in ["Kriterium", *(c.name for c in criteria)])
    lines = [f"{'Kriterium':<{width}}  erfüllt  Befund", "-" * (width + 17)]
    for criterion in criteria:
        verdict = "ja" if criterion.verdict else "NEIN"
        lines.append(f"{criterion.name:<{width}}  {verdict:<7}  {criterion.detail}")
    n_failed = sum(not criterion.verdict for criterion in criteria)
    closing = (
        "Alle Kriterien sind erfüllt."
        if not n_failed
        else f"{n_failed} von {len(criteria)} Kriterien verfehlt."
    )
    return "\n".join([*lines, "", closing])


# ---------------------------------------------------------------- the run, opened


class _Run:
    """The four files, parsed."""

    def __init__(self, folder: Path, page_limit: int):
        import bs4
        import pypdf

        from inpainting.runs import notebooks

        self.folder = folder
        self.page_limit = page_limit
        self.notebook = notebooks.read(folder / NOTEBOOK)
        self.html = bs4.BeautifulSoup((folder / HTML).read_text(encoding="utf-8"), "html.parser")
        self.slides = bs4.BeautifulSoup((folder / SLIDES).read_text(encoding="utf-8"), "html.parser")
        self.pdf = pypdf.PdfReader(folder / PDF)
        self.bookmarks = [
            (item.title, self.pdf.get_destination_page_number(item))
            for item in self.pdf.outline
            if not isinstance(item, list)
        ]

    def main_pages(self) -> range:
        labels = self.pdf.page_labels
        start = labels.index("1")
        after = [page for title, page in self.bookmarks if page >= start and not re.match(r"\d", title)]
        return range(start, min([*after, len(labels)]))

    def appendix_pages(self) -> range:
        """Pages of the appendix, but for the code and the last, which end where they end."""
        starts = [page for title, page in self.bookmarks if re.match(r"[A-Z]\s", title)]
        code = [page for title, page in self.bookmarks if "Programmcode" in title]
        end = min([*code, len(self.pdf.pages) - 1])
        return range(min([*starts, end]), end)

    def code_pages(self) -> range:
        """Pages from the appendix' code on; all where no bookmark names it."""
        starts = [page for title, page in self.bookmarks if "Programmcode" in title]
        return range(min(starts, default=0), len(self.pdf.pages))

    @functools.cache
    def lines(self, page: int) -> list[layout.Line]:
        return layout.read_lines(self.pdf.pages[page])

    def main_part(self) -> list:
        """Paragraphs, captions and cells between summary and bibliography, in reading order."""
        everything = self.html.select("main :is(p, li, figcaption, th, td, figure)")
        outside = self.html.select("header, section, .anhang, ol.literatur")
        return [tag for tag in everything if not any(part in tag.parents or part is tag for part in outside)]

    def pages_of_summary(self) -> int:
        first, second = self.bookmarks[:2]
        return second[1] - first[1]

    def numbered(self, kind: str) -> list:
        return self.html.select(f"main figure.{kind}")

    @functools.cached_property
    def links(self) -> list:
        return self.html.select("main a[href]")

    def links_to(self, identifier: str, outside) -> list:
        return [a for a in self.links if a["href"] == f"#{identifier}" and outside not in a.parents]


def _pages(n: int) -> str:
    return f"{n} Seite" if n == 1 else f"{n} Seiten"


def _all_or_names(names: list[str], good: str) -> tuple[bool, str]:
    return not names, good if not names else f"fehlt: {', '.join(names)}"


# ---------------------------------------------------------------- the checks


def _main_part(run: _Run):
    n = len(run.main_pages())
    return n <= run.page_limit, f"{_pages(n)}, erlaubt {run.page_limit}"


def _summary_length(run: _Run):
    n = run.pages_of_summary()
    return n <= 1, _pages(n)


def _summary_points(run: _Run):
    text = " ".join(part.get_text(" ") for part in run.html.select("section.zusammenfassung")).lower()
    missing = [name for name, pattern in SUMMARY_POINTS.items() if not re.search(pattern, text)]
    return _all_or_names(missing, "alle fünf Punkte")


def _summary_result(run: _Run):
    shown = run.html.select(".zusammenfassung figure")
    return bool(shown), "Abbildung oder Tabelle vorhanden" if shown else "keine Abbildung oder Tabelle"


def _sections(run: _Run):
    headings = " · ".join(h.get_text(" ") for h in run.html.select("main h2, main h3")).lower()
    missing = [name for name, pattern in SECTIONS.items() if not re.search(pattern, headings)]
    return _all_or_names(missing, "alle vorhanden")


def _citations(run: _Run):
    sources = run.html.select("ol.literatur > li")
    scientific = [source for source in sources if source["data-art"] in SCIENTIFIC]
    used = {a["href"][1:] for a in run.html.select('main a[href^="#ref-"]')}
    unresolved = used - {source["id"] for source in sources}
    detail = f"{len(sources)} Quellen, davon {len(scientific)} wissenschaftlich"
    if unresolved:
        detail += f"; unaufgelöst: {', '.join(sorted(unresolved))}"
    return bool(scientific) and not unresolved, detail


def _links(run: _Run):
    targets = {tag["id"] for tag in run.html.select("[id]")}
    dead = {a["href"] for a in run.html.select('a[href^="#"]') if a["href"][1:] not in targets}
    return not dead, "kein toter Verweis" if not dead else f"ohne Ziel: {', '.join(sorted(dead))}"


def _captions(run: _Run):
    figures = run.numbered("abbildung") + run.numbered("tabelle")
    n_bare = sum(
        figure.figcaption is None or not figure.figcaption.get_text(strip=True) for figure in figures
    )
    detail = f"{len(figures)} Abbildungen und Tabellen"
    return not n_bare, detail if not n_bare else f"{n_bare} von {detail} ohne Beschriftung"


def _mentioned(run: _Run):
    figures = run.html.select("main figure[id]")
    generated = {"tab-laufparameter"}
    missing = [f["id"] for f in figures if f["id"] not in generated and not run.links_to(f["id"], f)]
    return (
        not missing,
        "jede im Text genannt" if not missing else f"nicht genannt: {', '.join(missing)}",
    )


def _alt_texts(run: _Run):
    images = run.html.select("main img")
    poor = [image for image in images if len(image.get("alt", "")) < 5 or "ohne Beschreibung" in image["alt"]]
    return not poor, f"{len(images) - len(poor)} von {len(images)} Bildern beschrieben"


def _language(run: _Run):
    found = {
        HTML: run.html.html.get("lang"),
        SLIDES: run.slides.html.get("lang"),
        PDF: str(run.pdf.root_object.get("/Lang")),
    }
    wrong = [f"{name}: {value}" for name, value in found.items() if not str(value).startswith("de")]
    return not wrong, "de in HTML, PDF und Folien" if not wrong else ", ".join(wrong)


def _accessible_pdf(run: _Run):
    metadata = run.pdf.root_object.get("/Metadata")
    declared = b"<pdfuaid:part>1<" in metadata.get_object().get_data() if metadata else False
    tagged = bool(run.pdf.root_object.get("/MarkInfo", {}).get("/Marked"))
    return (
        declared and tagged,
        "PDF/UA-1, getaggt" if declared and tagged else "keine Kennung PDF/UA-1",
    )


def _fonts(run: _Run):
    loose = {name for page in run.pdf.pages for name in _loose_fonts(page)}
    return (
        not loose,
        "alle eingebettet" if not loose else f"nicht eingebettet: {', '.join(sorted(loose))}",
    )


def _loose_fonts(page) -> Iterator[str]:
    for reference in page.get("/Resources", {}).get("/Font", {}).values():
        font = reference.get_object()
        font = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        if font.get("/Subtype") != "/Type3" and not any(
            key in font.get("/FontDescriptor", {}) for key in ("/FontFile", "/FontFile2", "/FontFile3")
        ):
            yield str(font.get("/BaseFont"))


_REMOTE = re.compile(r"(?:https?:)?//", re.I)
_REMOTE_CSS = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import", re.I)


def _self_contained(run: _Run):
    remote = []
    for name, page in ((HTML, run.html), (SLIDES, run.slides)):
        loading = page.select("[src], link[href], object[data]")
        for tag in loading:
            address = tag.get("src") or tag.get("data") or tag.get("href")
            if _REMOTE.match(address):
                remote.append(f"{name}: {address}")
        if any(_REMOTE_CSS.search(style.get_text()) for style in page.select("style")):
            remote.append(f"{name}: Stilvorlage")
    return not remote, "keine" if not remote else ", ".join(remote)


def _no_errors(run: _Run):
    bad = [
        str(i + 1)
        for i, cell in enumerate(run.notebook.cells)
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    ]
    return not bad, "keine" if not bad else f"Zelle {', '.join(bad)}"


def _finished(run: _Run):
    open_places = [p for p in run.html.select("main p") if p.get_text(strip=True) == "…"]
    not_run = [
        c for c in run.notebook.cells if c.cell_type == "code" and c.source.strip() and not c.execution_count
    ]
    detail = f"{len(open_places)} leere Textstellen, {len(not_run)} nicht ausgeführte Zellen"
    return not open_places and not not_run, "vollständig" if not (open_places or not_run) else detail


def _parameters(run: _Run):
    rows = run.html.select("#tab-laufparameter tbody tr")
    return bool(rows), f"{len(rows)} Parameter im Anhang"


def _code(run: _Run):
    texts = (run.pdf.pages[page].extract_text() for page in run.code_pages())
    listed = {int(n) for text in texts for n in re.findall(r"^Listing (\d+)", text, re.M)}
    expected = {int(tag["id"].removeprefix("listing-")) for tag in run.html.select(".listing[id]")}
    missing = expected - listed
    detail = f"{len(expected)} Listings"
    return not missing, detail if not missing else f"im PDF fehlen {len(missing)} von {detail}"


def _as_written(run: _Run):
    changes = soundness.find_changes(run.folder)
    return not changes, "; ".join(changes) or "wie vom Lauf geschrieben, nach SHA-256"


def _slides(run: _Run):
    n = len(run.slides.select(".slides > section:not(.quellen)"))
    return 10 <= n <= 12, f"{n} Folien, vorgesehen 10 bis 12"


def _titled(run: _Run):
    shown = run.html.h1.get_text(strip=True) if run.html.h1 else ""
    stated = run.notebook.metadata.get("inpainting", {}).get("title")
    if not stated:
        return False, "ohne Angaben zum Titel; inpainting render ergänzt sie"
    return bool(shown), shown or "die Seite zeigt ihn nicht"


def _hero(run: _Run):
    on_page = run.html.select(".auftakt :is(img, canvas)")
    in_print = any(
        not line.text and line.top - line.foot > LEAST_HERO for line in run.lines(0) if line.kind == "apart"
    )
    missing = [name for name, found in (("Seite", on_page), ("Titelblatt", in_print)) if not found]
    return _all_or_names(missing, "auf Titelblatt und erster Bildschirmseite")


def _own_networks(run: _Run):
    rows = " ".join(cell.get_text(" ") for cell in run.html.select('main th[scope="row"]'))
    figures = [tag for tag in run.main_part() if tag.name == "figure" and tag.img]
    shown = " ".join(f"{figure.img.get('alt', '')} {figure.get_text(' ')}" for figure in figures)
    has = {name: re.search(pattern, rows, re.I) for name, pattern in OWN_NETWORKS.items()}
    missing = [name for name in has if has[name] and not re.search(OWN_NETWORKS[name], shown, re.I)]
    return _all_or_names(missing, "jedes im Hauptteil abgebildet" if any(has.values()) else "keines")


def _measures(run: _Run):
    texts = [tag for tag in run.main_part() if tag.name != "figure"]
    summary = " ".join(part.get_text(" ") for part in run.html.select("section.zusammenfassung"))
    wrong = []
    for name, pattern in MEASURES.items():
        used = [i for i, tag in enumerate(texts) if re.search(pattern, tag.get_text(" "), re.I)]
        defined = [
            i
            for i, tag in enumerate(texts)
            if any(re.search(pattern, em.get_text(), re.I) for em in tag.find_all("em"))
        ]
        if (used or re.search(pattern, summary)) and not defined:
            wrong.append(f"{name} nirgends erklärt")
        elif used and used[0] < defined[0]:
            wrong.append(f"{name} vor der Erklärung benutzt")
    return not wrong, "jedes vor dem Gebrauch kursiv erklärt" if not wrong else "; ".join(wrong)


def _repeated_tables(run: _Run):
    tables = {
        figure["id"]: set(re.findall(r"\d+,\d+", " ".join(td.get_text(" ") for td in figure.select("td"))))
        for figure in run.html.select("main figure.tabelle[id]")
    }
    in_summary = {figure["id"] for figure in run.html.select("section.zusammenfassung figure[id]")}
    twice = []
    for one, other in itertools.combinations(tables, 2):
        fewer, more = sorted((tables[one], tables[other]), key=len)
        is_part = len(fewer) >= FEWEST_NUMBERS and len(fewer & more) > 0.8 * len(fewer)
        if {one, other} & in_summary:  # a summary repeats, but not the whole
            is_part = is_part and len(fewer) > 0.8 * len(more)
        if is_part:
            twice.append(f"{one} und {other}")
    return not twice, f"{len(tables)} Tabellen, keine doppelt" if not twice else "; ".join(twice)


def _finite(run: _Run):
    path = run.folder / "metrics.json"
    found = list(soundness.find_undefined(files.read_json(path))) if path.exists() else []
    for name, part in ((HTML, run.html.select_one("main")), (SLIDES, run.slides.select_one(".slides"))):
        texts = part.find_all(string=NOT_FINITE) if part else ()
        shown = [text for text in texts if not text.find_parent(["pre", "code", "script"])]
        found += [f"{name} zeigt „{' '.join(text.split())[:40]}“" for text in shown]
    return not found, "; ".join(found[:3]) or "alle Kennzahlen sind Zahlen"


def _torn(run: _Run):
    torn = layout.torn_sentences([run.lines(page) for page in run.main_pages()])
    return not torn, "keiner" if not torn else f"vor „{torn[0]} …“"


def _gaps(run: _Run):
    shares = {run.pdf.page_labels[page]: layout.empty_share(run.lines(page)) for page in run.appendix_pages()}
    empty = [
        f"S. {label} zu {share:.0%} leer".replace("%", "\u00a0%")
        for label, share in shares.items()
        if share > LARGEST_GAP
    ]
    return not empty, f"keine auf {_pages(len(shares))}" if not empty else ", ".join(empty)


CHECKS: dict[str, Callable[[_Run], tuple[bool, str]]] = {
    "Bild am Anfang": _hero,
    "Umfang des Hauptteils": _main_part,
    "Executive Summary, Länge": _summary_length,
    "Executive Summary, Inhalt": _summary_points,
    "Executive Summary zeigt Ergebnisse": _summary_result,
    "Abschnitte nach den Kriterien": _sections,
    "Literatur zitiert": _citations,
    "Querverweise": _links,
    "Beschriftungen": _captions,
    "Abbildungen, Tabellen erwähnt": _mentioned,
    "Tabellen ohne Wiederholung": _repeated_tables,
    "Maße erklärt": _measures,
    "Eigene Netze abgebildet": _own_networks,
    "Zerrissene Sätze": _torn,
    "Leere Seiten im Anhang": _gaps,
    "Alternativtexte": _alt_texts,
    "Sprache": _language,
    "Barrierefreies PDF": _accessible_pdf,
    "Schriften im PDF": _fonts,
    "Fremde Ressourcen": _self_contained,
    "Fehler im Notebook": _no_errors,
    "Titel im Notebook": _titled,
    "Unveränderte Dateien": _as_written,
    "Endliche Kennzahlen": _finite,
    "Vollständig ausgeführt": _finished,
    "Parameter gezeigt": _parameters,
    "Code im Anhang": _code,
    "Vortrag": _slides,
}
