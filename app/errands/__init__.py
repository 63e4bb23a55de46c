"""Work on data sets that takes time, in processes of its own: imports, downloads, duplicates."""
