"""Looking back: what a talk came to, how it can be seen again, and what changes over many."""
