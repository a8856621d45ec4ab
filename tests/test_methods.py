"""The methods: names in the tables' order, what identifies them, and who takes part in a run."""

from dataclasses import replace

import numpy as np
import pytest
from benchmark_case import build_networks

from inpainting import classical, config, errors, masks
from inpainting.data import to_float
from inpainting.measuring import methods, result
from inpainting.measuring.methods import Contestant
from inpainting.networks import autoencoder, fill, flow, mean_of, prior_unet, sample
from inpainting.training import recipes, store
from inpainting.training.loop import History


@pytest.fixture(scope="module")
def networks():
    return build_networks()


def test_methods_stand_in_the_tables_order(networks):
    gaussian = classical.GaussianFill(np.zeros(3072, np.float32), np.eye(3072, dtype=np.float32))
    library = classical.Library(np.zeros((2, 32, 32, 3), np.uint8))
    fills = methods.make_fills(gaussian, networks, library)
    samples = [name for name in fills if methods.separate_sample(name)]
    assert samples == ["kompakt_vorschlag"]
    assert list(fills) == result.list_methods(networks, samples)
    without = methods.make_fills(gaussian, networks)
    assert set(fills) - set(without) == {methods.EXEMPLAR}


def test_name_of_a_sample_names_its_network():
    assert methods.separate_sample("kompakt_vorschlag") == "kompakt"
    assert methods.separate_sample("kompakt") == methods.separate_sample("original") == ""
    assert methods.separate_sample(methods.GAUSSIAN_SAMPLE) == ""  # no network


def test_every_method_fills_as_it_says(networks, sample_images):
    images, holes = sample_images
    fills = methods.make_fills(classical.GaussianFill(*_flat()), networks)
    prior = masks.composite(fill(prior_unet.prior_alone(), images, holes), images, holes)
    np.testing.assert_array_equal(fills["prior"](images, holes), prior)
    np.testing.assert_array_equal(
        fills["original"](images, holes), fill(networks["original"].model, images, holes)
    )
    drawn = sample(networks["kompakt"].model, images, holes, seed=methods.SAMPLE_SEED)
    np.testing.assert_array_equal(fills["kompakt_vorschlag"](images, holes), drawn)
    gaussian = classical.GaussianFill(*_flat())
    drawn = gaussian.sample(images, holes, seed=methods.SAMPLE_SEED)
    np.testing.assert_array_equal(fills[methods.GAUSSIAN_SAMPLE](images, holes), drawn)


def _flat():
    return np.zeros(3072, np.float32), np.eye(3072, dtype=np.float32)


@pytest.fixture
def sample_images(request):
    split = request.getfixturevalue("sample").validation
    return to_float(split.images[:4]), masks.suite_masks("quadrat8", 4)


def test_digest_is_of_what_a_method_computes_with(networks):
    model = networks["kompakt"].model
    assert methods.digest_method("telea", networks) == methods.digest_method("prior", networks) == ""
    assert methods.digest_method("kompakt", networks) == methods.digest_weights(mean_of(model))
    assert methods.digest_method("kompakt_vorschlag", networks) == networks["kompakt"].digest
    again = autoencoder.build_original(seed=1)
    assert methods.digest_weights(again) == networks["original"].digest
    again.set_weights([np.nextafter(weight, np.float32(9)) for weight in again.get_weights()])
    assert methods.digest_weights(again) != networks["original"].digest


def test_samples_drawn_in_another_way_are_another_method_and_the_mean_is_the_same(networks, monkeypatch):
    model = networks["kompakt"].model
    before, mean = methods.digest_network(model), methods.digest_method("kompakt", networks)
    monkeypatch.setattr(flow, "LOOK_AHEAD", np.float32(0.5))
    assert methods.digest_network(model) != before != methods.digest_weights(model)
    assert methods.digest_method("kompakt", networks) == mean


@pytest.mark.parametrize(
    ("network", "kind"), [("original", "original"), ("kompakt", "own"), ("klassifikator", "classifier")]
)
def test_network_from_the_store_knows_its_kind(tmp_path, network, kind):
    model = autoencoder.build_original()
    trained = store.Trained(model, History(), {"recipe": {"network": network}}, tmp_path, True)
    assert Contestant.from_trained(trained) == (model, kind, methods.digest_weights(model))


