"""The pricing service of incident 4092-X."""
