# Debian's PostgreSQL, without its clusters and entrypoint: the charts call initdb and postgres themselves,
# as a user of their own.
ARG BASE=debian:12.11-slim
FROM ${BASE}
# LLVM only serves just-in-time compilation, which PostgreSQL does without when its library is not there:
# half of the image
RUN mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends postgresql-15 \
 && rm -rf /usr/lib/postgresql/15/lib/bitcode /usr/lib/postgresql/15/lib/llvmjit.so \
      /usr/lib/*-linux-gnu/libLLVM-14.so* /usr/lib/llvm-14 \
      /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old
ENV LANG=C.UTF-8
USER 10001:10001
CMD ["bash"]
