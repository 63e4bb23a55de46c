"""The processes of `serve`, and what they need before the first request."""
