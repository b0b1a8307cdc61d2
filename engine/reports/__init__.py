"""What people look at: questions about the store for the console's pages, each read-only and set-based."""
