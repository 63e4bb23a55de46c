"""What every answer shares: guard, sign-in, errors, templates, event streams, routes that load late."""
