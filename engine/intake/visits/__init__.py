"""What a shop's own pages tell of their visitors, who agreed to it: visits, and facts of whoever turns out to be known."""
