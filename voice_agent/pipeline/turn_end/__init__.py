"""How likely a turn is over, by its words, its melody, and the silence after it."""
