"""What the benchmark says on the main suite: the table, who fills better, and what the fills look like."""

import math
from collections.abc import Mapping, Sequence

from inpainting.german.ladder import change
from inpainting.german.numbers import (
    FIGURES,
    GROUPS,
    MEAN,
    OLD,
    OURS,
    POOLED,
    SAMPLED,
    SSIM,
    Table,
    accusative,
    best_rows,
    called,
    count,
    dative,
    in_words,
    interval,
    label,
    listing,
    number,
    percent,
    quantity,
    signed,
    suite_label,
    suite_names,
    upper,
)
from inpainting.german.verdicts import (
    all_better,
    best_rival,
    describe_divided,
    describe_rivals,
    describe_verdicts,
    gap,
    judge,
    own_networks,
    rivals,
    seeds_sign,
    sign,
    value,
    without_network,
)
from inpainting.measuring.result import GAUSSIAN_NUMBERS, PRIOR_NUMBERS, Benchmark
from inpainting.measuring.seeds import Seeds


def best_network(result: Benchmark) -> str:
    """The larger of the project's networks that was measured."""
    return own_networks(result)[-1]


def group(method: str) -> str:
    """The group of the tables that a method stands in."""
    return next((name for name, members in GROUPS.items() if method in members), "unser")


def error_share(difference: float) -> float:
    """The squared error that is left where the pooled PSNR is higher by so many dB."""
    return 10 ** (-difference / 10)


# ---------------------------------------------------------------- the table


def main_table(result: Benchmark, suite: str, parameters: Mapping[str, int]) -> Table:
    """Every method on one suite, in groups, with the measures of accuracy and of looks.

    The best value of each measure of accuracy is bold; seam and sharpness tell nothing without them.

    Parameters
    ----------
    result : a Benchmark.
    suite : its suite.
    parameters : method → number of learned weights.
    """
    keys = (POOLED, MEAN, SSIM, "seam_ratio", "sharpness")
    rows, methods = [], [m for m in result.methods if m in result.figures[suite]]
    methods.sort(key=lambda method: list((*GROUPS, "unser")).index(group(method)))
    last = ""
    for method in methods:
        figures = result.figures[suite][method]
        first, last = group(method) if group(method) != last else "", group(method)
        cells = [interval(figures[POOLED])] + [
            number(figures[key].value, FIGURES[key].digits) for key in keys[1:]
        ]
        n = parameters.get(method)
        rows.append([first, label(method), *cells, number(n) if n else "–"])
    highlight = []
    for column, key in enumerate((POOLED, MEAN, SSIM), 2):
        highlight += best_rows(rows, column, [value(result, suite, method, key) for method in methods])
    header = ["", "Verfahren", "PSNR gepoolt (dB)", "Mittel (dB)", "SSIM", "Naht", "Schärfe", "Parameter"]
    return Table(header, rows, "llrrrrrr", highlight)


def caption_main(result: Benchmark, suite: str) -> str:
    return (
        f"Alle Verfahren auf {number(result.question.n_images)} Testbildern, {suite_label(suite)}: PSNR im Loch gepoolt (mit "
        f"95-%-Intervall) und im Mittel je Bild, SSIM, Naht, Schärfe; PSNR und SSIM der besten fett. Parameter der "
        f"Gauß-Verfahren: Mittel und Kovarianz; der Vorfüllung: $S$.{_fewer_images(result)}"
    )


def _fewer_images(result: Benchmark) -> str:
    """That samples, and what is as dear to measure, are measured on the first images alone, where it is so."""
    fewer = {m: n for m, n in result.n_images.items() if n < result.question.n_images}
    if not fewer:
        return ""
    who = ["Vorschläge"] if any(m.endswith(SAMPLED) for m in fewer) else []
    who += [called(m) for m in fewer if not m.endswith(SAMPLED)]
    verb = "sind" if who[0] == "Vorschläge" or len(who) > 1 else "ist"
    return f" {upper(listing(who))} {verb} auf den ersten {number(min(fewer.values()))} Bildern gemessen."


# ---------------------------------------------------------------- who fills better


def describe_sharp(result: Benchmark) -> str:
    """What the two sharp methods without a network do; "" where none was measured."""
    what = {
        "gauss_vorschlag": "„Gauß, Vorschlag“ zieht aus derselben Verteilung",
        "nachbar": "„Bestes Trainingsbild“ [@hays2007] fügt das Trainings- oder Spiegelbild ein, dessen bekannte "
        "Pixel am ähnlichsten sind, mit Poisson-Übergang [@perez2003]",
    }
    found = [text for method, text in what.items() if method in result.methods]
    if not found:
        return ""
    return f"{'; '.join(found)}."


