"""Shop systems that are not there: small servers that sign, repeat, delay, reorder and drop as the real ones do."""
