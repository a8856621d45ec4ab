"""What the talk says: titles, points and notes follow the measures, on invented benchmarks and ladders."""

import re
from types import SimpleNamespace

import pytest
from invented import around, make_benchmark, make_seeds
from test_sentences import SCENES, everything

from inpainting.german import changes, results, slides

Q = "quadrat8"
SEEDS = make_seeds()


def test_the_talk_names_what_is_lost():
    shares = {(Q, "gauss"): around(0.9, 0.008), (Q, "gruendlich"): around(0.7, 0.008)}
    text = everything(make_benchmark(shares=shares), {})["slide conclusion"]
    assert "erkennt auf Quadrat 8×8 nach einem fremden Verfahren mehr" in text
    assert "hilft ihm auf Quadrat 8×8 das beste fremde Verfahren mehr" in text
    assert "Und „kompakt“ und „gründlich“ haben bisher nur einen Startwert." in text
    seeds = make_seeds(networks=("kompakt", "gruendlich"))
    text = everything(make_benchmark(), seeds)["slide conclusion"]
    assert "Klassifikator" not in text and "Startwert" not in text


@pytest.mark.parametrize("shares", [None, {(Q, "gauss"): around(0.9), (Q, "gruendlich"): around(0.7)}])
def test_the_notes_of_the_last_slide_go_with_its_clicks(shares):
    field = SimpleNamespace(best="gruendlich")
    slide = slides.conclusion(make_benchmark(shares=shares), field, Q, SEEDS)
    assert slide["steps"] and slide["notes"].count("\n\n**▸** ") == len(slide["points"]) - 1


@pytest.mark.parametrize("scene", SCENES)
def test_notes_are_spoken_and_short(scene):
    field = SimpleNamespace(best=results.best_network(SCENES[scene]))
    told = [
        slides.outcome(SCENES[scene], Q),
        slides.six_suites(SCENES[scene], SEEDS),
        slides.hole_sizes(SCENES[scene], ["original"]),
        slides.loss(SCENES[scene], [0.58, 0.56], 0.55),
        slides.conclusion(SCENES[scene], field, Q, {}),
        slides.holes(SCENES[scene], ["Quadrat"], 10_000),
        slides.try_it(),
    ]
    for slide in told:
        assert len(slide["notes"].split()) <= 125 and "[weiter]" not in slide["notes"], slide["notes"]
        assert len(slide["title"]) <= 66, slide["title"]


def test_titles_of_the_talk_follow_the_measures():
    def title(name, **benchmark):
        return everything(make_benchmark(**benchmark))[f"slide {name}"].partition(". ")[0]

    assert title("conclusion") == "Unser Netz füllt besser als Formel und Netz von 2025"
    worse = {"kompakt": 18.0, "gruendlich": 18.2}
    assert title("conclusion", pooled=worse) == "Was wir mitnehmen"
    assert re.fullmatch(r"Nur noch 52\s% des quadratischen Fehlers von 2025", title("outcome"))
    assert "nicht genauer" in title("outcome", pooled={"kompakt": 17.0, "gruendlich": 17.1})
    assert "auf allen Maskensätzen vorn" in title("six")


@pytest.mark.parametrize(
    ("sharp", "title"),
    [(True, "Ein Vorschlag ist scharf"), (False, "Auf dasselbe Loch gibt es zwei Antworten")],
)
def test_the_talk_says_what_a_sample_costs(sharp, title):
    result = make_benchmark(samples=("gruendlich",))
    if not sharp:
        result.figures[Q]["gruendlich_vorschlag"]["sharpness"] = around(0.2)
    slide = slides.two_answers(result, Q)
    assert slide["title"].startswith(title) and "kostet 2,3 Dezibel" in slide["notes"]


@pytest.mark.parametrize("losses", [[0.70, 0.69], [0.58, 0.5555]])
def test_a_loss_far_from_its_floor_is_not_called_close(losses):
    slide = slides.loss(make_benchmark(), losses, 0.55)
    is_close = losses[0] < 0.6
    assert (
        ("sieht man gute Füllungen kaum" in slide["title"]) == is_close == ("schmalen Rest" in slide["notes"])
    )
    assert ("über der Untergrenze" in slide["title"]) == (not is_close)


@pytest.mark.parametrize(
    ("sizes", "title"),
    [
        ({4: 16, 6: 17, 8: 17, 10: 15, 12: 11, 16: 9}, "Ab 12 Pixeln füllt eine einzige Farbe besser"),
        ({4: 16, 6: 17, 8: 17, 10: 15, 12: 14, 16: 9}, "Bei 16 Pixeln füllt eine einzige Farbe besser"),
        (
            {4: 16, 6: 17, 8: 17, 10: 16, 12: 16, 16: 16},
            "Die kleinsten Löcher füllt das Netz von 2025 schlechter",
        ),
        (
            {4: 19, 6: 18, 8: 17, 10: 16, 12: 16, 16: 16},
            "Je größer das Loch, desto schlechter das Netz von 2025",
        ),
    ],
)
def test_the_talk_says_what_the_size_of_the_hole_does(sizes, title):
    slide = slides.hole_sizes(make_benchmark(sizes=sizes), ["original", "gruendlich"])
    assert slide["title"] == title
    assert ("ohne jedes Netz" in slide["notes"]) == ("Farbe" in title)
    assert ("wären leichter" in slide["notes"]) == (sizes[4] < sizes[6])


