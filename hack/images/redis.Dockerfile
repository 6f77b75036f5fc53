# Debian's Redis, without its entrypoint: the charts start redis-server themselves, as a user of their own.
ARG BASE=debian:12.11-slim
FROM ${BASE}
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends redis-server redis-tools \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old
USER 10001:10001
CMD ["redis-server"]
