"""The line-by-line front: for screen readers, pipes and files. Every state in words, nothing redrawn."""
