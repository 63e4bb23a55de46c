"""A convolution as y = A x: its geometry, its matrix and the marking of an answer."""
