"""Views of the machine room: health, what can be launched, workers, queue, disk."""
