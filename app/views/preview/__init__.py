"""Views of a configuration before it runs: what will happen, what it costs, what to think of first."""
