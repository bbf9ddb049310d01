"""An article says what is true of its network: its numbers are those of the trace, its chapters those that it has."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from architectures import ARCHITECTURES
from fivebyfive import datasets
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.views.layers import layers
from fivebyfive.views.post import article
from fivebyfive.views.post.article import Article, Bullets, Code, Figure, Formulas, Link, Mono, Paragraph, Table
from support import load_network

PEOPLE = Path(__file__).parents[2] / "people"
SHOWN = ("conv_net", "residual", "u-shaped", "convnext", "mixed", "reads")


def said(words: tuple[object, ...]) -> str:
    """A sentence's words, its parts one after the other."""
    return "".join(part if isinstance(part, str) else str(getattr(part, "text", "")) for part in words)


def titles(written: Article) -> list[str]:
    return [re.sub(r"^[\d.]+ ", "", section.title) for section in written.sections if section.title]


def test_the_order_is_the_posts(articles: dict[str, Article]) -> None:
    assert titles(articles["conv_net"]) == [
        "The code",
        "What the code computes",
        "What goes in",
        "The big picture",
        "In more detail",
        "What is a convolution layer?",
        "What does an activation do?",
        "What is pooling?",
        "What is reshaping for?",
        "What is a fully connected layer?",
        "What is dropout?",
        "The answer",
        "How it learns",
        "What these numbers do not say",
        "Further reading",
    ]
    numbers = [section.title.split()[0] for section in articles["conv_net"].sections if section.level == 3]
    assert numbers == [f"2.{n}" for n in range(1, 10)]


def test_what_a_network_does_not_have_is_not_spoken_of(articles: dict[str, Article]) -> None:
    assert "What is normalization?" in titles(articles["residual"])
    assert "Where ways meet" in titles(articles["residual"])
    assert "What is dropout?" not in titles(articles["residual"])
    assert "How it learns" not in titles(articles["residual"])
    assert "What is a convolution layer?" not in titles(articles["reads"])
    assert {"What is a recurrent layer?", "What is attention?"} <= set(titles(articles["reads"]))


@pytest.mark.parametrize("name", SHOWN)
def test_the_kinds_of_layers_are_counted(name: str, traced: dict[str, Trace], articles: dict[str, Article]) -> None:
    counted = [layer.kind for layer in layers(traced[name]) if layer.kind not in ("input", "output")]
    section = next(s for s in articles[name].sections if s.title.endswith("In more detail"))
    items = next(block.items for block in section.blocks if isinstance(block, Bullets))
    assert sum(int(said(item).rpartition(": ")[2]) for item in items) == len(counted)
    assert len(items) == len(set(counted))
    five = "There are five kinds of layers here:"
    assert name != "conv_net" or any(isinstance(b, Paragraph) and said(b.words) == five for b in section.blocks)


@pytest.mark.parametrize("name", SHOWN)
def test_every_line_of_code_is_the_networks_own(
    name: str, traced: dict[str, Trace], articles: dict[str, Article]
) -> None:
    own = [line.strip() for text in traced[name].source_files.values() for line in text.splitlines()]
    shown = [block for block in articles[name].blocks() if isinstance(block, Code)]
    assert shown
    assert all(line.strip() in own for code in shown for line in code.text.splitlines())
    assert not any("/" in code.where for code in shown)


NUMBER = r"(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
PLACE = re.compile(r"(?:y = (\d+), x = (\d+), channel (\d+)|number (\d+)) of (\S+):$")


def formulas(written: Article) -> Iterator[tuple[str, str]]:
    """Each formula with numbers, and the sentence before it that names the value."""
    for section in written.sections:
        for before, block in zip(section.blocks, section.blocks[1:], strict=False):
            if isinstance(block, Formulas) and isinstance(before, Paragraph) and PLACE.search(said(before.words)):
                yield said(before.words), block.rows[-1]


def value_at(trace: Trace, sentence: str) -> tuple[Step, float]:
    found = PLACE.search(sentence)
    assert found is not None
    y, x, channel, number, name = found.groups()
    step = trace[name]
    return step, step.value() if step.size == (1, 1, 1) else step.value(
        int(y or 0), int(x or 0), int(channel or number)
    )


def computed(figures: str) -> float | None:
    """What a formula's own numbers make; None where it is one that cannot be worked out from its text."""
    left = figures.rpartition(" = ")[0].rpartition(": ")[2] or figures
    given = dict(re.findall(rf"\b([xab]) = (-?{NUMBER})", figures.rpartition(": ")[0]))
    text = re.sub(r" from \d+ (?:more|of padding)| \(bias\)", "", left)
    text = re.sub(r"\b[xab]\b", lambda found: f"({given.get(found[0], found[0])})", text)
    for sign, python in (("·", "*"), ("−", "-"), ("√", "sqrt"), ("^", "**")):
        text = text.replace(sign, python)
    if "…" in text or not re.fullmatch(rf"(?:{NUMBER}|max|min|sqrt|tanh|[-+*/(), ])+", text):
        return None
    return float(eval(text, {"__builtins__": {}, "max": max, "min": min, "sqrt": math.sqrt, "tanh": math.tanh}))


