"""What the calculators share: their kind, what is typed, views of lines and of marked answers, columns."""
