"""Measures turn-taking on tracks, in real time, through the lanes that a rehearsal runs on."""
