"""Files and folders: whole or not at all, one process at a time, the same value the same bytes."""

import json
import math
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from inpainting import config, errors, files

# ---------------------------------------------------------------- files


@pytest.mark.parametrize("content", ["Füllung", b"\x00\xff", lambda file: file.write(b"x" * 10)])
def test_file_is_written(tmp_path, content):
    files.write_file(tmp_path / "a", content)
    written = (tmp_path / "a").read_bytes()
    assert written in ("Füllung".encode(), b"\x00\xff", b"x" * 10)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_failure_in_the_middle_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_text("alt")

    def fail(file):
        file.write(b"neu")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        files.write_file(tmp_path / "a", fail)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "alt")]


def test_kill_in_the_middle_leaves_the_old_file(tmp_path):
    """The real thing: the process dies while the file is half written."""
    (tmp_path / "a").write_text("alt")
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from inpainting import files

        def die(file):
            file.write(b"neu")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)

        files.write_file(Path(sys.argv[1]), die)
    """)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "a")], cwd=config.ROOT)
    assert done.returncode == -9
    assert (tmp_path / "a").read_text() == "alt"
    assert all(path.name.startswith(".a.teil-") for path in tmp_path.iterdir() if path.name != "a")


def make_node(path):
    """A device of our own that swallows what it is given, as /dev/null does."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def listen(path):
    socket.socket(socket.AF_UNIX).bind(str(path))


NO_FILES = {
    "Pipe": (os.mkfifo, "keine gewöhnliche Datei"),
    "Gerät": (make_node, "keine gewöhnliche Datei"),
    "Socket": (listen, "keine gewöhnliche Datei"),
    "Ordner": (os.mkdir, "ein Ordner"),
    "schreibgeschützt": (lambda path: path.touch(mode=0o400), "schreibgeschützt"),
    "Verknüpfung ins Leere": (lambda path: path.symlink_to("nirgends"), "ins Leere"),
    "Verknüpfung im Kreis": (lambda path: path.symlink_to("a"), "im Kreis"),
}


@pytest.mark.parametrize(("make", "reason"), NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("is_linked", [False, True], ids=["selbst", "verknüpft"])
def test_what_is_no_file_is_neither_replaced_nor_written(tmp_path, monkeypatch, make, reason, is_linked):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    place = target = Path("a")
    make(place)
    if is_linked:
        (target := Path("b")).symlink_to("a")
    before = {path.name: path.lstat() for path in Path().iterdir()}
    for write in (files.try_file, lambda path: files.write_file(path, "neu")):
        with pytest.raises(files.TargetError, match=reason) as error:
            write(target)
        assert isinstance(error.value, OSError)  # whoever can do without the file goes on
    after = {path.name: path.lstat() for path in Path().iterdir()}
    assert {name: (a.st_mode, a.st_ino) for name, a in after.items()} == {
        name: (b.st_mode, b.st_ino) for name, b in before.items()
    }


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_keeps_its_rights(tmp_path, mode):
    path = tmp_path / "a"
    path.touch()
    path.chmod(mode)
    files.write_file(path, "neu")
    assert path.read_text() == "neu" and stat.S_IMODE(path.stat().st_mode) == mode


def test_links_stay_and_what_they_lead_to_is_written(tmp_path):
    (tmp_path / "ordner").mkdir()
    (tmp_path / "ordner" / "ziel").write_text("alt")
    (tmp_path / "eins").symlink_to("zwei")
    (tmp_path / "zwei").symlink_to("ordner/ziel")
    files.write_file(tmp_path / "eins", "neu")
    assert (tmp_path / "eins").is_symlink() and (tmp_path / "zwei").is_symlink()
    assert [path.read_text() for path in (tmp_path / "ordner").iterdir()] == ["neu"]


@pytest.mark.parametrize("name", ["y" * 255, "ü" * 127, "𝄞" * 63], ids=["255 Byte", "Umlaute", "vier Byte"])
def test_every_name_that_a_folder_takes_is_written(tmp_path, name):
    assert files.try_file(tmp_path / name) == tmp_path / name and not list(tmp_path.iterdir())
    files.write_file(tmp_path / name, "neu")
    assert (tmp_path / name).read_text() == "neu"
    with pytest.raises(files.TargetError, match="zu lang"):
        files.try_file(tmp_path / f"{name}yyyy")


def test_the_reason_is_told_where_nothing_can_be_removed(tmp_path, monkeypatch):
    def gone(self, missing_ok=False):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", gone)
    with pytest.raises(RuntimeError, match="der wahre Grund"):
        files.write_file(tmp_path / "a", lambda file: (_ for _ in ()).throw(RuntimeError("der wahre Grund")))


# ---------------------------------------------------------------- JSON


@dataclass
class Point:
    x: float
    sizes: tuple[int, ...]


def test_json_is_the_same_for_the_same_value(tmp_path):
    value = {"b": Point(0.1 + 0.2, (1, 2)), "a": float("nan"), 3: "ä"}
    files.write_json(tmp_path / "a.json", value, digits=10)
    files.write_json(tmp_path / "b.json", dict(reversed(value.items())), digits=10)
    text = (tmp_path / "a.json").read_text("utf-8")
    assert text == (tmp_path / "b.json").read_text("utf-8") and text.endswith("}\n") and "ä" in text
    assert json.loads(text) == {"b": {"x": 0.3, "sizes": [1, 2]}, "a": None, "3": "ä"}
    assert files.plain(value, 10) == json.loads(text)


def test_without_digits_every_bit_is_kept(tmp_path):
    files.write_json(tmp_path / "a.json", 0.1 + 0.2)
    assert json.loads((tmp_path / "a.json").read_text()) == 0.1 + 0.2


def test_infinity_is_refused(tmp_path):
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "a.json", float("inf"))
    assert list(tmp_path.iterdir()) == []


