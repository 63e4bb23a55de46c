"""Pages of data sets: the list, one of them whole, and an import from its first byte to its report."""
