"""Webhooks: what is owed when runs, sweeps and transfers end, in which words, and how it is sent."""
