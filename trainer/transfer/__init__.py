"""What one task's network is worth to another: tasks on the same images, and what is measured of them."""
