"""What every stage on an OpenAI-compatible server shares: its address, its key, and its failures in plain words."""
