"""What the figures of a comparison bear: differences judged, doubts named, in sentences with their numbers."""
