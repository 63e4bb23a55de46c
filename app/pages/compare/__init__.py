"""Pages that compare runs: the comparison, the choice before it, what fields do, its report."""
