"""Foreign models of every kind, from real files: used for what they are, or refused with their reason.

Most of them fill holes with the mean colour of the known pixels, each in its own way, so their
scores are known: those of the same fill in NumPy.
"""

import json
import shutil
import zipfile

import numpy as np
import pytest

from inpainting import config, data, masks
from inpainting.networks import keras
from inpainting.scoring import interface
from inpainting.scoring.handins import SubmissionError
from inpainting.scoring.inputs import Interface

N = 16
IMAGE, MASK, BOTH = (32, 32, 3), (32, 32, 1), (32, 32, 4)
Input, layers, ops = keras.Input, keras.layers, keras.ops


@pytest.fixture(scope="module")
def images(sample):
    return data.to_float(sample.test.images[:N])


@pytest.fixture(scope="module")
def holes():
    return masks.suite_masks("quadrat8", N, "test")


@pytest.fixture(scope="module")
def expected(images, holes):
    """The mean colour of the known pixels, in the holes."""
    mean = (images * (1 - holes)).sum((1, 2), keepdims=True) / (1 - holes).sum((1, 2), keepdims=True)
    return np.where(holes, mean, images)


# ---------------------------------------------------------------- what is used


def mean_fill(image, mask):
    """Fill with the mean colour, given 0..1 and 1 = hole; tensors (N, 32, 32, C)."""
    known = 1 - mask
    total = ops.sum(image * known, axis=(1, 2), keepdims=True)
    return image * known + mask * total / ops.sum(known, axis=(1, 2), keepdims=True)


def of_two(compute=mean_fill, image=IMAGE, mask=MASK, **options):
    """A model with an image and a mask; options of the inputs as ``image_name``, ``mask_dtype``."""
    about = {
        part: {key.removeprefix(f"{part}_"): value for key, value in options.items() if key.startswith(part)}
        for part in ("image", "mask")
    }
    inputs = [Input(image, **about["image"]), Input(mask, **about["mask"])]
    return keras.Model(inputs, compute(*inputs))


def of_one(compute, shape=IMAGE, **options):
    image = Input(shape, **options)
    return keras.Model(image, compute(image))


def of_image_alone(image):
    """Black pixels are the hole: for images alone."""
    total = ops.sum(image, axis=(1, 2), keepdims=True) / (1024 - 64)
    return image + total * ops.cast(ops.equal(ops.max(image, axis=-1, keepdims=True), 0), "float32")


def of_four(both):
    return mean_fill(both[..., :3], both[..., 3:])


def with_range(low, high, out_low=None, out_high=None):
    """The same fill for other ranges of input and output."""
    out_low, out_high = (low, high) if out_low is None else (out_low, out_high)

    def compute(image, mask):
        unit = (ops.cast(image, "float32") - low) / (high - low)
        return out_low + (out_high - out_low) * mean_fill(unit, ops.cast(mask, "float32"))

    return compute


def with_dictionary_in():
    named = {"maske": Input(MASK, name="maske"), "bild": Input(IMAGE, name="bild")}
    return keras.Model(named, mean_fill(named["bild"], named["maske"]))


def with_noise(shape, name, n_inputs=3):
    noise = Input(shape, name=name)
    spread = ops.reshape(ops.mean(noise, axis=tuple(range(1, len(shape) + 1))), (-1, 1, 1, 1))
    if n_inputs == 2:
        both = Input(BOTH)
        return keras.Model([both, noise], of_four(both) + 1e-6 * spread)
    image, mask = Input(IMAGE, name="image"), Input(MASK, name="mask")
    return keras.Model([image, mask, noise], mean_fill(image, mask) + 1e-6 * spread)


def half(image, mask):
    image, mask = ops.cast(image, "float32"), ops.cast(mask, "float32")
    return ops.cast(mean_fill(image, mask), "float16")


def nested():
    inner = of_two()
    image, mask = Input(IMAGE), Input(MASK)
    return keras.Model([image, mask], inner([image, mask]))


