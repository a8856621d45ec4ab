"""Hand-ins are scored in a process of their own, watched, and come out as tables and files."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import signal
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest

from inpainting import cli, config, data, errors, masks
from inpainting.data import Split, to_float
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate
from inpainting.networks import keras
from inpainting.scoring import child, evaluate, handins, interface, results
from inpainting.scoring.evaluate import Child, Limits
from inpainting.scoring.inputs import Interface
from inpainting.scoring.results import Result

N = 20
IMAGE, MASK = (32, 32, 3), (32, 32, 1)
DARK = 0.25
"""A model that paints holes in this shade has a known score."""


@pytest.fixture(scope="module")
def split(sample):
    return Split(sample.test.images[:N], sample.test.labels[:N])


@pytest.fixture(scope="module")
def holes():
    return masks.suite_masks("quadrat8", N, "test")


def painter(shade=DARK) -> keras.Model:
    image, mask = keras.Input(IMAGE), keras.Input(MASK)
    return keras.Model([image, mask], image * (1 - mask) + shade * mask)


def score_of(shade, images, holes):
    truth = images / np.float32(255)
    return evaluation.score(np.full_like(truth, shade), truth, holes)


# ---------------------------------------------------------------- scores in the child


@pytest.fixture
def foreign(tmp_path):
    path = tmp_path / "m.keras"
    painter().save(path)
    return interface.load_foreign(path)


def test_scores_are_those_of_the_benchmark(foreign, split, holes):
    scores, about, examples = child.score_model(foreign, split.images, holes)
    expected = score_of(DARK, split.images, holes)
    np.testing.assert_allclose(scores.hole_squared_error, expected.hole_squared_error, rtol=1e-5)
    assert about == {"nan": 0, "outside": 0, "minimum": DARK, "maximum": DARK}
    assert examples.shape == (child.N_EXAMPLES, *IMAGE) and examples.dtype == np.uint8
    first = holes[: len(examples), ..., 0] > 0
    assert set(examples[first].ravel()) == {64}
    np.testing.assert_array_equal(examples[~first], split.images[: len(examples)][~first])


def test_chunks_change_nothing(foreign, split, holes, monkeypatch):
    whole, about, examples = child.score_model(foreign, split.images, holes)
    monkeypatch.setattr(child, "CHUNK", 7)
    parts, same, same_examples = child.score_model(foreign, split.images, holes)
    np.testing.assert_array_equal(parts.ssim, whole.ssim)
    np.testing.assert_array_equal(same_examples, examples)
    assert same == about


def test_noise_does_not_depend_on_chunks(split, holes, monkeypatch, tmp_path):
    image, mask, noise = keras.Input(IMAGE), keras.Input(MASK), keras.Input(IMAGE, name="noise")
    keras.Model([image, mask, noise], image + mask * keras.ops.sigmoid(noise)).save(tmp_path / "m.keras")
    foreign = interface.load_foreign(tmp_path / "m.keras")
    whole, _, _ = child.score_model(foreign, split.images, holes)
    monkeypatch.setattr(child, "CHUNK", 7)
    np.testing.assert_allclose(child.score_model(foreign, split.images, holes)[0].ssim, whole.ssim, rtol=1e-6)


def test_values_outside_the_range_and_nan_are_counted(split, holes):
    class Odd:
        def predict(self, images, masks, rng):
            return np.broadcast_to(np.float32([-0.5, 3, np.nan]), images.shape)

    scores, about, _ = child.score_model(Odd(), split.images, holes)
    assert about["outside"] == pytest.approx(2 / 3) and about["nan"] == pytest.approx(1 / 3)
    assert (about["minimum"], about["maximum"]) == (-0.5, 3)
    truth = split.images / np.float32(255)
    expected = evaluation.score(np.zeros_like(truth) + np.float32([0, 1, 0]), truth, holes)
    np.testing.assert_array_equal(scores.hole_squared_error, expected.hole_squared_error)


# ---------------------------------------------------------------- a folder, from end to end


@pytest.fixture(scope="module")
def scored_folder(tmp_path_factory, split, holes):
    """Results of a folder with good, equal, broken and evil models, and lines of progress."""
    top = tmp_path_factory.mktemp("klasse") / "Übungs abgaben"
    (top / "ben").mkdir(parents=True)
    painter().save(top / "gut.keras")
    (top / "ben" / "KOPIE.KERAS").write_bytes((top / "gut.keras").read_bytes())
    painter(0.5).save(top / "-besser.keras")
    keras.Sequential([keras.Input(IMAGE), keras.layers.Conv2D(10, 3)]).save(top / "klein.keras")
    (top / "leer.keras").touch()
    (top / "notiz.txt").write_text("Hallo")
    source = io.BytesIO((top / "gut.keras").read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(top / "unbekannt.keras", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"Multiply"', b'"Malnehmen"'))
    before = {path: path.stat().st_mtime_ns for path in top.rglob("*")}
    lines, temporary = [], tmp_path_factory.mktemp("tmp")
    suites = {"quadrat8": holes, "linien": masks.suite_masks("linien", N, "test")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        scored = evaluate.evaluate_models(
            handins.find_handins([top]), split, suites, with_baselines=True, log=lines.append
        )
    assert {path: path.stat().st_mtime_ns for path in top.rglob("*")} == before
    assert list(temporary.iterdir()) == []
    return scored, lines


def test_every_file_is_in_the_results(scored_folder):
    scored, lines = scored_folder
    states = {result.name: result.status for result in scored}
    assert states == {
        "-besser.keras": "bewertet",
        "gut.keras": "bewertet",
        "ben/KOPIE.KERAS": "bewertet",
        "Telea": "bewertet",
        "Mittlere Farbe": "bewertet",
        "klein.keras": "gescheitert",
        "leer.keras": "gescheitert",
        "unbekannt.keras": "gescheitert",
        "notiz.txt": "übergangen",
    }
    errors = {result.name: result.error for result in scored if result.error}
    assert "(30, 30, 10)" in errors["klein.keras"] and "Malnehmen" in errors["unbekannt.keras"]
    assert list(states)[-1] == "notiz.txt"
    assert any(line.startswith("[1 von 7] ") for line in lines)
    assert any(re.match(r"\[\d von 7, noch etwa .*\] gut\.keras", line) for line in lines)


def test_figures_are_those_of_the_benchmark(scored_folder, split, holes):
    scored, _ = scored_folder
    by_name = {result.name: result for result in scored}
    good, copy = by_name["gut.keras"], by_name["ben/KOPIE.KERAS"]
    assert (good.kind, list(good.figures)) == ("bild, maske", ["quadrat8", "linien"])
    value = good.figures["quadrat8"]["hole_psnr_pooled"]
    expected = evaluation.summarise(score_of(DARK, split.images, holes))["hole_psnr_pooled"]
    assert (value.value, value.low) == pytest.approx((expected.value, expected.low), abs=1e-4)
    assert good.figures == copy.figures and "Inhaltsgleich mit" in " ".join(copy.notes + good.notes)
    assert good.reading == "Eingabe 0..1, Ausgabe 0..1, Loch 0, Maske loch=1"
    ranks = results.rank(scored)
    assert ranks["-besser.keras"] == 1 and ranks["gut.keras"] == ranks["ben/KOPIE.KERAS"] == 2
    assert "Telea" not in ranks


def test_baselines_are_what_classical_says(scored_folder, split, holes):
    from inpainting import classical

    telea = next(result for result in scored_folder[0] if result.name == "Telea")
    truth = to_float(split.images)
    expected = evaluation.summarise(evaluation.score(classical.fill_telea(truth, holes), truth, holes))
    assert telea.figures["quadrat8"] == expected and telea.kind == ""


# ---------------------------------------------------------------- children that misbehave


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Run a program as the child of a model; returns the result."""
    job = tmp_path / "abgabe"
    job.mkdir()

    def call(program: str, seconds: float = 30, memory: float = 4e9) -> Result:
        program = f"import os; open('{child.READY}', 'w').close()\n{program}"
        monkeypatch.setattr(evaluate, "CHILD", (sys.executable, "-c", program))
        process = Child(tmp_path, Limits(seconds, memory))
        try:
            return process.score("m", job, ["quadrat8"], Interface())
        finally:
            process.end()

    return call


