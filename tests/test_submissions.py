"""Other people's models: seen for what they are, scored alike, and kept from doing harm."""

import csv
import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from inpainting import cli, config, data, evaluation, masks, models, submissions
from inpainting.data import Split
from inpainting.evaluation import Estimate
from inpainting.submissions import Interface, Limits, Result, SubmissionError

N = 20


@pytest.fixture(scope="module")
def split(sample):
    return Split(sample.test.images[:N], sample.test.labels[:N])


@pytest.fixture(scope="module")
def holes():
    return masks.suite_masks("quadrat8", N, "test")


def wrap(*shapes, compute) -> keras.Model:
    """A model that computes something of its inputs."""
    inputs = [keras.layers.Input(shape) for shape in shapes]
    return keras.Model(inputs, compute(*inputs))


IMAGE, MASK, BOTH = (32, 32, 3), (32, 32, 1), (32, 32, 4)
DARK = 0.25
"""A model that paints holes in this shade knows hole values, mask and order of its inputs."""


def paint(image, mask):
    return image * (1 - mask) + DARK * mask


# ---------------------------------------------------------------- what a model takes


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ([IMAGE], "bild"),
        ([BOTH], "bild+maske"),
        ([IMAGE, MASK], "unser"),
        ([MASK, IMAGE], "unser"),
        ([(None, None, 3), (None, None, 1)], "unser"),
    ],
)
def test_kind_is_seen_from_the_shapes(shapes, kind):
    model = wrap(*shapes, compute=lambda *inputs: inputs[0] * 1)
    assert submissions.find_kind(model) == kind


@pytest.mark.parametrize(
    "shapes", [[(64, 64, 3)], [(32, 32, 5)], [(3072,)], [IMAGE, IMAGE], [(32, 32, None)]]
)
def test_other_inputs_are_refused_unless_stated(shapes):
    model = wrap(*shapes, compute=lambda *inputs: inputs[0] * 1)
    with pytest.raises(SubmissionError, match="hat Eingaben der Form"):
        submissions.find_kind(model)
    assert submissions.find_kind(model, Interface(input="bild")) == "bild"


