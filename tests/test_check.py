import re

import nbformat
import pytest
import report_case as case

from inpainting import files
from inpainting.runs import check, soundness


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return case.make_run(tmp_path_factory.mktemp("lauf"))


@pytest.fixture
def copy(run, tmp_path):
    for path in run.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def verdicts(folder, **options):
    return {c.name: c.verdict for c in check.check_run(folder, **options)}


def failed(folder, **options):
    return {name for name, verdict in verdicts(folder, **options).items() if not verdict}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    soundness.seal(path.parent)  # as if the run had written it so


def test_a_good_run_passes(run):
    assert failed(run) == set()


def test_too_long(run):
    assert failed(run, page_limit=1) == {"Umfang des Hauptteils"}


@pytest.mark.parametrize(
    ("file", "old", "new", "criterion"),
    [
        ("bericht.html", "<strong>Software.</strong> Keras", "Nichts", "Executive Summary, Inhalt"),
        ("bericht.html", 'id="abb-bilder"', 'id="abb-anders"', "Querverweise"),
        ("bericht.html", case.ALT.replace("„", "„"), "", "Alternativtexte"),
        ("bericht.html", 'data-art="', 'data-art="x', "Literatur zitiert"),
        ("bericht.html", '<html lang="de">', '<html lang="en">', "Sprache"),
        (
            "bericht.html",
            "</main>",
            '<img src="https://x.org/a.png" alt="ein Bild"></main>',
            "Fremde Ressourcen",
        ),
        (
            "folien.html",
            "</style>",
            "a{background:url(//x.org/a.png)}</style>",
            "Fremde Ressourcen",
        ),
        ("bericht.html", "</main>", "<p>…</p></main>", "Vollständig ausgeführt"),
        ("bericht.html", "tab-laufparameter", "tab-weg", "Parameter gezeigt"),
        (
            "bericht.html",
            "</main>",
            '<div class="listing" id="listing-99"></div></main>',
            "Code im Anhang",
        ),
        ("bericht.html", "Datensatz<a class", "Bla<a class", "Abschnitte nach den Kriterien"),
        ("bericht.html", '<div class="auftakt">', '<div class="leer">', "Bild am Anfang"),
        ("bericht.html", "<em>SSIM</em>", "SSIM", "Maße erklärt"),
        ("bericht.html", "Inpainting füllt", "Der PSNR misst. Inpainting füllt", "Maße erklärt"),
        ("bericht.html", "16,93 dB</strong>", "nan dB</strong>", "Endliche Kennzahlen"),
        ("folien.html", "Biharmonisch gewinnt", "Biharmonisch: −inf dB", "Endliche Kennzahlen"),
        ("bericht.html", "biharmonisch <a", "kompakt <a", "Eigene Netze abgebildet"),
        ("bericht.ipynb", '"title": "Image', '"titel": "Image', "Titel im Notebook"),
        ("bericht.html", "<h1>Image Inpainting mit CNNs</h1>", "<h1></h1>", "Titel im Notebook"),
    ],
)
def test_each_defect_is_found(copy, file, old, new, criterion):
    edit(copy / file, old, new)
    assert criterion in failed(copy)


def test_error_cell_is_found(copy):
    notebook = case.add_error(nbformat.read(copy / "bericht.ipynb", 4))
    nbformat.write(notebook, copy / "bericht.ipynb")
    assert failed(copy) == {"Fehler im Notebook", "Unveränderte Dateien"}


@pytest.mark.parametrize("name", ["bericht.html", "bericht.ipynb", "bericht.pdf", "folien.html", "run.json"])
def test_one_changed_byte_is_found(copy, name):
    content = bytearray((copy / name).read_bytes())
    at = content.rindex(b"e") if name != "bericht.pdf" else len(content) - 1
    content[at] ^= 0x20
    (copy / name).write_bytes(content)
    try:
        found = {c.name: c for c in check.check_run(copy)}["Unveränderte Dateien"]
        assert not found.verdict and f"{name} " in found.detail
    except check.CheckError as error:  # run.json may be no JSON any more
        assert name in str(error)


@pytest.mark.parametrize("name", ["bericht.html", "folien.html", "bericht.pdf", "bericht.ipynb", "run.json"])
@pytest.mark.parametrize("part", [0, 0.5])
def test_a_file_that_was_cut_is_found(copy, name, part):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: int(part * len(content))])
    try:
        assert "Unveränderte Dateien" in failed(copy)
    except check.CheckError as error:
        assert name in str(error) and "Error" not in str(error)


