"""A comb's teeth stand on a rule of a form; squares and digits on ruled paper are none."""

import cv2
import numpy as np

from fivebyfive.pictures.rules import combs
from rule_lines import straight


def test_squares_are_no_fields_of_a_comb() -> None:
    base, others = straight(20, 400, 100), [straight(0, 200, at) for at in (60, 160, 260)]
    assert combs.bases([base], others, tall=60) == []
    assert combs.bases([base], others[:2], tall=60) == [base]
    assert combs.bases([base], [straight(60, 100, at) for at in (60, 160, 260)], tall=60) == [base]


def test_ones_on_a_rule_are_no_comb_for_it_has_teeth_at_nearly_all_of_its_places() -> None:
    base, mask = straight(0, 449, 100, thick=6.0), np.zeros((225, 450), np.uint8)
    for x in (50, 95, 140):
        cv2.line(mask, (x, 50), (x, 97), 1, 6)
    assert combs.teeth(base, mask, tall=89) == []
    assert len(combs.teeth(straight(5, 185, 100, thick=6.0), mask, tall=89)) == 3
