"""How well and how fast phrases are placed: generated from the gazetteer's files, held against truth.

The generator knows nothing of the parser: it reads the data files itself, fills the templates of
`geocoder_templates.tsv` and adds noise. Templates and names are split in two by a hash; rules were
tuned on one half (`--half tune`), figures are given for the other (`--half test`, the default).

What counts as right
  A truth is a point drawn before the phrase is written. For a phrase that names a point (crossing,
  number, lane, block, place, distance from one of these, bridge) the answer is right when its
  point lies within 200 m of the truth. A phrase that names a line (a road without more, a stretch,
  中段) or an area holds no more than that: its truth is anywhere on it. There the strict figure is
  given too, but `right` means that the truth lies within the answered radius and that the radius
  is no wider than the thing named asks for (its half length or half width and 150 m).
  `wrong, sure` is always strict: confidence at or above the threshold, no rival, and the point
  more than 200 m from the truth.
Kinds are mixed as in 116 published cases of the city (landmarks 46, estates 25, crossings 19,
bridges 16, sides 14, lanes 14, numbers 14, distances 7, stretches 5, roads without more).
"""

import argparse
import math
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench.geocoder_cases import Case, Maker, half_of
from bench.geocoder_noise import Noise, chinese, full_width
from bench.geocoder_world import DATA, GRID, World, load, metres, rows
from geo.gazetteer import CONFIDENT, Gazetteer, Verdict
from geo.gazetteer.files import load_folder

__all__ = ["MIX", "WIDE", "Report", "World", "load", "run"]

TEMPLATES = Path(__file__).with_name("geocoder_templates.tsv")
MIX = {
    "place": 26, "place_road": 22, "block": 14, "crossing": 19, "bridge": 10, "bridge_road": 6,
    "lane": 6, "lane_number": 8, "house_number": 14, "place_offset": 6, "crossing_offset": 4,
    "stretch": 5, "portion": 4, "road": 5, "community": 3,
}  # fmt: skip
NOISES = {
    "none": 34, "homophone": 14, "typo": 10, "numerals": 10, "colloquial": 14, "full_width": 8,
    "description": 10,
}  # fmt: skip
WIDE = {"stretch", "portion", "road", "community"}


@dataclass
class Tally:
    """Counts for one group of phrases."""

    n: int = 0
    answered: int = 0
    in100: int = 0
    in200: int = 0
    right: int = 0
    grid: int = 0
    community: int = 0
    sure: int = 0
    wrong_sure: int = 0
    operator: int = 0


def read_templates(half: str, seed: str) -> dict[str, list[str]]:
    """The templates of one half, by kind; a kind that would be left empty keeps all of its own."""
    everything: dict[str, list[str]] = defaultdict(list)
    for line in TEMPLATES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, template = line.split("\t")
            everything[kind].append(template)
    if half == "all":
        return everything
    kept = {k: [t for t in ts if half_of(t, seed) == half] for k, ts in everything.items()}
    return {k: ts or everything[k] for k, ts in kept.items()}


@dataclass
class Phrase:
    """A finished phrase with its truth."""

    text: str
    noise: str
    case: Case


def phrases(world: World, *, half: str, seed: str, count: int) -> list[Phrase]:
    """Draw `count` phrases from one half of the names and templates."""
    rng = random.Random(f"{seed}|{half}")
    maker, noise = Maker(world, half, seed, rng), Noise(rng, world.names)
    templates = read_templates(half, seed)
    kinds, weights = list(MIX), list(MIX.values())
    out: list[Phrase] = []
    while len(out) < count:
        case = maker.make(rng.choices(kinds, weights)[0])
        kind = rng.choices(list(NOISES), list(NOISES.values()))[0]
        if case is None or not noise.spoil(case.words, case.named, kind):
            continue
        said = templates[case.kind]
        if kind == "colloquial":
            if f"{case.kind}~" not in templates:
                continue
            said = templates[f"{case.kind}~"]
        if kind == "numerals":
            numbers = {k: chinese(v) for k, v in case.words.items() if k in {"n", "k", "m"}}
            if not numbers:
                continue
            case.words |= numbers
        text = rng.choice(said).format(**case.words)
        if kind == "description":
            text = rng.choice(templates["wrap"]).format(x=text)
        if kind == "full_width":
            text = full_width(text, rng)
        out.append(Phrase(text, kind, case))
    return out


