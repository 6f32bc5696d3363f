"""What production may feed the model and get from it: the baseline of the training data, and the decision about drift."""
