"""Requirements files, the lock of pip-compile and `uv export`: lines, options, references, `-r` and `-c`."""
