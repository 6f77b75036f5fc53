{{- define "prefect-server.env" -}}
- {name: PREFECT_SERVER_DATABASE_CONNECTION_URL, value: {{ include "windlass.postgresql.url" (dict "root" . "driver" "asyncpg" "user" "prefect") }}}
- {name: PREFECT_SERVER_DATABASE_MIGRATE_ON_START, value: "false"}
- {name: PREFECT_HOME, value: /tmp/prefect}
- {name: PREFECT_SERVER_ANALYTICS_ENABLED, value: "false"}
- {name: DO_NOT_TRACK, value: "1"}
- {name: HOME, value: /tmp}
{{ include "windlass.postgresql.client" (dict "root" . "user" "prefect") }}
{{- end -}}
