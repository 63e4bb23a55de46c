"""The calculator of a stack of layers: shapes, cost and receptive fields."""
