"""What an epoch is measured by: the table of metrics, and what its functions are given."""
