"""Whether a fill fits its image: what a classifier finds in true, masked and repaired images."""

from collections.abc import Sequence

from inpainting.german.numbers import SAMPLED, Table, label, listing, number, percent, suite_label
from inpainting.german.results import best_network, dative
from inpainting.german.verdicts import gap, is_ours, rivals, sign, value

TRUE_IMAGES, MASKED_IMAGES = "wahr", "maskiert"


def semantics_table(result) -> Table:
    """How often the classifier finds the class, with intervals; the best method of each suite bold."""
    suites = [suite for suite in result.question.suites if suite in result.semantics]
    methods = [m for m in result.methods if all(m in result.semantics[s] for s in suites)]
    names = [TRUE_IMAGES, MASKED_IMAGES, *methods]
    words = {TRUE_IMAGES: "wahres Bild", MASKED_IMAGES: "maskiert"}

    def cell(suite: str, name: str) -> str:
        x = result.semantics[suite][name]
        return f"{number(100 * x.value, 1)} ±{number(50 * (x.high - x.low), 1)}"

    rows = [[words.get(name, label(name)), *(cell(suite, name) for suite in suites)] for name in names]
    highlight = [
        (2 + max(range(len(methods)), key=lambda i: result.semantics[suite][methods[i]].value), column)
        for column, suite in enumerate(suites, 1)
    ]
    return Table(["Bild", *map(suite_label, suites)], rows, highlight=highlight)


def describe_semantics(result) -> str:
    """Where the classifier finds more, less or as much after our fills as after the best other."""
    lost, won, even = [], [], []
    for suite in result.question.suites:
        if suite not in result.semantics:
            continue
        shares = result.semantics[suite]
        ours = {m: shares[m] for m in result.methods if is_ours(m) and m != "prior" and m in shares}
        others = {m: shares[m] for m in rivals(result) if m in shares}
        own, other = (max(of, key=lambda m: of[m].value) for of in (ours, others))
        means = [m for m in ours if not m.endswith(SAMPLED)]
        mean = max(means, key=lambda m: ours[m].value)
        paired = getattr(result, "semantic_differences", {}).get(suite, {}).get(mean, {}).get(other)
        found = (
            sign(paired)
            if paired
            else int(shares[mean].low > shares[other].value) - int(shares[mean].high < shares[other].value)
        )
        if found < 0:
            text = (
                f"auf {suite_label(suite)} nach {dative(other)} {percent(shares[other].value)}, nach unserem besten "
                f"Mittelwert {percent(ours[mean].value)}"
            )
            if own.endswith(SAMPLED) and ours[own].low > shares[other].value:
                text += f", nach einem Vorschlag aber {percent(ours[own].value)}"
            lost.append((suite, text))
        elif found > 0:
            won.append(
                (
                    suite,
                    f"auf {suite_label(suite)} {percent(shares[mean].value)} gegen {percent(shares[other].value)}",
                )
            )
        else:
            even.append((suite, ""))
    parts = []
    if lost:
        parts.append(
            "In der Semantik verlieren wir: Der Klassifikator erkennt "
            + "; ".join(text for _, text in lost)
            + "."
        )
    if lost and _accurate_there(result, [suite for suite, _ in lost]):
        parts.append("Unser PSNR ist dort höher, die Gauß-Füllung aber schärfer.")
    if won and not lost:
        parts.append("Mehr als nach jedem fremden Verfahren erkennt er " + listing([t for _, t in won]) + ".")
    if even and not lost:
        names = listing([suite_label(suite) for suite, _ in even])
        parts.append(f"Kein Unterschied zum besten fremden Verfahren ist gesichert auf {names}.")
    return " ".join(parts)


def _accurate_there(result, suites: Sequence[str]) -> bool:
    network = best_network(result)
    return all(
        gap(result, s, network, "gauss").low > 0
        and value(result, s, "gauss", "sharpness") > value(result, s, network, "sharpness")
        for s in suites
    )
