"""Sentences about the machine's verdict follow the stored shares, and say where a goal is missed."""

from dataclasses import replace

import pytest
from invented import around

from inpainting.german import judged
from inpainting.measuring.judged import Judged

SUITES = ("quadrat8", "mitte16", "linien", "freiform", "pixel50", "haelfte")
EASY = dict.fromkeys(SUITES, 0.52)


def make(half=0.01, **methods):
    shares = {m: {s: around(x, half) for s, x in of.items()} for m, of in methods.items()}
    return Judged(2000, "test", 5000, 1234, 7, {"gruendlich": "abc"}, shares)


def test_a_goal_that_is_met_everywhere_is_said_to_be_met():
    text = judged.describe_goal(make(gruendlich_vorschlag=EASY | {"mitte16": 0.7, "haelfte": 0.9}))
    assert (
        "Vorschläge von „gründlich“" in text
        and "60\u00a0% auf Quadrat 8×8, Linien und Pixel 50 % und 75\u00a0% auf Mitte 16×16 richtig" in text
        and ": erreicht auf" in text
    )
    assert "Mitte 16×16 (70,0\u00a0%)" in text and "verfehlt" not in text
    assert "; ohne Ziel bleiben Freiform (52,0\u00a0%) und Hälfte (90,0\u00a0%)." in text


def test_a_missed_goal_is_called_missed_and_an_unsure_one_unsure():
    text = judged.describe_goal(make(gruendlich_vorschlag=EASY | {"linien": 0.63, "pixel50": 0.595}))
    assert "; nicht sicher erreicht auf Pixel 50 % (59,5\u00a0%); verfehlt auf Linien (63,0\u00a0%);" in text
    assert judged.missed_goals(make(gruendlich_vorschlag=EASY | {"linien": 0.63})) == ["linien"]
    assert judged.missed_goals(None) == []
    every = judged.describe_goal(make(gruendlich_vorschlag=dict.fromkeys(SUITES, 0.9)))
    assert "verfehlt auf Quadrat 8×8" in every and "erreicht" not in every


@pytest.mark.parametrize("share, word", [(0.59, ": erreicht"), (0.595, "nicht sicher"), (0.62, "verfehlt")])
def test_the_whole_interval_must_stay_below_the_goal(share, word):
    assert word in judged.describe_goal(make(gruendlich_vorschlag={"linien": share}))


def test_only_what_was_measured_is_told():
    text = judged.describe_goal(make(kompakt_vorschlag={"mitte16": 0.7, "haelfte": 0.9}))
    assert (
        "„kompakt“" in text
        and "Linien" not in text
        and "höchstens zu 75\u00a0% auf Mitte 16×16 richtig" in text
        and ": erreicht auf Mitte" in text
    )
    assert "; ohne Ziel bleibt Hälfte (90,0\u00a0%)." in text
    assert judged.describe_goal(make(kompakt_vorschlag={"haelfte": 0.7})) == judged.describe_goal(None) == ""


def test_guessing_is_inside_the_interval():
    text = judged.describe_verdict(make(gruendlich_vorschlag=EASY | {"linien": 0.505, "haelfte": 0.8}))
    assert "auf Linien ist das Intervall mit Raten vereinbar" in text
    assert "auf Quadrat 8×8, Mitte 16×16, Freiform, Pixel 50 % und Hälfte gesichert öfter" in text
    assert "(52,0 bis 80,0\u00a0%)" in text
    text = judged.describe_verdict(make(gruendlich_vorschlag=dict.fromkeys(SUITES, 0.5)))
    assert "auf keinem Maskensatz gesichert" in text


def test_methods_that_pass_better_are_named():
    ours = dict.fromkeys(SUITES, 0.7)
    text = judged.describe_verdict(
        make(gruendlich_vorschlag=ours, nachbar=ours | {"haelfte": 0.6}, gauss=ours | {"haelfte": 0.65})
    )
    assert "Gesichert schwerer zu erkennen ist auf Hälfte das beste Trainingsbild (60,0\u00a0%)." in text
    assert "Kein beurteiltes fremdes Verfahren" in judged.describe_verdict(
        make(gruendlich_vorschlag=ours, nachbar=ours)
    )


