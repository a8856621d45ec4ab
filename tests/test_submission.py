import hashlib
import json
import zipfile

import pytest
import report_case as case

from inpainting import cli, config
from inpainting.report import check, submission


@pytest.fixture
def run(tmp_path):
    folder = case.make_run(tmp_path)
    for name in ("metrics.json", "run.json", "training_log.csv"):
        (folder / name).write_text('{"parameters": {"page_limit": 5}}')
    return folder


def test_zip_holds_pdf_notebook_code_and_true_checksums(run, tmp_path):
    target = submission.write_submission(run, tmp_path / "abgabe.zip")
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        sums = archive.read(submission.CHECKSUMS).decode().splitlines()
        for line in sums:
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert {check.PDF, check.NOTEBOOK, "code/requirements.lock", "code/inpainting/masks.py"} <= names
    assert len(sums) == len(names) - 1
    assert not [name for name in names if ".venv" in name or name.startswith("/")]


def test_same_run_gives_same_bytes(run, tmp_path):
    a, b = (submission.write_submission(run, tmp_path / name) for name in ("a.zip", "b.zip"))
    assert a.read_bytes() == b.read_bytes()


def test_refused_while_a_criterion_is_missed(run, tmp_path):
    (run / "run.json").write_text(json.dumps({"parameters": {"page_limit": 1}}))
    with pytest.raises(submission.SubmissionError, match="Umfang des Hauptteils.*erlaubt 1"):
        submission.write_submission(run, tmp_path / "abgabe.zip")
    assert not (tmp_path / "abgabe.zip").exists()


def test_command_refuses_with_exit_code_2(run, capsys):
    (run / "run.json").write_text(json.dumps({"parameters": {"page_limit": 1}}))
    assert cli.main(["abgabe", str(run)]) == 2
    assert capsys.readouterr().err.startswith(config.USER_ERROR_MARK)


def test_check_command_tells_by_its_exit_code(run, capsys):
    assert cli.main(["check", str(run)]) == 0
    (run / "run.json").write_text(json.dumps({"parameters": {"page_limit": 1}}))
    assert cli.main(["check", str(run)]) == 1
    assert "NEIN" in capsys.readouterr().out
