"""How well a turn was said: raters behind one Protocol."""
