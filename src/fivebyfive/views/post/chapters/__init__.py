"""The chapters of an article, one file each, in the order of the post."""
