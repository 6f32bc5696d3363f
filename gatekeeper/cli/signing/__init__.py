"""What `signoff`, `approve` and `verify` have in common."""