def test_a_hanging_child_is_ended(watch):
    assert "nicht fertig und abgebrochen" in watch("import time; time.sleep(600)", seconds=0.2).error


def test_a_child_that_never_gets_ready_is_ended(watch, monkeypatch):
    monkeypatch.setattr(evaluate, "START_S", 0.5)
    result = watch(f"os.remove('{child.READY}')\nimport time; time.sleep(600)")
    assert "nicht bereit" in result.error or "nicht fertig" in result.error


def test_a_huge_child_is_ended_with_its_children(watch, tmp_path):
    program = (
        "import subprocess, sys, time\n"
        "code = \"import time; x = bytearray(b'x') * 300_000_000; time.sleep(600)\"\n"
        "process = subprocess.Popen([sys.executable, '-c', code])\n"
        f"open({str(tmp_path / 'enkel')!r}, 'w').write(str(process.pid)); time.sleep(600)"
    )
    assert "mehr als 0,2 GB Arbeitsspeicher" in watch(program, memory=2e8).error.replace("\xa0", " ")
    with contextlib.suppress(psutil.NoSuchProcess):  # nobody is left that sleeps on
        psutil.Process(int((tmp_path / "enkel").read_text())).wait(10)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('Grund dafür')", "endete mit Code 1 (Grund dafür)"),
        ("os.kill(os.getpid(), 9)", "vom Betriebssystem beendet, vermutlich weil der Arbeitsspeicher"),
        ("os.kill(os.getpid(), 11)", "Speicherzugriffsfehler"),
        ("os.abort()", "abgestürzt"),
        ("raise MemoryError", "Arbeitsspeicher"),
    ],
)
def test_a_child_that_dies_is_reported(watch, program, message):
    assert message in watch(program).error


