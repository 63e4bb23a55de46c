"""Views of what a run measured: epochs, classes, confusion, scalars, log, events, checkpoints."""
