"""What loyalty brings: coupon codes, made by us or taken from a pool that a shop has filled."""
