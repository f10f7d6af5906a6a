"""Measures how well ratings and advice agree with annotators; see docs/rater.md."""
