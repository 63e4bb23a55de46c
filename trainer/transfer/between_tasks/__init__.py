"""What the network of one task is worth to another: every source read out for every target, on scenes."""
