{{/* Combinations that can't work, each with what to do. */}}
{{- define "windlass.validate" -}}
{{- range list (list "postgresql" "host") (list "redis" "host") -}}
{{- $name := first . -}}
{{- $given := get (get $.Values.global $name) "host" -}}
{{- $enabled := get (get $.Values $name) "enabled" -}}
{{- if and $enabled $given -}}
{{- fail (printf "global.%s.host is %q and %s.enabled is true: set %s.enabled=false to use yours, or empty the host to use the bundled one" $name $given $name $name) -}}
{{- end -}}
{{- if not (or $enabled $given) -}}
{{- fail (printf "%s.enabled is false and there is no other: give global.%s.host and global.%s.existingSecret" $name $name $name) -}}
{{- end -}}
{{- if and $given (not (get (get $.Values.global $name) "existingSecret")) -}}
{{- fail (printf "global.%s.host is %q and its password is unknown: give global.%s.existingSecret" $name $given $name) -}}
{{- end -}}
{{- end -}}
{{- with (index .Values "prefect-worker").flows.image -}}
{{- if not (regexMatch "(@sha256:[0-9a-f]{64}|:[^:/@]+)$" .) -}}
{{- fail (printf "prefect-worker.flows.image is %q: it needs a full tag or a digest" .) -}}
{{- end -}}
{{- if hasSuffix ":latest" . -}}
{{- fail (printf "prefect-worker.flows.image is %q: `latest` names another image tomorrow; give a full tag or a digest" .) -}}
{{- end -}}
{{- end -}}
{{- $objects := .Values.global.objects -}}
{{- if and .Values.minio.enabled $objects.endpoint -}}
{{- fail (printf "global.objects.endpoint is %q and minio.enabled is true: set minio.enabled=false to use yours, or empty the endpoint to use the bundled MinIO" $objects.endpoint) -}}
{{- end -}}
{{- if not (or .Values.minio.enabled $objects.endpoint) -}}
{{- fail "minio.enabled is false and there is no other S3: give global.objects.endpoint and global.objects.existingSecret" -}}
{{- end -}}
{{- if and $objects.endpoint (not $objects.existingSecret) -}}
{{- fail (printf "global.objects.endpoint is %q and its keys are unknown: give global.objects.existingSecret, with access-key and secret-key" $objects.endpoint) -}}
{{- end -}}
{{- if and $objects.endpoint (not (regexMatch "^https?://[^/]+$" $objects.endpoint)) -}}
{{- fail (printf "global.objects.endpoint is %q: it looks like https://host or http://host:9000, without a path" $objects.endpoint) -}}
{{- end -}}
{{- if eq $objects.bucket $objects.mlflowBucket -}}
{{- fail (printf "global.objects.bucket and global.objects.mlflowBucket are both %q: name two, or `mlflow gc` would meet our bundles" $objects.bucket) -}}
{{- end -}}
{{- $served := list -}}
{{- range include "inference.models" .Values.inference | fromJsonArray -}}
{{- range list .name .registeredModel | uniq -}}
{{- if has . $served -}}
{{- fail (printf "inference.models names %q twice: one entry serves a model, with as many replicas as it says" .) -}}
{{- end -}}
{{- $served = append $served . -}}
{{- end -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- fail (printf "inference.models: autoscaling of %q has minReplicas %d and maxReplicas %d: give maxReplicas at least as much" .name (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- range list "prefect-server" "mlflow" -}}
{{- $open := or (not $.Values.networkPolicy.enabled) $.Values.networkPolicy.ingressFrom -}}
{{- if and (get $.Values .).ingress.enabled (not $open) -}}
{{- fail (printf "%s.ingress.enabled is true and networkPolicy.ingressFrom is empty, so the Ingress controller would not reach it: give the labels of its namespace, like [{matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}]" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
