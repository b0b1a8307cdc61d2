"""What speaks HTTP: the API, the console, the public pages."""
