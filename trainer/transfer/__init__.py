"""What one task's network is worth to another, measured as in Taskonomy (Zamir et al. 2018)."""
