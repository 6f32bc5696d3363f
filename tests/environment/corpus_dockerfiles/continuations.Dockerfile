
# a comment, so that the next line is no directive
# escape=`
FROM python:3.11@sha256:9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd
RUN apt-get update \   
    # a comment inside

    && pip install \
      --require-hashes \
    # another
      -r /a.lock && \

    pip3 install six==1.16.0 # && pip install never
  run echo "pip install in-a-string" && echo pip install argument
RUN echo 'a \
b' ; python3.11 -m pip install -q -Ur /b.lock
CMD ["python", "-m", "pip", "install", "at-start"]
RUN true \
