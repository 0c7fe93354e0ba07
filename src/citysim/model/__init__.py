"""The model: parameters, state, mechanisms, schedule, and the Mesa model around them."""

#: Changes whenever equal inputs give other numbers; part of every run's identity.
MODEL_VERSION = "6"
