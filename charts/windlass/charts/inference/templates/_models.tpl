{{/* The models with their defaults, as JSON: of this chart's values, which the umbrella has as .Values.inference. */}}
{{- define "inference.models" -}}
{{- $models := list -}}
{{- range .models -}}
{{- $model := mergeOverwrite (deepCopy $.defaults) (deepCopy .) -}}
{{- $models = append $models (set $model "registeredModel" (default .name $model.registeredModel)) -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{/* (dict "root" $ "model" …) */}}
{{- define "inference.selector" -}}
app.kubernetes.io/name: inference
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: inference
windlass.dev/model: {{ .model.registeredModel | quote }}
{{- end -}}

{{- define "inference.labels" -}}
{{ include "inference.selector" . }}
app.kubernetes.io/part-of: windlass
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}