def test_a_child_cannot_leave_pickles(watch):
    program = (
        "import json, numpy as np\n"
        "np.save('abgabe/quadrat8.npy', np.array([{}], object))\n"
        "np.save('abgabe/quadrat8.examples.npy', np.zeros((1, 32, 32, 3), 'u1'))\n"
        "about = {'error': '', 'kind': 'bild', 'output': {'quadrat8': {}}, 'reading': '', 'notes': []}\n"
        "json.dump(about, open('abgabe/report.json', 'w'))\nimport time; time.sleep(600)"
    )
    assert "hat keine gültigen Ergebnisse hinterlassen" in watch(program).error


@pytest.fixture
def real_child(tmp_path, split, holes):
    """A real child whose layer, smuggled past Keras, does something forbidden."""
    np.save(tmp_path / "images.npy", split.images)
    np.save(tmp_path / "masks-quadrat8.npy", holes)
    (tmp_path / "abgabe").mkdir()
    painter().save(tmp_path / "abgabe" / "modell.keras")
    return tmp_path


FORBIDDEN = {
    "schreibt": ("open({outside!r}, 'w')", "wollte die Datei „spur“ schreiben; das wurde verhindert"),
    "löscht": ("import os; os.remove({victim!r})", "ändern; das wurde verhindert"),
    "verbindet": (
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "Netz",
    ),
    "startet": ("import subprocess; subprocess.run(['true'])", "ein Programm starten"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_a_model_tries_is_prevented_and_told(real_child, tmp_path_factory, monkeypatch, name):
    elsewhere = tmp_path_factory.mktemp("anderswo")
    victim = elsewhere / "abgabe.keras"
    victim.write_text("wichtig")
    code, message = FORBIDDEN[name]
    code = code.format(outside=str(elsewhere / "spur"), victim=str(victim))
    # a hole in Keras' safe mode, as there have been: loading runs code of the file
    program = (
        "from inpainting.scoring import child, sandbox\n"
        "from pathlib import Path\n"
        "import json, sys, types\n"
        "sandbox.restrict_writing(Path.cwd())\n"
        "from inpainting.scoring import handins\n"
        "fake = types.ModuleType('inpainting.scoring.interface')\n"
        "from inpainting.scoring.inputs import Interface\n"
        "def load(path, stated):\n"
        f"    {code}\n"
        "fake.Interface, fake.load_foreign, fake.N_PROBE = Interface, load, 16\n"
        "fake.keras = types.SimpleNamespace(backend=types.SimpleNamespace(clear_session=lambda: None))\n"
        "sys.modules['inpainting.scoring.interface'] = fake\n"
        "import inpainting.scoring; inpainting.scoring.interface = fake\n"
        "child.main()\n"
    )
    monkeypatch.setattr(evaluate, "CHILD", (sys.executable, "-P", "-c", program))
    process = Child(real_child, Limits())
    try:
        result = process.score("m", real_child / "abgabe", ["quadrat8"], Interface())
        assert process.process is None  # none that was tampered with scores another model
    finally:
        process.end()
    assert message in result.error
    assert victim.read_text() == "wichtig" and not (elsewhere / "spur").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Landlock is Linux'")
def test_native_code_cannot_write_outside_either(tmp_path):
    import subprocess

    (tmp_path / "drin").mkdir()
    code = (
        "from pathlib import Path; from inpainting.scoring import sandbox\n"
        "import ctypes, sys\n"
        "if not sandbox.restrict_writing(Path('drin')): sys.exit(77)\n"
        "libc = ctypes.CDLL(None); libc.creat.restype = ctypes.c_int\n"
        "print(libc.creat(b'draussen', 0o600) < 0, libc.creat(b'drin/datei', 0o600) >= 0)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(config.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment
    )
    if done.returncode == 77:
        pytest.skip("this kernel has no Landlock")
    assert done.stdout.split() == ["True", "True"] and not (tmp_path / "draussen").exists()


# ---------------------------------------------------------------- many, and interrupted


@pytest.fixture
def instant(monkeypatch):
    """A child that scores at once; returns the names that it was handed."""
    names = []

    def score(self, name, job, suites, interface):
        names.append(name)
        return result(name, 20 - len(names) / 1000, kind="bild")

    monkeypatch.setattr(Child, "score", score)
    return names


def test_a_thousand_files_need_few_children(instant, tmp_path, split, holes):
    source = tmp_path / "vorlage.keras"
    painter().save(source)
    content = source.read_bytes()
    source.unlink()
    for i in range(1000):
        (tmp_path / f"{i:04}.keras").write_bytes(
            content if i % 2 else b"" if i % 4 else content + bytes([i % 251])
        )
    lines = []
    scored = evaluate.evaluate_models(
        handins.find_handins([tmp_path]), split, {"quadrat8": holes}, log=lines.append
    )
    assert len(scored) == 1000 and len({result.name for result in scored}) == 1000
    assert sum(result.status == "bewertet" for result in scored) == 750
    assert len(instant) == 251  # of equal content, one


def test_ctrl_c_keeps_what_is_scored(monkeypatch, tmp_path, split, holes):
    def score(self, name, job, suites, interface):
        if name == "c.keras":
            raise KeyboardInterrupt
        return result(name, 20, kind="bild")

    monkeypatch.setattr(Child, "score", score)
    for i, name in enumerate("abcd"):
        painter(i / 5).save(tmp_path / f"{name}.keras")
    lines = []
    scored = evaluate.evaluate_models(
        handins.find_handins([tmp_path]), split, {"quadrat8": holes}, log=lines.append
    )
    assert [r.error for r in scored] == ["", "", evaluate.ABORTED, evaluate.ABORTED]
    assert lines[-1] == "Abgebrochen: 2 von 4 Dateien sind bewertet."


def test_a_full_disk_is_a_reason(monkeypatch, tmp_path, split, holes):
    painter().save(tmp_path / "m.keras")

    def fail(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", fail)
    (only,) = evaluate.evaluate_models(handins.find_handins([tmp_path]), split, {"quadrat8": holes})
    assert "ließ sich nicht kopieren: kein Speicherplatz" in only.error


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_one_line_on_a_terminal():
    line = evaluate.ProgressLine(Screen())
    for i in range(3):
        line(f"[{i}] m.keras")
    line.clear()
    assert "\n" not in line.stream.getvalue() and line.stream.getvalue().endswith("\r\x1b[K")


def test_progress_in_a_file_is_a_line_now_and_then():
    now = iter(range(100))
    line = evaluate.ProgressLine(io.StringIO(), lambda: next(now))
    for i in range(20):
        line(f"[{i}] m.keras")
    line("Telea: wird gerechnet …")
    assert line.stream.getvalue().splitlines()[0] == "[0] m.keras"
    assert 3 < len(line.stream.getvalue().splitlines()) < 12
    assert line.stream.getvalue().endswith("Telea: wird gerechnet …\n")


# ---------------------------------------------------------------- tables and files


def result(name: str, psnr: float, **options) -> Result:
    figures = {key: Estimate(psnr, psnr - 1, psnr + 1) for key in evaluation.FIGURES}
    return Result(name, figures={"linien": figures, "quadrat8": figures}, **options)


RESULTS = [
    result("gut.keras", 21.5, kind="bild, maske", notes=["Ein Hinweis."]),
    result("Telea", 20.0),
    result(
        "=1+1.keras",
        12.25,
        kind="bild",
        output={"quadrat8": {"outside": 0.25, "nan": 0.5, "minimum": -2.0, "maximum": 1.5}},
    ),
    Result("defekt.keras", "rechnet nicht"),
    Result("notiz.txt", "ist eine Textdatei", is_meant=False),
]


def test_table_ranks_models_and_says_what_is_odd():
    text = results.render_results(RESULTS).replace("\xa0", " ")
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    assert lines[4][:5] == ["1", "gut.keras", "bild, maske", "21,50", "21,50"]
    assert lines[5][:2] == ["–", "Telea"] and lines[6][:2] == ["2", "=1+1.keras"]
    assert "21,50 [20,50; 22,50]" in text and "gut.keras: Ein Hinweis." in text
    assert "25,00 % der Werte im Loch liegen außerhalb" in text and "−2,000 bis 1,500" in text
    assert "50,00 % der Werte im Loch sind keine endlichen Zahlen" in text
    assert "Gescheitert: defekt.keras: rechnet nicht" in text
    assert text.endswith("Übergangen, weil keine Modelle: notiz.txt")


def test_table_of_failures_alone():
    assert results.render_results(RESULTS[3:4]) == "Gescheitert: defekt.keras: rechnet nicht"


def test_long_tables_are_cut_and_say_so():
    many = [result(f"{i}.keras", 20 - i / 10, kind="bild") for i in range(70)]
    text = results.render_results(many)
    assert "die besten 50 von 70" in text and "49.keras" in text and "50.keras" not in text
    skipped = [Result(f"{i}.txt", "Text", is_meant=False) for i in range(9)]
    assert results.render_results(skipped).endswith("4.txt und 4 weitere")


def test_equal_figures_share_a_rank():
    four = [result(f"{i}", value, kind="bild") for i, value in enumerate((21.001, 21.0, 21.0, 20.0))]
    assert list(results.rank(four).values()) == [1, 1, 1, 4]


def test_results_are_sorted():
    mixed = [RESULTS[4], RESULTS[3], RESULTS[2], RESULTS[0]]
    names = [result.name for result in results.sort_results(mixed)]
    assert names == ["gut.keras", "=1+1.keras", "defekt.keras", "notiz.txt"]


def test_csv_and_json_hold_every_figure():
    rows = list(csv.DictReader(results.to_csv(RESULTS).splitlines()))
    assert [row["model"] for row in rows[::2]] == ["gut.keras", "Telea", "'=1+1.keras", "defekt.keras"]
    assert rows[0]["suite"] == "linien" and float(rows[0]["ssim_low"]) == 20.5
    assert rows[5]["outside"] == "0.25" and rows[6]["error"] == "rechnet nicht"
    assert [row["status"] for row in rows[5:]] == ["bewertet", "gescheitert", "übergangen"]
    assert rows[0]["rank"] == "1" and rows[0]["notes"] == "Ein Hinweis."
    stored = json.loads(results.to_json(RESULTS, {"split": "test"}))
    assert [model["rank"] for model in stored["models"]] == [1, None, 2, None, None]
    assert stored["models"][0]["figures"]["quadrat8"]["hole_mae"]["high"] == 22.5
    assert stored["options"] == {"split": "test"} and "examples" not in stored["models"][0]


def test_what_is_not_finite_is_null_in_json():
    undefined = {"pixel50": {"sharpness": Estimate(np.nan, -np.inf, np.inf)}}
    text = results.to_json([Result("m", figures=undefined)], {})
    assert json.loads(text)["models"][0]["figures"]["pixel50"]["sharpness"] == dict.fromkeys(
        ("value", "low", "high")
    )
    assert "NaN" not in text and "Infinity" not in text


# ---------------------------------------------------------------- the command


@pytest.fixture
def scored(monkeypatch, sample, tmp_path):
    """Calls of the command, with CIFAR-10 and the scoring replaced."""
    calls = []

    def score(*arguments):
        calls.append(arguments)
        return RESULTS

    monkeypatch.setattr(data, "load_dataset", lambda name, path, log: sample)
    monkeypatch.setattr(evaluate, "evaluate_models", score)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.keras").touch()
    return calls


def test_command_hands_on_its_options(scored, tmp_path, capsys, monkeypatch, sample):
    paths = []
    monkeypatch.setattr(data, "load_dataset", lambda name, path, log: paths.append(path) or sample)
    (tmp_path / "alt.csv").write_text("alt")
    arguments = "evaluate m.keras --suite linien quadrat8 --images 30 --split test --range -1..1"
    arguments += " --hole-value -0,5 --mask-polarity loch=0 --input bild --minutes 2 --memory 1,5"
    targets = ["--json", "a.json", "--csv", "alt.csv", "--html", "rangliste.html", "--data-path", "bilder"]
    assert cli.main([*arguments.split(), *targets]) == 1
    assert paths == [Path("bilder")]
    found, split, suites, interface, limits, with_baselines, *_ = scored[0]
    assert [handin.name for handin in found] == ["m.keras"]
    assert len(split) == 30 and list(suites) == ["linien", "quadrat8"] and not with_baselines
    np.testing.assert_array_equal(suites["linien"], masks.suite_masks("linien", 30, "test"))
    assert interface == Interface("bild", -0.5, "-1..1", "loch=0")
    assert limits == Limits(120, 1.5e9)
    assert "Gescheitert: defekt.keras" in capsys.readouterr().out
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["options"]["range"] == "-1..1"
    assert (tmp_path / "alt.csv").read_text("utf-8").startswith("model,error,input")
    assert "<h1>Rangliste" in (tmp_path / "rangliste.html").read_text("utf-8")


def test_unstated_options_are_tried(scored):
    cli.main(["evaluate", "m.keras", "--suite", "linien", "--images", "30"])
    assert scored[0][3] == Interface()


@pytest.mark.parametrize(
    ("changed", "code"),
    [([], 1), (RESULTS[:3], 0), (RESULTS[:3] + RESULTS[4:], 0)],
)
def test_exit_code(scored, monkeypatch, changed, code):
    monkeypatch.setattr(evaluate, "evaluate_models", lambda *arguments: changed or RESULTS)
    assert cli.main(["evaluate", "m.keras", "--images", "10"]) == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("fehlt.keras", "gibt es nicht"),
        ("m.keras --suite quadrat", "Den Maskensatz „quadrat“ gibt es nicht"),
        ("m.keras --images 6000", "höchstens so viele Bilder"),
        ("m.keras --images -1", "ganze Zahl von 0 bis"),
        ("m.keras --range 0..2", "„auto“ oder „0..1“ oder „-1..1“ oder „0..255“"),
        ("m.keras --minutes 0", "Der Parameter minutes"),
        ("m.keras --csv fehlt/a.csv", "lässt sich nicht schreiben"),
        ("m.keras --json .", "lässt sich nicht schreiben"),
        ("m.keras --html fehlt/rangliste.html", "lässt sich nicht schreiben"),
        ("m.keras --html m.keras", "ist selbst eine Abgabe"),
        ("m.keras --html auf-m", "ist selbst eine Abgabe"),
        ("m.keras --csv a.txt --json ./a.txt", "für zwei Ausgaben"),
        ("m.keras --csv pipe", "keine gewöhnliche Datei"),
        ("m.keras --csv kreis", "im Kreis"),
        ("m.keras --csv fest", "schreibgeschützt"),
        ("m.keras --csv /proc/x.csv", "lässt sich nicht schreiben"),
        (f"m.keras --csv {'y' * 252}.csv", "der Name ist zu lang"),
    ],
)
def test_bad_calls_start_nothing(scored, capsys, tmp_path, arguments, message):
    (tmp_path / "auf-m").symlink_to("m.keras")
    (tmp_path / "kreis").symlink_to("kreis")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "fest").touch(mode=0o400)
    assert cli.main(["evaluate", *arguments.split()]) == 2
    assert message in capsys.readouterr().err and scored == []


