"""The life of runs and sweeps: launching, the queue, moves between states, claims and their end."""
