"""Pages that compare runs: the comparison, the choice before it, its report."""