def whole(image, mask):
    return mean_fill(ops.cast(image, "float32") / 255, ops.cast(mask, "float32"))


def channels_first():
    image, mask = Input((3, 32, 32)), Input((1, 32, 32))
    filled = mean_fill(ops.transpose(image, (0, 2, 3, 1)), ops.transpose(mask, (0, 2, 3, 1)))
    return keras.Model([image, mask], ops.transpose(filled, (0, 3, 1, 2)))


def shaped(image, mask):
    """From flat vectors."""
    return mean_fill(ops.reshape(image, (-1, *IMAGE)), ops.reshape(mask, (-1, *MASK)))


def compiled():
    model = of_two()
    model.compile("adam", "mae", metrics=["mse"])
    return model


FILLS = {
    "Bild": lambda: of_one(of_image_alone),
    "Bild und Maske in vier Kanälen": lambda: of_one(of_four, BOTH),
    "Bild, Maske": of_two,
    "Maske zuerst": lambda: keras.Model([m := Input(MASK), i := Input(IMAGE)], mean_fill(i, m)),
    "deutsche Namen": lambda: of_two(image_name="bild", mask_name="maske"),
    "jede Größe": lambda: of_two(image=(None, None, 3), mask=(None, None, 1)),
    "Wörterbuch als Eingabe": with_dictionary_in,
    "Wörterbuch als Ausgabe": lambda: of_two(lambda i, m: {"fuellung": mean_fill(i, m)}),
    "Liste mit einer Ausgabe": lambda: of_two(lambda i, m: [mean_fill(i, m)]),
    "Ausgaben Bild und Maske": lambda: of_two(lambda i, m: [m * 1, mean_fill(i, m)]),
    "Ausgaben mit Namen": lambda: of_two(lambda i, m: {"bild": mean_fill(i, m), "vorstufe": i * 0.5}),
    "verschachtelte Ausgaben": lambda: of_two(lambda i, m: {"bild": [mean_fill(i, m), m * 1]}),
    "flache Ausgabe": lambda: of_two(lambda i, m: layers.Flatten()(mean_fill(i, m))),
    "Liste von Pixeln": lambda: of_two(lambda i, m: layers.Reshape((1024, 3))(mean_fill(i, m))),
    "flache Eingaben": lambda: of_two(shaped, (3072,), (1024,)),
    "Kanäle vorn": channels_first,
    "Maske ohne Kanal": lambda: of_two(lambda i, m: mean_fill(i, m[..., None]), mask=(32, 32)),
    "Maske in drei Kanälen": lambda: of_two(
        lambda i, m: mean_fill(i, m[..., :1]), mask=IMAGE, mask_name="mask"
    ),
    "Eingabe float16": lambda: of_two(half, image_dtype="float16", mask_dtype="float16"),
    "Ausgabe float16": lambda: of_two(half),
    "Ausgabe bfloat16": lambda: of_two(lambda i, m: ops.cast(mean_fill(i, m), "bfloat16")),
    "Ausgabe float64": lambda: of_two(lambda i, m: ops.cast(mean_fill(i, m), "float64")),
    "Eingabe uint8": lambda: of_two(whole, image_dtype="uint8"),
    "Eingabe int32": lambda: of_two(whole, image_dtype="int32", mask_dtype="int32"),
    "Maske bool": lambda: of_two(lambda i, m: mean_fill(i, ops.cast(m, "float32")), mask_dtype="bool"),
    "Ausgabe uint8": lambda: of_two(lambda i, m: ops.cast(ops.round(255 * mean_fill(i, m)), "uint8")),
    "Rescaling im Modell": lambda: of_two(
        lambda i, m: mean_fill(layers.Rescaling(1 / 255)(i), m), mask_dtype="float32"
    ),
    "0..255": lambda: of_two(with_range(0, 255)),
    "-1..1, Loch schwarz": lambda: of_two(with_range(-1, 1)),
    "0..1, Ausgabe -1..1": lambda: of_two(with_range(0, 1, -1, 1)),
    "0..255, Ausgabe -1..1": lambda: of_two(with_range(0, 255, -1, 1)),
    "-1..1, Ausgabe 0..255": lambda: of_two(with_range(-1, 1, 0, 255)),
    "-1..1, Loch grau": lambda: of_one(
        lambda i: ops.where(
            ops.equal(ops.max(ops.abs(i), axis=-1, keepdims=True), 0),
            ops.sum(i, axis=(1, 2), keepdims=True) / (1024 - 64),
            i,
        )
    ),
    "Maske loch=0": lambda: of_two(lambda i, m: mean_fill(i, 1 - m)),
    "0..255 und loch=0": lambda: of_two(lambda i, m: with_range(0, 255)(i, 1 - m)),
    "vier Kanäle durch 255": lambda: of_one(lambda both: of_four(both / 255), BOTH),
    "feste Bildzahl": lambda: keras.Model(
        [i := Input(IMAGE, batch_size=5), m := Input(MASK, batch_size=5)], mean_fill(i, m)
    ),
    "Rauschen als Bild": lambda: with_noise(IMAGE, "noise"),
    "Rauschen als Vektor": lambda: with_noise((16,), "z"),
    "Rauschen ohne Namen": lambda: with_noise(IMAGE, "input_7"),
    "Rauschen in einem Kanal": lambda: with_noise((32, 32, 1), "rauschen"),
    "vier Kanäle und Rauschen": lambda: with_noise(IMAGE, "latent", 2),
    "Modell im Modell": nested,
    "mit Verlust übersetzt": compiled,
}

