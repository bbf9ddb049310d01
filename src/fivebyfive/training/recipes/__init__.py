"""The recipes, one a file; each begins with what it reaches, in how long, over how many runs."""
