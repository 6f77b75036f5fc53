{{- define "postgresql.container" -}}
image: {{ include "windlass.imageOf" .Values.image }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- include "windlass.containerSecurity" . | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- end -}}

{{- define "postgresql.mounts" -}}
- {name: data, mountPath: /data}
- {name: config, mountPath: /config, readOnly: true}
- {name: config, mountPath: /etc/passwd, subPath: passwd, readOnly: true}
- {name: tmp, mountPath: /tmp}
- {name: run, mountPath: /run/postgresql}
- {name: shm, mountPath: /dev/shm}
{{- end -}}
