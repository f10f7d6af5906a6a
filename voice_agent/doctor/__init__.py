"""Looks at each component once, times it, and says what is wrong and how to cure it."""
