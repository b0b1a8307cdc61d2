"""Station 7: what comes back from mail - who reached a rule's goal."""
