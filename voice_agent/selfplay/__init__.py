"""Self-play: simulated learners of set skill talk with a scenario's person, without sound."""