def test_figures_are_rounded_to_significant_digits():
    assert files.round_figure(123.45678901234) == 123.456789
    assert files.round_figure(1.23456789012345e-7) == 1.23456789e-7
    assert files.round_figure(float("nan")) != files.round_figure(float("nan"))


# ---------------------------------------------------------------- keys


def test_key_follows_the_fields_and_not_their_order():
    key = files.key({"a": 1, "b": (2, 3)})
    assert len(key) == 12 and set(key) <= set("0123456789abcdef")
    assert key == files.key({"b": [2, 3], "a": 1})
    assert key != files.key({"a": 1, "b": (2, 4)}) and key != files.key({"a": 1})


def test_field_that_is_none_changes_no_key():
    assert files.key({"a": 1, "new": None}) == files.key({"a": 1})
    assert files.key({"a": 1, "new": 0}) != files.key({"a": 1})


# ---------------------------------------------------------------- entries of a store


def test_workplace_outlives_a_failure_and_not_a_success(tmp_path):
    entry = tmp_path / "netz-1"
    with pytest.raises(RuntimeError), files.workplace(entry) as work:
        (work / "stand").write_text("halb")
        raise RuntimeError
    with files.workplace(entry) as work:
        assert (work / "stand").read_text() == "halb"
    assert not work.exists() and not entry.exists()


def test_workplace_is_for_one_at_a_time(tmp_path):
    order, entered = [], threading.Event()

    def second():
        entered.set()
        with files.workplace(tmp_path / "netz-1"):
            order.append("second")

    with files.workplace(tmp_path / "netz-1"):
        other = threading.Thread(target=second)
        other.start()
        entered.wait(10)
        other.join(0.2)
        order.append("first")
    other.join(30)
    assert order == ["first", "second"]


def test_different_entries_do_not_wait_for_each_other(tmp_path):
    with files.workplace(tmp_path / "a") as one, files.workplace(tmp_path / "b") as other:
        assert one.is_dir() and other.is_dir() and one != other


def test_unwritable_store_gets_a_german_message(tmp_path):
    (tmp_path / "datei").touch()
    message = "nicht beschreibbar.*Schreibrechte"
    with pytest.raises(errors.UserError, match=message), files.workplace(tmp_path / "datei" / "netz-1"):
        pass


def test_entry_replaces_another_whole(tmp_path):
    entry = tmp_path / "netz-1"
    entry.mkdir()
    (entry / "alt").touch()
    with files.workplace(entry) as work:
        files.put_entry(entry, work, lambda folder: (folder / "neu").write_text("x"))
    assert [path.name for path in entry.iterdir()] == ["neu"]
    assert {path.name for path in tmp_path.iterdir()} == {".work", "netz-1"}


def test_failure_on_filling_leaves_the_old_entry(tmp_path):
    entry = tmp_path / "netz-1"
    entry.mkdir()
    (entry / "alt").touch()

    def fail(folder):
        (folder / "neu").touch()
        raise OSError

    with pytest.raises(OSError), files.workplace(entry) as work:
        files.put_entry(entry, work, fail)
    assert [path.name for path in entry.iterdir()] == ["alt"]
    with files.workplace(entry) as work:  # what was left there is no hindrance
        files.put_entry(entry, work, lambda folder: (folder / "neu").touch())
    assert [path.name for path in entry.iterdir()] == ["neu"]


def test_damaged_entry_is_set_aside_and_named(tmp_path):
    entry, lines = tmp_path / "netz-1", []
    entry.mkdir()
    files.set_aside(entry, "Prüfsumme", lines.append)
    (aside,) = tmp_path.iterdir()
    assert aside.name.startswith("netz-1.defekt-")
    assert lines == [f"netz-1 ist beschädigt (Prüfsumme) und liegt nun in {aside.name}."]


@dataclass
class Pair:
    x: int
    y: float


def test_noise_of_summation_does_not_show_in_rounded_figures(tmp_path):
    measured, elsewhere = 0.9742788840510489, 0.9742788840510491
    assert measured != elsewhere
    for name, value in (("one.json", measured), ("two.json", elsewhere)):
        figures = {"ssim": Pair(3, value), "n": 12345678901, "loss": [1e-20 / 3, -1 / 3, math.nan]}
        files.write_json(tmp_path / name, figures, digits=files.FIGURE_DIGITS)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert json.loads((tmp_path / "one.json").read_text()) == {
        "ssim": {"x": 3, "y": 0.9742788841},
        "n": 12345678901,
        "loss": [3.333333333e-21, -0.3333333333, None],
    }


@pytest.mark.parametrize("value", [object(), {"x": math.inf}, {"x": {1, 2}}])
def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path, value):
    path = tmp_path / "metrics.json"
    files.write_json(path, {"x": 1})
    with pytest.raises((TypeError, ValueError)):
        files.write_json(path, value)
    assert json.loads(path.read_text()) == {"x": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_json_that_was_cut_off_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "metrics.json"
    files.write_json(path, {"x": 1})
    monkeypatch.setattr(os, "replace", lambda *paths: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        files.write_json(path, {"x": 2})
    assert json.loads(path.read_text()) == {"x": 1}
