"""Rules are told from a pen's strokes by how they run, what they cross and how dark they are."""

import numpy as np

from fivebyfive.pictures.rules import network
from fivebyfive.pictures.rules.line import Line, Mask
from fivebyfive.pictures.rules.meeting import Net, net_of
from rule_lines import straight


def squares(*strokes: Line) -> tuple[Net, Mask]:
    """Four level and three upright rules through all of a picture, and `strokes` between them; which are the rules."""
    level = [straight(0, 520, at) for at in (88, 219, 351, 484)]
    upright = [straight(0, 540, at) for at in (37, 169, 434)]
    net = net_of(level, [*upright, *strokes], (542, 521))
    return net, np.arange(len(net.lines)) < len(level) + len(upright)


def test_a_stroke_far_darker_than_the_rules_that_it_crosses_is_none() -> None:
    pen, hidden = straight(120, 324, 250, dark=0.75), straight(120, 324, 302)
    net, chosen = squares(pen, hidden)
    assert network._crossed(net, chosen, tall=78)[-2:].tolist() == [False, True]


def test_what_crosses_the_picture_as_other_rules_do_is_one_however_high_the_writing_is() -> None:
    net, chosen = squares(straight(0, 540, 302), straight(0, 540, 360, thick=20.0))
    assert network._crossed(net, chosen, tall=300)[-2:].tolist() == [True, False]


def test_of_squares_in_a_shadow_those_that_begin_at_the_edge_and_cross_others_are_rules_too() -> None:
    net, chosen = squares(straight(0, 230, 302), straight(0, 140, 378), straight(380, 540, 378))
    alone, pen, short = straight(250, 340, 302), straight(0, 130, 402, dark=0.6), straight(0, 90, 410)
    assert network._with_crossed(net, chosen, tall=85)[-3:].all()
    net, chosen = squares(alone, pen, short)
    assert not network._with_crossed(net, chosen, tall=85)[-3:].any()


def test_one_as_thick_and_dark_as_the_rule_that_it_crosses_is_one_however_high_the_writing_is() -> None:
    """Of squares around a digit that fills its picture there are two, one of each kind."""
    like, pen, thick = straight(0, 284, 17), straight(0, 284, 90, dark=0.5), straight(0, 284, 200, thick=16.0)
    net = net_of([straight(0, 250, 140)], [like, pen, thick], (286, 252))
    chosen = np.array([True, False, False, False])
    assert network._with_crossed(net, chosen, tall=286).tolist() == [True, True, False, False]
