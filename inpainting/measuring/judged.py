"""What the machine's verdict found: stored shares, and the networks that they hold for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inpainting import config
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.result import SAMPLED

VERDICT = config.RESULTS / "verdict.json"
"""The committed results of ``benchmarks/verdict.py``."""


@dataclass(frozen=True)
class Judged:
    """How often judges tell fills from true images.

    Attributes
    ----------
    images : how many each judge was asked about, the first of the split; once filled and once true.
    split : "test" or "validation".
    n_learned : validation images that each judge learned from, once filled and once true.
    n_parameters : of a judge.
    epochs : of a judge's training.
    networks : network → its ``methods.digest_network`` when it was judged.
    shares : method → suite → share of the answers that are right; 0.5 means that it cannot tell.
    """

    images: int
    split: str
    n_learned: int
    n_parameters: int
    epochs: int
    networks: Mapping[str, str]
    shares: Mapping[str, Mapping[str, Estimate]]

    def only(self, digests: Mapping[str, str]) -> "Judged":
        """The same without the methods whose networks are not these.

        Parameters
        ----------
        digests : network → digest, of a run.
        """
        others = {name for name, digest in self.networks.items() if digests.get(name) != digest}
        kept = {m: of for m, of in self.shares.items() if m.removesuffix(SAMPLED) not in others}
        return replace(self, shares=kept)


def load_verdict(path: Path = VERDICT) -> Judged | None:
    """The stored verdicts, or None where there are none."""
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    shares = {
        method: {suite: Estimate(**share) for suite, share in of_method.items()}
        for method, of_method in stored["shares"].items()
    }
    return Judged(**stored | {"shares": shares})
