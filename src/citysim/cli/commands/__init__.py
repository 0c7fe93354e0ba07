"""Commands as they are declared: arguments, options, help."""
