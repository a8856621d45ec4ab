"""The benchmark's result: what a text needs of it takes no Keras, and its numbers are those of the program."""

import json
import subprocess
import sys

import numpy as np

from inpainting import classical, data
from inpainting.measuring import result
from inpainting.measuring.evaluation import Estimate
from inpainting.networks import prior_unet

WITH_KERAS = ("network", "rebuilding", "slides", "changes")
"""The German modules that describe what the networks are made of, and the talk, which does too."""


def test_text_about_a_result_takes_no_keras():
    program = f"""
import importlib, pkgutil, sys
import inpainting.german, inpainting.measuring.result
names = [m.name for m in pkgutil.iter_modules(inpainting.german.__path__)]
for name in names:
    if name not in {WITH_KERAS}:
        importlib.import_module(f"inpainting.german.{{name}}")
assert set({WITH_KERAS}) <= set(names)
print(sorted({{"keras", "tensorflow"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_numbers_are_those_of_the_program():
    assert result.PRIOR_NUMBERS == np.count_nonzero(prior_unet.STENCIL)
    assert result.GAUSSIAN_NUMBERS == 3072 + 3072 * 3073 // 2
    parts = data.split_training(np.zeros((50_000, 1)), np.repeat(np.arange(10), 5000))
    assert tuple(map(len, parts)) == (data.N_TRAIN, data.N_VALIDATION)


def test_methods_without_a_network_are_those_that_there_are():
    assert result.WITHOUT_NETWORK == (*classical.METHODS, classical.GAUSSIAN, *result.SHARP)
    assert result.list_methods(["a"], ["a_vorschlag"])[-3:] == ["prior", "a", "a_vorschlag"]


def test_a_result_comes_back_in_the_order_of_the_tables():
    question = result.Question("test", 3, ("quadrat8", "linien"), (("netz", "own", "0a"),), "0c", "0f")
    empty = {name: {} for name in result.Benchmark.__dataclass_fields__ if name not in ("question", "data")}
    figures = {s: {m: {"ssim": Estimate(0.5, 0.4, 0.6)} for m in ("gauss", "netz")} for s in question.suites}
    stored = result.Benchmark(question, "aa", **empty | {"figures": figures}).to_json()
    again = result.Benchmark.from_json(json.loads(json.dumps(stored, sort_keys=True)))
    assert again.question == question and again.figures == figures
    assert list(again.figures) == ["quadrat8", "linien"] and list(again.figures["linien"]) == [
        "gauss",
        "netz",
    ]
