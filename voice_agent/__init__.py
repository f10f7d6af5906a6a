"""Rehearse a hard conversation out loud with a simulated partner and a DEAR MAN coach."""
