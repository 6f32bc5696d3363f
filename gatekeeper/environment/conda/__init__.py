"""The locks of the conda world, conda-lock's and pixi's: YAML, with packages from channels and from indexes."""