def test_a_file_that_is_gone_or_not_listed(copy):
    (copy / "metrics.json").write_text("{}")
    assert soundness.find_changes(copy) == []  # not of the run
    soundness.seal(copy)
    (copy / "metrics.json").unlink()
    assert soundness.find_changes(copy) == ["metrics.json fehlt"]
    (copy / "run.json").write_text('{"parameters": {}}')
    assert soundness.find_changes(copy) == [
        "run.json nennt keine Prüfsummen (aus einer früheren Fassung des Programms)"
    ]
    (copy / "run.json").write_text("[]")
    assert soundness.find_changes(copy) == ["run.json fehlt oder ist beschädigt"]


def test_rendering_again_does_not_hide_a_change(copy):
    edit_without_seal = (copy / "bericht.ipynb").read_text("utf-8").replace("Daten", "Taten")
    (copy / "bericht.ipynb").write_text(edit_without_seal, "utf-8")
    soundness.reseal(copy, ("bericht.html", "bericht.pdf", "folien.html"))
    assert soundness.find_changes(copy) == ["bericht.ipynb ist verändert"]
    text = (copy / "run.json").read_text().replace('"page_limit": 5', '"page_limit": 9')
    (copy / "run.json").write_text(text)
    soundness.reseal(copy, ("bericht.html",))
    assert "run.json ist verändert" in soundness.find_changes(copy)


@pytest.mark.parametrize("value", [None, "nan", {"value": 20.0, "low": None, "high": 21.0}])
def test_a_figure_that_is_no_number_is_found(copy, value):
    content = {"figures": {"quadrat8": {"kompakt": {"hole_psnr_pooled": value, "seam_ratio": None}}}}
    files.write_json(copy / "metrics.json", content)
    soundness.seal(copy)
    found = {c.name: c for c in check.check_run(copy)}["Endliche Kennzahlen"]
    assert not found.verdict and "quadrat8, kompakt: hole_psnr_pooled" in found.detail


@pytest.mark.parametrize("text", ["nan dB im Loch", "ein Abstand von −inf"])
def test_no_number_in_the_text_is_found(copy, text):
    edit(copy / "bericht.html", "</main>", f"<p>{text}</p></main>")
    assert "Endliche Kennzahlen" in failed(copy)


def test_a_notebook_without_its_title_is_found(copy):
    notebook = nbformat.read(copy / "bericht.ipynb", 4)
    del notebook.metadata["inpainting"]
    nbformat.write(notebook, copy / "bericht.ipynb")
    soundness.seal(copy)
    assert "Titel im Notebook" in failed(copy)


def test_unmentioned_figure_is_found(tmp_path, monkeypatch):
    make = case.make_notebook

    def with_orphan():
        notebook = make()
        notebook.cells.append(case.code("plot()", case.figure("waise", "Titel")))
        return notebook

    monkeypatch.setattr(case, "make_notebook", with_orphan)
    assert failed(case.make_run(tmp_path)) == {"Abbildungen, Tabellen erwähnt"}


NUMBERS = [[f"Verfahren {r}", f"{r}1,{r}5", f"0,{r}77", f"{r},25"] for r in range(1, 5)]


def add_tables(*rows, tags=("ergaenzend",)):
    """The notebook in miniature with further tables, each named in a sentence."""
    notebook = case.make_notebook()
    for n, content in enumerate(rows):
        table = case.Table(["Verfahren", "a", "b", "c"], content)
        notebook.cells += [
            case.text(f"Siehe @tab:mehr{n}.", tags=tags),
            case.code("show()", case.table(f"mehr{n}", f"Noch eine {n}.", table), tags=tags),
        ]
    return notebook


def test_two_tables_with_the_same_numbers(tmp_path):
    run = case.make_run(tmp_path, add_tables(NUMBERS, [row[::-1] for row in NUMBERS[:3]]))
    assert failed(run) == {"Tabellen ohne Wiederholung"}


def test_a_summary_may_repeat_a_part(tmp_path):
    notebook = add_tables(NUMBERS)
    rows = [row[:3] for row in NUMBERS[:3]]
    short = case.table("kurz", "Das Wichtigste.", case.Table(["Verfahren", "a", "b"], rows))
    notebook.cells.insert(4, case.code("show()", short, tags=["zusammenfassung"]))
    notebook.cells.insert(5, case.text("Siehe @tab:kurz.", tags=["zusammenfassung"]))
    assert failed(case.make_run(tmp_path, notebook)) == set()


def test_half_empty_page_of_the_appendix(tmp_path):
    notebook = case.make_notebook()
    for n in range(3):  # two do not fit on a page
        figure = case.figure(f"hoch{n}", f"Ein hohes Bild: @abb:hoch{n}.")
        figure.data["image/svg+xml"] = case.SVG.replace("150", "375")
        notebook.cells += [
            case.text(f"## Abschnitt {n}\n\nSiehe @abb:hoch{n}.", tags=["ergaenzend"]),
            case.code("show()", figure, tags=["ergaenzend"]),
        ]
    assert failed(case.make_run(tmp_path, notebook)) == {"Leere Seiten im Anhang"}


