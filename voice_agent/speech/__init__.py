"""Words from sound and sound from words: recognizers, synthesizers, and the voices they speak with."""
