"""What a comparison offers to do about a doubt, and which requests those are."""
