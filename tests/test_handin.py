import hashlib
import zipfile

import pytest
import report_case as case

from inpainting import cli, errors, files
from inpainting.runs import check, handin, soundness


@pytest.fixture
def run(tmp_path):
    folder = case.make_run(tmp_path)
    for name in ("metrics.json", "run.json", "training_log.csv"):
        (folder / name).write_text('{"parameters": {"page_limit": 5}}')
    soundness.seal(folder)
    return folder


def limit_pages(folder, most: int) -> None:
    files.write_json(folder / "run.json", {"parameters": {"page_limit": most}})
    soundness.seal(folder)


def test_zip_holds_pdf_notebook_code_and_true_checksums(run, tmp_path):
    target = handin.write_submission(run, tmp_path / "abgabe.zip")
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        sums = archive.read(handin.CHECKSUMS).decode().splitlines()
        for line in sums:
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert {check.PDF, check.NOTEBOOK, "code/requirements.lock", "code/inpainting/masks.py"} <= names
    assert len(sums) == len(names) - 1
    assert not [name for name in names if ".venv" in name or name.startswith("/")]


def test_same_run_gives_same_bytes(run, tmp_path):
    a, b = (handin.write_submission(run, tmp_path / name) for name in ("a.zip", "b.zip"))
    assert a.read_bytes() == b.read_bytes()


def test_refused_while_a_criterion_is_missed(run, tmp_path):
    limit_pages(run, 1)
    with pytest.raises(handin.SubmissionError, match="Umfang des Hauptteils.*erlaubt 1"):
        handin.write_submission(run, tmp_path / "abgabe.zip")
    assert not (tmp_path / "abgabe.zip").exists()


def test_command_refuses_with_exit_code_2(run, capsys):
    limit_pages(run, 1)
    assert cli.main(["abgabe", str(run)]) == 2
    assert capsys.readouterr().err.startswith(errors.USER_ERROR_MARK)


def test_check_command_tells_by_its_exit_code(run, capsys):
    assert cli.main(["check", str(run)]) == 0
    limit_pages(run, 1)
    assert cli.main(["check", str(run)]) == 1
    assert "NEIN" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["metrics.json", "training_log.csv", "run.json", "bericht.pdf"])
@pytest.mark.parametrize("damage", ["half", "gone", "empty", "garbled"])
def test_damaged_files_are_not_handed_in(run, tmp_path, name, damage):
    content = (run / name).read_bytes()
    (run / name).unlink()
    if damage != "gone":
        changed = {"half": content[: len(content) // 2], "empty": b"", "garbled": content[::-1]}[damage]
        (run / name).write_bytes(changed)
    with pytest.raises(errors.UserError, match=name):
        handin.write_submission(run, tmp_path / "abgabe.zip")
    assert not (tmp_path / "abgabe.zip").exists()