COARSE = ("float16", "bfloat16", "uint8", "int32")
"""Kinds whose numbers are rounded."""


@pytest.fixture(scope="module")
def save(tmp_path_factory):
    """Writes a model to a file, as a student does."""
    folder = tmp_path_factory.mktemp("modelle")

    def write(model, name="modell"):
        path = folder / f"{name}.keras"
        model.save(path)
        return path

    return write


@pytest.mark.parametrize("name", FILLS)
def test_every_kind_gets_the_same_score(save, images, holes, expected, name):
    foreign = interface.load_foreign(save(FILLS[name](), "fuellt")).probe(images, holes)
    tolerance = 0.01 if any(word in name for word in COARSE) else 2e-5
    np.testing.assert_allclose(foreign.fill(images, holes), expected, atol=tolerance)
    assert "nan" not in " ".join(foreign.notes).lower()
    if "Rauschen" in name:
        assert "ein einziger Zug mit dem Startwert 2025" in " ".join(foreign.notes)
        assert "rauschen" in foreign.kind
    if name in ("Rescaling im Modell", "0..1, Ausgabe -1..1", "Maske loch=0"):
        assert "Erprobt an 16 Bildern" in " ".join(foreign.notes)


def test_the_network_of_the_project_gives_its_mean(save, images, holes):
    from inpainting import networks

    paths = sorted(config.MODELS.glob("kompakt-*/kompakt.keras"))
    if not paths:
        pytest.skip("no network of the project in the store")
    foreign = interface.load_foreign(paths[0]).probe(images, holes)
    filled = foreign.fill(images, holes)
    np.testing.assert_allclose(filled, networks.fill(foreign.model, images, holes), atol=1e-5)
    assert foreign.size is None and foreign.reading == interface.Reading()


# ---------------------------------------------------------------- remarkable, but used


def note_of(save, model, images, holes):
    foreign = interface.load_foreign(save(model, "merkwuerdig")).probe(images, holes)
    return foreign, " ".join(foreign.notes)


def test_a_constant_is_told(save, images, holes):
    foreign, notes = note_of(save, of_one(lambda i: 0 * i + 0.25), images, holes)
    assert "überall derselbe Wert" in notes and foreign.reading == interface.Reading()


def test_what_comes_out_as_it_went_in_is_told(save, images, holes):
    foreign, notes = note_of(save, of_one(lambda i: i * 1), images, holes)
    assert "füllt nichts" in notes and foreign.reading == interface.Reading()


