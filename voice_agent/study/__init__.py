"""Trials: who is in which arm, what they are asked and practise, and what came of it."""
