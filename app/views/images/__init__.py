"""Views of images: of a data set, as a network sees them, and many of them in one sheet."""
