"""Class weights by beta: counts and betas as people write them, their table, and marked weights."""
