"""What one task's network is worth to another: the matrix that a job measured, and what follows from it."""
