"""Views of what machines do: for one run, and whole."""