def test_the_main_part_names_every_share():
    found = make(gruendlich_vorschlag={"linien": 0.5, "mitte16": 0.7, "haelfte": 0.9})
    assert judged.summarise_verdict(found) == (
        "Ein *Prüfer*, ein eigens trainiertes Netz, unterscheidet wahre Bilder von Vorschlägen des Netzes „gründlich“ zu 70,0\u00a0% (Mitte 16×16), "
        "50,0\u00a0% (Linien) und 90,0\u00a0% (Hälfte) richtig (geraten wären 50\u00a0%; @abs:mittelwert-und-vorschläge)."
    )
    blind = make(gruendlich_vorschlag={"linien": 0.5, "mitte16": 0.7}, gauss_vorschlag={"linien": 0.5})
    text = judged.summarise_verdict(blind)
    assert "50,0" not in text and "(geraten wären 50\u00a0%; auf Linien besagt das nichts;" in text
    only = make(gruendlich_vorschlag={"linien": 0.5}, gauss_vorschlag={"linien": 0.5})
    assert judged.summarise_verdict(only) == judged.summarise_verdict(None) == ""


def test_where_the_judge_is_blind_its_verdict_says_nothing():
    found = make(gruendlich_vorschlag=EASY, gauss_vorschlag=dict.fromkeys(SUITES, 0.9) | {"linien": 0.5})
    goal = judged.describe_goal(found)
    assert "ohne Aussage, weil auch ein Gauß-Vorschlag unerkannt bleibt, auf Linien (52,0" in goal
    assert "Linien" not in goal.split("erreicht auf")[1].split(";")[0]
    text = judged.describe_verdict(found)
    assert "Auf Linien erkennt er allerdings auch einen Gauß-Vorschlag nicht (50,0\u00a0%)" in text
    seeing = make(gruendlich_vorschlag=EASY, gauss_vorschlag=dict.fromkeys(SUITES, 0.9))
    assert "allerdings" not in judged.describe_verdict(seeing) and "ohne Aussage" not in judged.describe_goal(
        seeing
    )


def test_a_judge_that_finds_out_the_control_has_learned():
    unseen = {"gruendlich_vorschlag": EASY | {"quadrat8": 0.5, "linien": 0.5}}
    crude = dict.fromkeys(SUITES, 0.9) | {"linien": 0.5}
    text = judged.describe_verdict(make(**unseen, gauss_vorschlag=crude))
    assert (
        "Dass er auf Quadrat 8×8 etwas gelernt hat, zeigt der Gauß-Vorschlag: Ihn erkennt er dort zu 90,0"
        in text
    )
    assert "etwas gelernt" not in judged.describe_verdict(make(**unseen))


def test_the_measure_is_defined_as_it_was_stored():
    text = judged.describe_verdict(make(gruendlich_vorschlag=EASY))
    assert "(1234 Parameter, 7 Epochen)" in text
    assert "an den 5000 Validierungsbildern, jedes einmal" in text and "den ersten 2000 Testbildern" in text
    known = replace(make(gruendlich_vorschlag=EASY), split="validation", n_learned=4000, images=1000)
    text = judged.describe_verdict(known)
    assert "an 4000 der Validierungsbilder, jedes" in text and "nach den übrigen 1000;" in text


def test_table_and_chart_hold_what_is_stored():
    found = make(gauss={"linien": 0.9}, gruendlich_vorschlag=EASY)
    table = judged.verdict_table(found)
    assert [row[0] for row in table.rows] == ["Gauß-Vorhersage", "gründlich, Vorschlag"]
    assert table.rows[0][1] == "–" and table.rows[0][3] == "90,0 ±1,0" and table.rows[1][3] == "52,0 ±1,0"
    assert (1, 3) in table.highlight and (0, 3) not in table.highlight
    assert judged.chart_values(found)["Linien"]["gauss"].value == pytest.approx(90)
    assert judged.chart_goals(found)["Mitte 16×16"] == 75 and "Hälfte" not in judged.chart_goals(found)
    assert "Linien 52,0\u00a0%" in judged.alt_chart(found)


def test_verdicts_on_other_networks_are_not_shown():
    found = make(gauss=EASY, gruendlich_vorschlag=EASY)
    assert judged.choose_verdict(found, {"gruendlich": "abc"}) == found
    assert judged.choose_verdict(found, {"gruendlich": "another"}) is None
    assert judged.choose_verdict(make(gauss=EASY), {"gruendlich": "abc"}) is None
    assert judged.choose_verdict(None, {}) is None


def test_suites_on_which_samples_are_easily_told():
    found = make(gruendlich_vorschlag=EASY | {"mitte16": 0.88, "haelfte": 0.97, "freiform": 0.6})
    assert judged.easily_told(found) == {
        "mitte16": 0.88,
        "haelfte": 0.97,
    }  # a goal missed; none, but above all
    assert judged.easily_told(None) == {}
