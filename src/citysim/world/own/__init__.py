"""Tables of one's own, laid over the data pack."""
