"""Runs that were recorded elsewhere: read from what MLflow, TensorBoard or a CSV keeps, and kept here."""
