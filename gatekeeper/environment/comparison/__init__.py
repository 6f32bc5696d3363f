"""Two environments on one target: what differs, how certain that is, what matters most, and in which words."""
