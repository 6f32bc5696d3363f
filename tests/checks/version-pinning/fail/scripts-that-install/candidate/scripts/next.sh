uvx ruff check
