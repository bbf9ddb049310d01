"""Which lines of the user's own code did what, and which made what."""
