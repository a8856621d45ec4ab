"""What a run says about itself: complete, repeatable, and without the host's paths."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inpainting import config, machine


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository in the place of the project's, with one commit."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def git(*words):
        command = [
            "git",
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.org",
            "-C",
            str(tmp_path),
            *words,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "inpainting").mkdir()
    (tmp_path / "inpainting" / "a.py").write_text("x = 1\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    monkeypatch.setattr(config, "ROOT", tmp_path)
    return tmp_path, git("rev-parse", "HEAD")


def test_record_is_complete_and_holds_no_paths():
    settings = config.load_config({"preset": "schnell", "seed": 2, "data_path": "/home/jemand/cifar"})
    record = machine.record(settings, "ab" * 32)
    assert record["parameters"]["seed"] == 2 and record["parameters"]["data_path"] is True
    assert record["changed"] == ["data_path", "seed"] and record["data_sha256"] == "ab" * 32
    assert set(record["parameters"]) == set(config.PARAMETERS)
    assert record["n_cores"] >= 1 and 0.01 < record["peak_memory_gb"] < 1000 and record["processor"]
    text = json.dumps(record)
    assert not any(path in text for path in ("jemand", str(config.ROOT), str(Path.home()), sys.prefix))


def test_versions_name_what_computes():
    versions = machine.versions()
    assert {"tensorflow", "keras", "numpy", "papermill"} <= set(versions)
    assert "tensorflow-cpu" not in versions and all(version[0].isdigit() for version in versions.values())


def test_state_of_the_repository(repository):
    folder, commit = repository
    assert machine.git_state() == {"commit": commit, "clean": True}
    (folder / "results").mkdir()
    (folder / "results" / "x").touch()  # what a run writes is no change of the sources
    assert machine.git_state()["clean"]
    (folder / "inpainting" / "a.py").write_text("x = 2\n")
    assert machine.git_state() == {"commit": commit, "clean": False}


def test_new_source_file_is_a_change(repository):
    (repository[0] / "inpainting" / "b.py").touch()
    assert not machine.git_state()["clean"]


@pytest.mark.parametrize("error", [FileNotFoundError, subprocess.TimeoutExpired])
def test_without_git_there_is_no_state(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error(2, "git") if error is FileNotFoundError else error("git", 20)

    monkeypatch.setattr(subprocess, "run", fail)
    assert machine.git_state() is None


def test_outside_a_repository_there_is_no_state(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert machine.git_state() is None


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's place with two files and a notebook."""
    (tmp_path / "package" / "report").mkdir(parents=True)
    files = [
        tmp_path / "package" / "a.py",
        tmp_path / "package" / "report" / "b.py",
        tmp_path / "n.ipynb",
    ]
    for file in files:
        file.write_text(f"# {file.name}\n")
    monkeypatch.setattr(machine, "__file__", str(files[0]))
    monkeypatch.setattr(config, "NOTEBOOK", files[2])
    return files


@pytest.mark.parametrize("index", range(3))
def test_hash_of_the_package_sees_every_source(package, index):
    before = machine.package_sha256()
    assert before == machine.package_sha256() and len(before) == hashlib.sha256().digest_size * 2
    package[index].write_text("# anders\n")
    assert machine.package_sha256() != before


def test_hash_of_the_package_ignores_line_ends_and_other_files(package):
    before = machine.package_sha256()
    package[0].write_bytes(package[0].read_bytes().replace(b"\n", b"\r\n"))
    (package[0].parent / "notes.txt").touch()
    assert machine.package_sha256() == before


def test_hash_of_the_package_sees_a_moved_boundary(package):
    before = machine.package_sha256()
    package[0].write_text("# a.py\n#")
    package[1].write_text(" b.py\n")
    assert machine.package_sha256() != before


def test_hash_of_the_package_sees_a_moved_file(package):
    before = machine.package_sha256()
    package[1].rename(package[1].parent.parent / "b.py")
    assert machine.package_sha256() != before


def test_hash_of_a_part_sees_that_part_alone(package):
    before = machine.sources_sha256("report")
    package[0].write_text("# anders\n")
    package[2].write_text("# anders\n")
    assert machine.sources_sha256("report") == before != machine.sources_sha256("report", "a.py")
    package[1].write_text("# anders\n")
    assert machine.sources_sha256("report") != before


def test_peak_memory_grows_with_use():
    before = machine.peak_memory()
    block = bytearray(150_000_000)
    block[::4096] = b"\x01" * len(block[::4096])
    assert machine.peak_memory() >= before
    assert machine.peak_memory() > 100e6


@pytest.mark.parametrize("wanted", ["", "0", "viele", "-1"])
def test_threads_are_those_wanted_else_the_cores(wanted, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine.n_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    assert 1 <= machine.n_threads() <= os.cpu_count()


def test_the_browser_is_the_one_that_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(
        machine.shutil, "which", lambda name: {"google-chrome": "/g", "/my/own": "/my/own"}.get(name)
    )
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert machine.find_chromium() == "/g"
    monkeypatch.setenv("CHROMIUM", "/my/own")
    assert machine.find_chromium() == "/my/own"
    monkeypatch.setenv("CHROMIUM", "/nowhere")
    assert machine.find_chromium() is None
