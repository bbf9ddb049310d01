"""`nn.MultiheadAttention` in every way: its numbers are sums over what goes in, and its shares are shown."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace, explain
from layers import Uses, drawn, expect_sums, steps_of
from steps import numbers

MODULES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is": ({}, {}),
    "without shares": ({}, {"need_weights": False}),
    "the shares of each head": ({}, {"average_attn_weights": False}),
    "sequence first": ({"batch_first": False}, {}),
    "one head": ({"num_heads": 1}, {}),
    "no biases": ({"bias": False}, {"need_weights": False}),
    "one more key that is learned": ({"add_bias_kv": True}, {}),
    "one more key of zeros": ({"add_zero_attn": True}, {}),
    "both": ({"add_zero_attn": True, "add_bias_kv": True}, {"need_weights": False}),
    "sizes of their own": ({"kdim": 8, "vdim": 8}, {}),
}
MASKS: dict[str, Callable[[], dict[str, Any]]] = {
    "no mask": dict,
    "a mask of booleans": lambda: {"attn_mask": torch.ones(5, 5, dtype=torch.bool).triu(1)},
    "a mask of numbers": lambda: {"attn_mask": numbers(5, 5)},
    "a mask for each head": lambda: {"attn_mask": numbers(4, 5, 5)},
    "a mask of padding": lambda: {"key_padding_mask": torch.tensor([[False, False, True, False, True]])},
    "both masks": lambda: {
        "key_padding_mask": torch.tensor([[False, False, True, False, True]]),
        "attn_mask": torch.ones(5, 5, dtype=torch.bool).triu(1),
        "is_causal": True,
    },
    "a hint that it is causal": lambda: {"attn_mask": torch.ones(5, 5, dtype=torch.bool).triu(1), "is_causal": True},
}


def _module(**options: Any) -> nn.Module:
    return drawn(nn.MultiheadAttention(8, **{"num_heads": 4, "batch_first": True} | options))


def _attention(trace: Trace) -> Step:
    return steps_of(trace, "attention")[0]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("training", [False, True])
def test_every_way_of_the_module(name: str, mask: str, training: bool) -> None:
    options, call = MODULES[name]
    if name == "one head" and mask == "a mask for each head":
        pytest.skip("that mask is for four heads")

    def does(attend: Any, x: Tensor) -> Any:
        x = x.reshape(1, 5, 8) if options.get("batch_first", True) else x.reshape(5, 1, 8)
        return attend(x, x.flip(0) * 2, x.sin(), **MASKS[mask](), **call)

    network = Uses(_module(**options), does).train(training)
    x = numbers(1, 40)
    trace = explain(network, x)
    step = _attention(trace)
    expect_sums(trace.steps)
    assert step.attributes.get("parts", 1) == (2 if call.get("need_weights", True) else 1)
    plain = network(x)
    for shown, given_back in zip([s for s in trace.steps if s.kind == "output"], plain, strict=False):
        torch.testing.assert_close(shown.output, given_back)


OTHER_WAYS: dict[str, Callable[[Any, Tensor], Any]] = {
    "without a batch": lambda attend, x: attend(x[0], x[0], x[0]),
    "without a batch and with padding": lambda attend, x: attend(
        x[0], x[0], x[0], key_padding_mask=torch.tensor([False] * 3 + [True] * 2), average_attn_weights=False
    ),
    "itself": lambda attend, x: attend(x, x, x, need_weights=False),
    "others": lambda attend, x: attend(x[:, :2], x, x),
    "windows": lambda attend, x: attend(*[torch.cat([x, x.flip(1), x * 2])] * 3),
    "windows that a mask belongs to": lambda attend, x: attend(
        *[torch.cat([x, x.flip(1)])] * 3, attn_mask=numbers(8, 5, 5), need_weights=False
    ),
    "learned keys and values": lambda attend, x: attend(x, *[numbers(1, 7, 8)] * 2),
    "learned queries": lambda attend, x: attend(numbers(1, 1, 8), x, x),
    "a mask that hides all": lambda attend, x: attend(
        x, x, x, key_padding_mask=torch.ones(1, 5, dtype=torch.bool), need_weights=False
    ),
    "shares of nothing": lambda attend, x: attend(x, x, x, key_padding_mask=torch.ones(1, 5, dtype=torch.bool)),
}


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_every_way_to_call_the_module(name: str) -> None:
    network = Uses(_module(), OTHER_WAYS[name]).eval()
    trace = explain(network, numbers(1, 5, 8))
    expect_sums(steps_of(trace, "attention"))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_module_in_other_precisions(dtype: torch.dtype) -> None:
    attend = drawn(nn.MultiheadAttention(8, 4, batch_first=True), spread=0.3)  # large scores are rounded by much
    network = Uses(attend.to(dtype), lambda attend, x: attend(x, x.flip(1), x)).eval()
    expect_sums(steps_of(explain(network, numbers(1, 5, 8).to(dtype)), "attention"))


@settings(max_examples=40)
@given(
    batch=st.integers(1, 3), heads=st.integers(1, 3), depth=st.integers(1, 3), queries=st.integers(1, 4),
    keys=st.integers(1, 5), sizes=st.sampled_from([{}, {"kdim": 2, "vdim": 3}]), bias=st.booleans(),
    more=st.booleans(), zero=st.booleans(), weights=st.booleans(), average=st.booleans(), masked=st.booleans(),
)  # fmt: skip
def test_the_module_of_any_shape(
    batch: int, heads: int, depth: int, queries: int, keys: int, sizes: dict[str, int], bias: bool, more: bool,
    zero: bool, weights: bool, average: bool, masked: bool,
) -> None:  # fmt: skip
    features = heads * depth
    attend = nn.MultiheadAttention(features, heads, bias=bias, add_bias_kv=more, add_zero_attn=zero, **sizes)
    query = numbers(queries, batch, features)
    key = numbers(keys, batch, sizes.get("kdim", features), seed=2)
    value = numbers(keys, batch, sizes.get("vdim", features), seed=3)
    mask = numbers(batch * heads, queries, keys, seed=4) if masked else None

    def does(attend: Any, x: Tensor) -> Any:
        return attend(query * x, key + x, value * x, None, weights, mask, average)

    expect_sums(steps_of(explain(Uses(drawn(attend), does), torch.ones(1, 1, dtype=torch.float64) * 1.5), "attention"))


def test_what_goes_in_has_a_size_of_its_own() -> None:
    network = Uses(_module(kdim=6, vdim=3), lambda attend, x: attend(x[..., :8], x[..., :6], x[..., 2:5])).eval()
    trace = explain(network, numbers(1, 5, 8))
    expect_sums(trace.steps)
    step = _attention(trace)
    by_hand = 5 * (8 * 8 + 8) + 5 * (6 * 8 + 8) + 5 * (3 * 8 + 8) + 2 * 5 * 5 * 8 + 5 * (8 * 8 + 8)
    assert step.macs == by_hand


def test_the_output_is_a_sum_over_what_goes_in_and_the_shares_are_said() -> None:
    trace = explain(Uses(_module(), lambda attend, x: attend(x, x, x)).eval(), numbers(1, 5, 8))
    out, shares = steps_of(trace, "attention")
    found = out.arithmetic()
    assert (found.operation, len(found.terms), found.remainder_count) == ("sum", 32, 8)
    assert found.bias is not None
    assert found.details["heads"] == 4
    assert str(found.details["largest shares"]).startswith("head 0: ")
    mean = shares.arithmetic()
    assert (mean.operation, len(mean.terms)) == ("mean", 4)
    assert {term.weight for term in mean.terms} == {0.25}


def test_what_is_said_of_attention() -> None:
    network = Uses(_module(add_zero_attn=True), lambda attend, x: attend(x, x, x)).eval()
    out, shares = steps_of(explain(network, numbers(1, 5, 8)), "attention")
    assert out.words()[:5] == [
        "Each query asks 5 keys; what it gets is the mean of their values, weighed by how they fit.",
        "How well: the product of query and key, scaled; softmax makes shares of it that add up to 1.",
        "This is done by 4 heads, each with queries, keys and values of 2 numbers, which learned matrices make of the "
        "8 that come in.",
        "What the heads found is put side by side, and one more matrix makes 8 numbers of it.",
        "One more key and its value are 0, for a query that no other key fits.",
    ]
    assert shares.words()[:2] == [
        "For each query, the shares that it gives to 6 keys: they add up to 1.",
        "They are the mean of 4 heads.",
    ]


def test_the_module_drops_shares_while_it_trains() -> None:
    network = Uses(_module(dropout=0.5), lambda attend, x: attend(x, x, x)).train()
    step = _attention(explain(network, numbers(1, 5, 8)))
    with pytest.raises(InputError, match="drops 50% of the shares at random"):
        step.arithmetic()
