"""The ladder in German: a row a rung, signed differences, and sentences that follow from them."""

import pytest
from ladder_case import LEVELS, synthetic_ladder

from inpainting import files
from inpainting.german import ladder as german
from inpainting.measuring import ladder


@pytest.fixture
def results(tmp_path, rng):
    """Figures of a synthetic ladder with all rungs."""
    files.write_json(tmp_path / "l.json", synthetic_ladder(LEVELS, rng))
    return ladder.load_results(tmp_path / "l.json")


def test_table_has_a_row_a_rung_and_signed_differences(results):
    table = german.ladder_table(results)
    assert [row[0] for row in table.rows] == [rung.label for rung in ladder.RUNGS]
    assert table.rows[0][2] == ""
    assert table.rows[1][2].startswith("+1,00 [")
    assert table.rows[2][2] == "+0,00 [+0,00;\u00a0+0,00]"
    assert table.rows[4][2].startswith("−0,50 [")
    assert all(len(row) == len(table.header) for row in table.rows)


def test_description_follows_the_results(results):
    text = german.describe_ladder(results)
    assert "15 Änderungen" in text
    assert "„Quadratischer Fehler“" in text.split("verliert")[-1].split("verlieren")[-1]
