"""Training: a network, a data set and a recipe in; a run folder with a model out. It starts in `run.py`."""
