"""Station 2: YAML becomes rules - vocabulary, durations, the strict loader, versions and their publication."""
