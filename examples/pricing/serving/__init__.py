"""The pricing service, done right."""
