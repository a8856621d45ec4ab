"""How long a report takes that finds nothing in the model store, work by work.

    python benchmarks/from_scratch.py --output results/ohne_speicher.json

Trains both versions of the original network, ``kompakt`` and the classifier, measures the benchmark
and writes every document, in an empty store of its own; the data must be there.  What the store and
the run hold afterwards stays in ``--work``, if one is given.  Only an idle machine tells.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REQUIRED_MINUTES = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--work", type=Path, help="folder for the store and the run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = arguments.work or Path(folder)
        seconds = measure(work.absolute())
        figures = read_figures(work, seconds)
    for name, value in figures["seconds"].items():
        print(f"{name:14s} {value / 60:5.1f} min")
    print(f"{'rest':14s} {figures['rest_s'] / 60:5.1f} min")
    print(f"{'whole':14s} {seconds / 60:5.1f} min (required: at most {REQUIRED_MINUTES})")
    if arguments.output:
        arguments.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure(work: Path) -> float:
    """Run the report and return its seconds."""
    models = work / "models"
    if models.exists():
        sys.exit(f"{models} exists already; an empty folder is needed.")
    command = [sys.executable, "-m", "inpainting.cli", "report", "--results", str(work / "results")]
    started = time.perf_counter()
    subprocess.run(command, check=True, env=os.environ | {"INPAINTING_MODELS": str(models)})
    return time.perf_counter() - started


def read_figures(work: Path, whole: float) -> dict:
    """Seconds and epochs of each work, from the store's records and the run's timings."""
    records = {}
    for path in sorted((work / "models").glob("*/record.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        is_draft = record["recipe"].get("output") == "relu"
        records[record["recipe"]["network"] + ("_relu" if is_draft else "")] = record
    run = work / "results" / "standard"
    cells = json.loads((run / "timings.json").read_text(encoding="utf-8"))["cells_s"]
    seconds = {name: record["seconds"] for name, record in records.items()}
    seconds["benchmark"] = cells["messung-lauf"]
    return {
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "epochs": {name: record["recipe"]["epochs"] for name, record in records.items()},
        "rest_s": round(whole - sum(seconds.values()), 1),
        "hardware": record["hardware"],
    }


if __name__ == "__main__":
    main()