def describe_old(result: Benchmark, suite: str, seeds: Seeds) -> str:
    """Which methods without a network fill better than that of 2025, by all three measures."""
    found = {m: judge(result, suite, m, ["original"], seeds) for m in without_network(result)}

    def named(kind: str) -> list[str]:
        of_kind = sorted(
            (m for m in found if found[m].kind == kind and found[m].holds),
            key=lambda m: -found[m].gaps[POOLED].value,
        )
        return [f"{called(m)} ({number(found[m].gaps[POOLED].value, 2, sign=True)}\u00a0dB)" for m in of_kind]

    better, worse = named("besser"), named("schlechter")
    divided = [dative(m) for m in found if found[m].kind == "uneins"]
    even = [called(m) for m in found if found[m].kind == "gleich"]
    within = [called(m) for m in found if found[m].kind in ("besser", "schlechter") and not found[m].holds]
    parts = []
    if better:
        verb = "füllt" if len(better) == 1 else "füllen"
        parts.append(
            f"Besser als das Netz von 2025 {verb} auf {suite_label(suite)} in allen drei Maßen {listing(better)}."
        )
    else:
        parts.append(
            f"Kein Verfahren ohne Netz füllt auf {suite_label(suite)} in allen drei Maßen besser als das Netz von 2025."
        )
    if worse:
        verb = "füllt nur" if len(worse) == 1 else "füllen"
        parts.append(f"Schlechter {verb} {listing(worse)}.")
    if divided:
        parts.append(f"Bei {listing(divided)} widersprechen sich die Maße.")
    if even:
        parts.append(f"Gleichauf mit ihm {_lies(even)} {listing(even)}.")
    if within:
        parts.append(f"Nicht weiter von ihm, als sein Startwert ausmacht, {_lies(within)} {listing(within)}.")
    if behind_all := [s for s in all_better(result, seeds) if s != suite]:
        parts.append(f"Auf {suite_names(behind_all)} füllen alle {in_words(len(found))} besser.")
    return " ".join(parts)


def _lies(found: Sequence[str]) -> str:
    return "liegt" if len(found) == 1 else "liegen"


def describe_gains(result: Benchmark, suite: str) -> str:
    """Our networks against the best method that is not ours."""
    networks, rival = own_networks(result), best_rival(result, suite)
    gaps = {n: gap(result, suite, n, rival) for n in networks}
    if all(sign(lead) > 0 for lead in gaps.values()):
        first, *rest = [f"um {signed(lead)} dB" for lead in gaps.values()]
        more = "".join(f", {called(n)} {lead}" for n, lead in zip(networks[1:], rest, strict=True))
        return f"Gepaart übertrifft {called(networks[0])} {accusative(rival)}, das beste fremde Verfahren, {first}{more}."
    leads = listing([f"{called(n)} um {signed(lead)}" for n, lead in gaps.items()])
    verb = "unterscheidet" if len(networks) == 1 else "unterscheiden"
    return f"Gepaart {verb} sich von {dative(rival)}, dem besten fremden Verfahren, {leads} dB."


def against_relu(result: Benchmark, suite: str, networks: Sequence[str]) -> str:
    """Shares of squared error against the twin with ReLU, where that is the better one; else ""."""
    if "original_relu" not in result.methods or gap(result, suite, "original_relu", "original").value <= 0:
        return ""
    shares = [percent(error_share(gap(result, suite, n, "original_relu").value), 0) for n in networks]
    return f" (gegen die Fassung mit ReLU {listing(shares)})"


def describe_control(result: Benchmark, suite: str) -> str:
    """How much of our network's answer is learned; "" where the prior alone was not measured."""
    if "prior" not in result.methods:
        return ""
    network = best_network(result)
    learned = gap(result, suite, network, "prior")
    reached = value(result, suite, "prior")
    text = f"Die Gauß-Vorfüllung allein, der nicht trainierte Teil unserer Netze, erreicht {quantity(reached, 2, 'dB')}"
    if gap(result, suite, "gauss", "prior").value > 0:
        text += (
            f", weniger als die Gauß-Vorhersage, braucht aber {PRIOR_NUMBERS} Gewichte statt "
            f"{number(GAUSSIAN_NUMBERS / 1e6, 1)} Millionen Zahlen"
        )
    text += "; "
    if sign(learned) > 0:
        return text + f"die gelernte Korrektur von {called(network)} bringt {signed(learned)} dB."
    return (
        text
        + f"die Korrektur von {called(network)} bringt nichts, was sich nachweisen ließe ({signed(learned)} dB)."
    )


