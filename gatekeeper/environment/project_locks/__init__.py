"""The locks of projects: uv.lock, poetry.lock and pylock.toml, whose rows are chosen by extras and groups."""
