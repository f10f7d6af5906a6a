"""The terminal app: renders events, sends commands; no logic of a rehearsal lives here."""
