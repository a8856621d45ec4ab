"""The networks: the drawing of that of 2025, what ours is made of, and the recipes of all."""

from collections.abc import Mapping, Sequence

import numpy as np

from inpainting.german.numbers import (
    OURS,
    SAMPLED,
    Table,
    called,
    duration,
    in_one_line,
    in_words,
    listing,
    number,
    percent,
    upper,
)
from inpainting.german.training import processor
from inpainting.networks import count_learned, flow, mean_of

# ---------------------------------------------------------------- the network of 2025


def caption_architecture(model) -> str:
    return (
        f"Das Netz von 2025 mit seinen {number(model.count_params())} Parametern. Höhe und Breite der Blöcke "
        "folgen der Auflösung und der Zahl der Kanäle; gelb der Bottleneck."
    )


def alt_architecture(model) -> str:
    """Alternative text of the drawn network, from its tensors' sizes."""
    shapes = _shapes(model)
    first, narrowest, last = shapes[0], min(shapes, key=np.prod), shapes[-1]
    return (
        f"Das Netz als Kette von {len(shapes)} Blöcken, verbunden durch Pfeile für die Schichten. "
        f"Der Encoder verkleinert das Bild von {first[0]} auf {narrowest[0]} Pixel Kantenlänge, der "
        f"Bottleneck hat {narrowest[2]} Kanäle, und der Decoder vergrößert ihn wieder auf "
        f"{last[0]} Pixel mit {last[2]} Kanälen."
    )


def describe_architecture(model) -> str:
    """How far the network compresses; from the model itself."""
    shapes = _shapes(model)
    narrowest = min(shapes, key=np.prod)
    ratio = np.prod(narrowest) / np.prod(shapes[0])
    share = {
        1: "so viele Werte wie",
        2: "die Hälfte der Werte, die",
        3: "ein Drittel der Werte, die",
        4: "ein Viertel der Werte, die",
    }
    words = share.get(round(1 / ratio), f"{percent(ratio, 0)} der Werte, die")
    return f"Der Bottleneck ({_size(narrowest)}) hält {words} das Bild hat ({_size(shapes[0])})."


def _shapes(model) -> list[tuple]:
    return [model.input_shape[1:], *(layer.output.shape[1:] for layer in model.layers)]


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


# ---------------------------------------------------------------- recipes


def recipes_table(networks: Mapping[str, object]) -> Table:
    """All that is needed to build and train the networks again, one column each.

    Parameters
    ----------
    networks : "original", "kompakt", "gruendlich" → ``training.store.Trained``, as far as there are any.
    """
    titles = {"original": "2025", "kompakt": "kompakt", "gruendlich": "gründlich"}
    columns = [(n, networks[n].record["recipe"], networks[n]) for n in titles if n in networks]
    rows = [
        [title, *(row(recipe, trained) for _, recipe, trained in columns)] for title, row in _ROWS.items()
    ]
    rows = [row for row in rows if any(cell != "–" for cell in row[1:])]
    if len(set(rows[-1][1:])) == 1:
        rows.pop()  # the same processor for all: the caption says it
    return Table(["Rezept", *(titles[name] for name, _, _ in columns)], rows, "l" * (1 + len(columns)))


def _is_own(recipe: Mapping) -> bool:
    return recipe["architecture"] == "prior_unet"


def _body(recipe, trained) -> str:
    if not _is_own(recipe):
        return "32–16 | 16–32–3, Kerne 3×3"
    return f"U-Net {'/'.join(map(str, recipe['widths']))} auf ½, ¼, ⅛"


def _blocks(recipe, trained) -> str:
    if not _is_own(recipe):
        return "–"
    text = f"{recipe['n_blocks']} je Stufe und Weg"
    if recipe.get("detail"):
        channels, n_blocks = recipe["detail"]
        text += f", {n_blocks}×{channels} auf 1/1"
    return text


def _holes(recipe, trained) -> str:
    if recipe["holes"] == "fest":
        return f"ein festes {recipe['mask_size']}×{recipe['mask_size']} je Bild"
    extra = " + Quadrat" if recipe.get("extra_squares") else ""
    return f"neu, sechs Familien{extra}"


def _loss(recipe, trained) -> str:
    if recipe["loss"] == "loch":
        return "Loch, ÷ h(m)" if recipe["weighting"] == "erwartet" else "Loch"
    return {"kreuzentropie": "Kreuzentropie, ganzes Bild"}.get(recipe["loss"], "quadratisch, ganzes Bild")


