"""Focal loss and its slope by gamma and p, their lines, and marked losses."""
