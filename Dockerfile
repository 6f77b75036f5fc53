# One image for everything that Windlass runs: server, worker, jobs, MLflow, operator, inference.
# docker build -t windlass . ; without Docker: make images
ARG BASE=python:3.12.11-slim-bookworm

FROM ${BASE} AS packages
RUN apt-get update -q && apt-get install -q -y --no-install-recommends binutils libgomp1
RUN python3 -m venv --without-pip /opt/windlass
# the cache is the builder's and no part of the image
ENV PIP_CACHE_DIR=/var/cache/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock /tmp/
RUN --mount=type=cache,target=/var/cache/pip \
    python3 -m pip --python /opt/windlass/bin/python install -q --require-hashes --no-deps --no-compile -r /tmp/requirements.lock
COPY hack/images/prune.sh hack/images/imports.py /tmp/
RUN /tmp/prune.sh /opt/windlass && /opt/windlass/bin/python -I /tmp/imports.py
# the package itself is not installed: it comes as a layer of its own, so that a change of it costs seconds
COPY --chmod=755 hack/images/windlass /opt/windlass/bin/
RUN for packages in /opt/windlass/lib/python3*/site-packages; do echo /opt/windlass/app >"$packages/windlass.pth"; done

FROM ${BASE} AS app
COPY src /opt/windlass/app
# unchecked: the root is read-only when it runs, and nobody edits the sources there
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/windlass/app

FROM ${BASE}
# LightGBM and scikit-learn want OpenMP; prefect and MLflow ask for the name of their user
RUN { ldconfig -p | grep -q 'libgomp\.so\.1' \
      || { apt-get update -q && apt-get install -q -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*; }; } \
 && { getent passwd 10001 >/dev/null \
      || { echo 'windlass:x:10001:10001::/tmp:/usr/sbin/nologin' >>/etc/passwd && echo 'windlass:x:10001:' >>/etc/group; }; }
COPY --from=packages /opt/windlass /opt/windlass
ENV PATH=/opt/windlass/bin:/usr/local/bin:/usr/bin:/bin HOME=/tmp USER=windlass LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/windlass
USER 10001:10001
# a pattern matches nothing at all without complaint
COPY LICENSE prefect.yaml* /opt/windlass/
CMD ["windlass", "--help"]
COPY --from=app /opt/windlass/app /opt/windlass/app
# these change with every commit, so they come last
ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="Windlass" \
      org.opencontainers.image.description="Hoists models into production: Prefect, MLflow and exact canaries behind one Kubernetes object" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
