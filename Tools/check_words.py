#!/usr/bin/env python3
"""Checks the words of documents, help and error texts: check_words.py, which first tests itself

It refuses words for which the field has a better term (WORDS), sentences of more than LONGEST words, dead links, and names of tests that do not exist.
Texts in Sources are its string literals. LEFT counts the problems of targets that are still to be rewritten; a count may only shrink.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 25

# What is refused, and what to say instead.
WORDS = {
    r"lanes?": "connection",
    r"fore(told|tells?|telling)": "predicted handle",
    r"told by|told apart": "matched by",
    r"heaps?|bubbles": "cluster, numbered bubble",
    r"beside (people|what people)|somebody who is not there|asks? nobody": "who does what, in the field's terms",
    r"pass(ed|es|ing)? over": "skipped",
    r"comes? again|takes? its leave|guard stopped": "retry, end, deletion guard",
    r"may not be (looked at|read|written)": "permission denied",
    r"is too much|means nothing to|impossible names?": "unexpected, not supported, invalid",
    r"places? where|height from|remarks?": "site, position, altitude, flag (of a photo), message (of a run)",
    r"side-cars?": "sidecar",
    r"who says so|what holds|brought? news|brings? news": "effective, origin, changes",
    r"let in|anew": "accepted, again",
}

# Problems that are left, by target.
LEFT = {"Sources/PhotoIndex": 3}


def found_words(text):
    for pattern, instead in WORDS.items():
        for match in re.finditer(rf"\b(?:{pattern})\b", text, re.I):
            yield f"“{match[0]}”: say {instead}"


def prose(markdown):
    """The paragraphs and list items of a page, without code, tables, headings and addresses."""
    text = without_code(markdown)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    blocks, block = [], []
    for line in text.splitlines() + [""]:
        starts = re.match(r"\s*([-*]|\d+\.) ", line)
        if not line.strip() or line.startswith(("|", "#")) or starts:
            blocks.append(" ".join(block))
            block = []
        if line.strip() and not line.startswith(("|", "#")):
            block.append(line[starts.end():] if starts else line)
    return [part for part in blocks if part]


def cells(markdown):
    return [cell for row in markdown.splitlines() if row.startswith("|") for cell in row.replace("\\|", "/").split("|")]


def long_sentences(block):
    text = re.sub(r"`[^`]*`", "code", block).replace("**", "")
    for sentence in re.split(r"(?<=[.!?:])[\"”)]*\s+", text):
        count = len(re.findall(r"\w[\w'’.,/-]*", sentence))
        if count > LONGEST:
            yield f"{count} words: {sentence[:70]}…"


def literals(source):
    """String literals, also of several lines, without what is interpolated."""
    code = re.sub(r"^\s*//.*$", "", source, flags=re.M)
    texts = re.findall(r'"""(.*?)"""|"((?:[^"\\\n]|\\.)*)"', code, re.S)
    return [re.sub(r"\\\([^)]*\)", "…", a or b) for a, b in texts]


def without_code(markdown):
    return re.sub(r"^```.*?^```$", "", markdown, flags=re.M | re.S)


def anchors(markdown):
    heads = re.findall(r"^#+ (.*)$", without_code(markdown), re.M)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


def dead_links(page, markdown):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(markdown)):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if "://" not in target and not (file.exists() and (not anchor or anchor in anchors(file.read_text()))):
            yield f"the link to {target} leads nowhere"


def missing_tests(names):
    found = {name for path in (ROOT / "Tests").rglob("*.swift") for name in re.findall(r"func (\w+)\(", path.read_text())}
    return [f"no test is called {name}" for name in names if name not in found]


def pages():
    """(file, problem) of README, changelog and docs; tables of the command reference are help texts. docs/faults.md is made from rows.tsv."""
    rows = ROOT / "Tests/FaultTests/rows.tsv"
    for row in rows.read_text(encoding="utf-8").splitlines():
        _, what, *tests = row.replace("test-asan", "").split("\t")
        yield from ((rows, problem) for problem in [*found_words(what), *missing_tests(" ".join(tests).split())])
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]:
        if page.name == "faults.md":
            continue
        text = page.read_text(encoding="utf-8")
        problems = [*found_words(re.sub(r"`[^`\n]*`", "code", text)), *dead_links(page, text)]
        blocks = prose(text) + (cells(text) if page.name == "commands.md" else [])
        problems += [problem for block in blocks for problem in long_sentences(block)]
        if page.name == "promises.md":
            problems += missing_tests(re.findall(r"`((?:[a-z]\d\d_)*[a-z]+[A-Z]\w+)`", text))
        yield from ((page, problem) for problem in problems)


def sources():
    """(file, problem) of the texts that the programs print and the map shows."""
    for path in sorted(file for suffix in ("swift", "js", "html") for file in (ROOT / "Sources").rglob(f"*.{suffix}")):
        text = path.read_text(encoding="utf-8")
        texts = [re.sub(r"<[^>]*>", " ", text)] if path.suffix == ".html" else literals(text)
        yield from ((path, problem) for text in texts for problem in found_words(text))


def self_test():
    sentence = "One " + "word " * (LONGEST - 1)
    assert not list(long_sentences(sentence + ".")) and list(long_sentences(sentence + "more."))
    assert prose("# Lane\n\na b\nc\n- d\n```\nlane\n```\n| lane |\n") == ["a b c", "d"]
    assert literals('// "lane"\nlet a = "one \\(b) two", c = """\n three\n """') == ["one … two", "\n three\n "]
    assert anchors("## Deletion guard\n") == {"deletion-guard"}
    assert all(list(found_words(text)) for text in ["a lane", "Foretold", "passed over", "is too much", "side-cars", "a heap"])
    assert not list(found_words("A numbered bubble is a cluster; planes are skipped."))


def main():
    self_test()
    counts, errors = {}, []
    for path, problem in [*pages(), *sources()]:
        target = "/".join(path.relative_to(ROOT).parts[:2])
        counts[target] = counts.get(target, 0) + 1
        if counts[target] > LEFT.get(target, 0):
            errors.append(f"{path.relative_to(ROOT)}: {problem}")
    for target, left in LEFT.items():
        if counts.get(target, 0) < left:
            print(f"lower {target} in LEFT of Tools/check_words.py from {left} to {counts.get(target, 0)}")
    sys.exit("\n".join(f"error: {error}" for error in errors) or None)


if __name__ == "__main__":
    main()
