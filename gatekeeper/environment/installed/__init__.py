"""What is installed: the probe of an interpreter, RECORDs, wheels, `pip inspect`."""
