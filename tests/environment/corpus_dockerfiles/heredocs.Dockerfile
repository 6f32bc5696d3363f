FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
RUN <<EOF
set -eu
# pip install from-a-comment
pip install -r /a.lock
cat <<INNER > /x
pip install from-an-inner-heredoc
INNER
if true; then
  pip install --require-hashes -r /b.lock
fi
EOF
RUN python3 <<EOF
pip install is no python
EOF
RUN <<-"END" bash -eu
	pip install run-by-bash
	END
RUN bash -eu <<'EOF' && pip install behind
pip install from-bash
EOF
COPY <<one.txt <<two.txt /dest/
pip install from-a-file
one.txt
FROM nothing
two.txt
RUN <<EOF
#!/usr/bin/env python3
pip install no shell
EOF
RUN cat <<EOF > /requirements.txt
six
EOF
