{{/* Names under which the server may be asked: MLflow compares the Host header exactly, port included. */}}
{{- define "mlflow.allowedHosts" -}}
{{- $name := include "windlass.name" . -}}
{{- $hosts := list "localhost" "localhost:*" "127.0.0.1" "127.0.0.1:*" -}}
{{- range list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) -}}
{{- $hosts = concat $hosts (list . (printf "%s:*" .)) -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- $hosts = concat $hosts (list .Values.ingress.host (printf "%s:*" .Values.ingress.host)) -}}
{{- end -}}
{{- concat $hosts .Values.allowedHosts | join "," -}}
{{- end -}}

{{- define "mlflow.env" -}}
- {name: MLFLOW_BACKEND_STORE_URI, value: {{ include "windlass.postgresql.url" (dict "root" . "driver" "psycopg2" "user" "mlflow") }}}
- {name: MLFLOW_AUTH_CONFIG_PATH, value: /config/auth.ini}
- {name: MLFLOW_AUTH_ADMIN_PASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.mlflow.secret" . }}, key: admin-password}}}
- {name: MLFLOW_FLASK_SERVER_SECRET_KEY, valueFrom: {secretKeyRef: {name: {{ include "windlass.mlflow.secret" . }}, key: flask-secret-key}}}
- {name: MLFLOW_DISABLE_TELEMETRY, value: "true"}
- {name: MLFLOW_SERVER_ENABLE_JOB_EXECUTION, value: "false"}
- {name: DO_NOT_TRACK, value: "1"}
- {name: HOME, value: /tmp}
{{ include "windlass.postgresql.client" (dict "root" . "user" "mlflow") }}
{{- end -}}
