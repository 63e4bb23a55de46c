"""A board kept: its copy and back, what it takes on the disk, and what of that can be given back."""
