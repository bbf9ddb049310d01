"""The rules of a page: found, told from strokes, taken out; and the cells that they shut in."""
