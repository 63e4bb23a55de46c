"""The language in which runs are searched: what is typed, read into a tree. What is stored, `app.store` asks."""
