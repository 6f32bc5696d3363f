FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
WORKDIR /app
RUN uv sync --locked --all-extras --no-extra web --no-dev
RUN uv sync --locked --extra gpu --extra=web --group serve --inexact
RUN uv sync --locked --only-group serve && uv sync --locked --only-dev
RUN uv sync --locked --all-groups --no-group dev && uv sync --locked --no-default-groups
RUN UV_NO_DEV=1 UV_NO_GROUP="docs lint" uv sync --locked
RUN uv sync --locked --package api && uv sync --locked --group "$GROUP"
RUN uv sync --dry-run && poetry install --only-root
RUN uv run --locked serve --frozen --group not-ours
RUN poetry install --without dev,docs --with serve -E "gpu web" && poetry sync --only main,serve --all-extras
RUN conda-lock install --no-dev -E serve conda-lock.yml && pixi install --locked -e prod && pixi install --locked --all
