{{- define "roomkeeper.listen" -}}
{{- printf (ternary "[%s]:%v" "%s:%v" (contains ":" .Values.http.address)) .Values.http.address .Values.http.port -}}
{{- end -}}

{{- /* What the chart itself says in the configuration; it goes before `config`, which the schema keeps apart. */ -}}
{{- define "roomkeeper.ownConfig" -}}
nats:
  url: {{- include "roomkeeper.natsUrls" . | nindent 4 }}
  {{- with include "roomkeeper.accountConfig" (dict "auth" .Values.nats.auth "folder" "nats") }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "roomkeeper.accountConfig" (dict "auth" .Values.nats.system "folder" "system") }}
  system: {{- . | nindent 4 }}
  {{- end }}
  {{- with include "roomkeeper.tlsConfig" . }}
  tls: {{- . | nindent 4 }}
  {{- end }}
http:
  listen: {{ include "roomkeeper.listen" . | quote }}
  {{- if .Values.http.basicAuth.existingSecret }}
  basic_auth_file: /etc/roomkeeper/secrets/http/auth
  basic_auth_all: {{ .Values.http.basicAuth.all }}
  {{- else }}
  page: false
  {{- end }}
room_files:
  - rooms.yaml
  {{- range .Values.roomsConfigMaps }}
  - /etc/roomkeeper/rooms/{{ . }}/*.yaml
  {{- end }}
  {{- with .Values.config.room_files }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* A newer release's configuration wins over an older one's while pods are replaced. */ -}}
{{- define "roomkeeper.configuration" -}}
{{- $revision := dict "replica" (dict "configuration_revision" .Release.Revision) -}}
{{- toYaml (mustMergeOverwrite $revision (deepCopy .Values.config) (include "roomkeeper.ownConfig" . | fromYaml)) -}}
{{- end -}}

{{- /* What takes effect at a start only: pods are replaced when it changes, and for nothing else in the configuration. */ -}}
{{- define "roomkeeper.restartChecksum" -}}
{{- pick (include "roomkeeper.configuration" . | fromYaml) "instance" "nats" "names" "http" "state" | toYaml | sha256sum -}}
{{- end -}}
