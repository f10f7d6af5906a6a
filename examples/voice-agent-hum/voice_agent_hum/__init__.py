"""An example of an engine in a package of its own."""
