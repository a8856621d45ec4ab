"""The classifier: its size, that it learns, what it tells, and the shipped one."""

import numpy as np
import pytest
from training_case import CLASSIFIER

from inpainting.data import to_float
from inpainting.networks import classifier
from inpainting.training import store


def test_network_is_small_and_the_same_for_a_seed():
    network, again, other = (classifier.build_classifier(seed=seed) for seed in (1, 1, 2))
    assert network.count_params() == 835_434 < 1e6
    assert "835 434 parameters" in classifier.build_classifier.__doc__
    kernels = [[w for w in n.get_weights() if w.ndim > 1] for n in (network, again, other)]
    for a, b, c in zip(*kernels, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_training_learns_and_is_stored(trained_classifier, sample):
    part = sample.validation
    correct = classifier.accuracy(trained_classifier.model, part.images, part.labels)
    assert correct.shape == (100,) and correct.dtype == bool
    assert correct.mean() > 0.25  # ten classes; five standard deviations above chance
    again = store.load_or_train(CLASSIFIER, sample, str, trained_classifier.folder.parent)
    assert again.from_store
    np.testing.assert_array_equal(
        classifier.accuracy(again.model, to_float(part.images), part.labels), correct
    )


def test_accuracy_compares_with_the_labels(trained_classifier, sample):
    images = sample.validation.images
    found = trained_classifier.model.predict(to_float(images), verbose=0).argmax(-1)
    labels = found.copy()
    labels[::2] = (labels[::2] + 1) % 10
    correct = classifier.accuracy(trained_classifier.model, images, labels)
    np.testing.assert_array_equal(correct, np.arange(len(images)) % 2 == 1)


def test_features_are_what_the_logits_are_made_of(trained_classifier, sample):
    model, images = trained_classifier.model, sample.validation.images[:20]
    features = classifier.features(model, images)
    assert features.shape == (20, CLASSIFIER.widths[-1]) and features.dtype == np.float32
    kernel, bias = model.get_layer("logits").get_weights()
    expected = model.predict(to_float(images), verbose=0)
    np.testing.assert_allclose(features @ kernel + bias, expected, atol=1e-4)


@pytest.mark.full
@pytest.mark.slow
def test_shipped_classifier_is_good_enough(cifar10):
    model = store.load_shipped("klassifikator").model
    part = cifar10.validation
    assert classifier.accuracy(model, part.images, part.labels).mean() >= 0.88
