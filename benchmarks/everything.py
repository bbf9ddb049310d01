"""Everything the README says of speed and accuracy, measured, and its tables and picture made anew.

    python benchmarks/everything.py                    # all of it
    python benchmarks/everything.py quick train infer  # some of it
    python benchmarks/everything.py tables             # only the tables and the picture, from what is in results/

Each part leaves a file in `results/`. Leave the machine alone meanwhile.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

import handwriting
import predict
import reading_peers
import reading_speed
import recipes
import side_by_side
import throughput

HERE = Path(__file__).parent
RESULTS, README = HERE / "results", HERE.parent / "README.md"
PICTURE = HERE.parent / "docs" / "pictures" / "recipes.png"

PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "train": lambda: throughput.measure("train"),
    "infer": lambda: throughput.measure("infer"),
    "quick": lambda: recipes.measure("quick", range(30), beside_record=True),
    "classic": lambda: recipes.measure("classic", range(5)),
    "good": lambda: recipes.measure("good", range(5)),
    "best": lambda: recipes.measure("best", range(5), size=3),
    "handwriting": handwriting.measure_all,
    "predict": predict.measure,
    "reading_peers": reading_peers.measure,
    "reading_speed": reading_speed.measure,
}
COLORS = {"classic": "#8d99a6", "good": "#2e7fb8", "quick": "#d1495b", "best": "#66a182"}


def saved(part: str) -> Any:
    """What is in `results/` of `part`; None where it was not measured."""
    path = RESULTS / f"{part}.json"
    return json.loads(path.read_text()) if path.is_file() else None


def recipes_table() -> str:
    """A line a recipe: what it reaches, over how many seeds, in how many seconds."""
    lines = [
        "| command | parameters | test accuracy, mean | lowest – highest | seeds | seconds of training |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    commands = {
        "classic": "5x5 train", "quick": "5x5 train quick", "good": "5x5 train conv_net --recipe good",
        "best": "5x5 train best",
    }  # fmt: skip
    for part, command in commands.items():
        document = saved(part)
        if document is None:
            continue
        result = document[part]
        spread = f"{result['lowest']:.2%} – {result['highest']:.2%}" if result["runs"] > 1 else ""
        seconds = result["median_seconds"]
        lines.append(
            f"| `{command}` | {document['parameters']:,} | {result['mean_accuracy']:.2%} | {spread} | "
            f"{result['runs']} | {seconds:.3g} |"
        )
        if both := document.get("together"):
            lines.append(
                f"| any {both['size']} of these networks together | {both['size'] * document['parameters']:,} | "
                f"{both['mean_accuracy']:.2%} | {both['lowest']:.2%} – {both['highest']:.2%} | "
                f"{both['choices']} choices | {both['size'] * seconds:,.0f} |"
            )
        if part == "quick":
            record, name = document["record"], "the record's program, by turns with `quick`"
            lines.append(
                f"| {name} | {document['record_parameters']:,} | {record['mean_accuracy']:.2%} | "
                f"{record['lowest']:.2%} – {record['highest']:.2%} | {record['runs']} | "
                f"{record['median_seconds']:.3g} ({document['times_faster']:.1f} × as long) |"
            )
    return "\n".join([*lines, "", f"Measured on two cores: {where_measured(commands)}."])


def where_measured(parts: Iterable[str]) -> str:
    """Which recipe was measured on which processor: seconds of different ones cannot be compared."""
    measured: dict[str, list[str]] = {}
    for part in parts:
        if (document := saved(part)) is not None:
            measured.setdefault(document["machine"].split(",")[0], []).append(f"`{part}`")
    return "; ".join(f"{', '.join(names)} on {processor}" for processor, names in measured.items())


def reading_table() -> str:
    """How well and how fast real handwriting is read."""
    read, took = saved("handwriting"), saved("predict")
    lines = ["| | |", "|---|---:|"]
    if read is not None:
        lines += [
            f"| single digits read rightly, in {read['pictures']:,} pictures of handwriting made for this | "
            f"{read['single digits right']:.2%} |",
            f"| digits of those pictures that hold several, in order | {read['digits of several right']:.2%} |",
            f"| blank pages, textures and scenes with no sure answer | {read['nothing: no sure answer']:.1%} |",
            *beside(read),
            f"| scikit-learn's 1,797 digits of 8×8 pixels | {read['scikit-learn digits right']:.2%} |",
            f"| of these, the 1,497 that the preparation was not tuned on | {read['scikit-learn, not tuned on']:.2%} |",
        ]
    if took is not None:
        lines += [
            f"| one photo, start included | {took['cold start, one photo, s']:.2f} s |",
            f"| the same in PyTorch, start included | {took['the same job in PyTorch, s']:.2f} s |",
        ]
        if "the same job in TensorFlow, s" in took:
            lines.append(f"| the same in TensorFlow, start included | {took['the same job in TensorFlow, s']:.2f} s |")
        lines.append(
            f"| a folder of {took['pictures']:,} pictures | {took['pictures a second']:,.0f} a second, "
            f"at most {took['largest process, MB']:,.0f} MB a process |"
        )
    if (turns := (saved("reading_speed") or {}).get("by turns")) is not None:
        one, scan = turns["one digit, ms"], turns["a page of 1,000 digits, s"]
        lines += [
            f"| processor time of one digit, 300×300 pixels, start apart | {one['now']:.1f} ms |",
            f"| of a page of 35 megapixels with 1,000 digits | {scan['now']:.1f} s |",
        ]
    return "\n".join(lines)


def kinds_table(read: dict[str, Any], peers: dict[str, Any]) -> str:
    """Each kind of picture: the share of all that is right, and of some of them beside others."""
    names = [name for name in reading_peers.READERS if all(name in row for row in peers["kinds"].values())]
    lines = [
        f"| kind | right | all | of {peers['scale']:.0%}: {' | '.join(names)} |",
        f"|---|---|---:|{'---:|' * len(names)}",
    ]
    for kind, row in peers["kinds"].items():
        of = read["kinds"].get(kind)
        everything = read[f"{kind}: no sure answer"] if of is None else of[row["measure"]]
        shares = " | ".join(f"{share:.1%}" for share in (everything, *(row[name] for name in names)))
        lines.append(f"| {kind.replace('_', ' ')} | {row['measure']} | {shares} |")
    return "\n".join([*lines, "", f"{peers['tesseract'].capitalize()}, told to look for digits."])


def beside(read: dict[str, Any]) -> list[str]:
    """Lines on what has been measured since: other pictures of nothing, and how honest the probabilities are."""
    lines = []
    if "nothing_else: no sure answer" in read:
        share = read["nothing_else: no sure answer"]
        lines.append(f"| patterns, drawings, letters, codes and empty forms with no sure answer | {share:.1%} |")
    if "expected calibration error" in read:
        error = read["expected calibration error"]
        lines.append(f"| expected calibration error of all {read['answers']:,} answers | {error:.3f} |")
    return lines


def tables() -> dict[str, str]:
    """The README's tables, by the name that stands in its markers."""
    made = {"recipes": recipes_table(), "handwriting": reading_table()}
    read, peers = saved("handwriting"), saved("reading_peers")
    if read is not None and peers is not None:
        made["kinds"] = kinds_table(read, peers)
    for mode in ("train", "infer"):
        comparison = saved(mode)
        if comparison is not None:
            made[mode] = f"{comparison['title']}; {comparison['machine']}:\n\n{side_by_side.table(comparison)}"
    return made


