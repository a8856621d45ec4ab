"""The stored figures of several seeds: read without their records, and missing without harm."""

import json

from inpainting.measuring import seeds


def test_figures_are_read_and_records_left_out(tmp_path):
    path = tmp_path / "seeds.json"
    content = {
        "seeds": [1, 2, 3],
        "kompakt": {"quadrat8": {"hole_psnr_pooled": [19.3, 19.4, 19.5]}},
        "records": {"kompakt": {"1": {"seconds": 650.0, "precision": "float32"}}},
    }
    path.write_text(json.dumps(content))
    read = seeds.load_seeds(path)
    assert list(read) == ["kompakt"]
    assert seeds.values(read, "kompakt", "quadrat8", "hole_psnr_pooled") == [19.3, 19.4, 19.5]
    assert (
        seeds.values(read, "kompakt", "haelfte", "ssim")
        == seeds.values(read, "original", "quadrat8", "ssim")
        == []
    )


def test_without_a_file_there_are_none(tmp_path):
    assert seeds.load_seeds(tmp_path / "seeds.json") == {}
