"""The stations of Regulars, in the order in which an order travels through them."""
