"""Computing the runs of a plan: on this machine or a cluster, each once."""
