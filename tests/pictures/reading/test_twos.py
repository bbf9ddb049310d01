"""Two digits as one shape: what both are together counts beside what either half is, and says which cut is theirs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.reading import reader, twos
from fivebyfive.pictures.shaping import Floats

NONE = reader.classes().index("none")


def taken_for(**shares: float) -> Floats:
    """Probabilities of the reader's classes: those of digits, as ``d4=0.9``, and the rest none."""
    p = np.zeros(len(reader.classes()), np.float32)
    for name, share in shares.items():
        p[reader.classes().index(name[1:])] = share
    p[NONE] = 1 - p.sum()
    return p


def as_pair(none: float = 0.0, **shares: float) -> Floats:
    """Probabilities of pairs, as ``d24=0.9``, and of none; the rest is for all pairs alike."""
    q = np.zeros(101, np.float32)
    for name, share in shares.items():
        q[int(name[1:])] = share
    q[100] = none
    q[:100] += (1 - q.sum()) / 100
    return q


def label(p: Floats) -> str:
    return reader.classes()[int(p.argmax())]


def test_what_both_are_together_tells_a_four_without_its_arm_from_a_one() -> None:
    two = twos.read([(taken_for(d2=0.9), taken_for(d1=0.8, d4=0.15))], [0.0], as_pair(d24=0.9))
    assert (label(two.left), label(two.right)) == ("2", "4")
    assert two.right.max() > 0.8


def test_halves_that_the_reader_knows_not_at_all_are_what_the_pair_is() -> None:
    two = twos.read([(taken_for(), taken_for())], [0.0], as_pair(d37=0.95))
    assert (label(two.left), label(two.right)) == ("3", "7")


def test_where_no_pair_is_likelier_the_halves_tell() -> None:
    two = twos.read([(taken_for(d5=0.9), taken_for(d8=0.9))], [0.0], as_pair())
    assert (label(two.left), label(two.right)) == ("5", "8")


def test_the_cut_is_theirs_whose_halves_agree_with_the_pair() -> None:
    wrong, right = (taken_for(d2=0.9), taken_for(d1=0.9)), (taken_for(d2=0.7), taken_for(d4=0.7))
    assert twos.read([wrong, right], [0.0, 0.0], as_pair(d24=0.8)).cut == 1
    assert twos.read([right, right], [0.5, 0.0], as_pair(d24=0.8)).cut == 1


def test_what_is_surely_no_pair_is_one_digit_if_any() -> None:
    some = [(taken_for(d1=0.9), taken_for(d1=0.9))]
    assert twos.read(some, [0.0], as_pair(none=1.0)).most == pytest.approx(0.1)
    assert twos.read(some, [0.0], as_pair(d11=0.9)).most == pytest.approx(1.0)
    assert twos.is_one(as_pair(none=1.0)) == pytest.approx(1.0)
    assert twos.is_one(as_pair(d24=0.95)) == pytest.approx(0.1)
    assert [twos.is_sure(as_pair(none=none)) for none in (0.0, 0.5, 1.0)] == [True, False, False]


def test_what_the_reader_surely_takes_for_one_digit_is_no_pair() -> None:
    """A 2 with a loop may be taken for a 6 and a 2."""
    pair = as_pair(none=0.05, d62=0.94)
    beside = twos.beside(pair, taken_for(d2=0.999))
    assert twos.is_one(beside) > 0.9
    assert beside.sum() == pytest.approx(1.0, abs=1e-5)
    for doubtful in (taken_for(), taken_for(d2=0.5)):
        assert twos.beside(pair, doubtful) == pytest.approx(pair, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_what_comes_of_any_probabilities_are_distributions(seed: int, cuts: int) -> None:
    rng = np.random.default_rng(seed)
    some = rng.dirichlet(np.full(len(reader.classes()), 0.1), (cuts, 2)).astype(np.float32)
    q = rng.dirichlet(np.full(101, 0.02)).astype(np.float32)
    two = twos.read([(left, right) for left, right in some], list(rng.uniform(0, 1, cuts)), q)
    assert 0 < two.most <= 1 + 1e-6
    for p in (two.left, two.right):
        assert p.min() >= -1e-6
        assert float(p.sum()) == pytest.approx(1, abs=1e-4)
