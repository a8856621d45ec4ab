"""Small recipes that several test files share, and what it means that two trainings are the same."""

from dataclasses import replace

import numpy as np

from inpainting.training import recipes
from inpainting.training.recipes import Flow

ORIGINAL = replace(recipes.ORIGINAL, epochs=4, batch_size=50)

SMALL_FLOW = Flow(
    widths=(8, 8), n_blocks=1, detail=8, draws=2, epochs=2, steps_per_epoch=2, batch_size=16, warmup=2
)

KOMPAKT = replace(
    recipes.KOMPAKT,
    widths=(8, 8, 8),
    epochs=2,
    steps_per_epoch=3,
    warmup=2,
    batch_size=32,
    flow=SMALL_FLOW,
)

CLASSIFIER = replace(recipes.CLASSIFIER, widths=(8, 16), epochs=8, batch_size=50)


def assert_same_weights(a, b) -> None:
    """Two networks have the same weights, bit by bit."""
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


def assert_same_course(a, b) -> None:
    """Two histories tell of the same training, apart from its time."""
    assert (a.loss, a.val_loss, a.stopped) == (b.loss, b.val_loss, b.stopped)


def assert_same(a, b) -> None:
    """Two results of :func:`inpainting.training.store.load_or_train` are the same training."""
    assert_same_course(a.history, b.history)
    assert_same_weights(a.model, b.model)
    for name in ("loss", "val_loss", "stopped"):
        ours, theirs = (x.record.get("flow_history", {}).get(name) for x in (a, b))
        assert ours == theirs
