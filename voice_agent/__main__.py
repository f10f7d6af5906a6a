"""`python -m voice_agent`."""

from voice_agent.cli.entry import run

if __name__ == "__main__":
    run()
