"""Evidence of how a model uses its inputs, held against the model itself."""
