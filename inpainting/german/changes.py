"""The talk's slide of the ablation: which changes it shows, in which order, and what it says of them.

A rung that its deciding measure and the other kind of hole judge differently *reverses*; one whose gain is
only that of a short training *passes*: ``late`` says what such rungs bring after a whole one, see
:func:`inpainting.german.ladder.fleeting`.
"""

from collections.abc import Mapping, Sequence

from inpainting.german.ladder import change
from inpainting.german.numbers import in_words, listing, number, upper
from inpainting.german.slides import brings, spoken
from inpainting.measuring.evaluation import Estimate

NONE: Mapping[str, Estimate] = {}

N_ROWS = 6
"""So many changes are shown."""

MUCH_LARGER = 2
"""A network with so many times the parameters is called larger."""

SQUARE, ALL = "quadrat8", "suites"


def certain_gain(rung) -> bool:
    """Whether a rung brings something, for certain, by the measure that was set for it."""
    return rung.judged_by in (SQUARE, ALL) and rung.differences[rung.judged_by].low > 0


def reverses(rung) -> bool:
    """Whether a rung gains, for certain, on one kind of hole what it loses on the other."""
    signs = {(e.low > 0) - (e.high < 0) for e in (rung.differences[key] for key in (SQUARE, ALL))}
    return {1, -1} <= signs


def contrast(ladder, late: Mapping[str, Estimate] = NONE) -> tuple | None:
    """The prior and the larger network where the prior brings more on the square; None where it does not.

    The larger network is the residual U-Net; it must be much larger and the prior's gain certain.
    """
    found = {rung.name: rung for rung in ladder.rungs if rung.differences and rung.name not in late}
    prior, larger = found.get("prior"), found.get("residual")
    if not prior or not larger or larger.n_parameters < MUCH_LARGER * max(prior.n_parameters, 1):
        return None
    is_more = prior.differences[SQUARE].low > max(larger.differences[SQUARE].high, 0)
    return (prior, larger) if is_more else None


def grouped(ladder, late: Mapping[str, Estimate] = NONE) -> list[Sequence]:
    """The changes that matter, in the groups in which they appear: gains, reversals, what passes.

    These are the two of the contrast, up to two reversals, the largest first, those that pass, and the
    largest certain gains by the deciding measure until there are :data:`N_ROWS`.
    """
    rungs = [rung for rung in ladder.rungs if rung.differences]
    fleeting = [rung for rung in rungs if rung.name in late]
    turned = [rung for rung in rungs if reverses(rung) and rung not in fleeting]
    turned = sorted(turned, key=lambda r: -min(abs(r.differences[key].value) for key in (SQUARE, ALL)))[:2]
    gains = list(contrast(ladder, late) or ())
    others = [r for r in rungs if certain_gain(r) and r not in (*fleeting, *turned, *gains)]
    others.sort(key=lambda rung: -rung.differences[rung.judged_by].value)
    gains += others[: max(0, N_ROWS - len(gains) - len(turned) - len(fleeting))]
    gains.sort(key=lambda rung: -rung.differences[SQUARE].value)
    groups = [group for group in (gains, turned, fleeting) if group]
    return groups or [rungs[:N_ROWS]]


def remarks(ladder, late: Mapping[str, Estimate] = NONE) -> dict[str, str]:
    """Name of a rung → what stands in small below its label."""
    found = {}
    if pair := contrast(ladder, late):
        found[pair[1].name] = f"{_times(*pair)}-mal so viele Parameter"
    return found | {n: f"nach ganzem Training {number(e.value, 2, sign=True)}" for n, e in late.items()}


def _times(before, after) -> str:
    return number(after.n_parameters / max(before.n_parameters, 1))


