"""What production may feed the model: the baseline of the training data, and the decision about drift."""
