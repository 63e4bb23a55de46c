"""Pages of sweeps: the list, one sweep as a grid, and the form that extends it."""
