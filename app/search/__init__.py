"""The language in which runs are searched: what is typed is read into a tree, which `app.store` asks."""
