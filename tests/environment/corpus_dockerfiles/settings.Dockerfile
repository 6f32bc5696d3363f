FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd AS base
ENV PIP_REQUIRE_HASHES=1 \
    PIP_NO_CACHE_DIR=1
ENV PIP_EXTRA_INDEX_URL https://token@example.com/simple
ARG PIP_TRUSTED_HOST=example.com
FROM base
ENV PIP_PRE=0
RUN pip install -r /a.lock
RUN PIP_REQUIRE_HASHES= pip install -r /b.lock
ONBUILD RUN pip install later