def describe_outputs(result: Benchmark, suite: str, seeds: Seeds, ladder=None) -> str:
    """Sigmoid against ReLU at the end of a whole training, beside what the ablation's short one says.

    Parameters
    ----------
    ladder : ``ladder.LadderResults``, or None.
    """
    early = change(ladder, "sigmoid")
    gained_early = early.value if early else None
    if "original_relu" not in result.methods:
        return ""
    verdict = judge(result, suite, "original_relu", ["original"], seeds)
    size = number(verdict.gaps[POOLED].value, 2, sign=True)
    if verdict.kind == "uneins" or verdict.kind == "gleich" or not verdict.is_proven:
        if verdict.kind in ("besser", "schlechter"):
            base = "mehr, als der Zufall des Startwerts erklärt, ist das nicht"
            base = base if verdict.has_seeds else "gemessen an einem einzigen Startwert"
        else:
            base = (
                "die drei Maße sind sich nicht einig"
                if verdict.kind == "uneins"
                else "kein Maß weist einen Unterschied nach"
            )
        text = f"ReLU am Ausgang ist gegen die Sigmoidfunktion auf {suite_label(suite)} gepoolt {size} dB wert; {base}."
    else:
        text = (
            f"Mit ReLU am Ausgang ist das Netz von 2025 auf {suite_label(suite)} nachweislich {verdict.kind} als mit der "
            f"Sigmoidfunktion ({size} dB)."
        )
    text += _outputs_elsewhere(result, suite, seeds)
    if gained_early is not None and gained_early > 0 >= -verdict.gaps[POOLED].value:
        text += (
            f" Der Gewinn der Sigmoidfunktion in der Ablation ({number(gained_early, 2, sign=True)} dB) "
            "verschwindet also bei langem Training; er misst das Anlaufen."
        )
    return text


def _outputs_elsewhere(result: Benchmark, suite: str, seeds: Seeds) -> str:
    """On which other suites, which neither network trained for, ReLU is pooled ahead or behind beyond the seeds."""
    others = [s for s in result.question.suites if s != suite]
    signs = {s: seeds_sign(result, s, "original_relu", "original", seeds) for s in others}
    if not signs or all(found is None for found in signs.values()):
        return ""
    parts = [
        f"{word} auf {listing([suite_label(s) for s in found])}"
        for word, of in (("besser", 1), ("schlechter", -1))
        if (found := [s for s in signs if signs[s] == of])
    ]
    open_ = [suite_label(s) for s in signs if not signs[s]]
    where = " Auf Masken, die beide nie lernten, ist "
    if not parts:
        return f"{where}kein gepoolter Abstand größer als die Spannen der Startwerte (@tab:spannen)."
    text = f"{where}ReLU gepoolt {' und '.join(parts)}"
    return f"{text}; auf {listing(open_)} entscheidet der Startwert (@tab:spannen)." if open_ else f"{text}."


def describe_suites(result: Benchmark, seeds: Seeds) -> str:
    """On which suites our networks lead all others, by rules over all measures."""
    return " ".join(
        describe_verdicts(found, called(network), "jedes fremde Verfahren", "@tab:abstand")
        for network, found in _judged_suites(result, seeds).items()
    )


def describe_divided_suites(result: Benchmark, seeds: Seeds) -> str:
    """Beside the table of all measures: where they disagree on our networks; "" if nowhere."""
    told = [describe_divided(found, called(n)) for n, found in _judged_suites(result, seeds).items()]
    return " ".join(filter(None, [describe_rivals(result), *told]))


def _judged_suites(result: Benchmark, seeds: Seeds) -> dict[str, list]:
    """Network of ours, the best first → its verdict on every suite."""
    return {
        network: [judge(result, suite, network, rivals(result), seeds) for suite in result.question.suites]
        for network in reversed(own_networks(result))
    }


# ---------------------------------------------------------------- seam and sharpness


