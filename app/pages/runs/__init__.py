"""Pages of runs: the list, one run whole, and what is done to several at once."""
