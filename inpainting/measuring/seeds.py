"""What the choice of a training's seed is worth: figures of the same recipe under several seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from inpainting import config, files

SEEDS = config.RESULTS / "seeds.json"
"""The committed results: network → suite → figure → a value for each seed."""

Seeds = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]


def load_seeds(path: Path = SEEDS) -> Seeds:
    """The stored figures of several seeds; an empty mapping where none are stored.

    Whatever else the file holds (records, for example) is left out.
    """
    if not path.exists():
        return {}
    stored = files.read_json(path)
    found = {
        network: {
            suite: {key: values for key, values in figures.items() if isinstance(values, list)}
            for suite, figures in suites.items()
            if isinstance(figures, dict)
        }
        for network, suites in stored.items()
        if isinstance(suites, dict)
    }
    return {network: suites for network, suites in found.items() if any(suites.values())}


def values(seeds: Seeds, network: str, suite: str, key: str) -> list[float]:
    """The figure of every seed of a network on a suite; empty if there are none."""
    return list(seeds.get(network, {}).get(suite, {}).get(key, ()))
