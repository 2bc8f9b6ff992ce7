{{- /* The endpoints of a ServiceMonitor or PodMonitor. Arguments: monitor, port. */ -}}
{{- define "roomkeeper.endpoints" -}}
{{- $monitor := .monitor -}}
{{- $port := .port -}}
{{- $paths := list (dict "path" "/metrics" "interval" $monitor.interval) -}}
{{- if $monitor.rooms -}}
{{- $paths = append $paths (dict "path" "/metrics/rooms" "interval" $monitor.roomsInterval) -}}
{{- end -}}
{{- range $paths }}
- port: {{ $port }}
  path: {{ .path }}
  interval: {{ .interval }}
  scrapeTimeout: {{ $monitor.scrapeTimeout }}
  {{- with $monitor.basicAuth }}
  basicAuth:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $monitor.relabelings }}
  relabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $monitor.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}
