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


def test_judge_is_the_network_that_it_was(rng):
    """Known weights, known answers: another topology would make other verdicts."""
    judge, rng = verdict.build_judge(), np.random.default_rng(5)
    assert judge.count_params() == 205_537
    weights = [rng.normal(0, 0.1, w.shape).astype(np.float32) for w in judge.get_weights()]
    judge.set_weights([abs(w) if w.ndim == 1 else w for w in weights])  # variances are positive
    seen = rng.random((2, 32, 32, 4)).astype(np.float32)
    seen[..., 3] = 0
    seen[0, 4:12, 6:14, 3] = seen[1, 20:, :, 3] = 1
    np.testing.assert_allclose(judge(seen)[:, 0], [0.3779711, 0.43263596], atol=1e-3)


def test_rate_of_the_judge_rises_for_an_eighth_and_falls_to_zero(cases, monkeypatch):
    rates, adam = [], verdict.keras.optimizers.Adam
    monkeypatch.setattr(verdict.keras.optimizers, "Adam", lambda rate: rates.append(rate) or adam(rate))
    (images, masks), _ = cases
    verdict.learn_to_judge(images[:40], images[:40], masks[:40], epochs=8)  # 16 steps of up to 64 images
    ((rate),) = rates
    found = [float(rate(step)) for step in range(17)]
    assert found[0] == 0 and found[2] == pytest.approx(verdict.LEARNING_RATE) == pytest.approx(2e-3)
    assert found[1] == pytest.approx(1e-3) and found[16] == pytest.approx(0, abs=1e-9)
    assert all(a > b for a, b in zip(found[2:], found[3:], strict=False))
    assert found[9] == pytest.approx(1e-3)  # half way down the cosine
