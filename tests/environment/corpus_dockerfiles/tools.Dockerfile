FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
WORKDIR /app
ENV UV_EXTRA_INDEX_URL=https://example.com/simple UV_FROZEN=0
RUN uv pip install --system --require-hashes -r a.lock
RUN uv pip sync b.lock --no-verify-hashes
RUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync --frozen --no-dev
RUN uv sync
ENV UV_LOCKED=1
RUN uv sync --project service
RUN uv add six && uv tool install ruff && uv python install 3.11
RUN poetry install --only main --no-root && poetry add six
RUN pdm sync && pdm install && pipenv sync && pipenv install --deploy
RUN conda install -y -c conda-forge numpy=1.26 && micromamba create -n x --file conda-linux-64.lock
RUN mamba env create -f environment.yml && conda-lock install -n x locks/conda-lock.yml && pixi install --locked
RUN pipx install poetry==1.8.0
