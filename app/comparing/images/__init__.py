"""The images behind two settings: which each gets right, how sure they are, and how far seeds agree."""
