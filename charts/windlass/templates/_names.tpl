{{/* Name of a component's objects. Subcharts and the umbrella share these templates.
     (dict "root" . "component" "redis") */}}
{{- define "windlass.nameOf" -}}
{{- if gt (len .root.Release.Name) 40 -}}
{{- fail (printf "the release name %q is longer than 40 characters, and names of objects are made of it: choose a shorter one" .root.Release.Name) -}}
{{- end -}}
{{- printf "%s-%s" .root.Release.Name .component -}}
{{- end -}}

{{- define "windlass.name" -}}
{{- include "windlass.nameOf" (dict "root" . "component" .Chart.Name) -}}
{{- end -}}

{{- define "windlass.selectorLabels" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{/* Prefect gives flow pods the name of their deployment, which may be that of one of ours; this label it leaves alone. */ -}}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "windlass.labelsOf" -}}
{{ include "windlass.selectorLabels" . }}
app.kubernetes.io/part-of: windlass
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{- define "windlass.labels" -}}
{{- include "windlass.labelsOf" (dict "root" . "component" .Chart.Name) -}}
{{- end -}}

{{- define "windlass.selector" -}}
{{- include "windlass.selectorLabels" (dict "root" . "component" .Chart.Name) -}}
{{- end -}}