def test_without_a_hero(tmp_path):
    notebook = case.make_notebook(url="https://example.org/bericht.html", notice="Ein Hinweis. " * 20)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).get("inpainting", {}).pop("role", None)  # a stream has no metadata
    assert failed(case.make_run(tmp_path, notebook)) == {"Bild am Anfang"}


def test_torn_sentence(tmp_path):
    notebook = case.make_notebook()
    notebook.cells += [
        case.text("Der Satz über @abb:mitten und alle Werte,"),
        case.code("show()", case.figure("mitten", "Mitten im Satz.")),
        case.text("läuft danach weiter."),
    ]
    assert failed(case.make_run(tmp_path, notebook)) == {"Zerrissene Sätze"}


def test_network_that_is_pictured(tmp_path):
    notebook = add_tables([["gründlich", "1,25", "2,25", "3,25"]], tags=())
    assert failed(case.make_run(tmp_path, notebook)) == {"Eigene Netze abgebildet"}
    notebook.cells += [
        case.text("Siehe @abb:unseres."),
        case.code("show()", case.figure("unseres", "Die Füllung von gründlich.")),
    ]
    assert failed(case.make_run(tmp_path, notebook)) == set()


def test_table_for_the_terminal():
    table = check.render_table(
        [check.Criterion("Umfang", True, "4 Seiten"), check.Criterion("Sprache", False, "en")]
    )
    assert "Umfang     ja       4 Seiten" in table
    assert "Sprache    NEIN     en" in table
    assert "1 von 2 Kriterien verfehlt." in table


def test_missing_files(tmp_path):
    with pytest.raises(
        check.CheckError, match=r"fehlt: bericht.ipynb, bericht.html, bericht.pdf, folien.html"
    ):
        check.check_run(tmp_path)


def test_damaged_pdf(copy):
    (copy / "bericht.pdf").write_bytes(b"%PDF-1.7 kaputt")
    with pytest.raises(check.CheckError, match="nicht lesbar"):
        check.check_run(copy)


# ---------------------------------------------------------------- what is said of it


GOOD = {
    "Bild am Anfang": "auf Titelblatt und erster Bildschirmseite",
    "Umfang des Hauptteils": "2 Seiten, erlaubt 5",
    "Executive Summary, Länge": "1 Seite",
    "Executive Summary, Inhalt": "alle fünf Punkte",
    "Executive Summary zeigt Ergebnisse": "Abbildung oder Tabelle vorhanden",
    "Abschnitte nach den Kriterien": "alle vorhanden",
    "Literatur zitiert": r"\d Quellen, davon \d wissenschaftlich",
    "Querverweise": "kein toter Verweis",
    "Beschriftungen": r"\d+ Abbildungen und Tabellen",
    "Abbildungen, Tabellen erwähnt": "jede im Text genannt",
    "Tabellen ohne Wiederholung": r"\d Tabellen, keine doppelt",
    "Maße erklärt": "jedes vor dem Gebrauch kursiv erklärt",
    "Eigene Netze abgebildet": "keines",
    "Zerrissene Sätze": "keiner",
    "Leere Seiten im Anhang": r"keine auf \d Seiten?",
    "Alternativtexte": r"(\d) von \1 Bildern beschrieben",
    "Sprache": "de in HTML, PDF und Folien",
    "Barrierefreies PDF": "PDF/UA-1, getaggt",
    "Schriften im PDF": "alle eingebettet",
    "Fremde Ressourcen": "keine",
    "Fehler im Notebook": "keine",
    "Titel im Notebook": "Image Inpainting mit CNNs",
    "Unveränderte Dateien": "wie vom Lauf geschrieben, nach SHA-256",
    "Endliche Kennzahlen": "alle Kennzahlen sind Zahlen",
    "Vollständig ausgeführt": "vollständig",
    "Parameter gezeigt": r"\d Parameter im Anhang",
    "Code im Anhang": r"\d+ Listings",
    "Vortrag": r"1[012] Folien, vorgesehen 10 bis 12",
}


def details(folder, **options):
    return {c.name: c.detail for c in check.check_run(folder, **options)}


def test_a_good_run_is_told_what_was_found(run):
    found = details(run)
    assert found.keys() == GOOD.keys()
    for name, detail in found.items():
        assert re.fullmatch(GOOD[name], detail), (name, detail)


def edit_all(folder, *changes):
    for file, old, new in changes:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    soundness.seal(folder)


