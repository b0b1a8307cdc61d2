"""Station 4: which candidates may be sent, decided by forward chaining, each with its reason."""
