"""The benchmark (version 2), measured and stored: every method on every suite.

:func:`run_benchmark` fills the holes of every suite with every method, keeps the scores of each
image on disk, and reduces them to one :class:`~inpainting.measuring.result.Benchmark`, which the
store keeps under a key of all that determines it.  ``docs/benchmark.md`` says what is measured and how.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inpainting import config, data, files, masks
from inpainting.files import Log
from inpainting.measuring.methods import Contestant, Lineup
from inpainting.measuring.result import SHARP, Benchmark, Question
from inpainting.measuring.survey import Survey
from inpainting.training.entries import locate

SCORES = ".scores"
"""Folder in the store with the scores of single methods, image by image."""


def run_benchmark(
    dataset: data.Dataset,
    lineup: Lineup,
    split: str = "validation",
    store: Path = config.MODELS,
    log: Log = print,
    suites: Sequence[str] = masks.SUITES,
    limit: int | None = None,
) -> Benchmark:
    """Take the benchmark from the store, or measure it and put it there.

    The entry is the folder ``benchmark-<key>`` with ``benchmark.json``, written whole or not at
    all; a damaged one is set aside and measured anew.  The scores of each pair of method and
    suite stay in the store's folder ``.scores``: after an interruption the next call goes on with
    the next pair, and a new network does not mean measuring all others again.

    Parameters
    ----------
    dataset : holds the images of the split.
    lineup : networks, classifier and Gaussian, see :func:`inpainting.measuring.methods.line_up`.
    split : "test" for final figures only; all choices are made on "validation".
    log : called with one German line per method and suite.
    suites : names of suites; quadrat8 among them.
    limit : measure the first images of the split alone.

    Raises
    ------
    masks.MaskError
        On an unknown suite.
    """
    for suite in suites:
        masks.suite_masks(suite, 0, split)  # an unknown name is told before anything is measured
    part = _first_images(getattr(dataset, split), limit)
    networks, fills = lineup.contestants, lineup.fills
    judge = Contestant.from_trained(lineup.judge)
    question = Question(
        split,
        len(part),
        tuple(suites),
        tuple((name, network.kind, network.digest) for name, network in networks.items()),
        judge.digest,
        lineup.gaussian.digest,
        tuple(method for method in fills if method in SHARP),
    )
    entry = store / f"benchmark-{question.key(dataset.sha256)}"
    with files.workplace(entry) as work:
        if benchmark := _load_entry(locate(entry.name, store), log):
            log(f"Benchmark aus dem Speicher: {entry.name}")
            return benchmark
        survey = Survey(
            question,
            dataset,
            part,
            fills,
            networks,
            judge.model,
            store / SCORES,
            log,
        )
        benchmark = Benchmark(question, dataset.sha256, **survey.reduce())
        content = benchmark.to_json()
        files.put_entry(entry, work, lambda folder: files.write_json(folder / "benchmark.json", content))
    return benchmark


def _first_images(part: data.Split, limit: int | None) -> data.Split:
    return replace(part, images=part.images[:limit], labels=part.labels[:limit])


def _load_entry(entry: Path, log: Log) -> Benchmark | None:
    if not entry.is_dir():
        return None
    try:
        return Benchmark.from_json(files.read_json(entry / "benchmark.json"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        files.set_aside(entry, error, log)
        return None
