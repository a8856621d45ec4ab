"""How long the reader of a rendered report waits for the live section, on one core.

    python benchmarks/live.py results/standard/bericht.html

Opens the page in headless Chromium, several times, each in a context of its own (no cache), and
prints milliseconds from opening to the first fill of our network, and from a stroke to its fill:
the median, and the slowest.  The browser's own start is over before the page is opened.  Only an
idle machine tells.
"""

import argparse
import os
import shutil
import statistics
from pathlib import Path

N_OPENINGS = 5
N_STROKES = 60
SETTLE = 1500
"""Milliseconds that the browser gets to put up an empty window."""

OBSERVE = """
window.fills = [];
new MutationObserver(() => { fills.push(performance.now()); window.onfill?.(); })
  .observe(document, {subtree: true, attributes: true, attributeFilter: ["data-gefuellt"]});
"""

STROKE = """async (i) => {
  const canvas = document.querySelector("#live .leinwand");
  canvas.setPointerCapture = () => {};
  const {left, top, width} = canvas.getBoundingClientRect(), at = (t) => ({pointerId: 1, button: 0,
    clientX: left + width * (0.1 + 0.8 * t), clientY: top + width * (0.1 + 0.8 * ((i * 0.37) % 1))});
  const send = (type, t) => canvas.dispatchEvent(new PointerEvent(type, at(t)));
  const t = (i * 0.61) % 0.9, filled = new Promise((resolve) => { window.onfill = resolve; });
  const started = performance.now();
  send("pointerdown", t);
  await filled;
  const time = performance.now() - started;
  send("pointerup", t);
  await new Promise((resolve) => setTimeout(resolve, 250));
  return time;
}"""


def open_page(browser, address: str):
    """A new window with the page; returns it, and milliseconds until its first fill."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(OBSERVE)
    page.wait_for_timeout(SETTLE)
    page.goto(address)
    page.wait_for_selector("#live[data-gefuellt]", timeout=60_000)
    return page, page.evaluate("fills[0]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()

    from playwright.sync_api import sync_playwright

    if hasattr(os, "sched_setaffinity"):  # the browser inherits it
        os.sched_setaffinity(0, {0})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        firsts = []
        for _ in range(N_OPENINGS):
            page, first = open_page(browser, arguments.page.resolve().as_uri())
            firsts.append(first)
            if len(firsts) < N_OPENINGS:
                page.context.close()
        strokes = [page.evaluate(STROKE, i) for i in range(N_STROKES)]
        computed = page.locator("#live [data-tafel=kompakt] .zeit").inner_text()
        browser.close()
    print(f"first fill, median        {statistics.median(firsts):7.0f} ms")
    print(f"first fill, slowest       {max(firsts):7.0f} ms")
    print(f"stroke, median            {statistics.median(strokes):7.1f} ms")
    print(f"stroke, slowest           {max(strokes):7.1f} ms")
    print(f"of which our network, last {computed}")


if __name__ == "__main__":
    main()
