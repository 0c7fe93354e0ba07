"""The dialogue sheet: the questions of some experiments, each with its answer and its one number, on a page."""
