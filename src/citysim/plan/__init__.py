"""What an experiment asks for: its config, the draws, the design, and the runs they make."""
