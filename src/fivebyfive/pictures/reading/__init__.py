"""The shipped reader decides: which cuts are characters, which marks, and which way to look at a picture."""
