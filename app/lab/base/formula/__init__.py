"""What the formulas share: numbers as people write them, lines of a derivation, marked answers."""
