{{- define "prefect-worker.flowLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/part-of: windlass
app.kubernetes.io/component: flow
{{- end -}}

{{/* The Job of one flow run: what stands in quoted braces is filled in by the worker. */}}
{{- define "prefect-worker.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  generateName: {{ print "{{ name }}-" | quote }}
  namespace: {{ print "{{ namespace }}" | quote }}
  # the worker adds the run's, among them app.kubernetes.io/name
  labels: {{- include "prefect-worker.flowLabels" . | nindent 4 }}
  annotations: {{ print "{{ annotations }}" | quote }}
spec:
  # a run that died is never run again by itself
  backoffLimit: 0
  completions: 1
  parallelism: 1
  ttlSecondsAfterFinished: {{ print "{{ finished_job_ttl }}" | quote }}
  activeDeadlineSeconds: {{ print "{{ active_deadline_seconds }}" | quote }}
  template:
    metadata:
      labels: {{- merge (include "prefect-worker.flowLabels" . | fromYaml) .Values.flows.labels | toYaml | nindent 8 }}
    spec:
      {{- include "windlass.pod" . | nindent 6 }}
      automountServiceAccountToken: {{ print "{{ service_account_token }}" | quote }}
      serviceAccountName: {{ print "{{ service_account_name }}" | quote }}
      restartPolicy: Never
      terminationGracePeriodSeconds: 5
      containers:
        - name: prefect-job # the worker refuses any other name
          image: {{ print "{{ image }}" | quote }}
          imagePullPolicy: {{ print "{{ image_pull_policy }}" | quote }}
          args: {{ print "{{ command }}" | quote }}
          # no placeholder for a run's own variables: the worker puts them before these
          env:
            {{- include "windlass.connections" . | nindent 12 }}
            {{- include "windlass.prefectClient" . | nindent 12 }}
            # pydantic would look through every installed package for plugins, of which there are none
            - {name: PYDANTIC_DISABLE_PLUGINS, value: __all__}
            # the server runs the same image
            - {name: PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED, value: "false"}
            - {name: MLFLOW_TRACKING_URI, value: {{ include "windlass.mlflow.url" . }}}
            - {name: MLFLOW_TRACKING_USERNAME, value: admin}
            - {name: MLFLOW_TRACKING_PASSWORD, valueFrom: {secretKeyRef: {name: {{ include "windlass.mlflow.secret" . }}, key: admin-password}}}
            - {name: MPLCONFIGDIR, value: /tmp/matplotlib}
            {{- range $name, $value := .Values.flows.env }}
            - {name: {{ $name }}, value: {{ include "windlass.text" $value }}}
            {{- end }}
          securityContext: {{- include "windlass.containerSecurity" . | nindent 12 }}
          terminationMessagePolicy: FallbackToLogsOnError
          resources:
            requests: {cpu: {{ print "{{ cpu_request }}" | quote }}, memory: {{ print "{{ memory_request }}" | quote }}}
            limits: {cpu: {{ print "{{ cpu_limit }}" | quote }}, memory: {{ print "{{ memory_limit }}" | quote }}}
          volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
{{- end -}}

{{/* What a deployment may set, and what holds where it does not. */}}
{{- define "prefect-worker.variables" -}}
name: {type: [string, "null"], default: null, title: Name, description: Prefix of the Job's name.}
env: {type: object, default: {}, title: Variables, description: More environment variables; none of them secret., additionalProperties: {type: [string, "null"]}}
labels: {type: object, default: {}, title: Labels, description: More labels of the Job., additionalProperties: {type: string}}
annotations: {type: object, default: {}, title: Annotations, description: Annotations of the Job., additionalProperties: {type: string}}
command:
  type: [string, "null"]
  # `prefect flow-run execute`, the usual one, starts Python three times
  default: python -m windlass.flows.engine
  title: Command
  description: What the pod runs.
namespace: {type: string, default: {{ .Release.Namespace }}, title: Namespace, description: Namespace of the Job; the worker has rights in its own only.}
image: {type: string, default: {{ default (include "windlass.image" .) .Values.flows.image | quote }}, title: Image, description: Image of the pod.}
image_pull_policy: {type: string, default: {{ .Values.global.image.pullPolicy }}, enum: [IfNotPresent, Always, Never], title: Image pull policy, description: When the image is pulled.}
service_account_name: {type: string, default: {{ include "windlass.nameOf" (dict "root" . "component" "flows") }}, title: Service account, description: Who the pod is to the cluster's API.}
service_account_token: {type: boolean, default: false, title: Service account token, description: Whether the pod gets a token for the cluster's API.}
finished_job_ttl: {type: [integer, "null"], default: {{ .Values.flows.ttlSeconds }}, title: Kept for, description: Seconds for which the finished Job is kept.}
active_deadline_seconds: {type: [integer, "null"], default: {{ default "null" .Values.flows.deadlineSeconds }}, title: Deadline, description: Seconds after which the pod is ended; null for a run without end.}
job_watch_timeout_seconds: {type: [integer, "null"], default: null, title: Job watch timeout, description: Seconds without any event of the Job.}
pod_watch_timeout_seconds: {type: integer, default: 600, title: Pod watch timeout, description: Seconds for the pod to start.}
stream_output: {type: boolean, default: false, title: Stream output, description: Whether the worker prints the pod's output too.}
cpu_request: {type: string, default: {{ .Values.flows.resources.requests.cpu | quote }}, title: CPU request, description: "Like 500m."}
cpu_limit: {type: string, default: {{ .Values.flows.resources.limits.cpu | quote }}, title: CPU limit, description: "Like 2."}
memory_request: {type: string, default: {{ .Values.flows.resources.requests.memory | quote }}, title: Memory request, description: "Like 512Mi."}
memory_limit: {type: string, default: {{ .Values.flows.resources.limits.memory | quote }}, title: Memory limit, description: "Like 2Gi."}
{{- end -}}

{{- define "prefect-worker.baseJobTemplate" -}}
{{- $configuration := dict -}}
{{- range list "command" "env" "labels" "annotations" "name" "namespace" "job_watch_timeout_seconds" "pod_watch_timeout_seconds" "stream_output" -}}
{{- $_ := set $configuration . (printf "{{ %s }}" .) -}}
{{- end -}}
{{- $_ := set $configuration "job_manifest" (include "prefect-worker.job" . | fromYaml) -}}
{{- $variables := dict "type" "object" "properties" (include "prefect-worker.variables" . | fromYaml) -}}
{{- dict "job_configuration" $configuration "variables" $variables | toPrettyJson -}}
{{- end -}}