def write_tables(text: str) -> str:
    """`text` with each table between its markers, ``<!-- table NAME -->`` and ``<!-- end -->``, made anew."""
    for name, table in tables().items():
        marked = f"<!-- table {name} -->.*?<!-- end -->"
        before, after = re.split(marked, text, maxsplit=1, flags=re.DOTALL)
        text = f"{before}<!-- table {name} -->\n\n{table}\n\n<!-- end -->{after}"
    return text


def draw() -> Figure:
    """Accuracy against seconds, one line a recipe."""
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    axes = figure.subplots()
    for name, color in COLORS.items():
        document = saved(name)
        if document is None or not document[name]["curve"]:
            continue
        seconds, accuracy = zip(*document[name]["curve"], strict=True)
        errors = [100 * (1 - a) for a in accuracy]
        axes.plot(seconds, errors, "-o", color=color, markersize=3.5, linewidth=1.8)
        axes.annotate(
            f"{name}: {100 - errors[-1]:.2f}%",
            (seconds[-1], errors[-1]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=11,
            fontweight="bold",
            path_effects=[withStroke(linewidth=4, foreground="white")],
            zorder=3,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(right=axes.get_xlim()[1] * 6)
    axes.set_ylim(top=100)
    axes.set_yticks(
        [100, 50, 20, 10, 5, 2, 1, 0.5, 0.2], ["0%", "50%", "80%", "90%", "95%", "98%", "99%", "99.5%", "99.8%"]
    )
    axes.set_yticks([], minor=True)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g} s")
    axes.set_xlabel("seconds of training, two cores")
    axes.set_title("Read rightly, of 5,000 images kept apart", loc="left", fontsize=11)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main() -> None:
    """Measure what is asked for, part after part, then write tables and picture."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("parts", nargs="*", choices=[[], *PARTS, "tables"], help="none: all of them")
    chosen = arguments.parse_args().parts or list(PARTS)
    torch.set_num_threads(2)
    RESULTS.mkdir(exist_ok=True)
    for part in chosen:
        if part != "tables":
            (RESULTS / f"{part}.json").write_text(json.dumps(PARTS[part](), indent=1) + "\n")
    draw().savefig(PICTURE, dpi=120)
    README.write_text(write_tables(README.read_text()))


if __name__ == "__main__":
    main()
