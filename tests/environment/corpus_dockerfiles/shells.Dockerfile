FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PKGS="six tqdm" INDEX="https://user:secret@example.com/simple"
ARG UNKNOWN
WORKDIR /app
RUN set -ex; apt-get install -y gcc || exit 1; (cd reqs && pip install -r r.lock) && pip install -r top.lock
RUN ["pip", "install", "--require-hashes", "-r", "exec.lock"]
RUN ["/bin/sh", "-c", "pip install exec-shell"]
RUN sh -c "cd /opt && pip install -r 'with blank.lock'" | tee log
RUN sudo -H -u app env A=1 PIP_REQUIRE_HASHES=1 pip install -r env.lock
RUN export PIP_TRUSTED_HOST=example.com && pip install $PKGS "$PKGS" $UNKNOWN
RUN VERSION=$(pip install in-substitution; echo 1) && echo `pip install in-backticks` $((1 + 2))
RUN pip install --extra-index-url=$INDEX --trusted-host example.com -e . ./dist/x-1.0-py3-none-any.whl && pip --version
RUN pip download six 2>&1 >/dev/null; pip uninstall -y six; pip freeze
RUN pip config set global.extra-index-url https://example.com/second
RUN /opt/venv/bin/pip3.11 --no-cache-dir install -qrlast.lock -c constraints.txt
