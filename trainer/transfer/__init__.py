"""What one task's network is worth to another: measured by readouts, put in order, and estimated."""