def judge(world: World, gazetteer: Gazetteer, phrase: Phrase, tallies: list[Tally]) -> str:
    """Place one phrase and count it in all of its groups; what went wrong, if anything."""
    answer = gazetteer.geocode(phrase.text)
    best = answer.best
    away = math.inf
    if best is not None:
        spot = metres(best.lon, best.lat)
        away = math.dist(spot, phrase.case.truth)
    wide = phrase.case.kind in WIDE
    fits = best is not None and away <= best.radius_m + 30 and (
        best.radius_m <= max(phrase.case.extent, 50) * 1.25 + 150
    )  # fmt: skip
    right = away <= 200 or (wide and fits)
    sure = answer.verdict is Verdict.CONFIDENT
    cell = tuple(int(v // 100) for v in phrase.case.truth)
    got = tuple(int(v // 100) for v in spot) if best is not None else (0, 0)
    code, mine = world.grid.get(cell, ""), world.grid.get(got, "")  # type: ignore[arg-type]
    for t in tallies:
        t.n += 1
        t.answered += best is not None
        t.in100 += away <= 100
        t.in200 += away <= 200
        t.right += right
        t.grid += bool(code) and code == mine
        t.community += bool(code) and code[:12] == mine[:12]
        t.sure += sure
        t.wrong_sure += sure and away > 200
        t.operator += answer.needs_operator
    if sure and away > 200:
        return "WRONG-SURE"
    if best is None:
        return "SILENT"
    return "" if right else "FAR"


HEADER = (
    f"{'':18}{'n':>6}{'answered':>10}{'<=100 m':>9}{'<=200 m':>9}{'right':>8}{'grid':>7}"
    f"{'commun.':>9}{'sure':>7}{'wrong,sure':>12}{'operator':>10}"
)


def row(name: str, t: Tally) -> str:
    """A line of the table."""
    share = [
        t.answered,
        t.in100,
        t.in200,
        t.right,
        t.grid,
        t.community,
        t.sure,
        t.wrong_sure,
        t.operator,
    ]
    cells = [f"{100 * s / max(1, t.n):.1f}%" for s in share]
    widths = (10, 9, 9, 8, 7, 9, 7, 12, 10)
    return f"{name:18}{t.n:>6}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))


@dataclass
class Report:
    """What a run found."""

    overall: Tally
    pointed: Tally
    by_kind: dict[str, Tally]
    by_noise: dict[str, Tally]
    false_alarms: list[str]
    silent_share: float
    faults: list[str]
    per_second: float


def run(gazetteer: Gazetteer, world: World, *, half: str, seed: str, count: int) -> Report:
    """Judge `count` phrases of a half, the phrases without an address, and the speed."""
    drawn = phrases(world, half=half, seed=seed, count=count)
    overall, pointed = Tally(), Tally()
    by_kind: dict[str, Tally] = defaultdict(Tally)
    by_noise: dict[str, Tally] = defaultdict(Tally)
    faults = []
    for p in drawn:
        groups = [overall, by_kind[p.case.kind], by_noise[p.noise]]
        if p.case.kind not in WIDE:
            groups.append(pointed)
        fault = judge(world, gazetteer, p, groups)
        if fault:
            faults.append(f"{fault}\t{p.case.kind}\t{p.noise}\t{p.text}")
    none = read_templates(half, seed)["nothing"]
    alarms = [t for t in none if gazetteer.geocode(t).candidates]
    start = time.process_time()
    for p in drawn:
        gazetteer.geocode(p.text)
    spent = time.process_time() - start
    silent = 1 - len(alarms) / len(none)
    return Report(overall, pointed, by_kind, by_noise, alarms, silent, faults, len(drawn) / spent)


def main() -> None:
    """Print the tables for a half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["tune", "test", "all"], default="test")
    parser.add_argument("--seed", default="liuzhou")
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--faults", type=int, default=0, help="show so many phrases that failed")
    parser.add_argument("--cases", type=Path, help="a CSV of real cases with a place_text column")
    args = parser.parse_args()
    world = load()
    start = time.process_time()
    gazetteer = load_folder(DATA, areas=GRID)
    print(f"loaded in {time.process_time() - start:.2f} s: {gazetteer.counts}")
    report = run(gazetteer, world, half=args.half, seed=args.seed, count=args.count)
    print(f"half {args.half}, seed {args.seed}, confident from {CONFIDENT}\n{HEADER}")
    print(row("all", report.overall))
    print(row("names a point", report.pointed))
    for kind in MIX:
        print(row("  " + kind, report.by_kind[kind]))
    for noise in NOISES:
        print(row("  ~" + noise, report.by_noise[noise]))
    print(f"phrases without an address that stay unanswered: {100 * report.silent_share:.1f} %")
    for alarm in report.false_alarms:
        print("   answered all the same:", alarm)
    print(f"{report.per_second:,.0f} phrases/s on one core")
    for fault in random.Random(1).sample(report.faults, min(args.faults, len(report.faults))):
        print(fault)
    if args.cases:
        real_cases(gazetteer, args.cases)


def real_cases(gazetteer: Gazetteer, path: Path) -> None:
    """What is recognised of published cases: no truth exists, so only shares and readings."""
    cases = [r for r in rows(path) if r["city"] == "柳州"]
    verdicts: Counter[str] = Counter()
    for r in cases:
        answer = gazetteer.geocode(r["place_text"])
        verdicts[answer.verdict] += 1
        best = answer.best
        print(f"{r['id']} {r['place_text']} -> {answer.verdict}", end=" ")
        print(f"{best.kind} {best.text} ±{best.radius_m:.0f} m {best.confidence}" if best else "")
    print(f"{len(cases)} real phrases: {dict(verdicts)}")


if __name__ == "__main__":
    main()