def describe_looks(result: Benchmark, suite: str) -> str:
    """Seam and sharpness of the network of 2025 and of ours, and what follows."""
    network = best_network(result)
    (old_seam, old_sharp), (seam, sharp) = (
        [value(result, suite, m, key) for key in ("seam_ratio", "sharpness")] for m in ("original", network)
    )
    text = (
        f"Naht und Schärfe sind beim Netz von 2025 {number(old_seam, 2)} und {number(old_sharp, 2)}, bei "
        f"{called(network)} {number(seam, 2)} und {number(sharp, 2)}."
    )
    errors = border_errors(result)
    if abs(old_seam - 1) < abs(seam - 1) and "original" in errors and network in errors:
        if errors["original"][0] > errors[network][0]:
            text += (
                f" Trotz seiner Naht fällt der Rand von 2025 auf: Dort irrt das Netz um {number(errors['original'][0], 1)} Graustufen, "
                f"{called(network)} um {number(errors[network][0], 1)}."
            )
    if sharp - old_sharp < 0.02 and gap(result, suite, network, "original").low > 0:
        than_old = {s: gap(result, s, network, "original", "sharpness") for s in result.question.suites}
        duller = [s for s, difference in than_old.items() if difference.high < 0]
        text += " Der Mittelwert ist genauer als das Netz von 2025, aber " + (
            "unschärfer"
            if suite in duller
            else "nicht gesichert schärfer"
            if than_old[suite].low <= 0
            else "kaum schärfer"
        )
        if suite not in duller and len(duller) == len(than_old) - 1 > 0:
            text += " und auf den anderen Maskensätzen unschärfer"
        rival = best_rival(result, suite)
        found = {s: gap(result, s, network, rival, "sharpness") for s in result.question.suites}
        blurred = [s for s, difference in found.items() if difference.high < 0]
        if suite in blurred:
            than = f"als {called(rival)} ({number(value(result, suite, rival, 'sharpness'), 2)})"
            everywhere = len(blurred) == len(found) > 1
            text += f"; {'auf allen ist er unschärfer' if everywhere else 'unschärfer ist er auch'} {than}"
        text += "."
    return text


def border_errors(result: Benchmark) -> dict[str, tuple[float, float]]:
    """Method → root mean squared error at the border of the 8×8 hole and inside, in grey levels."""
    errors = {}
    for method, rows in result.positions.items():
        n = len(rows)
        if n < 3:
            continue
        whole = sum(map(sum, rows))
        inner = sum(sum(row[1:-1]) for row in rows[1:-1])
        border = (whole - inner) / (n * n - (n - 2) ** 2)
        errors[method] = tuple(255 * math.sqrt(max(x, 0)) for x in (border, inner / (n - 2) ** 2))
    return errors


def describe_compositing(result: Benchmark, suite: str) -> str:
    """How much of the whole-image error of 2025 comes from redrawn known pixels."""
    shown = result.as_shown[suite]["original"]["image_psnr"].value
    composited = value(result, suite, "original", "image_psnr")
    return (
        f"So, wie das Netz von 2025 es ausgibt, erreicht das ganze Bild {quantity(shown, 2, 'dB')}; setzt man die "
        f"bekannten Pixel wieder ein, sind es {quantity(composited, 2, 'dB')}, ohne dass sich im Loch etwas änderte."
    )


def one_sentence(result: Benchmark, suite: str) -> str:
    """What the report found, in one sentence: on the title page, and where the page opens."""
    network, rival = best_network(result), best_rival(result, suite)
    share = error_share(gap(result, suite, network, "original").value)
    lead = gap(result, suite, network, rival)
    where = "Fehlt ein Quadrat von 8×8 Pixeln," if suite == "quadrat8" else f"Auf {suite_label(suite)}"
    less, than = abs(1 - share), "kleiner" if share < 1 else "größer"
    text = f"{where} ist der quadratische Fehler unseres Netzes {called(network)} im Loch {percent(less, 0)} {than} als beim Netz von 2025"
    if rival in OLD or not sign(lead):
        return text + "."
    word = "kleiner" if lead.value > 0 else "größer"
    text += f" und {percent(abs(1 - error_share(lead.value)), 0)} {word} als bei {dative(rival)}, dem besten fremden Verfahren"
    return text + _on_all_suites(result, network) + "."


def _on_all_suites(result: Benchmark, network: str) -> str:
    """By how much a network's error is less than that of the best of the others, suite by suite."""
    leads = [gap(result, s, network, best_rival(result, s)) for s in result.question.suites]
    if len(leads) < 2:
        return ""
    if not all(sign(lead) > 0 for lead in leads):
        return f"; weniger ist es bei {number(sum(sign(lead) > 0 for lead in leads))} von {number(len(leads))} Arten von Löchern"
    ends = {number(100 * (1 - error_share(f(x.value for x in leads))), 0): None for f in (min, max)}
    if len(ends) < 2:
        return ""
    whom = {best_rival(result, s) for s in result.question.suites}
    her = called(next(iter(whom))).startswith("die ")
    than = f"bei {'ihr' if her else 'ihm'}" if len(whom) == 1 else "beim jeweils besten"
    return (
        f"; auf den {in_words(len(leads))} Maskensätzen ist er {' bis '.join(ends)}\u00a0% kleiner als {than}"
    )


