"""The address at which a shop's own pages tell of their visitors, and their script."""
