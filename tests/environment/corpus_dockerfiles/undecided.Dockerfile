ARG BASE
ARG TAG=3.11
FROM ${BASE} AS first
FROM python:${TAG#3.} AS second
FROM stage-${TARGETARCH} AS third
FROM python:${TAG}@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
COPY --from=${BASE} /x /x
ARG TAG
RUN echo "$TAG"