# ---------------------------------------------------------------- the lineup


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What is asked of the store, which has the networks in ``shipped``."""
    asked = {"shipped": {*store.SHIPPED}, "trained": []}

    def entry(name):
        return store.Trained(None, History(), {"recipe": {"network": name}}, tmp_path, True)

    def load_shipped(name, log, models):
        return entry(name) if name in asked["shipped"] else None

    def load_or_train(recipe, dataset, log, models):
        asked["trained"].append(recipe)
        return entry(recipe.network)

    monkeypatch.setattr(store, "load_shipped", load_shipped)
    monkeypatch.setattr(store, "load_or_train", load_or_train)
    monkeypatch.setattr(methods, "load_or_fit", lambda images, kept: "fitted")
    monkeypatch.setattr(classical, "load_gaussian", lambda path: "shipped")
    return asked


REPORT = ["original", "original_relu", "kompakt", "gruendlich"]


def test_on_the_sample_all_are_the_shipped_ones(asked, sample):
    lineup = methods.line_up(config.load_config({"preset": "schnell"}), sample, str)
    assert list(lineup.networks) == REPORT and asked["trained"] == []
    assert lineup.judge.record["recipe"]["network"] == "klassifikator" and lineup.gaussian == "shipped"


def test_on_the_whole_data_a_run_has_its_own(asked, sample):
    settings = config.load_config({"seed": 3})
    whole = replace(sample, name=config.CIFAR10)
    lineup = methods.line_up(settings, whole, str)
    assert list(lineup.networks) == REPORT and lineup.gaussian == "fitted"
    assert asked["trained"] == [*recipes.of_run(settings).values()]
    asked["shipped"] = set()
    asked["trained"].clear()
    lineup = methods.line_up(settings, whole, str)
    assert list(lineup.networks) == REPORT[:3]  # the thorough one is trained for hours, never here
    assert asked["trained"] == [*recipes.of_run(settings).values(), recipes.CLASSIFIER]


@pytest.mark.parametrize("missing", ["klassifikator", "original_relu", "kompakt"])
def test_missing_network_gets_a_german_message_with_what_helps(asked, sample, missing):
    asked["shipped"].discard(missing)
    with pytest.raises(errors.UserError, match=f"{missing}.*git checkout -- models") as error:
        methods.line_up(config.load_config({"preset": "schnell"}), sample, str)
    assert ("train --network kompakt“ trainieren." in str(error.value)) == (missing == "kompakt")
    assert ("train" in str(error.value)) == (missing in recipes.OWN)  # the command knows no others


def test_kept_gaussian_is_read_again_and_a_damaged_one_is_fitted_again(sample, tmp_path, monkeypatch):
    images = sample.train.images[:100, ::4, ::4]
    fitted = methods.load_or_fit(images, tmp_path / "kept")
    (path,) = (tmp_path / "kept").iterdir()
    content = path.read_bytes()

    def no_fit(images):
        raise AssertionError("fitted again")

    with monkeypatch.context() as patched:
        patched.setattr(classical, "fit_gaussian", no_fit)
        again = methods.load_or_fit(images, tmp_path / "kept")
    assert again is not fitted and again.digest == fitted.digest
    assert np.array_equal(again.mean, fitted.mean) and np.array_equal(again.precision, fitted.precision)

    for damaged in (content[:-1000], content[:2000] + bytes(8) + content[2008:]):
        path.write_bytes(damaged)
        assert np.array_equal(methods.load_or_fit(images, tmp_path / "kept").precision, fitted.precision)
        assert path.read_bytes() == content


def test_gaussian_of_a_folder_that_cannot_be_written_is_fitted(sample, tmp_path):
    (tmp_path / "file").touch()
    assert methods.load_or_fit(sample.train.images[:100, ::4, ::4], tmp_path / "file").digest


def test_report_without_the_thorough_network(asked, sample):
    asked["shipped"].discard("gruendlich")
    lineup = methods.line_up(config.load_config({"preset": "schnell"}), sample, str)
    assert list(lineup.networks) == REPORT[:3]
