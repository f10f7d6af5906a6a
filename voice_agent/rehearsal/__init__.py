"""One rehearsal, from check-in to the end: commands in, events out."""
