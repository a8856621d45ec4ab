"""The machine's verdict: it finds out what is easy to find out, and nothing where there is nothing."""

import numpy as np
import pytest

from inpainting import classical
from inpainting.data import to_float
from inpainting.masks import suite_masks
from inpainting.measuring import evaluation, verdict


@pytest.fixture(scope="module")
def cases(sample):
    """Images and masks to learn from, and others to be asked about."""
    images = to_float(sample.train.images[:360])
    masks = suite_masks("mitte16", 360)
    return (images[:240], masks[:240]), (images[240:], masks[240:])


@pytest.mark.slow
def test_filling_with_the_mean_colour_is_found_out(cases):
    known, asked = cases
    judge = verdict.learn_to_judge(classical.fill_mean(*known), *known, epochs=4)
    share = evaluation.estimate_mean(verdict.judge_fills(judge, classical.fill_mean(*asked), *asked))
    assert share.low > 0.75 and share.low < share.value <= share.high


def test_true_images_cannot_be_told_from_themselves(cases):
    known, asked = cases
    judge = verdict.learn_to_judge(known[0], *known, epochs=1)
    np.testing.assert_array_equal(verdict.judge_fills(judge, asked[0], *asked), 0.5)


def test_a_judge_that_knows_all_is_always_right(cases):
    _, (images, masks) = cases
    filled = classical.fill_mean(images, masks)

    def knowing(shown, masks):
        return (shown == filled).all((1, 2, 3))

    np.testing.assert_array_equal(verdict.judge_fills(knowing, filled, images, masks), 1)


def test_seed_determines_the_judge(cases):
    (images, masks), _ = cases
    small = images[:64], masks[:64]
    one, again = (verdict.learn_to_judge(classical.fill_mean(*small), *small, epochs=1) for _ in range(2))
    np.testing.assert_array_equal(one(*small), again(*small))
