# escape=`
# syntax=docker/dockerfile:1
FROM example.com/windows/servercore:ltsc2022@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
WORKDIR C:\\app
RUN python -m pip install `
    --require-hashes `
    -r requirements.lock
