{{/* What every pod here has: the rules of Pod Security `restricted`, and no token it does not use. */}}
{{- define "windlass.uid" -}}10001{{- end -}}

{{- define "windlass.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ include "windlass.uid" . }}
runAsGroup: {{ include "windlass.uid" . }}
fsGroup: {{ include "windlass.uid" . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "windlass.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Reference of an image: (dict "repository" … "tag" … "digest" …) */}}
{{- define "windlass.imageOf" -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else if or (not .tag) (eq .tag "latest") -}}
{{- fail (printf "image %s needs a full tag or a digest: `latest` names another image tomorrow" .repository) -}}
{{- else -}}
{{- printf "%s:%s" .repository .tag -}}
{{- end -}}
{{- end -}}

{{/* The image of Windlass itself, which most pods run. */}}
{{- define "windlass.image" -}}
{{- $image := .Values.global.image -}}
{{- include "windlass.imageOf" (dict "repository" $image.repository "tag" $image.tag "digest" $image.digest) -}}
{{- end -}}

{{/* The lines of a container that runs the image of Windlass. */}}
{{- define "windlass.container" -}}
image: {{ include "windlass.image" . }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
securityContext: {{- include "windlass.containerSecurity" . | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{/* The lines of a pod's spec. */}}
{{- define "windlass.pod" -}}
securityContext: {{- include "windlass.podSecurity" . | nindent 2 }}
enableServiceLinks: false
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A value as quoted text: by itself helm writes 10000000 as 1e+07. */}}
{{- define "windlass.text" -}}
{{- kindIs "string" . | ternary . (toJson .) | quote -}}
{{- end -}}
