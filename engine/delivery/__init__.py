"""Station 6: claim, ask again, compose, send over SMTP, record."""
