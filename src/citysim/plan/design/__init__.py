"""How swept axes become design points."""
