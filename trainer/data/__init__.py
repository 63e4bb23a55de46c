"""Data sets: where images come from, how they are cached, and which of them a run trains on."""
