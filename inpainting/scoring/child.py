"""The child process: it scores one model after another, in a temporary folder of its own.

A job comes as one line of JSON on standard input.  The child leaves, in the job's folder, an
array of scores and one of examples for each suite, and at last ``report.json``.
"""

import io
import json
import os
import queue
import sys
import threading
from pathlib import Path

from inpainting.scoring import sandbox

CHUNK = 1000
"""Images scored at once; bounds the memory."""

TOLERANCE = 1e-6
"""How far outside [0, 1] a value counts as inside: rounding."""

N_EXAMPLES = 4
"""Filled images that each suite leaves for the page."""

READY = "bereit"
"""File that the child leaves when it can take jobs."""


def score_model(foreign, images, holes):
    """Predict and score; predictions are clipped and composited, NaN counts as 0.

    Parameters
    ----------
    foreign : a probed :class:`inpainting.scoring.interface.Foreign`.
    images : uint8 array, (N, 32, 32, 3).
    holes : uint8 array, (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    The scores; the range of the output in the holes, see
    :class:`inpainting.scoring.results.Result`; the first filled images, uint8 (n, 32, 32, 3).

    Raises
    ------
    SubmissionError
        If the output is no picture.
    """
    import numpy as np

    from inpainting.masks import composite
    from inpainting.measuring import evaluation
    from inpainting.scoring.interface import NOISE_SEED

    scores, counts, extremes, examples = [], np.zeros(3), [], []
    rng = np.random.default_rng(NOISE_SEED)
    for i in range(0, len(images), CHUNK):
        truth = images[i : i + CHUNK] / np.float32(255)
        hole = holes[i : i + CHUNK]
        output = foreign.predict(truth, hole, rng)
        inside = output[np.broadcast_to(hole.astype(bool), output.shape)]
        known = inside[np.isfinite(inside)]
        outside = np.count_nonzero((known < -TOLERANCE) | (known > 1 + TOLERANCE))
        counts += outside, inside.size - known.size, inside.size
        extremes += [known.min(), known.max()] if known.size else []
        filled = np.nan_to_num(output, nan=0.0, posinf=1.0, neginf=0.0)
        scores.append(evaluation.score(filled, truth, hole))
        if not examples:
            shown = slice(N_EXAMPLES)
            examples.append(np.rint(255 * composite(filled[shown], truth[shown], hole[shown])))
    whole = {
        name: np.concatenate([getattr(part, name) for part in scores])
        for name in evaluation.Scores.__dataclass_fields__
    }
    about = {"outside": counts[0] / counts[2], "nan": counts[1] / counts[2]}
    about |= {"minimum": min(extremes, default=0.0), "maximum": max(extremes, default=0.0)}
    about = {key: float(value) for key, value in about.items()}
    return evaluation.Scores(**whole), about, examples[0].astype(np.uint8)


def run_job(job: dict) -> None:
    """Score one model.

    Parameters
    ----------
    job : "folder", with the model's copy ``modell.keras`` in it; the names of "suites", whose
        masks lie beside ``images.npy`` in the folder above; the fields of an ``Interface``.
    """
    import numpy as np

    from inpainting import errors
    from inpainting.files import write_file
    from inpainting.scoring import diagnosis, interface

    folder = Path(job["folder"])
    path = folder / "modell.keras"
    report = {"error": "", "kind": "", "reading": "", "notes": [], "output": {}}
    sandbox.attempts.clear()
    try:
        stated = {key: job[key] for key in interface.Interface.__dataclass_fields__}
        foreign = interface.load_foreign(path, interface.Interface(**stated))
        report["kind"] = foreign.kind
        images = np.load(folder.parent / "images.npy", mmap_mode="r")
        suites = {name: np.load(folder.parent / f"masks-{name}.npy") for name in job["suites"]}
        first = slice(interface.N_PROBE)
        foreign = foreign.probe(images[first] / np.float32(255), next(iter(suites.values()))[first])
        report["reading"], report["notes"] = foreign.reading.describe(foreign.has_mask), foreign.notes
        for suite, holes in suites.items():
            scores, report["output"][suite], examples = score_model(foreign, images, holes)
            _save(folder / f"{suite}.examples.npy", examples)
            _save(folder / f"{suite}.npy", np.stack(list(vars(scores).values())))
    except errors.UserError as error:
        report["error"] = str(error)
    except Exception as error:  # a foreign model can raise anything
        report["error"] = diagnosis.explain_computation(error)
    if sandbox.attempts:
        report["error"] = f"wollte {sandbox.attempts[0]}; das wurde verhindert"
    foreign = None
    interface.keras.backend.clear_session()
    write_file(folder / "report.json", json.dumps(report))


def _save(path: Path, array) -> None:
    import numpy as np

    from inpainting.files import write_file

    buffer = io.BytesIO()
    np.save(buffer, array)
    write_file(path, buffer.getvalue())


def main() -> None:
    """Take jobs until the parent is gone: it holds the other end of standard input."""
    here = Path.cwd()
    sandbox.restrict_writing(here)
    jobs: queue.SimpleQueue = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            jobs.put(json.loads(line))
        os._exit(1)

    threading.Thread(target=read, daemon=True).start()

    from inpainting.scoring import interface  # noqa: F401  imports TensorFlow, for seconds

    sandbox.watch(here)
    (here / READY).touch()
    while True:
        run_job(jobs.get())


if __name__ == "__main__":
    main()
