"""One rule says what probabilities mean, for every command."""

from fivebyfive.decision import doubt, is_sure, ranking


def test_the_most_probable_class_is_the_answer_and_of_equals_the_first() -> None:
    assert ranking([0.1, 0.6, 0.3], ("a", "b", "c")) == [1, 2, 0]
    assert ranking([0.5, 0.5], ("a", "b")) == [0, 1]


def test_no_digit_is_the_answer_only_where_the_model_is_rather_sure_of_it() -> None:
    classes = ("1", "2", "none")
    assert ranking([0.1, 0.3, 0.6], classes) == [1, 0, 2]
    assert ranking([0.01, 0.04, 0.95], classes) == [2, 1, 0]


def test_a_mark_alone_is_the_answer_only_where_the_model_is_rather_sure_of_it() -> None:
    reader = ("1", "none", "/")
    assert ranking([0.3, 0.1, 0.6], reader) == [0, 2, 1], "a one that leans"
    assert ranking([0.04, 0.01, 0.95], reader) == [2, 0, 1]
    assert ranking([0.3, 0.7], ("+", "-")) == [1, 0], "elsewhere it is a class as any other"


def test_a_doubtful_answer_and_none_are_never_sure() -> None:
    assert is_sure("7", 0.8)
    assert not is_sure("7", 0.79)
    assert not is_sure("none", 0.99)


def test_doubt_is_one_word_and_of_what_may_be_no_digit_it_is_said_that_it_is_none() -> None:
    assert doubt("7", 0.8, ("1", "7")) == ""
    assert doubt("7", 0.79, ("1", "7")) == "unsure"
    assert doubt("none", 0.95, ("1", "7", "none")) == "no digit found"
    assert doubt("none", 0.95, ("cat", "none")) == "unsure"


def test_a_mark_alone_is_no_digit_however_sure_a_reader_is_of_it() -> None:
    reader = (*"0123456789", "none", *".,-/:")
    assert {doubt(mark, 0.99, reader) for mark in ".,-/:"} == {"no digit found"}
    assert doubt("1", 0.99, reader) == ""
    assert doubt("-", 0.99, ("+", "-")) == "", "where it is no reader of digits, it is a class as any other"
