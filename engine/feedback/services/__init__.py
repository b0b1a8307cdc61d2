"""Mail services that tell what became of mails: how each proves who it is, and what its words mean."""
