# syntax=example.com/docker/dockerfile:1
ARG PY=3.11
ARG BASE=python:${PY}-slim@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
ARG EMPTY=
FROM ${BASE} AS build
ARG PY
ARG LOCK=requirements.lock
WORKDIR /src
COPY ${LOCK} ./
RUN pip install --require-hashes --no-deps -r ${LOCK}

FROM ${EMPTY:-python:${PY:-3.12}-slim@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd}
ENV HASHED=--require-hashes
WORKDIR /app
COPY --from=build /src/requirements.lock /app/locks/
RUN pip install $HASHED -r locks/requirements.lock
