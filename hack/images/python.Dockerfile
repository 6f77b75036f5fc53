# Debian with Python, to stand in for python:3.x-slim where no image registry is.
ARG BASE=debian:12.11-slim
FROM ${BASE}
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates libgomp1 python3 python3-pip python3-venv \
 && ln -s python3 /usr/bin/python \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old
CMD ["python3"]
