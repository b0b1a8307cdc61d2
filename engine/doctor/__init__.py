"""The doctor: looks at everything that mail depends on, and says of what is wrong what to do."""
