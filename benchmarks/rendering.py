"""How long rendering takes, and how large it is: ``python benchmarks/rendering.py RUN``.

Times are the median of three in this process, after one that loads everything; the first is
shown beside it.  Sizes of packages are those of their installed files.
"""

import argparse
import importlib.metadata
import statistics
import time
from pathlib import Path

import nbformat

from inpainting.typeset import page, pdf, slides
from inpainting.typeset.document import build_document

RENDERERS = {
    "bericht.html": page.render_page,
    "bericht.pdf": pdf.render_pdf,
    "folien.html": slides.render_slides,
}
PACKAGES = (
    "typst",
    "pypandoc-binary",
    "nbconvert",
    "quickjs-ng",
    "pypdf",
    "Jinja2",
    "Pygments",
    "bleach",
    "beautifulsoup4",
    "mistune",
    "nbformat",
)


def measure(make, content) -> tuple[list[float], str | bytes]:
    """Seconds of four calls, the first included, and what the last returned."""
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        made = make(content)
        seconds.append(time.perf_counter() - started)
    return seconds, made


def installed_mb(package: str) -> float:
    """Size of a package's files in MB (10⁶ bytes)."""
    files = importlib.metadata.files(package) or ()
    paths = (Path(file.locate()) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="Ordner eines Laufs")
    notebook = nbformat.read(parser.parse_args().run / "bericht.ipynb", as_version=4)
    (first, *rest), document = measure(build_document, notebook)
    print(f"{'document':14} {statistics.median(rest):5.2f} s (first {first:.2f} s)")
    total, again = first, statistics.median(rest)
    for name, render in RENDERERS.items():
        (first, *rest), made = measure(render, document)
        size = len(made if isinstance(made, bytes) else made.encode()) / 1e6
        total, again = total + first, again + statistics.median(rest)
        print(f"{name:14} {statistics.median(rest):5.2f} s (first {first:.2f} s)  {size:5.2f} MB")
    print(f"{'together':14} {again:5.2f} s, first time {total:.2f} s")
    sizes = {package: installed_mb(package) for package in PACKAGES}
    for package, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{package:18} {size:6.1f} MB")
    print(f"{'together':18} {sum(sizes.values()):6.1f} MB")


if __name__ == "__main__":
    main()
