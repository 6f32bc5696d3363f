FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd AS locks
WORKDIR /src
COPY uv.lock poetry.lock ./
RUN uv export --frozen --no-dev -o r.txt && poetry export --with serve -f requirements.txt --output=/out/p.txt
RUN pdm export --prod > pdm.txt 2> errors.txt; pipenv requirements --hash >> pipenv.txt
RUN uv export --group "$GROUP" > $OUT
RUN uv export --frozen | pip install --require-hashes -r /dev/stdin && uv export --frozen --no-hashes | uv pip sync -
FROM locks
COPY --from=locks /out/p.txt /app/requirements.txt
RUN pip install --require-hashes -r /src/r.txt -r /app/requirements.txt && uv export --frozen
