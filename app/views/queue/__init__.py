"""The view of the queue: what runs, and what waits in the order in which it will be claimed."""
