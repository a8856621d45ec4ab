"""Three seeded kills of a small report; ``benchmarks/soak.py`` does the same to the whole one."""

import shutil
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from inpainting import config

sys.path.insert(0, str(config.ROOT / "benchmarks"))

PARAMETERS = 'preset = "schnell"\noriginal_epochs = 6\ndata_path = ""'
CELLS = (
    """
from inpainting import config, data, files, masks, machine
from inpainting.data import to_float
from inpainting.measuring import evaluation
from inpainting.networks import fill
from inpainting.training import recipes, store

settings = config.load_notebook_config(globals())
output = config.output_dir()
sample = data.load_dataset(settings.dataset)
original = store.load_or_train(recipes.of_run(settings)["original"], sample)
""",
    """
images, holes = to_float(sample.test.images), masks.suite_masks("quadrat8", 250, "test")
predictions = fill(original.model, images, holes)
figures = evaluation.summarise(evaluation.score(predictions, images, holes))
files.write_json(output / "metrics.json", {"figures": {"quadrat8": {"original": figures}}})
(output / "training_log.csv").write_text(original.history.to_csv())
files.write_json(output / "run.json", machine.record(settings, sample.sha256, {"original": original}))
""",
)
DRIVER = """
import sys
from pathlib import Path
from inpainting import config, files
config.NOTEBOOK = Path(sys.argv[1])
from inpainting.runs import run
run.run_report({"preset": "schnell"}, "lauf", print, Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_killed_runs_lose_nothing_and_the_next_call_ends_right(tmp_path):
    import soak

    parameters = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameter")
    cells = [new_code_cell(source.strip(), id=f"zelle-{i}") for i, source in enumerate(CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = new_notebook(
        cells=[new_markdown_cell("# Bericht\n\nText", id="titel"), parameters, *cells], metadata=kernel
    )
    (tmp_path / "quelle").mkdir()
    source = tmp_path / "quelle" / "bericht.ipynb"
    nbformat.write(notebook, source)
    shutil.copy(config.NOTEBOOK.parent / "literatur.bib", source.parent)
    command = [sys.executable, "-c", DRIVER, str(source), str(tmp_path / "results")]
    rng = np.random.default_rng(5)
    moments = np.arange(3) / 3 + rng.uniform(0.1, 0.3, 3)  # early, in the middle, late
    lines = []
    soak.soak(command, tmp_path, list(zip(moments, (False, True, False))), in_a_row=3, log=lines.append)
    assert len(lines) == 5 and "endet richtig" in lines[-1]
