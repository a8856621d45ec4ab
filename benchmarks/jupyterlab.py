"""The notebook in JupyterLab, as a reader uses it: ``make lab`` in a clean clone, and a browser.

    python benchmarks/jupyterlab.py build/lab

Sets ``preset`` to ``schnell``, runs all cells, saves, changes a parameter and runs all again in the
same kernel; then looks at what it finds: cells without an error, no line of code cut, few lines a
training, ``git status`` empty.  Pictures of the notebook lie beside the clone, ``build/lab-bilder``.
Needs Debian's ``chromium``, a commit to clone, and an environment in ``.venv``.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from contact_sheet import open_browser

ROOT = Path(__file__).resolve().parents[1]
TRAINING = ("training-2025", "training-unser")
FEW = 12
"""Most lines that one training may print."""

READY_S, RUN_S = 120, 3600

CELLS = """() => {
    const {content} = window.jupyterapp.shell.currentWidget;
    return [...content.widgets].map((widget) => ({
        id: widget.model.id, type: widget.model.type, count: widget.model.executionCount,
        outputs: widget.model.outputs?.toJSON() ?? [],
    }));
}"""
IDLE = """async () => {
    const {sessionContext} = window.jupyterapp.shell.currentWidget;
    return sessionContext.session?.kernel?.status;
}"""
SHOW = """async (index) => {
    const {content} = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = index;
    await content.scrollToItem(index, "start");
}"""
CUT = """() => [...document.querySelectorAll(".jp-NotebookPanel .jp-CodeCell .jp-InputArea .cm-scroller")]
    .filter((shown) => shown.offsetParent && shown.scrollWidth > shown.clientWidth + 1)
    .map((shown) => `${shown.scrollWidth} > ${shown.clientWidth}: ${shown.innerText.slice(0, 60)}`)"""


@contextlib.contextmanager
def served(clone: Path) -> Iterator[str]:
    """``make lab`` in the clone, with the clone's package; the address of its JupyterLab."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="inpainting-lab-") as home:
        settings = {
            "ServerApp": {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False},
            "IdentityProvider": {"token": token},
            "ExtensionApp": {"open_browser": False},
            "LabApp": {"open_browser": False, "expose_app_in_browser": True},
        }
        settings["ServerApp"]["allow_root"] = True
        (Path(home) / "jupyter_server_config.json").write_text(json.dumps(settings))
        places = {
            "JUPYTER_CONFIG_DIR": home,
            "JUPYTER_RUNTIME_DIR": f"{home}/laufend",
            "JUPYTERLAB_SETTINGS_DIR": f"{home}/einstellungen",
            "JUPYTERLAB_WORKSPACES_DIR": f"{home}/ansichten",
            "PYTHONPATH": str(clone),
        }
        venv = Path(sys.executable).parents[1]
        command = ["make", "-o", f"{venv}/.bereit", f"VENV={venv}", "lab"]  # the environment stays as it is
        with (clone.parent / f"{clone.name}-server.log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=clone, env=os.environ | places, stdout=log, stderr=log, start_new_session=True
            )
            try:
                address = f"http://127.0.0.1:{port}"
                _wait_for_server(process, f"{address}/api", Path(log.name))
                yield f"{address}/lab/tree/results/labor/bericht.ipynb?token={token}"
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(60)


def _wait_for_server(process: subprocess.Popen, address: str, log: Path) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.5)
    sys.exit(f"JupyterLab beginnt nicht:\n{log.read_text()[-3000:]}")


def open_notebook(page, address: str) -> None:
    """Open the notebook and wait for its kernel."""
    page.goto(address)
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=READY_S * 1000)
    page.wait_for_function(f"async () => (await ({IDLE})()) === 'idle'", timeout=READY_S * 1000)
    with contextlib.suppress(Exception):  # the question whether one wants news
        page.get_by_role("button", name="No", exact=True).click(timeout=3000)


def type_parameter(page, name: str, value: str) -> None:
    """Type another value into the parameters' cell, as a reader does."""
    index = next(i for i, cell in enumerate(page.evaluate(CELLS)) if cell["id"] == "parameter")
    page.evaluate(SHOW, index)
    line = page.locator(".jp-CodeCell .cm-line").filter(has_text=f"{name}:").first
    line.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(f"{name} = {value}")


def run_all(page) -> tuple[list[dict], float]:
    """Choose "Run All Cells" in the menu and wait for the end; the cells and the seconds."""
    started = time.monotonic()
    before = {cell["id"]: cell["count"] or 0 for cell in page.evaluate(CELLS)}
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    while time.monotonic() - started < RUN_S:
        cells = [cell for cell in page.evaluate(CELLS) if cell["type"] == "code"]
        failed = [cell for cell in cells if any(o["output_type"] == "error" for o in cell["outputs"])]
        done = all((cell["count"] or 0) > before[cell["id"]] for cell in cells)
        if failed or (done and page.evaluate(IDLE) == "idle"):
            return cells, time.monotonic() - started
        time.sleep(2)
    sys.exit("Das Notebook endet nicht.")


def save(page) -> None:
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")


def list_faults(cells: list[dict]) -> list[str]:
    """What is wrong with executed cells."""
    faults = []
    for cell in cells:
        printed = [o for o in cell["outputs"] if o["output_type"] == "stream"]
        faults += [f"{cell['id']}: {o['evalue']}" for o in cell["outputs"] if o["output_type"] == "error"]
        faults += [f"{cell['id']}: {o['text'][:200]}" for o in printed if o["name"] == "stderr"]
        n_lines = sum(len("".join(o["text"]).splitlines()) for o in printed)
        if cell["id"] in TRAINING and n_lines > FEW:
            faults.append(f"{cell['id']}: {n_lines} Zeilen")
    return faults


def look(page, folder: Path) -> list[str]:
    """A picture of every screenful of the notebook; the lines of code that are cut."""
    folder.mkdir(parents=True, exist_ok=True)
    cut = {}
    for index, cell in enumerate(page.evaluate(CELLS)):
        page.evaluate(SHOW, index)
        page.wait_for_timeout(150)
        cut |= dict.fromkeys(page.evaluate(CUT))
        if cell["type"] == "code":
            page.screenshot(path=folder / f"{index:03d}-{cell['id']}.png")
    return list(cut)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path, help="Ordner des neuen Klons")
    parser.add_argument("--width", type=int, default=1366)
    known = parser.parse_args()
    clone = known.clone.resolve()
    pictures = clone.parent / f"{clone.name}-bilder"
    shutil.rmtree(pictures, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    faults = []
    with served(clone) as address, open_browser() as browser:
        page = browser.new_page(viewport={"width": known.width, "height": 768})
        open_notebook(page, address)
        kernel = page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
        for name, value in (("preset", '"schnell"'), ("original_epochs", "3")):
            type_parameter(page, name, value)
            cells, seconds = run_all(page)
            save(page)
            faults += list_faults(cells)
            print(f"{name} = {value}: {len(cells)} Zellen in {seconds:.0f} s", flush=True)
            for cell in cells:
                if cell["id"] in TRAINING:
                    print("".join("".join(o.get("text", "")) for o in cell["outputs"]), flush=True)
            cut = look(page, pictures / name)
            faults += [f"abgeschnitten: {line}" for line in cut]
        same = page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
        faults += ["der Kernel ist ein anderer"] * (same != kernel)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True)
    faults += [f"git status: {line}" for line in status.stdout.splitlines()]
    print("\n".join(faults) or "Nichts zu beanstanden.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
