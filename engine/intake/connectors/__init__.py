"""Shop systems: what each sends, turned into the shapes of our own API. Pure: nothing here reads or writes the store."""
