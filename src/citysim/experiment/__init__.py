"""Experiments: config, replications, designs, run identity, result store, executors and the runner."""
