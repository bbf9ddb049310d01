"""What goes to the picture's edge is a rule where it crosses the picture, faint beside the ink or one of many."""

import numpy as np

from fivebyfive.pictures.rules import edges
from fivebyfive.pictures.rules.meeting import net_of
from rule_lines import straight


def test_a_blurred_rule_that_ends_its_own_thickness_before_the_edge_crosses_the_picture() -> None:
    net = net_of([], [straight(14, 336, 209, thick=14.0), straight(14, 336, 309, thick=4.0)], (338, 413))
    assert edges.crossing(net).tolist() == [True, False]


def test_a_line_far_fainter_than_the_darkest_ink_is_a_rule_by_itself_and_as_dark_as_it_a_stroke() -> None:
    """A 4 that fills its picture has two lines from edge to edge."""
    net = net_of([straight(0, 868, 163), straight(0, 300, 520)], [straight(0, 1020, 194, dark=0.26)], (1024, 918))
    probable = np.ones(3, bool)
    assert edges.faint(net, probable, darkest=0.8).tolist() == [True, False, True]
    assert not edges.faint(net, probable, darkest=0.3).any()


def test_the_only_line_across_is_a_digits_bar_where_it_lies_along_the_edge_as_dark_as_the_pen() -> None:
    bar, rule = straight(0, 66, 5, dark=0.77), straight(0, 66, 50, dark=0.77)
    for level, darkest, expected in (([bar], 0.8, [True]), ([rule], 0.8, [False]), ([bar], 1.0, [False])):
        assert edges.along_the_edge(net_of(level, [], (103, 67)), darkest).tolist() == expected
    assert not edges.along_the_edge(net_of([bar, rule], [], (103, 67)), 0.8).any()
