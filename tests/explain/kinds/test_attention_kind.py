"""Attention in every way that PyTorch has, and by hand: each number is the mean of values that it says it is."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace, explain
from sums import expect_true, five_places
from support import load_network
from test_people import spec_of

INF = float("inf")


class Does(nn.Module):
    """A network that does what it is given, with `layers` that it has."""

    def __init__(self, does: Callable[..., Any], **layers: nn.Module) -> None:
        super().__init__()
        self.does = does
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Any:
        return self.does(self, x) if len(list(self.children())) else self.does(x)


def _random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _like(x: Tensor, *shape: int, seed: int = 1) -> Tensor:
    return _random(*shape, seed=seed).to(x.dtype)


def _expect_sums(trace: Trace) -> None:
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


def _attention(trace: Trace) -> Step:
    return next(step for step in trace.steps if step.kind == "attention")


# --- scaled_dot_product_attention -----------------------------------------------------------------------------------


def _self_attention(x: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(x, x, x)


FUSED: dict[str, Callable[[Tensor], Any]] = {
    "itself": lambda x: F.scaled_dot_product_attention(x, x.flip(-1), x.sin()),
    "all the same": lambda x: F.scaled_dot_product_attention(x, x, x),
    "other keys than queries": lambda x: F.scaled_dot_product_attention(x[:, :, :3], x, x[..., :4]),
    "one head": lambda x: F.scaled_dot_product_attention(x[:, 0], x[:, 1], x[:, 2]),
    "no batch": lambda x: F.scaled_dot_product_attention(x[0, 0], x[0, 1], x[0, 2]),
    "more dimensions": lambda x: _self_attention(x[:, None].expand(1, 2, 4, 6, 8)),
    "causal": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "causal with fewer keys": lambda x: F.scaled_dot_product_attention(x, x[:, :, :3], x[:, :, :3], is_causal=True),
    "a scale": lambda x: F.scaled_dot_product_attention(x, x, x, scale=0.25),
    "a mask of booleans": lambda x: F.scaled_dot_product_attention(x, x, x, _like(x, 6, 6) > -0.5),
    "a mask of numbers": lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=_like(x, 4, 6, 6)),
    "a mask of keys alone": lambda x: F.scaled_dot_product_attention(x, x, x, _like(x, 1, 1, 1, 6) > 0),
    "a mask that the network makes": lambda x: F.scaled_dot_product_attention(x, x, x, x[..., :6].relu()),
    "a mask that hides all": lambda x: F.scaled_dot_product_attention(x, x, x, torch.zeros(6, 6, dtype=torch.bool)),
    "a mask that hides with −∞": lambda x: F.scaled_dot_product_attention(
        x, x, x, torch.full((6, 6), -INF, dtype=x.dtype).triu(1)
    ),
    "grouped queries": lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, 2:], enable_gqa=True),
    "one head of keys for all": lambda x: F.scaled_dot_product_attention(x, x[:, :1], x[:, 1:2], enable_gqa=True),
    "learned keys": lambda x: F.scaled_dot_product_attention(x, _like(x, 1, 4, 9, 8), _like(x, 1, 4, 9, 5, seed=2)),
    "learned queries": lambda x: F.scaled_dot_product_attention(_like(x, 1, 4, 1, 8), x, x),
    "windows in the batch": lambda x: _self_attention(x.reshape(2, 2, 6, 8)),
    "dropout that is off": lambda x: F.scaled_dot_product_attention(x, x, x, None, 0.0, True),
    "its own mathematics": lambda x: torch._scaled_dot_product_attention_math(x, x, x, is_causal=True),
    "its own fused way": lambda x: torch._scaled_dot_product_flash_attention_for_cpu(x, x, x, 0.0, True),
}


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_fused_attention(name: str, dtype: torch.dtype) -> None:
    trace = explain(Does(lambda x: FUSED[name](x.reshape(1, 4, 6, 8))), _random(1, 192).to(dtype))
    for step in trace.steps:
        if step.kind == "attention":
            expect_true(step, five_places(step), known=True)


def test_a_number_is_the_mean_of_values_that_a_query_sees() -> None:
    trace = explain(Does(FUSED["causal"]), _random(1, 4, 6, 8))
    step = _attention(trace)
    found = step.arithmetic(y=2, x=5, channel=1)
    assert [term.position for term in found.terms] == [(0, 5, 1), (1, 5, 1), (2, 5, 1)]
    assert sum(term.weight for term in found.terms) == pytest.approx(1)
    assert found.details["masked"] == 3
    assert found.details["scale"] == pytest.approx(8**-0.5)
    assert found.symbols == "O[q,c] = Σ_k softmax_k(Q[q]·K[k] · scale) · V[k,c], over k ≤ q"


def test_each_term_names_the_values_and_not_the_keys() -> None:
    trace = explain(Does(FUSED["itself"]), _random(1, 4, 6, 8))
    found = _attention(trace).arithmetic()
    assert {trace.steps[_attention(trace).inputs[term.input]].op for term in found.terms} == {"sin"}


def test_what_dropout_drops_is_not_to_be_seen() -> None:
    trace = explain(Does(lambda x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.25)), _random(1, 4, 6, 8))
    with pytest.raises(InputError, match="drops 25% of the shares at random.*call eval"):
        _attention(trace).arithmetic()
    assert "Of the shares, 25% are dropped at random." in _attention(trace).words()


@settings(max_examples=40)
@given(
    batch=st.integers(1, 2), groups=st.integers(1, 2), shared=st.integers(1, 3), queries=st.integers(1, 5),
    keys=st.integers(1, 6), depth=st.integers(1, 5), wide=st.integers(1, 4), causal=st.booleans(),
    mask=st.sampled_from(["", "bool", "float"]), scale=st.sampled_from([None, 0.1, 2.0]),
)  # fmt: skip
def test_fused_attention_of_any_shape(
    batch: int, groups: int, shared: int, queries: int, keys: int, depth: int, wide: int, causal: bool, mask: str,
    scale: float | None,
) -> None:  # fmt: skip
    assume(not (causal and mask))
    heads = groups * shared
    query = _random(batch, heads, queries, depth)
    key, value = _random(batch, groups, keys, depth, seed=2), _random(batch, groups, keys, wide, seed=3)
    masks = {"": None, "bool": _random(queries, keys, seed=4) > 0, "float": _random(heads, queries, keys, seed=4)}

    def does(x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query * x, key + x, value * x, masks[mask], is_causal=causal, scale=scale,
                                              enable_gqa=True)  # fmt: skip

    _expect_sums(explain(Does(does), torch.ones(1, 1, dtype=torch.float64) * 1.5))


# --- nn.MultiheadAttention ------------------------------------------------------------------------------------------

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
    "a mask of numbers": lambda: {"attn_mask": _random(5, 5)},
    "a mask for each head": lambda: {"attn_mask": _random(4, 5, 5)},
    "a mask of padding": lambda: {"key_padding_mask": torch.tensor([[False, False, True, False, True]])},
    "both masks": lambda: {
        "key_padding_mask": torch.tensor([[False, False, True, False, True]]),
        "attn_mask": torch.ones(5, 5, dtype=torch.bool).triu(1),
        "is_causal": True,
    },
    "a hint that it is causal": lambda: {"attn_mask": torch.ones(5, 5, dtype=torch.bool).triu(1), "is_causal": True},
}


def _module(**options: Any) -> nn.MultiheadAttention:
    torch.manual_seed(0)
    made = nn.MultiheadAttention(8, **{"num_heads": 4, "batch_first": True} | options).double()
    for parameter in made.parameters():
        nn.init.normal_(parameter)  # biases too
    return made


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("training", [False, True])
def test_every_way_of_the_module(name: str, mask: str, training: bool) -> None:
    options, call = MODULES[name]
    if name == "one head" and mask == "a mask for each head":
        pytest.skip("that mask is for four heads")

    def does(net: Any, x: Tensor) -> Any:
        x = x.reshape(1, 5, 8) if options.get("batch_first", True) else x.reshape(5, 1, 8)
        return net.attend(x, x.flip(0) * 2, x.sin(), **MASKS[mask](), **call)

    network = Does(does, attend=_module(**options)).train(training)
    x = _random(1, 40)
    trace = explain(network, x)
    step = _attention(trace)
    _expect_sums(trace)
    assert step.attributes.get("parts", 1) == (2 if call.get("need_weights", True) else 1)
    plain = network(x)
    for shown, given_back in zip([s for s in trace.steps if s.kind == "output"], plain, strict=False):
        torch.testing.assert_close(shown.output, given_back)


OTHER_WAYS: dict[str, Callable[[Any, Tensor], Any]] = {
    "without a batch": lambda net, x: net.attend(x[0], x[0], x[0]),
    "without a batch and with padding": lambda net, x: net.attend(
        x[0], x[0], x[0], key_padding_mask=torch.tensor([False] * 3 + [True] * 2), average_attn_weights=False
    ),
    "itself": lambda net, x: net.attend(x, x, x, need_weights=False),
    "others": lambda net, x: net.attend(x[:, :2], x, x),
    "windows": lambda net, x: net.attend(*[torch.cat([x, x.flip(1), x * 2])] * 3),
    "windows that a mask belongs to": lambda net, x: net.attend(
        *[torch.cat([x, x.flip(1)])] * 3, attn_mask=_random(8, 5, 5), need_weights=False
    ),
    "learned keys and values": lambda net, x: net.attend(x, *[_random(1, 7, 8)] * 2),
    "learned queries": lambda net, x: net.attend(_random(1, 1, 8), x, x),
    "a mask that hides all": lambda net, x: net.attend(
        x, x, x, key_padding_mask=torch.ones(1, 5, dtype=torch.bool), need_weights=False
    ),
    "shares of nothing": lambda net, x: net.attend(x, x, x, key_padding_mask=torch.ones(1, 5, dtype=torch.bool)),
}


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_every_way_to_call_the_module(name: str) -> None:
    network = Does(OTHER_WAYS[name], attend=_module()).eval()
    trace = explain(network, _random(1, 5, 8))
    for step in trace.steps:
        if step.kind == "attention":
            expect_true(step, five_places(step), known=True)


def test_what_goes_in_has_a_size_of_its_own() -> None:
    network = Does(
        lambda net, x: net.attend(x[..., :8], x[..., :6], x[..., 2:5]), attend=_module(kdim=6, vdim=3)
    ).eval()
    trace = explain(network, _random(1, 5, 8))
    _expect_sums(trace)
    step = _attention(trace)
    by_hand = 5 * (8 * 8 + 8) + 5 * (6 * 8 + 8) + 5 * (3 * 8 + 8) + 2 * 5 * 5 * 8 + 5 * (8 * 8 + 8)
    assert step.macs == by_hand


def test_the_output_is_a_sum_over_what_goes_in_and_the_shares_are_said() -> None:
    trace = explain(Does(lambda net, x: net.attend(x, x, x), attend=_module()).eval(), _random(1, 5, 8))
    out, shares = (step for step in trace.steps if step.kind == "attention")
    found = out.arithmetic()
    assert (found.operation, len(found.terms), found.remainder_count) == ("sum", 32, 8)
    assert found.bias is not None
    assert found.details["heads"] == 4
    assert str(found.details["largest shares"]).startswith("head 0: ")
    mean = shares.arithmetic()
    assert (mean.operation, len(mean.terms)) == ("mean", 4)
    assert {term.weight for term in mean.terms} == {0.25}


def test_what_is_said_of_attention() -> None:
    network = Does(lambda net, x: net.attend(x, x, x), attend=_module(add_zero_attn=True)).eval()
    out, shares = (step for step in explain(network, _random(1, 5, 8)).steps if step.kind == "attention")
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
    fused = _attention(explain(Does(FUSED["grouped queries"]), _random(1, 4, 6, 8)))
    assert fused.words()[:3] == [
        "Each of 6 queries asks 6 keys; what it gets is the mean of their values, weighed by how they fit.",
        "How well: the product of query and key, of 8 numbers each, times 0.3536; softmax makes shares of it that add "
        "up to 1.",
        "4 heads of queries share 2 heads of keys and values.",
    ]


def test_the_module_drops_shares_while_it_trains() -> None:
    network = Does(lambda net, x: net.attend(x, x, x), attend=_module(dropout=0.5)).train()
    step = _attention(explain(network, _random(1, 5, 8)))
    with pytest.raises(InputError, match="drops 50% of the shares at random"):
        step.arithmetic()


# --- as people write it ---------------------------------------------------------------------------------------------


def _split(x: Tensor, heads: int) -> Tensor:
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


class Fused(nn.Module):
    """Attention as timm writes it: one matrix for queries, keys and values, which are normalized."""

    def __init__(self, dim: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, dim * 3)
        self.q_norm = nn.LayerNorm(dim // heads)
        self.k_norm = nn.LayerNorm(dim // heads)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        x = F.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v, dropout_p=0.0)
        result: Tensor = self.proj(x.transpose(1, 2).reshape(batch, tokens, dim))
        return result


class ByHand(nn.Module):
    """Attention in PyTorch's smallest steps."""

    def __init__(self, dim: int = 8, heads: int = 2, way: str = "matmul") -> None:
        super().__init__()
        self.heads, self.way = heads, way
        self.to_q, self.to_k, self.to_v = (nn.Linear(dim, dim, bias=False) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (_split(to(x), self.heads) for to in (self.to_q, self.to_k, self.to_v))
        scale = q.shape[-1] ** -0.5
        if self.way == "einsum":
            shares = torch.einsum("bhqd,bhkd->bhqk", q, k).mul(scale).softmax(dim=-1)
            return torch.einsum("bhqk,bhkd->bqhd", shares, v).flatten(2)
        if self.way == "masked":
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            scores = (q @ k.transpose(-2, -1) * scale).masked_fill(later, -INF)
            return (F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(x.shape)
        shares = torch.softmax(torch.matmul(q, k.transpose(-2, -1)) / q.shape[-1] ** 0.5, -1)
        return torch.matmul(shares, v).transpose(1, 2).reshape(x.shape)


class Seq2Seq(nn.Module):
    """An encoder and a decoder of GRUs; each of the decoder's words looks at all of the encoder's."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(8, 6, batch_first=True)
        self.decoder = nn.GRUCell(6, 6)
        self.score = nn.Linear(12, 1)

    def forward(self, x: Tensor) -> Tensor:
        encoded, hidden = self.encoder(x)
        state, outputs = hidden[0], []
        for _ in range(3):
            repeated = state.unsqueeze(1).expand_as(encoded)
            shares = self.score(torch.cat([encoded, repeated], dim=2).tanh()).squeeze(2).softmax(dim=1)
            context = torch.bmm(shares.unsqueeze(1), encoded).squeeze(1)
            state = self.decoder(context, state)
            outputs.append(state)
        return torch.stack(outputs, dim=1)


def _transformer(net: nn.Transformer, x: Tensor) -> Any:
    mask = net.generate_square_subsequent_mask(3)
    return net(x, x[:, :3], tgt_mask=mask.double(), tgt_is_causal=True)


PEOPLE: dict[str, Callable[[], nn.Module]] = {
    "timm": Fused,
    "by hand": ByHand,
    "by hand with a mask": lambda: ByHand(way="masked"),
    "by hand with einsum": lambda: ByHand(way="einsum"),
    "seq2seq": Seq2Seq,
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
    "encoder, normalized first": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True),
    "encoder and decoder": lambda: Does(
        lambda net, x: _transformer(net.both, x), both=nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    ),
    "encoder that does not see padding": lambda: Does(
        lambda net, x: net.layer(x, src_key_padding_mask=torch.tensor([[False] * 4 + [True]])),
        layer=nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    ),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_attention_as_people_write_it(name: str) -> None:
    torch.manual_seed(0)
    network = PEOPLE[name]().double().eval()
    x = _random(1, 5, 8)
    trace = explain(network, x)
    _expect_sums(trace)
    torch.testing.assert_close(trace.steps[-1].output, network(x))


def test_each_query_is_multiplied_with_each_key() -> None:
    torch.manual_seed(0)
    network = load_network(spec_of("vit_encoder:VisionTransformer")).eval()
    step = _attention(explain(network, torch.rand(1, 1, 28, 28)))
    assert step.macs == 17 * (3 * 32 * 32 + 3 * 32) + 2 * 17 * 17 * 32 + 17 * (32 * 32 + 32)
    fused = _attention(explain(Does(FUSED["other keys than queries"]), _random(1, 4, 6, 8)))
    assert fused.macs == 4 * (3 * 6 * 8 + 3 * 6 * 4)


def test_autocast_multiplies_in_half_precision() -> None:
    def does(net: Any, x: Tensor) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return net.attend(x, x, x), F.scaled_dot_product_attention(x, x, x)

    torch.manual_seed(0)
    trace = explain(Does(does, attend=nn.MultiheadAttention(8, 2, batch_first=True)).eval(), torch.randn(1, 5, 8))
    steps = [step for step in trace.steps if step.kind == "attention"]
    assert {step.output.dtype for step in steps} == {torch.bfloat16}
    for step in steps:
        expect_true(step, five_places(step), known=True)
