FROM python:3.11@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS zero
FROM python@sha256:abc AS short
FROM python:3.11@sha256:9F3F3A1C2D4E5B60718293A4B5C6D7E8F90123456789ABCDEF0123456789ABCD AS upper
FROM localhost/python:3.11 AS local
FROM --platform=linux/arm64 team/python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd AS other
FROM --platform=$BUILDPLATFORM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
COPY --from=zero / /zero
COPY --from=short / /short
COPY --from=upper / /upper
COPY --from=local / /local
COPY --from=other / /other
