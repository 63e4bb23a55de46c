"""Room made free: what could go is found and told first, and goes once somebody says so."""
