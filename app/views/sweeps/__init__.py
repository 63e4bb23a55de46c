"""Views of sweeps: the list, one sweep as a grid, and what launching or extending one would do."""
