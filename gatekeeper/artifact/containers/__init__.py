"""Containers of models read without loading them: archives, tensors in files of their own, graphs."""
