"""Data files that a user extends without code: where they are, and how they are read."""
