"""The web process, the worker and the command line around `trainer`. Nothing here imports torch."""
