FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
RUN uvx ruff@0.8.0 check --fix --with not-ours && uvx --from 'httpie==3.2' --with rich http example.com
RUN uv tool run --index-url https://example.com/simple black . && uv tool upgrade ruff
RUN pipx run --spec cowsay==6.0 cowsay moo && pipx run build --wheel && pipx inject build wheel
RUN uvx --version && pipx list && uv tool dir
