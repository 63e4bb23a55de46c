"""Train one image classifier on long-tailed data: a library and a command, without web or database."""
