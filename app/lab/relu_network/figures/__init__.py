"""Figures of a ReLU network: h over x, its units, its regions, and its sketch."""
