"""What people bring: networks, data sets and the cells of a notebook, each of which once failed here."""