def test_the_longest_name_and_a_link_are_written(scored, tmp_path):
    (tmp_path / "ziel.json").write_text("alt")
    (tmp_path / "verknüpft.json").symlink_to("ziel.json")
    name = "y" * 251 + ".csv"
    cli.main(["evaluate", "m.keras", "--images", "10", "--csv", name, "--json", "verknüpft.json"])
    assert (tmp_path / name).read_text("utf-8").startswith("model,")
    assert (tmp_path / "verknüpft.json").is_symlink() and "options" in (tmp_path / "ziel.json").read_text(
        "utf-8"
    )


def test_a_file_that_cannot_be_written_in_the_end_loses_nothing_else(scored, monkeypatch, capsys, tmp_path):
    def score(*arguments):
        shutil.rmtree(tmp_path / "weg")
        return RESULTS

    (tmp_path / "weg").mkdir()
    monkeypatch.setattr(evaluate, "evaluate_models", score)
    monkeypatch.setattr(results, "to_csv", lambda scored: 1 / 0)
    targets = ["--json", "weg/a.json", "--csv", "b.csv", "--html", "c.html"]
    arguments = ["evaluate", "m.keras", "--images", "10", "--suite", "linien", "quadrat8"]
    assert cli.main([*arguments, *targets]) == 2
    printed, complaint = capsys.readouterr()
    assert "Rang" in printed and "Gescheitert: defekt.keras" in printed
    assert "„weg/a.json“ lässt sich nicht schreiben" in complaint and "Traceback" not in complaint
    assert "„b.csv“ ist nicht geschrieben: ZeroDivisionError" in complaint
    assert (tmp_path / "c.html").exists() and not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("n_scored", [0, 1])
