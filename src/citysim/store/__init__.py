"""The result folder: written whole or not at all, read in one checked way."""
