"""Station 5: the decided messages, from the queue to their last state."""
