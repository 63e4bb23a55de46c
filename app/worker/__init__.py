"""The worker process: takes runs from the queue, has them trained by children, ingests their journals."""