MODELS = {
    "bild": ([IMAGE], lambda image: image + DARK),
    "bild+maske": ([BOTH], lambda both: paint(both[..., :3], both[..., 3:])),
    "unser": ([IMAGE, MASK], paint),
    "unser, Maske zuerst": ([MASK, IMAGE], lambda mask, image: paint(image, mask)),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_gets_the_same_score(split, holes, name):
    shapes, compute = MODELS[name]
    model = wrap(*shapes, compute=compute)
    kind = submissions.find_kind(model)
    scores, about = submissions.score_model(model, kind, Interface(), split.images, holes)
    truth = split.images / np.float32(255)
    expected = evaluation.score(np.full_like(truth, DARK), truth, holes)
    np.testing.assert_allclose(scores.hole_squared_error, expected.hole_squared_error, rtol=1e-5)
    assert about == {"nan": 0, "outside": 0, "minimum": DARK, "maximum": DARK}


@pytest.mark.parametrize(
    ("options", "compute"),
    [
        ({"mask_polarity": "loch=0"}, lambda image, mask: paint(image, 1 - mask)),
        ({"hole_value": 0.7}, lambda image, mask: image - (0.7 - DARK) * mask),
        ({"range": "0..255"}, lambda image, mask: image + 255 * DARK * mask),
        ({"range": "-1..1", "hole_value": -1}, lambda image, mask: image + 2 * DARK * mask),
    ],
)
def test_options_change_what_goes_in_and_out(split, holes, options, compute):
    model = wrap(IMAGE, MASK, compute=compute)
    scores, about = submissions.score_model(
        model, "unser", Interface(**options), split.images, holes
    )
    truth = split.images / np.float32(255)
    expected = evaluation.score(np.full_like(truth, DARK), truth, holes)
    np.testing.assert_allclose(scores.hole_squared_error, expected.hole_squared_error, rtol=1e-4)
    assert about["minimum"] == pytest.approx(DARK, abs=1e-5)


def test_what_stands_in_the_hole_never_goes_in(split, holes):
    model = wrap(BOTH, compute=lambda both: both[..., :3])
    scores, about = submissions.score_model(model, "bild+maske", Interface(), split.images, holes)
    assert about["minimum"] == about["maximum"] == 0
    assert scores.hole_psnr.max() < 40


def test_chunks_change_nothing(split, holes, monkeypatch):
    model = wrap(IMAGE, compute=lambda image: image + 0.4)
    whole, about = submissions.score_model(model, "bild", Interface(), split.images, holes)
    monkeypatch.setattr(submissions, "CHUNK", 7)
    parts, same = submissions.score_model(model, "bild", Interface(), split.images, holes)
    np.testing.assert_array_equal(parts.ssim, whole.ssim)
    assert same == about


def test_values_outside_the_range_and_nan_are_counted(split, holes):
    def compute(image, mask):
        channels = [0 * mask - 0.5, 0 * mask + 3, mask / (1 - mask) * 0]
        return keras.ops.concatenate(channels, axis=-1)

    model = wrap(IMAGE, MASK, compute=compute)
    scores, about = submissions.score_model(model, "unser", Interface(), split.images, holes)
    assert about["outside"] == pytest.approx(2 / 3) and about["nan"] == pytest.approx(1 / 3)
    assert (about["minimum"], about["maximum"]) == (-0.5, 3)
    truth = split.images / np.float32(255)
    expected = evaluation.score(np.zeros_like(truth) + np.float32([0, 1, 0]), truth, holes)
    np.testing.assert_array_equal(scores.hole_squared_error, expected.hole_squared_error)


@pytest.mark.parametrize(
    "compute", [lambda image: image[..., :1], lambda image: [image, image * 2]]
)
def test_other_outputs_are_refused(split, holes, compute):
    model = wrap(IMAGE, compute=compute)
    with pytest.raises(SubmissionError, match="hat die Ausgabe"):
        submissions.score_model(model, "bild", Interface(), split.images, holes)


# ---------------------------------------------------------------- finding


def test_folders_mean_every_model_in_them(tmp_path):
    for name in ("anna/m.keras", "ben/tief/m.keras", "ben/notiz.txt", "c.keras"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ordner.keras").mkdir()
    everything = submissions.find_models([tmp_path, tmp_path / "anna"])
    assert list(everything) == ["anna/m.keras", "ben/tief/m.keras", "c.keras"]
    assert list(submissions.find_models([tmp_path / "ben"])) == ["m.keras"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("fehlt.keras", "gibt es nicht"), ("leer", "enthält keine"), ("m.h5", "ist keine .keras")],
)
def test_paths_without_models(tmp_path, name, message):
    (tmp_path / "leer").mkdir()
    (tmp_path / "m.h5").touch()
    with pytest.raises(SubmissionError, match=message):
        submissions.find_models([tmp_path / name])


# ---------------------------------------------------------------- processes


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Run a program as the child of a model; returns the result."""

    def call(program: str, seconds: float = 30, memory: float = 4e9) -> Result:
        monkeypatch.setattr(submissions, "CHILD", (sys.executable, "-c", program))
        job = {"model": "m.keras", "suites": ["quadrat8"]}
        return submissions._watch("m", job, tmp_path, Limits(seconds, memory), lambda line: None)

    return call


def test_a_hanging_child_is_ended(watch):
    started = time.monotonic()
    result = watch("import time; time.sleep(60)", seconds=0.5)
    assert "nicht fertig und abgebrochen" in result.error and time.monotonic() - started < 20


def test_a_huge_child_is_ended(watch):
    program = "import time; x = bytearray(b'x') * 300_000_000; time.sleep(60)"
    assert "mehr als 0,2 GB Arbeitsspeicher" in watch(program, memory=2e8).error.replace(
        "\xa0", " "
    )


def test_a_child_that_dies_is_reported(watch):
    result = watch("import sys; sys.exit('Grund dafür')")
    assert "endete mit Code 1 (Grund dafür)" in result.error
    assert "Code -9 (ohne Meldung)" in watch("import os; os.kill(os.getpid(), 9)").error


def test_a_child_cannot_leave_pickles(watch, tmp_path):
    program = (
        "import json, numpy as np\n"
        "np.save('quadrat8.npy', np.array([{}], object))\n"
        "json.dump({'error': '', 'kind': 'bild', 'output': {'quadrat8': {}}},"
        " open('report.json', 'w'))\n"
    )
    assert "hat keine gültigen Ergebnisse hinterlassen" in watch(program).error


def test_good_and_bad_models_side_by_side(split, holes, tmp_path):
    wrap(IMAGE, compute=lambda image: image + DARK).save(tmp_path / "gut.keras")
    trace = tmp_path / "ausgefuehrt"
    evil = keras.layers.Lambda(lambda x, path=str(trace): (open(path, "w").close(), x)[1])
    keras.Sequential([keras.layers.Input(IMAGE), evil]).save(tmp_path / "boese.keras")
    trace.unlink()  # building the model ran it; loading the file must not
    lines = []
    suites = {"quadrat8": holes, "linien": masks.suite_masks("linien", N, "test")}
    good, bad = submissions.evaluate_models([tmp_path], split, suites, log=lines.append)
    assert list(good.figures) == ["quadrat8", "linien"]
    assert (good.name, good.error, good.kind) == ("gut.keras", "", "bild")
    truth = split.images / np.float32(255)
    expected = evaluation.summarise(evaluation.score(np.full_like(truth, DARK), truth, holes))
    value = good.figures["quadrat8"]["hole_psnr_pooled"]
    assert value.value == pytest.approx(expected["hole_psnr_pooled"].value, abs=1e-4)
    assert value.low == pytest.approx(expected["hole_psnr_pooled"].low, abs=1e-4)
    assert bad.name == "boese.keras" and "ohne eigenen Programmcode" in bad.error
    assert str(tmp_path) not in bad.error and not trace.exists()
    assert "gut.keras: quadrat8 ist bewertet" in "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"kein Modell", "lässt sich nicht als Keras-Modell laden"),
        (wrap((64, 64, 3), compute=lambda image: image * 1), "hat Eingaben der Form"),
        (wrap(IMAGE, compute=lambda image: image[:, :1]), "hat die Ausgabe"),
    ],
)
def test_the_child_reports_what_is_wrong(tmp_path, split, holes, content, message):
    path = tmp_path / "m.keras"
    path.write_bytes(content) if isinstance(content, bytes) else content.save(path)
    np.save(tmp_path / "images.npy", split.images)
    np.save(tmp_path / "masks-quadrat8.npy", holes)
    (tmp_path / "0").mkdir()
    job = {"model": str(path), "suites": ["quadrat8"], **vars(Interface())}
    submissions._run_child(job, tmp_path / "0")
    report = json.loads((tmp_path / "0" / "report.json").read_text("utf-8"))
    assert message in report["error"]


# ---------------------------------------------------------------- tables and files


def result(name: str, psnr: float, **options) -> Result:
    figures = {key: Estimate(psnr, psnr - 1, psnr + 1) for key in evaluation.FIGURES}
    return Result(name, figures={"linien": figures, "quadrat8": figures}, **options)


RESULTS = [
    result("gut.keras", 21.5, kind="unser"),
    result("Telea", 20.0),
    result("=1+1.keras", 12.25, kind="bild",
           output={"quadrat8": {"outside": 0.25, "nan": 0.5, "minimum": -2.0, "maximum": 1.5}}),
    Result("defekt.keras", "rechnet nicht"),
]  # fmt: skip


def test_table_ranks_models_and_says_what_is_odd():
    text = submissions.render_results(RESULTS).replace("\xa0", " ")
    lines = [line.split() for line in text.splitlines()]
    assert lines[4][:5] == ["1", "gut.keras", "unser", "21,50", "21,50"]
    assert lines[5][:2] == ["–", "Telea"] and lines[6][:2] == ["2", "=1+1.keras"]
    assert "21,50 [20,50; 22,50]" in text
    assert "25,00 % der Werte im Loch liegen außerhalb" in text and "−2,000 bis 1,500" in text
    assert "50,00 % der Werte im Loch sind keine Zahlen" in text
    assert "Gescheitert: defekt.keras: rechnet nicht" in text


def test_table_of_failures_alone():
    assert submissions.render_results(RESULTS[-1:]) == "Gescheitert: defekt.keras: rechnet nicht"


def test_csv_and_json_hold_every_figure():
    rows = list(csv.DictReader(submissions.to_csv(RESULTS).splitlines()))
    assert [row["model"] for row in rows[::2]] == [
        "gut.keras",
        "Telea",
        "'=1+1.keras",
        "defekt.keras",
    ]
    assert rows[0]["suite"] == "linien" and float(rows[0]["ssim_low"]) == 20.5
    assert rows[5]["outside"] == "0.25" and rows[6]["error"] == "rechnet nicht"
    stored = json.loads(submissions.to_json(RESULTS, {"split": "test"}))
    assert [model["rank"] for model in stored["models"]] == [1, None, 2, None]
    assert stored["models"][0]["figures"]["quadrat8"]["hole_mae"]["high"] == 22.5
    assert stored["options"] == {"split": "test"}


def test_nan_figures_are_null_in_json():
    undefined = {"pixel50": {"sharpness": Estimate(np.nan, np.nan, np.nan)}}
    text = submissions.to_json([Result("m", figures=undefined)], {})
    assert json.loads(text)["models"][0]["figures"]["pixel50"]["sharpness"]["value"] is None
    assert "NaN" not in text


# ---------------------------------------------------------------- the command


@pytest.fixture
def scored(monkeypatch, sample, tmp_path):
    """Calls of the command, with CIFAR-10 and the scoring replaced."""
    calls = []

    def score(*arguments):
        calls.append(arguments)
        return RESULTS

    monkeypatch.setattr(data, "load_dataset", lambda name, path, log: sample)
    monkeypatch.setattr(submissions, "evaluate_models", score)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.keras").touch()
    return calls


def test_command_hands_on_its_options(scored, tmp_path, capsys, monkeypatch, sample):
    paths = []
    monkeypatch.setattr(data, "load_dataset", lambda name, path, log: paths.append(path) or sample)
    (tmp_path / "alt.csv").write_text("alt")
    arguments = "evaluate m.keras --suite linien quadrat8 --images 30 --split test --range -1..1"
    arguments += " --hole-value -0,5 --mask-polarity loch=0 --input bild --minutes 2 --memory 1,5"
    assert cli.main([*arguments.split(), "--json", "a.json", "--csv", "alt.csv", "--data-path", "bilder"]) == 1
    assert paths == [Path("bilder")]
    _, split, suites, interface, limits, with_baselines, _ = scored[0]
    assert len(split) == 30 and list(suites) == ["linien", "quadrat8"] and not with_baselines
    np.testing.assert_array_equal(suites["linien"], masks.suite_masks("linien", 30, "test"))
    assert interface == Interface("bild", -0.5, "-1..1", "loch=0")
    assert limits == Limits(120, 1.5e9)
    assert "Gescheitert: defekt.keras" in capsys.readouterr().out
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["options"]["range"] == "-1..1"
    assert (tmp_path / "alt.csv").read_text("utf-8").startswith("model,error,input")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("fehlt.keras", "gibt es nicht"),
        ("m.keras --suite quadrat", "Den Maskensatz „quadrat“ gibt es nicht"),
        ("m.keras --images 6000", "höchstens so viele Bilder"),
        ("m.keras --images -1", "ganze Zahl von 0 bis"),
        ("m.keras --range 0..2", "„0..1“ oder „-1..1“ oder „0..255“"),
        ("m.keras --minutes 0", "Der Parameter minutes"),
        ("m.keras --csv fehlt/a.csv", "lässt sich nicht schreiben"),
        ("m.keras --json .", "lässt sich nicht schreiben"),
    ],
)
def test_bad_calls_start_nothing(scored, capsys, arguments, message):
    assert cli.main(["evaluate", *arguments.split()]) == 2
    assert message in capsys.readouterr().err and scored == []


def test_old_files_survive_a_run_without_results(scored, monkeypatch, tmp_path):
    def fail(*arguments):
        raise config.UserError("kein Ergebnis")

    monkeypatch.setattr(submissions, "evaluate_models", fail)
    (tmp_path / "alt.csv").write_text("alt")
    assert cli.main(["evaluate", "m.keras", "--csv", "alt.csv"]) == 2
    assert (tmp_path / "alt.csv").read_text() == "alt"


def test_baselines_are_what_classical_says(split, holes):
    from inpainting import classical

    mean, telea = submissions._score_baselines(split, {"quadrat8": holes}, lambda line: None)
    truth = models.to_float(split.images)
    expected = evaluation.summarise(
        evaluation.score(classical.fill_telea(truth, holes), truth, holes)
    )
    assert telea.figures["quadrat8"] == expected and mean.kind == ""
