"""The streaming lanes: hearing a turn, and speaking an answer."""