def test_what_is_missing_is_named(copy):
    edit_all(
        copy,
        ("bericht.html", "<strong>Software.</strong> Keras", "Nichts"),
        ("bericht.html", 'id="abb-bilder"', 'id="abb-anders"'),
        ("bericht.html", '<html lang="de">', '<html lang="en">'),
        ("bericht.html", "<em>SSIM</em>", "SSIM"),
        ("bericht.html", 'data-art="', 'data-art="x'),
        ("bericht.html", "Datensatz<a class", "Bla<a class"),
        ("bericht.html", '<div class="auftakt">', '<div class="leer">'),
        ("bericht.html", "tab-laufparameter", "tab-weg"),
        (
            "bericht.html",
            "</main>",
            '<div class="listing" id="listing-99"></div><p>…</p><p>−inf dB</p><p>nan %</p>'
            '<img src="https://x.org/a.png" alt="kurz"><figure class="abbildung"></figure>'
            '<a href="#nirgends">x</a></main>',
        ),
        ("folien.html", "</style>", "a{background:url(//x.org/a.png)}</style>"),
    )
    found = details(copy)
    assert found["Executive Summary, Inhalt"] == "fehlt: Software"
    assert found["Querverweise"] == "ohne Ziel: #abb-bilder, #nirgends"
    assert found["Sprache"] == "bericht.html: en"
    assert found["Maße erklärt"].startswith("SSIM nirgends erklärt")
    assert re.fullmatch(r"\d Quellen, davon 0 wissenschaftlich", found["Literatur zitiert"])
    assert "Datensatz" in found["Abschnitte nach den Kriterien"]
    assert found["Bild am Anfang"] == "fehlt: Seite"
    assert re.fullmatch(r"im PDF fehlen 1 von \d+ Listings", found["Code im Anhang"])
    assert found["Parameter gezeigt"] == "0 Parameter im Anhang"
    assert found["Vollständig ausgeführt"] == "1 leere Textstellen, 0 nicht ausgeführte Zellen"
    assert found["Endliche Kennzahlen"] == "bericht.html zeigt „−inf dB“; bericht.html zeigt „nan %“"
    assert found["Fremde Ressourcen"] == "bericht.html: https://x.org/a.png, folien.html: Stilvorlage"
    assert re.fullmatch(r"1 von \d+ Abbildungen und Tabellen ohne Beschriftung", found["Beschriftungen"])
    (n, of) = re.match(r"(\d+) von (\d+)", found["Alternativtexte"]).groups()
    assert int(of) - int(n) == 1


def test_a_cell_with_an_error_and_one_that_did_not_run_are_counted(copy):
    notebook = case.add_error(nbformat.read(copy / "bericht.ipynb", 4))
    n_error = next(
        i
        for i, c in enumerate(notebook.cells, 1)
        if any(o.output_type == "error" for o in c.get("outputs", ()))
    )
    notebook.cells.append(case.code("x = 1"))
    notebook.cells[-1].execution_count = None
    notebook.cells.append(case.code(" "))  # an empty cell has nothing to run
    notebook.cells[-1].execution_count = None
    nbformat.write(notebook, copy / "bericht.ipynb")
    found = details(copy)
    assert found["Fehler im Notebook"] == f"Zelle {n_error}"
    assert found["Vollständig ausgeführt"] == "0 leere Textstellen, 1 nicht ausgeführte Zellen"


def test_pages_are_counted_and_compared_with_the_limit(run):
    found = details(run, page_limit=2)
    assert found["Umfang des Hauptteils"] == "2 Seiten, erlaubt 2"
    assert verdicts(run, page_limit=2)["Umfang des Hauptteils"]
    assert check._pages(1) == "1 Seite" and check._pages(0) == "0 Seiten"


@pytest.mark.parametrize("n, good", [(9, False), (10, True), (11, True), (12, True), (13, False)])
def test_a_talk_has_ten_to_twelve_slides(copy, n, good):
    slides = "".join("<section>x</section>" for _ in range(n)) + '<section class="quellen">y</section>'
    page = f'<html lang="de"><body><div class="slides">{slides}</div></body></html>'
    (copy / "folien.html").write_text(page, encoding="utf-8")
    criterion = {c.name: c for c in check.check_run(copy)}["Vortrag"]
    assert (criterion.verdict, criterion.detail) == (good, f"{n} Folien, vorgesehen 10 bis 12")


def test_a_run_keeps_its_own_page_limit(copy):
    assert check._own_page_limit(copy) == 5
    record = files.read_json(copy / "run.json")
    files.write_json(copy / "run.json", record | {"parameters": {"page_limit": 1}})
    assert details(copy)["Umfang des Hauptteils"] == "2 Seiten, erlaubt 1"
    (copy / "run.json").unlink()
    assert check._own_page_limit(copy) == check.PAGE_LIMIT == 5


def test_a_table_of_met_criteria_says_so():
    table = check.render_table([check.Criterion("Umfang", True, "4 Seiten")]).splitlines()
    assert table == [
        "Kriterium  erfüllt  Befund",
        "-" * 26,
        "Umfang     ja       4 Seiten",
        "",
        "Alle Kriterien sind erfüllt.",
    ]
