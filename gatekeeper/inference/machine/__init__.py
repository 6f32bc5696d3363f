"""An abstract interpreter of serving code: what a request does, from its entry point on."""
