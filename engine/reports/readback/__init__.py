"""What a shop has told, read back in the shapes in which it was told: what the API's lists show."""
