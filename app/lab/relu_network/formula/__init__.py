"""ReLU networks in exact fractions: pieces, regions, points, and the marking of an answer."""
