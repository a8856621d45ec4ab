"""The doctor: what is there, what is missing, how to get it; never a traceback."""

import builtins
import subprocess
import sys
from importlib import metadata

import pytest

from inpainting import config, machine
from inpainting.runs import doctor


def found(findings, name):
    return next(finding for finding in findings if finding.name == name)


def test_a_fit_computer(tmp_path, monkeypatch):
    monkeypatch.setattr(
        metadata, "version", lambda name: doctor.read_lock(config.ROOT / "requirements.lock")[name][0]
    )
    findings = doctor.examine(tmp_path)
    names = {finding.name for finding in findings}
    assert {"Python", "Pakete", "Prozessor", "Arbeitsspeicher", "Ergebnisse", "Daten", "Schriften"} <= names
    assert {"Einstellungen", "Browser der Tests", "Modellspeicher", "Stichprobe"} <= names
    assert found(findings, "Pakete").remedy == ""
    assert doctor.is_fit(findings) and "kann den Bericht rechnen" in doctor.render(findings)


def test_a_missing_and_another_package(monkeypatch, tmp_path):
    def version(name):
        if name == "typst":
            raise metadata.PackageNotFoundError
        return "0"

    monkeypatch.setattr(metadata, "version", version)
    findings = doctor.examine(tmp_path)
    assert (
        "typst" in found(findings, "Pakete").found and "--require-hashes" in found(findings, "Pakete").remedy
    )
    assert "statt" in found(findings, "Versionen").found and not found(findings, "Versionen").is_needed
    assert not doctor.is_fit(findings) and "Ein Ding fehlt." in doctor.render(findings)


def test_a_package_that_the_doctor_itself_needs(monkeypatch, tmp_path):
    load = builtins.__import__

    def without(name, *rest, **options):
        if name == "psutil":
            raise ImportError("No module", name="psutil")
        return load(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    findings = doctor.examine(tmp_path)
    assert found(findings, "Paket").found == "psutil ist nicht installiert" and not doctor.is_fit(findings)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"nur Text"])
def test_a_damaged_lock(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / "requirements.lock").write_bytes(content)
    monkeypatch.setattr(config, "ROOT", tmp_path)
    assert "git restore" in found(doctor.examine(tmp_path), "Pakete").remedy


def test_an_old_processor(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "processor_features", lambda: {"avx2", "sse4_2"})
    finding = found(doctor.examine(tmp_path), "Prozessor")
    assert "ohne bfloat16" in finding.found and "--epochs 3" in finding.remedy and not finding.is_needed


def test_a_fast_processor(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "processor_features", lambda: {"avx512f", "amx_bf16"})
    finding = found(doctor.examine(tmp_path), "Prozessor")
    assert "avx512f, amx_bf16: Training in bfloat16" in finding.found and not finding.remedy


def test_little_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "memory_limit", lambda: 1_200_000_000)
    finding = found(doctor.examine(tmp_path), "Arbeitsspeicher")
    assert "1,2 GB (begrenzt, ulimit -v)" in finding.found and finding.remedy and finding.is_needed


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "datei").touch()
    finding = found(doctor.examine(tmp_path / "datei" / "tief"), "Ergebnisse")
    assert "nicht beschreibbar" in finding.found and "--results" in finding.remedy


def test_another_python(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    finding = found(doctor.examine(tmp_path), "Python")
    assert "3.11, 3.12 oder 3.13" in finding.remedy


def test_no_browser(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    findings = doctor.examine(tmp_path)
    assert "apt install chromium" in found(findings, "Browser der Tests").remedy
    assert not found(findings, "Browser der Tests").is_needed


def test_the_command_ends_with_0_or_1(tmp_path):
    (tmp_path / "datei").touch()
    command = [sys.executable, "-m", "inpainting.cli", "doctor", "--results"]
    bad = subprocess.run([*command, str(tmp_path / "datei" / "x")], capture_output=True, encoding="utf-8")
    assert bad.returncode == 1 and bad.stderr == "" and "FEHLT" in bad.stdout
