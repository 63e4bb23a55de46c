"""The calculator of a ReLU network as pieces of straight lines."""