@pytest.mark.parametrize("name", SHOWN)
def test_each_formula_makes_the_value_that_it_speaks_of(
    name: str, traced: dict[str, Trace], articles: dict[str, Article]
) -> None:
    recomputed = 0
    for sentence, figures in formulas(articles[name]):
        step, value = value_at(traced[name], sentence)
        total = float(figures.rpartition(" = ")[2].replace("−", "-"))
        size = max(abs(float(n)) for n in re.findall(NUMBER, figures))
        assert total == pytest.approx(value, rel=2e-3, abs=1e-3 * size), step.name
        made = computed(figures)
        if made is not None:
            recomputed += 1
            assert made == pytest.approx(total, rel=5e-3, abs=2e-3 * size), (step.name, figures)
    assert recomputed >= (2 if name == "reads" else 5)


def texts(figure: Figure) -> list[str]:
    drawn = "".join(element for panel in figure.panels for element in panel.elements)
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn)


def test_the_sliding_window_shows_the_pictures_own_numbers(
    traced: dict[str, Trace], articles: dict[str, Article]
) -> None:
    trace = traced["conv_net"]
    shown = texts(articles["conv_net"].figures["window"])
    step = trace["conv1.conv2d"]
    place = re.search(r"the window at y = (\d+), x = (\d+)", " ".join(shown))
    assert place is not None
    y, x = int(place[1]), int(place[2])
    channel = int(next(re.findall(r"filter (\d+)", said)[0] for said in shown if said.startswith("filter ")))
    padded = torch.nn.functional.pad(trace["x.reshape"].output[0, :, :, 0], (2, 2, 2, 2))[y : y + 5, x : x + 5]
    assert step.weight is not None
    weights = step.weight[:, :, 0, channel]
    numbers = [float(text.replace("−", "-")) for text in shown if re.fullmatch(r"−?\d\.\d{3}", text)]
    assert numbers[:25] == pytest.approx(padded.flatten().tolist(), abs=6e-4)
    assert numbers[25:50] == pytest.approx(weights.flatten().tolist(), abs=6e-4)
    assert numbers[50:75] == pytest.approx((padded * weights).flatten().tolist(), abs=6e-4)


def test_the_channels_add_up_to_the_value(traced: dict[str, Trace], articles: dict[str, Article]) -> None:
    shown = texts(articles["conv_net"].figures["channels"])
    sums = [float(found.replace("−", "-")) for text in shown for found in re.findall(r"(?:sum |: )(−?[\d.]+)$", text)]
    total = float(shown[-1].replace("−", "-"))
    assert sum(sums) == pytest.approx(total, abs=2e-3)
    assert any(
        total == pytest.approx(v, abs=1e-3) for v in traced["conv_net"]["conv2.conv2d"].output.flatten().tolist()
    )


def test_costs_are_those_of_the_steps(traced: dict[str, Trace], articles: dict[str, Article]) -> None:
    for name, written in articles.items():
        rows = {row[0]: dict(zip(block.head, row, strict=True)) for block in written.blocks()
                if isinstance(block, Table) for row in block.rows}  # fmt: skip
        inner = [step for step in traced[name].steps if step.kind not in ("input", "output")]
        assert rows.keys() == {step.name for step in inner}
        learned = [int(row.get("parameters", "0").replace(",", "").replace("—", "0")) for row in rows.values()]
        assert sum(learned) == traced[name].parameter_count


def test_further_reading_names_the_operations_that_are_called(articles: dict[str, Article]) -> None:
    links = {name: [p.url for b in written.blocks() if isinstance(b, Bullets) for item in b.items
                    for p in item if isinstance(p, Link)] for name, written in articles.items()}  # fmt: skip
    assert all(url.startswith("https://") for urls in links.values() for url in urls)
    assert "https://www.tensorflow.org/api_docs/python/tf/nn/max_pool" in links["conv_net"]
    assert any(url.endswith("torch.nn.functional.batch_norm.html") for url in links["residual"])
    assert any("1512.03385" in url for url in links["residual"])
    assert not any("1512.03385" in url for url in links["reads"])


def test_a_large_networks_article_stays_short() -> None:
    one = ARCHITECTURES["dense"]
    deep = torch.nn.Sequential(
        *(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding=1), torch.nn.ReLU()) for _ in range(60))
    )
    small, large = article(explain(one.network(), one.image())), article(explain(deep.eval(), torch.rand(1, 16, 16)))
    assert len(large.figures) <= len(small.figures)
    assert sum(isinstance(block, Code) for block in large.blocks()) < 20


def test_names_of_steps_are_set_as_code(articles: dict[str, Article]) -> None:
    names = {part.text for block in articles["conv_net"].blocks() if isinstance(block, Paragraph)
             for part in block.words if isinstance(part, Mono)}  # fmt: skip
    assert {"conv1.conv2d", "fc1.matmul", "fc1.dropout"} <= names


def test_the_formula_is_of_the_numbers_that_the_answer_is_read_from() -> None:
    network = load_network(f"{PEOPLE}/returns_tuple.py:Net").eval()
    trace = explain(network, datasets.load("mnist").test.pixels[0])
    section = next(s for s in article(trace).sections if s.title.endswith("The answer"))
    (formula,) = (block for block in section.blocks if isinstance(block, Formulas))
    assert formula.rows[-1].endswith(f"= {trace.prediction[0][1]:.4g}"), "of the first of the two that are returned"
