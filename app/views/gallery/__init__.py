"""Views of the images behind a run's figures: which were asked for, what the network said to each."""
