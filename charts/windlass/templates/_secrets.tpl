{{/* Secrets of a release and how each key that is missing is made; those that the values name are only checked. */}}
{{- define "windlass.secrets" -}}
{{- $random := "{random}" -}}
{{- $plan := list
  (dict "name" (include "windlass.prefect.secret" .) "keys" (dict "auth-string" "windlass:{random}") "given" (ne .Values.global.prefect.existingSecret ""))
  (dict "name" (include "windlass.mlflow.secret" .) "keys" (dict "admin-password" $random "flask-secret-key" $random) "given" (ne .Values.global.mlflow.existingSecret ""))
  (dict "name" (include "windlass.objects.secret" .) "keys" (dict "access-key" "windlass" "secret-key" $random) "given" (ne .Values.global.objects.existingSecret ""))
  (dict "name" (include "windlass.redis.secret" .) "keys" (dict "password" $random) "given" (ne .Values.global.redis.existingSecret ""))
  (dict "name" (include "windlass.inference.secret" .) "keys" (dict "admin-token" $random) "given" (ne .Values.global.inference.existingSecret ""))
-}}
{{- $databases := dict "prefect-password" $random "mlflow-password" $random "features-password" $random -}}
{{- if .Values.postgresql.enabled -}}
{{- $_ := set $databases "postgres-password" $random -}}
{{- end -}}
{{- $plan = append $plan (dict "name" (include "windlass.postgresql.secret" .) "keys" $databases "given" (ne .Values.global.postgresql.existingSecret "")) -}}
{{- toJson $plan -}}
{{- end -}}

{{- define "windlass.inference.secret" -}}
{{- default (include "windlass.nameOf" (dict "root" . "component" "inference")) .Values.global.inference.existingSecret -}}
{{- end -}}
