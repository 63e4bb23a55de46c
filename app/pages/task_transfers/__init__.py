"""/transfer/tasks: what each task's network is worth to the others: the form, and the page of a job."""
