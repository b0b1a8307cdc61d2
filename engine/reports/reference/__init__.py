"""The tables of the docs, made from the code, so that they cannot lag behind it: `make reference` writes them anew."""
