"""Views of runs: a line of the list, the list, and one run whole."""
