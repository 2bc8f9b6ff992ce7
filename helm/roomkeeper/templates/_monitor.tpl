{{- /* The endpoints of a ServiceMonitor or PodMonitor. Arguments: monitor, port. */ -}}
{{- define "roomkeeper.endpoints" -}}
{{- $monitor := .monitor -}}
{{- $port := .port -}}
{{- $paths := list (dict "path" "/metrics" "interval" $monitor.interval) -}}
{{- if $monitor.rooms -}}
{{- /* Of the same job and instance as /metrics: without a label of its own the two would write the same `up`. */ -}}
{{- $own := list (dict "sourceLabels" (list "__metrics_path__") "targetLabel" "metrics_path") -}}
{{- $paths = append $paths (dict "path" "/metrics/rooms" "interval" $monitor.roomsInterval "params" $monitor.roomsParams "relabelings" $own) -}}
{{- end -}}
{{- range $paths }}
- port: {{ $port }}
  path: {{ .path }}
  interval: {{ .interval }}
  scrapeTimeout: {{ $monitor.scrapeTimeout }}
  {{- with .params }}
  params:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $monitor.basicAuth }}
  basicAuth:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with concat (default list .relabelings) (default list $monitor.relabelings) }}
  relabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $monitor.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}
