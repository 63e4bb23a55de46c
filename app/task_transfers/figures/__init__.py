"""What the page of a matrix of task transfers draws: pure functions of its views."""
