"""Trains and exports the rater; outside the wheel. See docs/rater.md."""
