"""The figures of an article: one file for each thing that is shown, each drawn of this network's own numbers."""
