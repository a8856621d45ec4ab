"""Recipes: keys that follow what matters and nothing else, one space, and the way to a record and back."""

import json
from dataclasses import asdict, fields, replace

import pytest

from inpainting import config, files
from inpainting.training import recipes
from inpainting.training.recipes import CLASSIFIER, GRUENDLICH, KOMPAKT, ORIGINAL, Flow, Recipe

ALL = (ORIGINAL, KOMPAKT, GRUENDLICH, CLASSIFIER)


def other_value(value):
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return (*value, 9)
    return "x" if isinstance(value, str) else 9 if value is None else value + 1


@pytest.mark.parametrize("field", [field.name for field in fields(Recipe)])
def test_key_follows_every_part_of_the_recipe_but_compositing(field):
    value = getattr(KOMPAKT, field)
    other = replace(value, epochs=99) if field == "flow" else other_value(value)
    same = replace(KOMPAKT, **{field: other}).key("47af") == KOMPAKT.key("47af")
    assert same is (field == "composited")  # copying known pixels changes no weight


@pytest.mark.parametrize("field", [field.name for field in fields(Flow)])
def test_key_follows_every_part_of_the_flow(field):
    other = replace(KOMPAKT.flow, **{field: other_value(getattr(KOMPAKT.flow, field))})
    assert replace(KOMPAKT, flow=other).key("47af") != KOMPAKT.key("47af")


def test_key_follows_the_data_and_nothing_else():
    assert ORIGINAL.key("a") != ORIGINAL.key("b")
    settings = config.load_config({"title": "Ein anderer Titel"})
    assert recipes.of_run(settings)["original"] == ORIGINAL


def test_keys_are_fixed():
    """A new key orphans every stored network."""
    assert ORIGINAL.key("47af") == "7141a9b04875"
    assert CLASSIFIER.key("47af") == "3d53779baafc"
    assert replace(KOMPAKT, flow=None).key("47af") == "eb3f8e67d1da"


def test_all_recipes_have_keys_of_their_own():
    assert len({recipe.key("a") for recipe in ALL}) == len(ALL)


def test_parameters_of_a_run_reach_the_recipes_that_they_name():
    given = {"mask_size": 12, "original_epochs": 7, "patience": 3, "batch_size": 64, "seed": 5, "epochs": 9}
    of_run = recipes.of_run(config.load_config(given))
    assert list(of_run) == ["original", "original_relu", "kompakt"]
    original, relu, kompakt = of_run.values()
    assert (original.mask_size, original.epochs, original.patience) == (12, 7, 3)
    assert (original.batch_size, original.seed) == (64, 5)
    assert relu == replace(original, output="relu")
    assert kompakt == replace(KOMPAKT, mask_size=12, epochs=9, seed=5)


def test_gruendlich_is_kompakt_wider_deeper_and_longer():
    different = {name for name, value in asdict(GRUENDLICH).items() if value != asdict(KOMPAKT)[name]}
    assert different <= {"network", "widths", "detail", "mirrored", "epochs", "patience", "flow"}


def test_original_keeps_the_file_name_of_2025():
    assert ORIGINAL.file_name == "autoencoder_cifar10.keras"
    assert KOMPAKT.file_name == "kompakt.keras"


def test_steps_of_a_training():
    assert KOMPAKT.n_steps == KOMPAKT.epochs * KOMPAKT.steps_per_epoch


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.network)
def test_recipes_survive_the_record(recipe):
    stored = json.loads(json.dumps(files.plain(recipe)))
    assert recipes.from_record(stored) == recipe


def test_recipe_of_an_earlier_version_is_none_of_this_programs():
    with pytest.raises(TypeError):
        recipes.from_record(asdict(ORIGINAL) | {"precision": "float32"})
