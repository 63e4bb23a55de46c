<<<<<<< HEAD
"""What one task's network is worth to another: measured by readouts, put in order, and estimated."""
=======
"""What one task's network is worth to another, measured as in Taskonomy (Zamir et al. 2018)."""
>>>>>>> scenes