def make_rung(name, square, suites=None, half=0.05, judged_by=Q, n_parameters=100):
    both = {Q: around(square, half), "suites": around(square if suites is None else suites, half)}
    return SimpleNamespace(
        name=name, label=name.title(), judged_by=judged_by, differences=both, n_parameters=n_parameters
    )


def make_ladder(*rungs, seeds=(1, 2, 3)):
    first = SimpleNamespace(name="entwurf", label="Entwurf", judged_by=Q, differences={}, n_parameters=100)
    return SimpleNamespace(rungs=[first, *rungs], seeds=seeds)


LATE = {"sigmoid": around(-0.1, 0.05)}


def test_the_talk_names_the_largest_lasting_change():
    rungs = [make_rung("sigmoid", 3.0), make_rung("wackelig", 2.0, half=2.5), make_rung("maske", 0.5)]
    slide = changes.slide(make_ladder(*rungs), LATE)
    assert slide["title"] == "Der größte Gewinn vergeht mit längerem Training"
    small = [make_rung("sigmoid", 0.3), *rungs[1:]]
    assert changes.slide(make_ladder(*small), LATE)["title"] == "Am meisten bringt „Maske“: +0,50 dB"
    assert "„Sigmoid“: am Anfang ein Sprung" in slide["notes"]
    assert [[r.name for r in group] for group in changes.grouped(make_ladder(*rungs), LATE)] == [
        ["maske"],
        ["sigmoid"],
    ]
    unsure = make_ladder(*rungs[:2], seeds=(1,))
    slide = changes.slide(unsure, LATE)
    assert "vergeht" in slide["title"] and "einem einzigen Startwert" in slide["notes"]
    nothing = changes.slide(make_ladder(rungs[1]))
    assert "Keine Änderung" in nothing["title"] and "„Wackelig“" in nothing["notes"]


def test_knowledge_beats_size_only_where_it_does():
    def title(prior, larger, n_parameters=4600):
        rungs = make_rung("prior", prior), make_rung("residual", larger, n_parameters=n_parameters)
        return changes.title(make_ladder(*rungs))

    assert title(0.87, 0.08) == "Wissen schlägt Größe: +0,87 gegen +0,08 dB auf dem Quadrat"
    assert title(0.3, 0.8) == "Am meisten bringt „Residual“: +0,80 dB"
    assert title(0.87, 0.83) == "Am meisten bringt „Prior“: +0,87 dB"  # too close to call
    assert title(0.87, 0.08, n_parameters=150) == "Am meisten bringt „Prior“: +0,87 dB"  # no larger network
    rungs = make_rung("prior", 0.87), make_rung("skip", 0.4), make_rung("residual", 0.08, n_parameters=4600)
    late = {"prior": around(-0.04, 0.03)}  # what the control without it shows after a whole training
    assert changes.title(make_ladder(*rungs), late) == "Der größte Gewinn vergeht mit längerem Training"
    both = make_ladder(make_rung("sigmoid", 0.9), *rungs)
    assert changes.title(both, LATE | late) == "Die zwei größten Gewinne vergehen mit längerem Training"
    assert "„Prior“: am Anfang ein Sprung" in changes.slide(make_ladder(*rungs), late)["notes"]
    assert title(-0.2, -0.3) == "Keine Änderung allein bringt dem Quadrat gesichert etwas"


def test_the_talk_shows_the_changes_that_matter():
    rungs = [make_rung("sigmoid", 0.9), make_rung("verlust_im_loch", 0.4, -3.0)]
    rungs += [make_rung("mischung", -0.2, 0.4, judged_by="suites"), make_rung("wackelig", 2.0, half=2.5)]
    rungs += [make_rung("prior", 0.8), make_rung("residual", 0.1, n_parameters=4600)]
    rungs += [make_rung("skip", 0.5), make_rung("muon", 0.2), make_rung("klein", 0.07)]
    ladder = make_ladder(*rungs)
    groups = [[rung.name for rung in group] for group in changes.grouped(ladder, LATE)]
    assert groups == [["prior", "skip", "residual"], ["verlust_im_loch", "mischung"], ["sigmoid"]]
    said = changes.remarks(ladder, LATE)
    assert said == {"residual": "46-mal so viele Parameter", "sigmoid": "nach ganzem Training −0,10"}
    notes = changes.slide(ladder, LATE)["notes"].split("\n\n")
    assert len(notes) == 3 and notes[0].startswith("Was half? Sechs von neun Änderungen")
    assert "schadet, solange das Netz keine anderen Löcher sieht" in notes[1]
    assert notes[2].endswith("nichts übrig: −0,10 Dezibel.")
    assert sum(map(len, map(str.split, notes))) <= 125
