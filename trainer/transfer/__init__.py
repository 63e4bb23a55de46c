"""What one task's network is worth to another: measured by readouts on frozen features, and estimated."""
