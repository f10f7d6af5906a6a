"""Where rehearsals are kept: append-only events in a database that is the user's alone."""
