"""Results files of the ladder that nobody climbed."""

import numpy as np

from inpainting import masks
from inpainting.measuring import ladder


def synthetic_ladder(levels, rng, seed_spread=0.0, n_seeds=3) -> dict:
    """A results file's content: rungs whose pooled hole PSNR is about the levels, in dB."""
    n_images = 10 * ladder.N_GROUPS
    hardness = rng.gamma(4, 0.25, n_images)
    hardness /= hardness.mean()
    entries, rungs = {}, []
    for rung, level in zip(ladder.RUNGS, levels, strict=False):
        keys = {}
        for seed in range(1, n_seeds + 1):
            shift = seed_spread * rng.standard_normal()
            psnr = level + shift - 10 * np.log10(hardness)
            squared = 100 * 10 ** (-psnr / 10)
            sums = dict.fromkeys(masks.SUITES, squared)
            sums |= dict.fromkeys(("hole_psnr", "image_psnr"), psnr)
            sums["image_psnr_composited"] = psnr + 12
            keys[str(seed)] = key = f"{rung.name}-{seed}"
            entries[key] = {
                "sums": {k: ladder.group_sums(v) for k, v in sums.items()},
                "seconds": 5.0,
                "n_parameters": 100,
                "precision": "float32",
                "hardware": {"processor": "Rechenwerk"},
            }
        rungs.append(
            {
                "name": rung.name,
                "label": rung.label,
                "judged_by": rung.judged_by,
                "composited": len(rungs) > 5,
                "keys": keys,
            }
        )
    last = rungs[-1]["keys"]["1"]
    return {
        "format": ladder.FORMAT,
        "steps": 100,
        "batch_size": 64,
        "n_images": n_images,
        "data": {"name": "x", "sha256": "0"},
        "rungs": rungs,
        "entries": entries,
        "compute": {"1": last, "2": rungs[0]["keys"]["1"]},
        "hole_counts": {suite: [1000] * ladder.N_GROUPS for suite in masks.SUITES},
    }


LEVELS = np.array([16, 17, 17.0, 18, 17.5, 18, 18, 18.2, 19, 20, 20.5, 20.7, 20.6, 20.9, 21, 21.3])
"""Pooled hole PSNR of every rung, in dB."""
