"""Models on this machine: which a pipeline needs, whether they are whole, and how they get here."""