def test_one_picture_for_all_is_told(save, images, holes):
    ramp = np.linspace(0, 1, 3072, dtype=np.float32).reshape(1, *IMAGE)
    _, notes = note_of(save, of_one(lambda i: 0 * i + ramp), images, holes)
    assert "für alle Bilder dieselbe" in notes


def test_untrained_networks_keep_the_usual_reading(save, images, holes):
    keras.utils.set_random_seed(3)
    stack = [
        Input(IMAGE),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
    ]
    stack += [layers.Dropout(0.5), layers.Conv2D(3, 3, padding="same", activation="sigmoid")]
    foreign, _ = note_of(save, keras.Sequential(stack), images, holes)
    assert (foreign.reading.image, foreign.reading.output) == ("0..1", "0..1")
    np.testing.assert_array_equal(foreign.fill(images, holes), foreign.fill(images, holes))


def test_some_nan_is_refused_by_fill_alone(save, images, holes):
    model = of_two(lambda i, m: ops.where(m > 0, i / (i * 0 + ops.cast(i[:, :1, :1] > 0.5, "float32")), i))
    foreign, _ = note_of(save, model, images, holes)
    with pytest.raises(SubmissionError, match="keine endlichen Zahlen"):
        foreign.fill(images, holes)


def test_noise_is_drawn_in_the_order_of_the_images(save, images, holes):
    image, mask, noise = Input(IMAGE), Input(MASK), Input(IMAGE, name="noise")
    model = keras.Model([image, mask, noise], image * (1 - mask) + mask * ops.sigmoid(noise))
    foreign = interface.load_foreign(save(model, "zieht")).probe(images, holes)
    first = foreign.fill(images, holes, seed=7)
    np.testing.assert_array_equal(first, foreign.fill(images, holes, seed=7))
    np.testing.assert_array_equal(first[:5], foreign.fill(images[:5], holes[:5], seed=7))
    assert abs(first - foreign.fill(images, holes, seed=8)).max() > 0.1
    assert foreign.is_random


def test_what_stands_in_the_hole_never_goes_in(save, images, holes):
    foreign = interface.load_foreign(save(of_one(of_four, BOTH), "dicht")).probe(images, holes)
    other = np.where(holes, np.float32(0.9), images)
    np.testing.assert_array_equal(
        foreign.fill(images, holes)[holes[..., 0] > 0], foreign.fill(other, holes)[holes[..., 0] > 0]
    )


def test_what_is_stated_is_kept_and_doubted(save, images, holes, expected):
    path = save(of_two(with_range(0, 255)), "angegeben")
    foreign = interface.load_foreign(path, Interface(range="0..255")).probe(images, holes)
    np.testing.assert_allclose(foreign.fill(images, holes), expected, atol=2e-5)
    wrong = interface.load_foreign(save(of_two(whole), "falsch"), Interface(range="0..1")).probe(
        images, holes
    )
    assert wrong.reading.image == "0..1" and "Die Angaben passen wohl nicht" in " ".join(wrong.notes)


def test_stated_hole_values_and_polarity(save, images, holes, expected):
    model = of_two(lambda i, m: mean_fill(i - 0.7 * (1 - m), 1 - m))
    stated = Interface(hole_value=0.7, mask_polarity="loch=0")
    foreign = interface.load_foreign(save(model, "wert"), stated).probe(images, holes)
    assert foreign.reading.hole == 0.7 and foreign.reading.polarity == "loch=0"
    np.testing.assert_allclose(foreign.fill(images, holes), expected, atol=2e-5)


@pytest.mark.parametrize(("shape", "size"), [((None, None), None), ((32, 32), 32), ((None, 32), 32)])
def test_size_that_a_model_takes(save, shape, size):
    path = save(of_two(image=(*shape, 3), mask=(*shape, 1)), "gross")
    assert interface.load_foreign(path).size == size


