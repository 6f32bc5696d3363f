"""The interpretability manifest: what a team declares of its model, read, drafted, and told in words."""