def describe_results(result: Benchmark, suite: str) -> str:
    """The main paragraph on the table: ours, the control, and how fills look."""
    parts = [
        describe_gains(result, suite),
        describe_control(result, suite),
        describe_looks(result, suite),
        describe_sample(result, suite),
    ]
    return " ".join(filter(None, parts))


def describe_sample(result: Benchmark, suite: str) -> str:
    """One sentence on the second answer; "" where no network draws."""
    network = best_network(result)
    sample = network + SAMPLED
    if sample not in result.methods:
        return ""
    sharp = value(result, suite, sample, "sharpness")
    cost = gap(result, suite, sample, network).value
    return f"{upper(called(sample))} hat Schärfe {number(sharp, 2)} und {quantity(abs(cost), 2, 'dB')} {'weniger' if cost < 0 else 'mehr'} PSNR{_among_sharp(result, suite, sample)}."


def _among_sharp(result, suite: str, sample: str) -> str:
    """How a sample stands to the sharp methods without a network; "" where none was measured."""
    leads = {m: gap(result, suite, sample, m) for m in ("nachbar", "gauss_vorschlag") if m in result.methods}
    parts = [f"{number(lead.value, 2, sign=True)} dB gegen {accusative(m)}" for m, lead in leads.items()]
    return f" ({listing(parts)})" if parts else ""


def describe_seed_spread(seeds: Seeds, suite: str, result: Benchmark | None = None) -> str:
    """The range over seeds of each network that has several, in one sentence.

    Parameters
    ----------
    result : a Benchmark; where none of the seeds has its figure, they were measured on other images.
    """
    parts, is_elsewhere = [], False
    for network in (*OLD, *OURS):
        found = seeds.get(network, {}).get(suite, {}).get(POOLED, ())
        if len(found) > 1:
            if result is not None and network in result.methods:
                own = value(result, suite, network)
                is_elsewhere |= min(abs(own - x) for x in found) > 0.005
            low, high = number(min(found), 2), quantity(max(found), 2, "dB")
            reached = high if high.startswith(f"{low}\u00a0") else f"{low} bis {high}"
            parts.append(f"{called(network)} {reached} ({count(len(found), 'Startwert', 'Startwerte')})")
    if not parts:
        return "Alle Netze sind mit einem einzigen Startwert trainiert."
    verb = "erreicht" if len(parts) == 1 else "erreichen"
    where = " auf dem ganzen Datensatz" if is_elsewhere else ""
    return f"Über alle Startwerte, den der Tabellen eingeschlossen, {verb} gepoolt{where} {listing(parts)}."


def leads(result: Benchmark) -> dict[str, dict]:
    """German name of a suite → network of ours → its pooled gap to the best method that is not ours."""
    return {
        suite_label(s): {n: gap(result, s, n, best_rival(result, s)) for n in own_networks(result)}
        for s in result.question.suites
    }


def caption_leads(result: Benchmark) -> str:
    found = {suite: best_rival(result, suite) for suite in result.question.suites}
    names = sorted(set(found.values()), key=lambda m: -list(found.values()).count(m))
    if len(names) == 1:
        who = f"überall {label(names[0])}"
    else:
        who = listing(
            [f"{called(m)} auf {listing([suite_label(s) for s in found if found[s] == m])}" for m in names]
        )
    return f"Links der Abstand unserer Mittelwerte zum besten fremden Verfahren ({who}) mit 95-%-Intervall."


def alt_leads(result: Benchmark) -> str:
    parts = [
        f"{suite}: {listing([f'{label(n)} {number(e.value, 2, sign=True)}' for n, e in of_suite.items()])}"
        for suite, of_suite in leads(result).items()
    ]
    return f"Punktdiagramm der Abstände je Maskensatz, gepoolt in dB: {'; '.join(parts)}."


def caption_first(field) -> str:
    drawn = " und Vorschlag" if field.best + SAMPLED in field.result.methods else ""
    return (
        f"Je das erste Testbild zweier Klassen mit Quadrat 8×8 und Mitte 16×16 (2025 nicht trainiert); von „{label(field.best)}“ "
        f"Mittelwert{drawn}. Unter dem umrandeten Loch sein *Spitzen-Signal-Rausch-Verhältnis* (PSNR): Mehr ist besser."
    )


def caption_failures(field) -> str:
    n = number(field.result.question.n_images)
    return f"Die vier der {n} gemessenen Testbilder, die {called(field.best)} auf Quadrat 8×8 am schlechtesten füllt."
