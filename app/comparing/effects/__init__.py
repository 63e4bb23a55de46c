"""What the fields do in which compared settings differ: main effects, interactions, and the answer."""