def _rate(recipe, trained) -> str:
    optimizer = {"adam": "Adam", "muon": "Muon"}[recipe["optimizer"]]
    rates = [stage["learning_rate"] for stage in trained.record.get("stages", ())] or [
        recipe["learning_rate"]
    ]
    shown = " / ".join(f"{rate:g}".replace(".", ",") for rate in rates)
    return f"{optimizer}, {shown}, {'Kosinus' if recipe.get('warmup') else 'konstant'}"


def _epochs(recipe, trained) -> str:
    stages = trained.record.get("stages", ())
    epochs = " + ".join(str(stage["epochs"]) for stage in stages) or number(trained.history.n_epochs)
    steps = recipe.get("steps_per_epoch") or -(-trained.record["data"]["n_train"] // recipe["batch_size"])
    epochs = f"({epochs})" if len(stages) > 1 else epochs
    patience = f", Stopp nach {recipe['patience']}" if recipe["patience"] < recipe["epochs"] else ""
    return f"{epochs}×{number(steps)}×{recipe['batch_size']}{patience}"


def _time(recipe, trained) -> str:
    """How long the mean answer took and, behind a plus, what the samples took beside it."""
    flow = sum((trained.record.get("flow_history") or {}).get("seconds", ()))
    whole = trained.record["seconds"]
    if not flow:
        return duration(whole)
    parts = [duration(whole - flow), duration(flow)]
    if {part.split("\u00a0")[-1] for part in parts} == {"min"}:
        parts[0] = parts[0].split("\u00a0")[0]
    return " + ".join(parts)


def _flow(recipe, trained) -> str:
    flow = recipe.get("flow")
    if not flow:
        return "–"
    steps = number(flow["epochs"] * flow["steps_per_epoch"])
    return f"{'/'.join(map(str, flow['widths']))}, {steps}×{flow['batch_size']}"


def _flips(recipe, trained) -> str:
    if not recipe.get("flips"):
        return "–"
    return "jedes 2. Bild, und Antwort" if recipe.get("mirrored") else "jedes 2. Bild"


_ROWS = {
    "Eingabe": lambda r, t: "Vorfüllung, Bild, Maske" if _is_own(r) else "maskiertes Bild",
    "Kanäle": _body,
    "Residualblöcke": _blocks,
    "Fluss der Vorschläge": _flow,
    "Parameter": lambda r, t: _learned(t),
    "Verlust": _loss,
    "Löcher im Training": _holes,
    "Spiegeln": _flips,
    "Optimierer, Lernrate": _rate,
    "Epochen × Schritte × Bilder": _epochs,
    "Dauer, + für Vorschläge": _time,
    "trainiert auf": lambda r, t: processor(t),  # the last: see recipes_table
}


def describe_recipes(networks: Mapping[str, object]) -> str:
    """What the table of recipes leaves open: the families of holes, and what more computing costs."""
    text = (
        "Alles Weitere: @abs:alles-zum-nachbauen, Familien der Löcher: @abs:sechs-arten-von-löchern"
        f"{_extra(networks)}. Fluss: Kanäle auf ½ und ¼, Schritte×Bilder. Parameter: des Mittelwerts, + für Vorschläge."
    )
    if len(found := {processor(trained) for trained in networks.values()}) == 1:
        text += f" Trainiert auf {found.pop()}"
        staged = [called(name) for name, t in networks.items() if len(t.record.get("stages") or ()) > 1]
        text += f"; {listing(staged)} in Stufen (@abs:training-und-interpretation)." if staged else "."
    return text


def _extra(networks: Mapping[str, object]) -> str:
    """That some holes get a further square, where a recipe says so."""
    sizes = {
        t.record["recipe"]["mask_size"] for t in networks.values() if t.record["recipe"].get("extra_squares")
    }
    if not sizes:
        return ""
    edge = "/".join(f"{size}×{size}" for size in sorted(sizes))
    return f"; „+ Quadrat“: in jedem zweiten Bild, dessen Loch unter ein Viertel bedeckt, fehlt noch ein Quadrat {edge}"


def missing_networks(networks: Mapping[str, object]) -> str:
    """Say which of the project's networks the store lacks; "" if none."""
    missing = [name for name in OURS if name not in networks]
    if not missing:
        return ""
    return (
        f"{upper(listing([called(name) for name in missing]))} {'liegt' if len(missing) == 1 else 'liegen'} in diesem Lauf nicht "
        "vor; was fehlt, entsteht mit `inpainting train`."
    )


# ---------------------------------------------------------------- one picture on its way


def caption_pipeline(field) -> str:
    drawn = field.best + SAMPLED in field.result.methods
    return (
        f"{upper(called(field.best))} bei der Arbeit an einem Testbild, mit seinen wirklichen Zwischenbildern (Korrektur vierfach "
        "verstärkt, Grau ist null); darunter der PSNR im Loch. Unten die Rechnung: Auflösung und Kanäle, blau ist gelernt; im Kreis wird addiert."
        f"{_not_drawn(field, drawn)}"
    )


def _not_drawn(field, drawn: bool) -> str:
    """What the drawing of the calculation leaves out."""
    parts = ["der Fluss der Vorschläge"] if drawn else []
    parts += ["die zweite Rechnung am Spiegelbild"] if field.recipe.get("mirrored") else []
    return f" Nicht gezeichnet: {listing(parts)}." if parts else ""


def alt_pipeline(stages) -> str:
    """Alternative text: the steps and how far each is from the truth, in dB of the hole."""
    steps = "; ".join(in_one_line(f"{stage.name} {stage.note}") for stage in stages)
    return (
        "Eine Reihe von Bildern, durch Pfeile verbunden: Aus dem maskierten Bild wird stufenweise das gefüllte, mit dem PSNR "
        f"seines Lochs: {steps}. Darunter die Blöcke des Netzes: Vorfüllung, U-Net, Korrektur, Einsetzen."
    )


def describe_answers(field) -> str:
    """How our networks answer twice, how they were trained, and what is missing in this run."""
    parts = []
    if field.best + SAMPLED in field.result.methods:
        parts.append(
            "*Zwei Antworten.* Der Mittelwert ist die genaueste Antwort und unscharf. Für scharfe Füllungen lernt ein zweites "
            f"Netz durch Flow Matching einen *Fluss* [@lipman2023; @liu2023] (@abs:alles-zum-nachbauen): Von Rauschen $y_0$ führt er in {in_words(flow.STEPS)} Schritten auf "
            "eine Ziehung $\\hat r$ aus der Verteilung von $r = (x - \\hat x) / \\sigma$, der Abweichung der Wahrheit vom Mittelwert in Einheiten ihrer "
            "erwarteten, je Pixel mitgeschätzten Größe $\\sigma$. Jedes Rauschen ergibt einen anderen *Vorschlag* $\\hat x + \\sigma \\hat r$."
        )
    if missing := missing_networks(field.networks):
        parts.append(missing)
    return " ".join(parts)


def describe_page(url: str) -> str:
    """Say on paper where the networks can be tried: the page's address, or its file beside the PDF."""
    where = f"<{url}>" if url else "[`bericht.html`](bericht.html)"
    return (
        f"Auf der Seite {where} rechnen die Netze selbst: Man malt ein Loch in ein Bild, auch in ein eigenes, und sieht die Füllungen "
        "sofort. @abb:selbst zeigt die Bilder, mit denen die Seite beginnt. Kein Bild verlässt den Browser."
    )


def describe_step(before: float, after: float, batch_size: int, is_kept: bool) -> str:
    """What one visible training step did to the loss of its own batch, and compositing to the known pixels."""
    word = "sinkt" if after < before else "steigt" if after > before else "bleibt"
    text = f"Vor dem Schritt beträgt der Verlust auf diesen {number(batch_size)} Bildern {number(before, 4)}, danach {number(after, 4)}: Er {word}"
    text += "; der Schritt war für diesen Mini-Batch zu groß." if after > before else "."
    kept = "stehen die bekannten Pixel unverändert" if is_kept else "haben sich bekannte Pixel geändert"
    return f"{text} Im zusammengesetzten Bild {kept}."


def _learned(trained) -> str:
    """What the mean answer has learned and, behind a plus, what the samples need beside it."""
    mean, whole = count_learned(mean_of(trained.model)), count_learned(trained.model)
    return number(mean) if whole == mean else f"{number(mean)} + {number(whole - mean)}"
