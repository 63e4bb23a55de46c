"""Views of one data set, whole, and of imports under way."""
