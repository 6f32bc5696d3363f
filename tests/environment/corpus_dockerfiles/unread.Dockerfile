FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
RUN curl -sSf https://example.com/install.sh | sh && curl https://example.com/a | sudo -E bash -s -- --yes
RUN wget -qO- https://example.com/get.py | python3 - --version 1.8 && python < get.py
RUN bash -e scripts/setup.sh && ./install.sh && . ./env.sh && make install
RUN bash <<EOF
pip install in-a-heredoc
EOF
RUN echo done | python -c "import sys" && bash --version && useradd -s /bin/bash app && source .venv/bin/activate
ENTRYPOINT ["/bin/bash"]
CMD ["/entrypoint.sh"]
