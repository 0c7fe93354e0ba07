"""The explorer with live runs: the same page served on this machine, with a panel of all parameters."""
