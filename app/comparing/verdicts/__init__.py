"""What the figures of a comparison bear: differences judged, doubts named, with their numbers."""
