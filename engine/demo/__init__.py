"""The demo shop: an optician who also sells cosmetics, with two years behind it. Made up, and the same every time."""
