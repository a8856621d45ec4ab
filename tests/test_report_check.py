import nbformat
import pytest
import report_case as case

from inpainting.report import check


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
            '<details class="code" id="listing-99"></details></main>',
            "Code im Anhang",
        ),
        ("bericht.html", "Datensatz</h3>", "Bla</h3>", "Abschnitte nach den Kriterien"),
    ],
)
def test_each_defect_is_found(copy, file, old, new, criterion):
    edit(copy / file, old, new)
    assert criterion in failed(copy)


def test_error_cell_is_found(copy):
    notebook = case.add_error(nbformat.read(copy / "bericht.ipynb", 4))
    nbformat.write(notebook, copy / "bericht.ipynb")
    assert failed(copy) == {"Fehler im Notebook"}


def test_unmentioned_figure_is_found(tmp_path, monkeypatch):
    make = case.make_notebook

    def with_orphan():
        notebook = make()
        notebook.cells.append(case.code("plot()", case.figure("waise", "Titel")))
        return notebook

    monkeypatch.setattr(case, "make_notebook", with_orphan)
    assert failed(case.make_run(tmp_path)) == {"Abbildungen, Tabellen erwähnt"}


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
