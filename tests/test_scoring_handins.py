"""Every file of a class's folder is found and, where it is no model, told why; real files of each kind."""

import io
import json
import os
import re
import tarfile
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from inpainting.scoring import diagnosis, handins
from inpainting.scoring.handins import SubmissionError


def archive(**members) -> bytes:
    """A ZIP archive; ``__`` in names stands for a slash, ``_`` before the suffix for the dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def blueprint(*layers: dict) -> str:
    return json.dumps(
        {"module": "keras", "class_name": "Sequential", "registered_name": None, "layers": layers}
    )


def layer(kind: str, module: str | None = "keras.layers", registered=None, **settings) -> dict:
    about = {"module": module, "class_name": kind, "registered_name": registered}
    return {**about, "config": {"name": "schicht", **settings}}


def model(*layers: dict, version: str = "3.15.1") -> bytes:
    """What looks like a model from outside."""
    about = json.dumps({"keras_version": version})
    return archive(config_json=blueprint(*layers), metadata_json=about, model_weights_h5=b"HDF5")


def hdf5(**attributes) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs.update(attributes)
        file["layers"] = [1.0]
    return buffer.getvalue()


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind)
    return buffer.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("modell.keras"))
    return buffer.getvalue()


def numpy_archive() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


def locked() -> bytes:
    """A model whose members are marked as encrypted, as with a password."""
    data = bytearray(model())
    place = 0
    while (place := data.find(b"PK\x01\x02", place)) >= 0:
        data[place + 8] |= 1
        place += 4
    return bytes(data)


CONTENTS = {
    "leer": (b"", "ist leer"),
    "text": (b"kein Modell", "ist eine Textdatei .beginnt mit „kein Modell“"),
    "text utf-16": ("Überraschung".encode("utf-16"), "ist eine Textdatei"),
    "umlaute, am Ende zerteilt": ("ä".encode() * 2000, "ist eine Textdatei"),
    "html": (b"\n<!DOCTYPE html><html><title>Anmelden</title>", "ist eine HTML-Seite"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Zeiger von Git LFS"),
    "json": (b'{"class_name": "Functional"}', "nur der Bauplan ohne Gewichte"),
    "nullen": (bytes(5000), "nur aus Nullen .5 kB"),
    "rauschen": (bytes(range(129, 256)) * 9, "unbekannter Inhalt"),
    "hdf5": (hdf5(model_config="{}", keras_version="2.9.0"), "Format HDF5 von Keras 2.9.0 .*nur die Endung"),
    "hdf5, nur Gewichte": (hdf5(), "enthält nur Gewichte"),
    "hdf5, abgeschnitten": (hdf5()[:300], "HDF5-Datei, die beschädigt"),
    "abgeschnitten": (model()[:90], "ist abgeschnitten"),
    "png": (picture("PNG"), "ist ein PNG-Bild"),
    "jpeg": (picture("JPEG"), "ist ein JPEG-Bild"),
    "pdf": (b"%PDF-1.7", "ist eine PDF-Datei"),
    "pickle": (b"\x80\x04\x95abc", "Pickle-Datei, die Programmcode"),
    "gzip": (b"\x1f\x8b\x08", "gzip-Archiv"),
    "tar": (tar(), "tar-Archiv"),
    "tflite": (b"\0\0\0\0TFL3", "TensorFlow-Lite"),
    "npz": (numpy_archive(), "NumPy-Datei"),
    "npy": (b"\x93NUMPY", "NumPy-Feld"),
    "pytorch": (archive(archiv__data_pkl=b"x"), "PyTorch"),
    "zip mit Modell": (archive(anna__m_keras=model()), "ZIP-Archiv mit Modellen darin .anna/m.keras"),
    "neu gepackt": (archive(m__config_json="{}", m__metadata_json="{}"), "neu gepacktes Modell"),
    "SavedModel gepackt": (
        archive(m__saved_model_pb="x").replace(b"saved.model", b"saved_model"),
        "SavedModel",
    ),
    "zip ohne Bauplan": (archive(a_txt="a"), "ohne Bauplan"),
    "docx": (archive(word__document_xml="a"), "Office"),
    "ohne Gewichte": (archive(config_json=blueprint()), "enthält keine Gewichte"),
    "Passwort": (locked(), "mit einem Passwort"),
    "Bauplan kaputt": (archive(config_json="{", model_weights_h5=""), "config.json ist kein gültiges JSON"),
    "Bauplan eine Liste": (
        archive(config_json="[1]", model_weights_h5=""),
        "hat keinen Bauplan: config.json ist JSON, aber kein Objekt",
    ),
    "mit Anhang": (model() + bytes(100_000), "hinter dem Ende des Archivs noch 100 kB"),
    "mit Vorspann": (bytes(range(129, 256)) + model(), "Archiv, vor dem fremde Bytes stehen"),
    "Bauplan tief": (archive(config_json="[" * 10**5, model_weights_h5=""), "config.json ist kein gültiges"),
    "Lambda": (model(layer("Lambda")), "eigenen Programmcode in der Lambda-Schicht „schicht“"),
    "eigene Schicht": (model(layer("Eigen", None, "Eigen")), "eigene Klasse oder Funktion „Eigen“"),
    "eigene Schichten": (
        model(layer("Eins", "__main__"), layer("Zwei", "uebung", "U>Zwei")),
        "eigene Klassen oder Funktionen „(Eins|Zwei)“, „(Eins|Zwei)“",
    ),
    "eigene Funktion": (
        model(layer("Dense", activation=layer("function", "builtins") | {"config": "meine"})),
        "eigene Klasse oder Funktion „meine“",
    ),
    "Helfer von Keras": (
        model(layer("Dense", activation=layer("function", "keras.utils") | {"config": "get_file"})),
        "„get_file“",
    ),
    "TFSMLayer": (model(layer("TFSMLayer")), "TensorFlow-Graphen von der Platte"),
    "PyTorch in Keras": (model(layer("TorchModuleWrapper")), "PyTorch-Modul"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_is_told(tmp_path, name):
    content, message = CONTENTS[name]
    path = tmp_path / f"{name}.keras"
    path.write_bytes(content)
    problem = diagnosis.look_at(path)
    assert re.search(message, problem), problem
    (found,) = handins.find_handins([tmp_path])
    assert found.problem == problem and found.is_meant and found.name == path.name


def test_what_only_training_needs_does_not_count(tmp_path):
    about = json.loads(blueprint()) | {"compile_config": {"loss": layer("Verlust", "__main__")}}
    path = tmp_path / "m.keras"
    path.write_bytes(archive(config_json=json.dumps(about), model_weights_h5="x"))
    assert diagnosis.look_at(path) == ""


# ---------------------------------------------------------------- names and places


GOOD_NAMES = (
    "modell.keras",
    "GROSS.KERAS",
    "Anna Müller/Abgabe 2 – endgültig.keras",
    "-rf.keras",
    "--help/x.keras",
    ".versteckt.keras",
    "ben/tief/tiefer/m.keras",
    "modell.keras (1)",
    "modell.keras.zip",
    "ohne_endung",
    "{y}/%s{0}.keras",
    "zeile\numbruch.keras",
    "=1+1.keras",
    "日本語.keras",
    "ordner.keras/m.keras",
    "a" * 200 + ".keras",
)


@pytest.fixture
def folder(tmp_path):
    """A function that makes files of given names."""

    def make(*names, content=model()):
        for name in names:
            path = tmp_path / "abgaben" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "abgaben"

    return make


def test_models_are_found_whatever_their_names(folder):
    top = folder(*GOOD_NAMES)
    found = handins.find_handins([top])
    assert {handin.path for handin in found} == {top / name for name in GOOD_NAMES}
    assert not [handin for handin in found if handin.problem or not handin.is_meant]
    assert len({handin.name for handin in found}) == len(found)
    assert all(handin.name.isprintable() and len(handin.name) < 110 for handin in found)


def test_what_systems_leave_is_ignored(folder):
    folder("m.keras")
    leftovers = ("._m.keras", "__MACOSX/._m.keras", "a/.DS_Store", "Thumbs.db", "~$a.docx", ".git/x.keras")
    top = folder(*leftovers, content=b"\x00\x05\x16\x07\0\x02\0\0Mac OS X        ")
    assert [handin.name for handin in handins.find_handins([top])] == ["m.keras"]


def test_a_true_model_with_the_name_of_a_leftover_is_found(folder):
    assert [handin.name for handin in handins.find_handins([folder("._m.keras")])] == ["._m.keras"]


def test_other_files_are_listed_and_passed_over(folder):
    folder("m.keras")
    folder("notiz.txt", "training.py", content=b"Modell mit enthaltenen Ideen, braucht hat ")
    top = folder("bild", content=picture("PNG"))
    others = {handin.name for handin in handins.find_handins([top]) if not handin.is_meant}
    assert others == {"notiz.txt", "training.py", "bild"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gewichte.weights.h5", hdf5(), "enthält nur Gewichte"),
        ("modell.h5", hdf5(model_config="{}"), "Format HDF5"),
        ("hdf5_ohne_endung", hdf5(model_config="{}"), "Format HDF5"),
        ("m.onnx", b"\x08\x07pytorch\xff", "ONNX"),
        ("m.pt", archive(a__data_pkl="x"), "PyTorch"),
        ("m.pb", b"\x08\x01\xff\xfe", "TensorFlow-Graph"),
        ("alle.zip", archive(a_keras=model(), b_keras=model()), "mit Modellen darin"),
        ("m.keras.txt", b"", "ist leer"),
    ],
)
def test_models_of_other_kinds_are_failures(folder, name, content, message):
    (found,) = handins.find_handins([folder(name, content=content)])
    assert message in found.problem and found.is_meant


def test_folders_in_place_of_files(folder):
    top = folder("gut.keras")
    folder("saved/saved_model.pb", "saved/variables/variables.index", content=b"x")
    folder("entpackt.keras/config.json", "entpackt.keras/metadata.json", content=b"{}")
    (top / "leer.keras" / "tief").mkdir(parents=True)
    problems = {handin.name: handin.problem for handin in handins.find_handins([top])}
    assert set(problems) == {"gut.keras", "saved", "entpackt.keras", "leer.keras"}
    assert "SavedModel-Ordner" in problems["saved"] and "entpackte" in problems["entpackt.keras"]
    assert "leerer Ordner" in problems["leer.keras"]
    assert "SavedModel" in handins.find_handins([top / "saved"])[0].problem


def test_links_are_followed_once(folder, tmp_path):
    top = folder("m.keras")
    folder_2 = tmp_path / "anderswo"
    folder_2.mkdir()
    (folder_2 / "fern.keras").write_bytes(model())
    (top / "zweitname.keras").symlink_to("m.keras")
    (top / "fern").symlink_to(folder_2)
    (top / "kreis").symlink_to(top)
    (top / "tot.keras").symlink_to("fehlt.keras")
    (top / "selbst.keras").symlink_to("selbst.keras")
    problems = {handin.name: handin.problem for handin in handins.find_handins([top])}
    assert set(problems) == {"m.keras", "zweitname.keras", "fern/fern.keras", "tot.keras", "selbst.keras"}
    assert [name for name, problem in problems.items() if problem] == ["selbst.keras", "tot.keras"]
    assert "dessen Ziel es nicht gibt" in problems["tot.keras"] and "Verweis" in problems["selbst.keras"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_a_pipe_is_not_opened(folder):
    top = folder("m.keras")
    os.mkfifo(top / "rohr.keras")
    assert (
        "eine Pipe" in {handin.name: handin.problem for handin in handins.find_handins([top])}["rohr.keras"]
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(folder):
    top = folder("m.keras", "zu/n.keras", "gut.keras")
    (top / "m.keras").chmod(0)
    (top / "zu").chmod(0)
    problems = {handin.name: handin.problem for handin in handins.find_handins([top])}
    (top / "zu").chmod(0o700)
    assert "Leserechte" in problems["m.keras"] and "Leserechte" in problems["zu"]


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on Unix alone")
def test_names_that_are_no_text(folder):
    name = os.fsdecode(b"m\xff\xfe.keras")
    try:
        top = folder(name)
    except OSError:
        pytest.skip("this file system wants text")
    (found,) = handins.find_handins([top])
    assert found.name == "m��.keras" and found.path.name == name


def test_folders_and_files_named_twice_count_once(folder):
    top = folder("anna/m.keras", "ben/m.keras")
    both = handins.find_handins([top, top / "anna", top / "ben" / "m.keras", top / "." / "anna"])
    assert [handin.name for handin in both] == ["anna/m.keras", "ben/m.keras"]
    assert [handin.name for handin in handins.find_handins([top / "ben"])] == ["m.keras"]


@pytest.mark.parametrize(("name", "message"), [("fehlt.keras", "gibt es nicht"), ("leer", "enthält keine")])
def test_paths_without_models(tmp_path, name, message):
    (tmp_path / "leer").mkdir()
    (tmp_path / "leer" / "notiz.txt").touch()
    with pytest.raises(SubmissionError, match=message):
        handins.find_handins([tmp_path / name])


def test_a_thousand_files(folder):
    top = folder(*(f"{i % 7}/{i}.keras" for i in range(600)))
    folder(*(f"{i % 7}/{i}.keras" for i in range(600, 1000)), content=b"")
    found = handins.find_handins([top])
    assert len(found) == 1000 and sum(bool(handin.problem) for handin in found) == 400