def title(ladder, late: Mapping[str, Estimate] = NONE) -> str:
    """Knowledge against size where that is what the numbers say; else whether the largest gains last, and which is the largest."""
    if pair := contrast(ladder, late):
        gains = [number(rung.differences[SQUARE].value, 2, sign=True) for rung in pair]
        return f"Wissen schlägt Größe: {gains[0]} gegen {gains[1]} dB auf dem Quadrat"
    changed = [rung for rung in ladder.rungs if rung.differences]
    sure = [rung for rung in changed if rung.name not in late and rung.differences[SQUARE].low > 0]
    best = max(sure, key=lambda rung: rung.differences[SQUARE].value, default=None)
    reached = best.differences[SQUARE].value if best else 0.0
    gone = [rung for rung in changed if rung.name in late and rung.differences[SQUARE].low > reached]
    if gone:
        many = (
            f"Die {in_words(len(gone))} größten Gewinne vergehen"
            if len(gone) > 1
            else "Der größte Gewinn vergeht"
        )
        return f"{many} mit längerem Training"
    if not best:
        return "Keine Änderung allein bringt dem Quadrat gesichert etwas"
    return f"Am meisten bringt „{best.label}“: {number(reached, 2, sign=True)} dB"


def slide(ladder, late: Mapping[str, Estimate] = NONE) -> dict:
    """The slide of the ablation, see :func:`inpainting.german.slides.opening`."""
    rungs = [rung for rung in ladder.rungs if rung.differences]
    groups = grouped(ladder, late)
    shown = [rung for group in groups for rung in group]
    told = "; ".join(
        f"{rung.label} {number(rung.differences[SQUARE].value, 2, sign=True)} und {number(rung.differences[ALL].value, 2, sign=True)}"
        for rung in shown
    )
    choice = f"{upper(in_words(len(shown)))} von {in_words(len(rungs))} Änderungen"
    heading = title(ladder, late)
    before = (
        f"Was half? {choice}, jede gegen die Stufe davor, kurz trainiert{'' if len(ladder.seeds) > 1 else ' mit einem einzigen Startwert'}; "
        "links auf dem Quadrat, rechts im Mittel aller Maskensätze. Der volle Punkt ist das Maß, das vorher feststand."
    )
    return {
        "title": heading,
        "points": (),
        "notes": spoken(*_said(ladder, groups, before, late)),
        "alt": f"Änderung des PSNR im Loch in dB, auf dem Quadrat und im Mittel aller Maskensätze: {told}. {heading}.",
        "steps": False,
    }


def _said(ladder, groups: Sequence[Sequence], before: str, late: Mapping[str, Estimate]) -> list[str]:
    """What is said with each group."""
    pair, texts = contrast(ladder, late), []
    for group in groups:
        names = listing([f"„{rung.label}“" for rung in group])
        if group[0].name in late:
            texts.append(_pass(group, late))
        elif all(reverses(rung) for rung in group):
            text = f"Vorsicht bei {names}: Was auf der einen Seite gewinnt, verliert auf der anderen."
            hole, of_all = (change(ladder, "verlust_im_loch", key) for key in (SQUARE, ALL))
            if hole and of_all and hole.low > 0 > of_all.high:
                text += " Nur im Loch zu lernen hilft dem Quadrat und schadet, solange das Netz keine anderen Löcher sieht, dem Mittel aller."
            texts.append(text)
        elif pair and pair[0] in group:
            texts.append(
                f"Die Gauß-Vorfüllung {brings(pair[0].differences[SQUARE].value)} auf dem Quadrat; ihre Zahlen kommen aus der Statistik der "
                f"Bilder, nicht aus dem Training. Ein Netz mit {_times(*pair)}-mal so vielen Parametern {brings(pair[1].differences[SQUARE].value)}."
            )
        else:
            best = max(group, key=lambda rung: rung.differences[SQUARE].value)
            texts.append(
                f"Auf dem Quadrat liegt „{best.label}“ vorn: Das {brings(best.differences[SQUARE].value)}."
            )
    return [f"{before} {texts[0]}", *texts[1:]]


def _pass(rungs: Sequence, late: Mapping[str, Estimate]) -> str:
    """What becomes of the gains that are only those of a short training."""
    names = listing([f"„{rung.label}“" for rung in rungs])
    early, after = (
        listing([number(x, 2, sign=True) for x in found])
        for found in ([r.differences[SQUARE].value for r in rungs], [late[r.name].value for r in rungs])
    )
    jump = "ein Sprung" if len(rungs) == 1 else "Sprünge"
    return f"Und {names}: am Anfang {jump}, {early} Dezibel. Nach ganzem Training ist davon auf dem Quadrat nichts übrig: {after} Dezibel."
