"""The stored verdicts: read as they are, and shown only of the networks that were judged."""

from invented import around

from inpainting import files
from inpainting.data import N_VALIDATION
from inpainting.measuring import judged

STORED = {
    "images": 2000,
    "split": "test",
    "n_learned": 5000,
    "n_parameters": 205_537,
    "epochs": 12,
    "networks": {"kompakt": "abc", "gruendlich": "def"},
    "shares": {
        method: {"linien": {"value": 0.6, "low": 0.59, "high": 0.61}}
        for method in ("kompakt", "kompakt_vorschlag", "gruendlich_vorschlag", "gauss")
    },
}


def test_shares_are_read(tmp_path):
    files.write_json(tmp_path / "verdict.json", STORED)
    read = judged.load_verdict(tmp_path / "verdict.json")
    assert (read.images, read.split, read.networks) == (2000, "test", STORED["networks"])
    assert (read.n_learned, read.n_parameters, read.epochs) == (5000, 205_537, 12)
    assert read.shares["gauss"]["linien"] == around(0.6, 0.01)


def test_the_committed_verdicts_are_final():
    read = judged.load_verdict()
    assert read.n_parameters and read.epochs
    assert read.split == "test" and read.n_learned == N_VALIDATION


def test_without_a_file_there_are_none(tmp_path):
    assert judged.load_verdict(tmp_path / "verdict.json") is None


def test_methods_of_other_networks_are_left_out(tmp_path):
    files.write_json(tmp_path / "verdict.json", STORED)
    read = judged.load_verdict(tmp_path / "verdict.json")
    assert set(read.only(STORED["networks"]).shares) == set(STORED["shares"])
    assert set(read.only({"kompakt": "abc", "gruendlich": "another"}).shares) == {
        "kompakt",
        "kompakt_vorschlag",
        "gauss",
    }
    assert set(read.only({}).shares) == {"gauss"}
