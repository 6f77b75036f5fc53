# MinIO from its Go module, for machines with Docker: its public images are gone.
# docker build -t windlass-minio -f hack/images/minio.Dockerfile hack/images
ARG BASE=debian:12.11-slim

FROM golang:1.24.8-bookworm AS build
# as in hack/minio.sh
ARG VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
RUN CGO_ENABLED=0 GOBIN=/out go install -trimpath -ldflags '-s -w' "github.com/minio/minio@${VERSION}"

FROM ${BASE}
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/minio /usr/local/bin/minio
USER 10001:10001
EXPOSE 9000 9001
CMD ["minio"]
