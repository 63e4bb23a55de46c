"""The form of a new run or sweep, what was typed into it, and what it would do."""
