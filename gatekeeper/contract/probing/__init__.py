"""Looking for a record whose answer breaks a promise: where no proof is at hand, the corners are asked."""
