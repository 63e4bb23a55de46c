"""Layers in their places: kinds, sizes, cost, receptive fields, and lines that say so."""
