{{/* Where the systems are and which Secrets open them: the bundled ones, or those that the values name. */}}

{{- define "windlass.postgresql.host" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "postgresql")) .Values.global.postgresql.host -}}
{{- end -}}
{{- define "windlass.postgresql.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "postgresql")) .Values.global.postgresql.existingSecret -}}
{{- end -}}

{{- define "windlass.redis.host" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "redis")) .Values.global.redis.host -}}
{{- end -}}
{{- define "windlass.redis.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "redis")) .Values.global.redis.existingSecret -}}
{{- end -}}

{{- define "windlass.objects.endpoint" -}}
{{- default (printf "http://%s:9000" (include "windlass.nameOf" (dict "root" . "component" "minio"))) .Values.global.objects.endpoint -}}
{{- end -}}
{{- define "windlass.objects.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "objects")) .Values.global.objects.existingSecret -}}
{{- end -}}

{{- define "windlass.prefect.url" -}}
http://{{ include "windlass.nameOf" (dict "root" . "component" "prefect-server") }}:4200/api
{{- end -}}
{{- define "windlass.prefect.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "prefect")) .Values.global.prefect.existingSecret -}}
{{- end -}}

{{- define "windlass.mlflow.url" -}}
http://{{ include "windlass.nameOf" (dict "root" . "component" "mlflow") }}:5000
{{- end -}}
{{- define "windlass.mlflow.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "mlflow")) .Values.global.mlflow.existingSecret -}}
{{- end -}}

{{/* Variables from which Windlass itself knows where it is and what is where; secrets stay references.
     A pod gets those of the systems it uses. */}}
{{- define "windlass.place" -}}
- {name: WINDLASS_CLUSTER__NAMESPACE, value: {{ .Release.Namespace | quote }}}
- {name: WINDLASS_CLUSTER__RELEASE, value: {{ .Release.Name | quote }}}
- {name: WINDLASS_CLUSTER__WORK_POOL, value: {{ .Values.global.prefect.workPool | quote }}}
{{- end -}}

{{- define "windlass.prefect.connection" -}}
- {name: WINDLASS_PREFECT__API_URL, value: {{ include "windlass.prefect.url" . }}}
- {name: WINDLASS_PREFECT__UI_URL, value: {{ .Values.global.prefect.uiUrl | quote }}}
- {name: WINDLASS_PREFECT__AUTH, valueFrom: {secretKeyRef: {name: {{ include "windlass.prefect.secret" . }}, key: auth-string}}}
{{- end -}}

{{- define "windlass.mlflow.connection" -}}
- {name: WINDLASS_MLFLOW__URL, value: {{ include "windlass.mlflow.url" . }}}
- {name: WINDLASS_MLFLOW__USERNAME, value: admin}
- {name: WINDLASS_MLFLOW__PASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.mlflow.secret" . }}, key: admin-password}}}
{{- end -}}

{{- define "windlass.objects.connection" -}}
- {name: WINDLASS_OBJECTS__BUCKET, value: {{ .Values.global.objects.bucket | quote }}}
- {name: WINDLASS_OBJECTS__REGION, value: {{ .Values.global.objects.region | quote }}}
- {name: WINDLASS_OBJECTS__ENDPOINT, value: {{ include "windlass.objects.endpoint" . | quote }}}
- {name: WINDLASS_OBJECTS__ACCESS_KEY, valueFrom: {secretKeyRef: {name: {{ include "windlass.objects.secret" . }}, key: access-key}}}
- {name: WINDLASS_OBJECTS__SECRET_KEY, valueFrom: {secretKeyRef: {name: {{ include "windlass.objects.secret" . }}, key: secret-key}}}
{{- end -}}

{{- define "windlass.redis.connection" -}}
- {name: WINDLASS_REDIS__HOST, value: {{ include "windlass.redis.host" . }}}
- {name: WINDLASS_REDIS__PORT, value: {{ .Values.global.redis.port | quote }}}
- {name: WINDLASS_REDIS__PASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.redis.secret" . }}, key: password}}}
{{- end -}}

{{- define "windlass.inference.connection" -}}
- {name: WINDLASS_INFERENCE__ADMIN_TOKEN, valueFrom: {secretKeyRef: {name: {{ include "windlass.inference.secret" . }}, key: admin-token}}}
{{- end -}}

{{/* What flow runs and hooks use: everything but the admin ports. */}}
{{- define "windlass.connections" -}}
{{ include "windlass.place" . }}
{{ include "windlass.prefect.connection" . }}
{{ include "windlass.mlflow.connection" . }}
{{ include "windlass.objects.connection" . }}
{{ include "windlass.redis.connection" . }}
- {name: WINDLASS_POSTGRESQL__HOST, value: {{ include "windlass.postgresql.host" . }}}
- {name: WINDLASS_POSTGRESQL__PORT, value: {{ .Values.global.postgresql.port | quote }}}
- {name: WINDLASS_POSTGRESQL__SSL_MODE, value: {{ .Values.global.postgresql.sslMode }}}
- {name: WINDLASS_POSTGRESQL__PASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.postgresql.secret" . }}, key: features-password}}}
{{- end -}}

{{/* Where Prefect's own clients find the server. */}}
{{- define "windlass.prefectClient" -}}
- {name: PREFECT_API_URL, value: {{ include "windlass.prefect.url" . }}}
- {name: PREFECT_API_AUTH_STRING, valueFrom: {secretKeyRef: {name: {{ include "windlass.prefect.secret" . }}, key: auth-string}}}
- {name: PREFECT_HOME, value: /tmp/prefect}
- {name: PREFECT_SERVER_ANALYTICS_ENABLED, value: "false"}
- {name: DO_NOT_TRACK, value: "1"}
- {name: HOME, value: /tmp}
{{- end -}}

{{/* Variables that every PostgreSQL client reads: (dict "root" . "user" "prefect"); database and user have one name. */}}
{{- define "windlass.postgresql.client" -}}
- {name: PGHOST, value: {{ include "windlass.postgresql.host" .root }}}
- {name: PGPORT, value: {{ .root.Values.global.postgresql.port | quote }}}
- {name: PGSSLMODE, value: {{ .root.Values.global.postgresql.sslMode }}}
- {name: PGUSER, value: {{ .user }}}
- {name: PGDATABASE, value: {{ .user }}}
- {name: PGPASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.postgresql.secret" .root }}, key: {{ .user }}-password}}}
{{- end -}}

{{/* SQLAlchemy's address of a database: (dict "root" . "driver" "asyncpg" "user" "prefect") */}}
{{- define "windlass.postgresql.url" -}}
postgresql+{{ .driver }}://{{ .user }}@{{ include "windlass.postgresql.host" .root }}:{{ .root.Values.global.postgresql.port }}/{{ .user }}
{{- end -}}

{{/* Ports of the systems that are not bundled, by comma; empty when all are. */}}
{{- define "windlass.external" -}}
{{- $ports := list -}}
{{- with .Values.global.postgresql.host }}{{ $ports = append $ports $.Values.global.postgresql.port }}{{ end -}}
{{- with .Values.global.redis.host }}{{ $ports = append $ports $.Values.global.redis.port }}{{ end -}}
{{- with .Values.global.objects.endpoint -}}
{{- $url := urlParse . -}}
{{- $given := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (default (ternary "443" "80" (eq $url.scheme "https")) $given) -}}
{{- end -}}
{{- join "," $ports -}}
{{- end -}}
