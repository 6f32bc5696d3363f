FROM example.com:5000/team/base:1@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd AS base
FROM base AS Test
RUN pip install pytest
FROM python:3.11 AS wheels
RUN pip wheel -w /wheels -r /req.txt
FROM scratch AS files
COPY --from=busybox:1.36 /bin/busybox /busybox
FROM BASE AS serve
COPY --from=wheels /wheels /wheels
COPY --from=files /busybox /bin/busybox
RUN --mount=type=bind,from=example.com/tools/cosign@sha256:1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef01,target=/cosign --mount=type=cache,target=/root/.cache true
RUN --mount=type=bind,from=0,source=/etc,target=/etc2 true
FROM serve AS debug
RUN pip install debugpy