def test_a_signal_ends_the_scoring_with_its_number(monkeypatch, sample, tmp_path, capsys, number, n_scored):
    """A real signal; before the first score, what an earlier call wrote stays."""
    calls = []

    def score(self, name, job, suites, interface):
        calls.append(name)
        if len(calls) > n_scored:
            os.kill(os.getpid(), number)
            time.sleep(5)
        return result(name, 20, kind="bild")

    monkeypatch.setattr(data, "load_dataset", lambda name, path, log: sample)
    monkeypatch.setattr(Child, "score", score)
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        painter(ord(name) / 255).save(tmp_path / f"{name}.keras")
    (tmp_path / "alt.csv").write_text("alt")
    code = cli.main(["evaluate", ".", "--images", "10", "--suite", "quadrat8", "--csv", "alt.csv"])
    assert code == 128 + number
    written = (tmp_path / "alt.csv").read_text("utf-8")
    assert written.startswith("model,") if n_scored else written == "alt"
    printed, complaint = capsys.readouterr()
    assert evaluate.ABORTED in printed and ("nichts bewertet" in complaint) == (not n_scored)


def test_old_files_survive_a_run_without_results(scored, monkeypatch, tmp_path):
    def fail(*arguments):
        raise errors.UserError("kein Ergebnis")

    monkeypatch.setattr(evaluate, "evaluate_models", fail)
    (tmp_path / "alt.csv").write_text("alt")
    assert cli.main(["evaluate", "m.keras", "--csv", "alt.csv"]) == 2
    assert (tmp_path / "alt.csv").read_text() == "alt"
