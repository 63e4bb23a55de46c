"""Views of the predictions that a run kept."""
