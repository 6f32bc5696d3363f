FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
WORKDIR /app
RUN timeout -k 5 600 pip install by-timeout && gosu app pip install by-gosu
RUN su -c "cd /srv && pip install -r by-su.lock" app; trap 'pip install by-trap' EXIT
RUN conda run --no-capture-output -n base pip install by-conda && poetry -n run python -m pip install by-poetry
RUN cat a.txt | xargs -n 1 pip install && find . -name '*.whl' -exec pip install --no-deps {} +
RUN $UNKNOWN -m pip install by-a-variable
RUN python -X utf8 -W ignore -m pip install after-options && python3 -Im pip install in-a-cluster
RUN uv run --with ruff python -c "print()" && uv run --no-sync pip install by-uv-run
RUN pip-sync && python -m piptools sync a.lock b.lock && poetry -n install && pdm sync -p service -L prod.lock
RUN uv lock && uv lock --check && poetry update && pip-compile a.in && uv pip compile a.in
RUN python setup.py develop && cd lib && python ../setup.py install && easy_install six
RUN pip install --group dev -r https://user:secret@example.com/requirements.txt
RUN uv --directory service pip install six
RUN echo pip install said && apt-get install -y python3-pip pip install && git commit -m "pip install" && pip list
CMD ["sh", "-c", "pip install -r at-start.lock && exec python app.py"]
