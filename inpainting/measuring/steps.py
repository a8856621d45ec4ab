"""What the number of steps of a sample is worth: stored figures of the same network with more and fewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inpainting import config, files
from inpainting.measuring.result import TRUE_IMAGES

STEPS = config.RESULTS / "steps.json"
"""The committed results of ``benchmarks/steps.py``."""

MEAN, TRUE = "mittelwert", TRUE_IMAGES
"""Rows beside the numbers of steps: the mean answer, and the true images."""


@dataclass(frozen=True)
class StepCurves:
    """Quality against the number of steps, on validation images.

    Attributes
    ----------
    images : how many, the first of the split.
    networks : network → suite → steps as text, :data:`MEAN` or :data:`TRUE` → figure → value.  Figures
        are ``hole_psnr_pooled`` in dB; ``sharpness`` and ``seam_ratio``, 1 for the true images;
        ``energy_ratio``, the energy score of two samples by the mean answer's distance; and ``frechet``.
        ``intervals`` beside them holds both ends of each figure's 95 % interval.
    """

    images: int
    networks: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]

    def curve(self, network: str, suite: str, figure: str) -> dict[int, float]:
        """Steps → value of a figure, in rising order of the steps."""
        rows = self.networks[network][suite]
        return {int(steps): rows[steps][figure] for steps in sorted(filter(str.isdigit, rows), key=int)}

    def interval(self, network: str, suite: str, figure: str) -> dict[int, tuple[float, float]]:
        """Steps → both ends of a figure's interval, as far as they are stored."""
        rows = self.networks[network][suite]
        stored = {int(n): row.get("intervals", {}).get(figure) for n, row in rows.items() if n.isdigit()}
        return {n: tuple(ends) for n, ends in stored.items() if ends}


def load_steps(path: Path = STEPS) -> StepCurves | None:
    """The stored curves, or None where there are none."""
    if not path.exists():
        return None
    stored = files.read_json(path)
    return StepCurves(stored["images"], stored["networks"])
