"""The drawn house is the package's: the file is what docs/house.py draws, and its rooms exist."""

import runpy

from page_blocks import ROOT

HOUSE = runpy.run_path(str(ROOT / "docs" / "house.py"))


def test_the_picture_is_what_is_drawn() -> None:
    assert (ROOT / "docs" / "pictures" / "architecture.svg").read_text(encoding="utf-8") == HOUSE["drawn"]()


def test_every_room_in_it_exists() -> None:
    rooms = {room for box in HOUSE["BOXES"].values() for room in box.rooms.split()}
    assert {room for room in rooms if not (ROOT / "src" / "fivebyfive" / room).exists()} == set()
    assert {"networks/", "explain/", "views/", "training/"} <= rooms
