"""The calculator of a convolution as a matrix."""