def test_other_sizes_are_filled_where_a_model_takes_them(save, images, holes):
    foreign = interface.load_foreign(save(of_two(image=(None, None, 3), mask=(None, None, 1)), "frei"))
    picture, hole = np.tile(images[:1], (1, 2, 1, 1)), np.tile(holes[:1], (1, 2, 1, 1))
    assert foreign.probe(images, holes).fill(picture, hole).shape == (1, 64, 32, 3)


# ---------------------------------------------------------------- what is refused


def named_inputs(*inputs):
    return keras.Model(list(inputs), inputs[0][..., :3] * 1)


REFUSED = {
    "Graubild": (lambda: of_one(lambda i: i * 1, MASK), "nimmt nur Graubilder"),
    "andere Größe": (lambda: of_one(lambda i: i * 1, (64, 64, 3)), r"„.*“ \(64, 64, 3\); erlaubt sind"),
    "fünf Kanäle": (lambda: of_one(lambda i: i[..., :3], (32, 32, 5)), r"\(32, 32, 5\)"),
    "zwei Bilder ohne Namen": (
        lambda: keras.Model([a := Input(IMAGE), b := Input(IMAGE)], a + b),
        "mehrere Eingaben mit drei Kanälen",
    ),
    "Zeitschritt": (
        lambda: named_inputs(Input(IMAGE), Input(MASK), Input((1,), name="t")),
        "verlangt einen Zeitschritt „t“|verlangt einen Zeitschritt",
    ),
    "ganzzahliger Vektor": (
        lambda: named_inputs(Input(IMAGE), Input(MASK), Input((3,), dtype="int32")),
        "hat Eingaben der Form",
    ),
    "nur Rauschen": (
        lambda: of_one(lambda z: layers.Reshape(IMAGE)(layers.Dense(3072)(z)), (8,)),
        "Eingaben",
    ),
    "zwei Masken": (
        lambda: named_inputs(Input(IMAGE), Input(MASK, name="mask_a"), Input(MASK, name="mask_b")),
        "hat Eingaben der Form",
    ),
    "Bildfolge": (lambda: of_one(lambda v: v[:, 0], (2, 32, 32, 3)), r"\(2, 32, 32, 3\)"),
    "ein Kanal heraus": (lambda: of_one(lambda i: i[..., :1]), "ein Graubild"),
    "kleineres Bild": (lambda: of_one(lambda i: i[:, ::2, ::2]), "ein Bild von 16×16 Pixeln"),
    "vier Kanäle heraus": (lambda: of_one(lambda b: b * 1, BOTH), r"Ausgabe \(32, 32, 4\)"),
    "Klassen": (lambda: of_one(lambda i: layers.Dense(10)(layers.Flatten()(i))), r"Ausgabe \(10,\)"),
    "zwei Bilder heraus": (lambda: of_one(lambda i: [i * 1, i * 2]), "2 Ausgaben, die ein Bild sein können"),
    "keine Bilder heraus": (
        lambda: of_one(lambda i: {"a": i[..., :1], "b": i[:, :2]}),
        "„a“ .*ein Graubild; „b“ .*2×32",
    ),
    "nur NaN": (lambda: of_one(lambda i: i * np.nan), "keine einzige endliche Zahl .nur NaN."),
    "nur unendlich": (
        lambda: of_one(lambda i: i * 0 + np.inf),
        "keine einzige endliche Zahl .nur unendlich.",
    ),
    "Wahrheitswerte": (lambda: of_one(lambda i: i > 0.5), "vom Typ bool"),
    "ein Bild für alle": (lambda: of_one(lambda i: ops.mean(i, axis=0, keepdims=True)), "Bilder"),
    "Kanäle vorn mit Faltung": (
        lambda: of_one(
            lambda i: layers.Conv2D(3, 3, padding="same", data_format="channels_first")(i), (3, 32, 32)
        ),
        None,
    ),
    "dünn besetzt": (lambda: keras.Model(i := Input(IMAGE, sparse=True), ops.add(i, i)), None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_in_german(save, images, holes, name):
    build, message = REFUSED[name]
    path = save(build(), "passt_nicht")
    if message is None:  # depends on the processor: computed, or refused by what Keras says
        try:
            interface.load_foreign(path).probe(images, holes)
        except SubmissionError:
            pass
        except Exception as error:
            assert interface.diagnosis.explain_computation(error)
        return
    with pytest.raises(SubmissionError, match=message):
        interface.load_foreign(path).probe(images, holes)


# ---------------------------------------------------------------- what Keras does not load


@pytest.fixture(scope="module")
def change(save, tmp_path_factory):
    """Rewrites the text of a good file's blueprint and of what is said of it."""
    source = save(keras.Sequential([Input(IMAGE), layers.Conv2D(3, 3, padding="same")]), "vorlage")
    folder = tmp_path_factory.mktemp("geaendert")

    def rewrite(replace=(), version="", member="", content=b""):
        target = folder / "modell.keras"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                if name == "config.json" and replace:
                    assert replace[0] in text.decode()
                    text = text.decode().replace(*replace).encode()
                if name == "metadata.json" and version:
                    text = json.dumps({"keras_version": version}).encode()
                new.writestr(name, content if name == member else text)
        return target

    return rewrite


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replace": ('"filters": 3', '"filters": 5')}, "Gewichte, die nicht zum Bauplan passen"),
        ({"replace": ("Conv2D", "Faltung9")}, "braucht „Faltung9“, das Keras"),
        (
            {"replace": ('"filters"', '"neues"'), "version": "3.99.0"},
            "mit Keras 3.99.0 gespeichert, hier läuft",
        ),
        ({"replace": ('"filters"', '"neues"'), "version": "2.15.0"}, "mit Keras 2.15.0 gespeichert"),
        ({"replace": ('"filters"', '"neues"')}, "Bauplan, den Keras .* nicht versteht .*filters"),
        ({"member": "model.weights.h5", "content": b"kaputt"}, "beschädigte Gewichte"),
        ({"replace": ('"filters": 3', '"filters": 3000000000')}, "mehr Arbeitsspeicher"),
        ({"member": "config.json", "content": b"{}"}, "veränderten oder unvollständigen Bauplan"),
        ({"member": "config.json", "content": b'{"class_name": NaN}'}, "unvollständigen Bauplan"),
        ({"member": "config.json", "content": b"[1]"}, "config.json ist JSON, aber kein Objekt"),
        ({"member": "metadata.json", "content": b"{"}, None),
    ],
)
def test_files_that_keras_does_not_load(change, images, holes, options, message):
    path = change(**options)
    if message is None:
        try:
            interface.load_foreign(path)
        except SubmissionError as error:
            assert "Keras" in str(error) or "beschädigt" in str(error)
        return
    with pytest.raises(SubmissionError, match=message) as caught:
        interface.load_foreign(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_changed_byte_is_told(save, tmp_path):
    path = tmp_path / "m.keras"
    shutil.copy(save(of_two(), "vorlage"), path)
    keras.Sequential([Input(IMAGE), layers.Conv2D(8, 3, padding="same"), layers.Conv2D(3, 3)]).save(path)
    content = bytearray(path.read_bytes())
    content[content.find(b"HDF\r\n") + 2000] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(SubmissionError, match="Prüfsumme von model.weights.h5"):
        interface.load_foreign(path)


def test_own_code_does_not_run(save, tmp_path):
    trace = tmp_path / "spur"
    evil = layers.Lambda(lambda x, path=str(trace): (open(path, "w").close(), x)[1])
    path = save(keras.Sequential([Input(IMAGE), evil]), "boese")
    trace.unlink()  # building the model ran it; loading the file must not
    with pytest.raises(SubmissionError, match="Lambda-Schicht"):
        interface.load_foreign(path)
    assert not trace.exists()


def test_a_model_that_was_never_built(tmp_path):
    path = tmp_path / "m.keras"
    keras.Sequential([layers.Dense(3)]).save(path)
    with pytest.raises(SubmissionError, match="nie gebaut"):
        interface.load_foreign(path)
