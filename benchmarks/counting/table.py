"""The census in words and tables, as Markdown: its summary, what is missing by operation, and each network."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

Found = dict[str, Any]
"""What `one.py` wrote of a network."""

ABOUT = """
Made by `python benchmarks/census.py`: every network below is built from its configuration with random weights and
explained, and each of its steps is asked for its sum at five places, its receptive field, its words and its line of
code. A sum is wrong where it is not the value that the network computed; a place, where the value that a term names
does not stand there. Of each network a sample of receptive fields is held against gradients.
""".strip()
WITHOUT = ("no sum", "no field", "no words", "no line", "kind other")
WRONG = ("wrong sum", "wrong place", "sum raised", "field too small", "field too large", "field raised", "words raised")
VIEWS = ("page", "diagram", "detailed diagram", "terminal", "one number", "description")
PAGE = 20 * 10**6
"""Bytes."""
MOST = 60
"""So many operations are listed for each fault, the most frequent first."""


def document(found: Sequence[Found], machine: str) -> str:
    """The whole table, as `docs/census.md` holds it."""
    parts = [
        "# Census",
        ABOUT,
        summary(found, machine),
        *_operations(found),
        _sentences(found),
        _failures(found),
        _networks(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(found: Sequence[Found], machine: str) -> str:
    """The figures that count, one a line."""
    whole = [f for f in found if "failed" not in f]
    captured = [f for f in found if "same" in f]
    steps = sum(sum(f["steps"].values()) for f in whole)
    faults = faults_of(whole)
    carrying = sum(f["carrying"] for f in whole)
    shown = Counter(name for f in whole for name in VIEWS if not f["views"][name])
    places = sum(f["fields"] for f in whole)
    libraries = Counter(f["name"].split("/")[0] for f in found)
    rows = [
        ("networks", " + ".join(f"{count} of {library}" for library, count in sorted(libraries.items()))),
        ("captured", _part(len(captured), len(found))),
        ("outputs equal to a plain forward's, bit for bit", _part(sum(f["same"] for f in captured), len(captured))),
        ("examined to the end", _part(len(whole), len(found))),
        ("steps", f"{steps:,}"),
        (
            "with a sum at each of five places",
            _share(steps - faults["no sum"].total() - faults["sum raised"].total(), steps),
        ),
        ("sums", f"{sum(f['sums'] for f in whole):,}"),
        ("steps with a wrong sum", _wrong(whole, "wrong sum")),
        ("steps with a term at a wrong place", _wrong(whole, "wrong place")),
        ("with a receptive field, of those that carry data", _share(carrying - faults["no field"].total(), carrying)),
        ("fields held against gradients", f"{places:,} places"),
        ("steps whose field is too small", _wrong(whole, "field too small")),
        ("more than twice too large", _wrong(whole, "field too large")),
        ("with words", _share(steps - faults["no words"].total(), steps)),
        ("with a line of code", _share(steps - faults["no line"].total(), steps)),
        ("of a known kind", _share(steps - faults["kind other"].total(), steps)),
        *((f"{name} without a gap", _part(shown[name], len(whole))) for name in VIEWS),
        (
            f"pages of at most {PAGE // 10**6} MB",
            _part(sum(f["views"]["bytes"] <= PAGE for f in whole), len(whole)),
        ),
        ("capture beside a plain forward, processor time", _ratio(found, "explain", "plain", added=True)),
        ("TorchLens beside capture, processor time", _ratio(found, "TorchLens", "explain")),
        ("machine", machine),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def faults_of(found: Iterable[Found]) -> dict[str, Counter[str]]:
    """Steps by operation, for each fault; an empty count for those that did not occur."""
    total: dict[str, Counter[str]] = {fault: Counter() for fault in (*WITHOUT, *WRONG)}
    for one in found:
        for fault, counts in one["faults"].items():
            total[fault].update(counts)
    return total


def _wrong(found: Iterable[Found], fault: str) -> str:
    with_it = [sum(one["faults"][fault].values()) for one in found if fault in one["faults"]]
    return f"{sum(with_it):,} in {len(with_it)} networks"


def _operations(found: Sequence[Found]) -> list[str]:
    whole = [f for f in found if "failed" not in f]
    steps: Counter[str] = Counter()
    for one in whole:
        steps.update(one["steps"])
    parts = []
    for fault, counts in faults_of(whole).items():
        if not counts:
            continue
        lines = [
            f"## {fault.capitalize()}",
            "",
            "| operation | steps | of | networks | for example |",
            "|---|---:|---:|---:|---|",
        ]
        for operation, count in counts.most_common(MOST):
            where = [one for one in whole if operation in one["faults"].get(fault, {})]
            example = _cell(where[0]["examples"][f"{fault}: {operation}"][0])
            lines.append(
                f"| `{operation}` | {count:,} | {steps[operation]:,} | {len(where)} | {where[0]['name']} {example} |"
            )
        parts.append("\n".join(lines))
    return parts


def _sentences(found: Sequence[Found]) -> str:
    said: Counter[str] = Counter()
    for one in found:
        said.update(one.get("said", {}))
    if not said:
        return ""
    rows = [f"| {count:,} | {_cell(sentence)} |" for sentence, count in said.most_common(MOST)]
    return "\n".join(["## What is said where there is no sum", "", "| places | sentence |", "|---:|---|", *rows])


def _failures(found: Sequence[Found]) -> str:
    rows = [f"* {f['name']}: {f['failed']}" for f in found if "failed" in f]
    for one in found:
        for view in VIEWS:
            rows += [f"* {one['name']}, {view}: {said}" for said in one.get("views", {}).get(view, [])[:3]]
    rows += [f"* {f['name']}: its outputs differ" for f in found if not f.get("same", True)]
    return "\n".join(["## What failed", "", *rows]) if rows else ""


def _networks(found: Sequence[Found]) -> str:
    lines = [
        "## Networks",
        "",
        "| network | parameters | steps | plain | explained | what is wrong |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for one in found:
        taken = one.get("milliseconds")
        times = f"{taken['plain']:.0f} ms | {taken['explain']:.0f} ms" if taken else " | "
        wrong = {fault: sum(one["faults"][fault].values()) for fault in WRONG if fault in one.get("faults", {})}
        said = one.get("failed") or ", ".join(f"{fault}: {count}" for fault, count in wrong.items())
        lines.append(f"| {one['name']} | {one.get('parameters', 0):,} | {one.get('count', 0):,} | {times} | {said} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _part(count: int, of: int) -> str:
    return f"{count} of {of}"


def _share(count: int, of: int) -> str:
    return f"{count / of:.2%}, all but {of - count:,}" if of else "none"


def _ratio(found: Iterable[Found], above: str, below: str, *, added: bool = False) -> str:
    """The median of the ratios and, if asked, of what is added, and in how many it is within 3 × + 50 ms."""
    pairs = [(f["milliseconds"][above], f["milliseconds"][below]) for f in found if above in f.get("milliseconds", {})]
    if not pairs:
        return "not measured"
    ratio = statistics.median(a / b for a, b in pairs)
    said = f"{ratio:.2f} × in the median of {len(pairs)}"
    if added:
        more = statistics.median(a - b for a, b in pairs)
        within = sum(a <= 3 * b + 50 for a, b in pairs)
        said += f", {more:.0f} ms more; within 3 × + 50 ms in {within}"
    return said
