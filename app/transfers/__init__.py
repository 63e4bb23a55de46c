"""What networks are worth on other images: measured, compared, and recommended in words."""
