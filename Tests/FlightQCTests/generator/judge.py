#!/usr/bin/env python3
"""Judges the rules of `gpsindex qc` with generated flights: how many faults they find, how often they cry wolf.

    judge.py .build/release/qc-check                     # 300 flights per rule and kind, 300 clean ones per kind
    judge.py .build/release/qc-check --count 50 --rules gap,outlier --kinds orbit --keep out/cases
    judge.py .build/release/qc-check --self-test

Prints a Markdown table. Exit code 1 if a bar is missed: found ≥ 99 %, false ≤ 1 % (corridor gap: false ≤ 5 %).
A finding in a clean flight is false whatever its severity. Two exceptions: a note that is true (the generator says for
which flight), and a cut-short below `error`.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

import flights
import inject
from flights import KINDS

NOW = 1_767_225_600  # 2026-01-01: all flights are older
ORDER = list(inject.FAULTS)


def check(program, sets, area=None, arguments=(), keep=None):
    """Runs qc-check on (label, rows) pairs; returns label → findings, and label → flights."""
    with tempfile.TemporaryDirectory() as folder:
        file = keep or os.path.join(folder, "photos.csv")
        with open(file, "w") as out:
            out.write(",".join(flights.COLUMNS) + "\n")
            for label, lines in sets:
                out.writelines(flights.line(r, label) + "\n" for r in lines)
        command = [program, file, "--now", str(NOW), "--flights", *arguments]
        if area:
            fence = keep[:-4] + ".geojson" if keep else os.path.join(folder, "area.geojson")
            with open(fence, "w") as out:
                json.dump(area, out)
            command += ["--area", fence]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {run.returncode}\n{run.stderr.decode()}")
    findings, kinds = {label: [] for label, _ in sets}, {label: [] for label, _ in sets}
    for text in run.stdout.splitlines():
        item = json.loads(text)
        (findings if "rule" in item else kinds)[item["set"]].append(item)
    return findings, kinds


def metres(lon, lat, item):
    if item.get("lon") is None:
        return math.inf
    east = (item["lon"] - lon) * math.cos(math.radians(lat))
    return 111_200 * math.hypot(east, item["lat"] - lat)


def satisfied(case, findings):
    for item in findings:
        if item["rule"] != case.rule:
            continue
        if case.photos is not None and not case.photos & set(item["photos"]):
            continue
        if case.near and metres(case.near[0], case.near[1], item) > case.near[2]:
            continue
        if case.severity and item["severity"] != case.severity:
            continue
        return True
    return False


# Rules whose findings name exactly the faulty pictures: any other one is a false alarm in a faulty flight.
EXACT = {"gap", "number-gap", "number-restart", "outlier", "wrong-place", "wrong-time", "rtk-none", "rtk-float", "rtk-sigma",
         "horizon", "no-position", "damaged", "void-fix", "pair-incomplete", "time-backward", "altitude-jump"}


def beside(case, findings):
    """Findings of the injected rule that name none of the faulty pictures."""
    if case.rule not in EXACT or case.photos is None:
        return []
    return [f for f in findings if f["rule"] == case.rule and not case.photos & set(f["photos"])
            and not (case.rule in case.plan.notes and f["severity"] == "note")]


def wrong(item, plan, fenced):
    """Whether a finding in a clean flight is false."""
    if item["rule"] in plan.notes and item["severity"] == "note":
        return False
    return not (item["rule"] == "cut-short" and item["severity"] != "error" and not fenced)


def joined(plan, lines, kind, label):
    """Adds the pictures of a second aircraft to 8 % of the sites."""
    rng = random.Random(f"{label}/companion")
    return lines + flights.companion(kind, rng, plan) if rng.random() < 0.08 else lines


def made(rule, kind, index, seed, empty=False):
    rng = random.Random(f"{seed}/{kind}/{rule}/{index}")
    case = inject.FAULTS[rule][0](kind, rng)
    if empty:  # for the self-test: the same expectation in a flight without the fault
        plan = flights.plan(kind, rng)
        case.rows, case.area, case.arguments, case.control = flights.rows(plan, rng), None, [], None
    elif not case.area and not case.arguments:
        case.rows = joined(case.plan, case.rows, kind, f"{seed}/{kind}/{rule}/{index}")
    return case


def clean(kind, index, seed):
    rng = random.Random(f"{seed}/{kind}/clean/{index}")
    plan = flights.plan(kind, rng)
    lines = flights.rows(plan, rng)
    return plan, lines, flights.geojson(plan, flights.area_ring(plan, rng))


def judge_fault(task):
    """(rule, kind) → found, false in controls, misses."""
    program, rule, kind, count, seed, keep, spoil, forced = task
    cases = [made(rule, kind, i, seed, spoil == "empty") for i in range(count)]
    found, false, misses = 0, 0, []
    together = [(str(i), c.rows) for i, c in enumerate(cases) if not c.area and not c.arguments]
    results = check(program, together, None, forced)[0] if together else {}
    for index, case in enumerate(cases):
        label = str(index)
        if label not in results:
            results[label] = check(program, [(label, case.rows)], case.area, case.arguments + forced)[0][label]
        if case.control:
            extra = check(program, [(label, case.control)], None, case.arguments + forced)[0][label]
            false += any(item["rule"] == rule for item in extra)
        findings = [] if spoil == "drop" else results[label]
        if spoil == "perfect":
            findings = [{"rule": rule, "severity": case.severity or "error", "photos": list(case.photos or ()), "text": "",
                         "lon": case.near[0] if case.near else None, "lat": case.near[1] if case.near else None}]
            false = 0
        others = beside(case, findings)
        if others:
            false += 1
            misses.append((index, f"false beside the fault: {case.plan.drone.model}, {len(case.rows)} pictures, "
                           f"{case.what}; {others[0]['text']} {others[0]['photos'][:2]}"))
            if keep and false <= 5:
                save(program, keep, f"beside-{rule}-{kind}-{index}", case.rows, case.area, case.arguments, {
                    "rule": rule, "photos": sorted(case.photos)[:20], "what": case.what}, others)
        if satisfied(case, findings):
            found += 1
            continue
        seen = sorted({f"{f['rule']}:{f['severity'][0]}" for f in findings})
        misses.append((index, f"{case.plan.drone.model}, {len(case.rows)} pictures, {case.what}; found: {' '.join(seen)}"))
        if keep and index + 1 - found <= 5:
            save(program, keep, f"missed-{rule}-{kind}-{index}", case.rows, case.area, case.arguments, {
                "rule": rule, "photos": sorted(case.photos)[:20] if case.photos is not None else None, "near": case.near,
                "severity": case.severity, "what": case.what}, findings)
    return rule, kind, found, count, false, misses


def judge_clean(task):
    """(kind, with area) → false findings by rule, confusion of kinds."""
    program, kind, count, seed, keep, fenced, spoil, forced = task
    false, kinds, cases, saved = {}, {}, [], {}
    flights_made = [clean(kind, i, seed) for i in range(count)]
    if not fenced:
        flights_made = [(plan, joined(plan, lines, kind, f"{seed}/{kind}/clean/{i}"), area)
                        for i, (plan, lines, area) in enumerate(flights_made)]
    findings, seen = ({}, {}) if fenced else check(
        program, [(str(i), f[1]) for i, f in enumerate(flights_made)], None, forced)
    for index, (plan, lines, area) in enumerate(flights_made):
        label = str(index)
        if fenced:
            one, two = check(program, [(label, lines)], area, forced)
            findings[label], seen[label] = one[label], two[label]
        for flight in seen[label]:
            if flight["photos"] >= 10:
                kinds[flight["kind"]] = kinds.get(flight["kind"], 0) + 1
        bad = [f for f in findings[label] if wrong(f, plan, fenced)]
        if spoil == "perfect":
            bad = []
        if spoil == "wolf":
            bad = [{"rule": rule, "severity": "error", "text": ""} for rule in ORDER]
        for rule in {f["rule"] for f in bad}:
            false[rule] = false.get(rule, 0) + 1
            item = next(f for f in bad if f["rule"] == rule)
            cases.append((rule, index, f"{plan.drone.model}, {len(lines)} pictures: {item['severity']} {item['text']}"))
            saved[rule] = saved.get(rule, 0) + 1
            if keep and saved[rule] <= 5:
                save(program, keep, f"false-{rule}-{kind}-{index}" + ("-area" if fenced else ""), lines,
                     area if fenced else None, [], {"rule": rule, "clean": True}, [f for f in bad if f["rule"] == rule])
    return kind, fenced, false, kinds, cases


def save(program, folder, name, lines, area, arguments, expected, findings):
    file = os.path.join(folder, name + ".csv")
    check(program, [(name, lines)], area, arguments, keep=file)
    with open(file[:-4] + ".json", "w") as out:
        json.dump({"expected": expected, "arguments": arguments, "findings": findings}, out, indent=1, ensure_ascii=False)


def bar(rule, kind):
    return 0.05 if rule == "gap" and kind == "corridor" else 0.01


def judge(options, spoil=None):
    rules = options.rules.split(",") if options.rules else ORDER
    kinds = options.kinds.split(",") if options.kinds else list(KINDS)
    common = (options.count, options.seed)
    keep = options.keep
    if keep:
        os.makedirs(keep, exist_ok=True)

    def forced(kind):
        return ["--set", f"kind={kind}"] if options.force_kind else []

    with multiprocessing.Pool(options.jobs) as pool:
        cleaned = pool.map_async(judge_clean, [
            (options.program, kind, *common, keep, fenced, spoil, forced(kind)) for kind in kinds for fenced in (False, True)
        ], 1)
        judged = pool.map(judge_fault, [(options.program, rule, kind, *common, keep, spoil, forced(kind)) for rule in rules
                                        for kind in kinds if kind in inject.FAULTS[rule][1]], 1)
        cleaned = cleaned.get()
    found = {(rule, kind): result for rule, kind, *result in judged}
    false, messages, missed = {}, [], []
    for kind, fenced, counts, seen, cases in cleaned:
        for rule, number in counts.items():
            # The worse of the two runs, without and with an area.
            false[rule, kind] = max(false.get((rule, kind), 0), number)
        messages += [f"false {rule} {kind} {index}{' with area' if fenced else ''}: {text}"
                     for rule, index, text in cases if rule in rules]
        if not fenced:
            messages.append(f"kinds of clean {kind} flights: " + ", ".join(f"{k} {n}" for k, n in sorted(seen.items())))
    table = ["| rule | " + " | ".join(f"{kind}: found, false %" for kind in kinds) + " |",
             "|---|" + "---|" * len(kinds)]
    for rule in rules + sorted({rule for rule, _ in false} - set(rules) if not options.rules else []):
        cells = []
        for kind in kinds:
            result = found.get((rule, kind))
            wolf = max(false.get((rule, kind), 0), result[2] if result else 0) / options.count
            text = "–"
            if result:
                share = result[0] / result[1]
                text = f"{100 * share:.1f}"
                if share < 0.99:
                    missed.append(f"{rule} {kind}: found {text} %")
                    text = f"**{text}**"
                messages += [f"missed {rule} {kind} {index}: {what}" for index, what in result[3]]
            note = f"{100 * wolf:.1f}"
            if wolf > bar(rule, kind):
                missed.append(f"{rule} {kind}: false {note} %")
                note = f"**{note}**"
            cells.append(f"{text}, {note}")
        table.append(f"| {rule} | " + " | ".join(cells) + " |")
    return table, missed, sorted(messages)


def self_test(options):
    """The judge must fail when findings are dropped, when nothing was injected, and when every rule cries wolf; it must pass
    rules that say exactly what was injected."""
    options.count = min(options.count, 20)
    options.keep = None
    options.rules = options.kinds = None
    _, missed, _ = judge(options, "perfect")
    if missed:
        sys.exit("self-test: perfect rules miss a bar: " + "; ".join(missed))
    print("self-test: perfect rules pass, as they must")
    for spoil in ("drop", "empty", "wolf"):
        _, missed, _ = judge(options, spoil)
        word = "false" if spoil == "wolf" else "found"
        for rule in ORDER:
            for kind in KINDS if spoil == "wolf" else inject.FAULTS[rule][1]:
                if not any(m.startswith(f"{rule} {kind}: {word}") for m in missed):
                    sys.exit(f"self-test: “{spoil}” does not fail {rule} {kind}")
        print(f"self-test: “{spoil}” fails all {len(ORDER)} rules, as it must")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="qc-check")
    parser.add_argument("--count", type=int, default=300, help="flights per rule and kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rules", help="some rules, separated by commas")
    parser.add_argument("--kinds", help="some kinds of flights")
    parser.add_argument("--keep", help="folder for CSV files of wrong answers, five per rule and kind")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--details", help="file for a line per wrong answer")
    parser.add_argument("--force-kind", action="store_true", help="tell qc-check the kind: judges rules without its guess")
    parser.add_argument("--self-test", action="store_true", help="prove that the judge can fail, and can pass")
    options = parser.parse_args()
    if options.self_test:
        return self_test(options)
    table, missed, messages = judge(options)
    print("\n".join(table))
    if options.details:
        with open(options.details, "w") as out:
            out.writelines(message + "\n" for message in messages)
    for text in missed:
        print(f"missed bar: {text}", file=sys.stderr)
    if missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
