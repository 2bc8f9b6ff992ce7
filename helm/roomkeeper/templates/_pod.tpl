{{- define "roomkeeper.probe" -}}
{{- if .root.Values.http.basicAuth.all -}}
tcpSocket:
  port: roomkeeper
{{- else -}}
httpGet:
  path: {{ .path }}
  port: roomkeeper
{{- end }}
{{ toYaml .timing }}
{{- end -}}

{{- define "roomkeeper.container" -}}
name: roomkeeper
image: {{ include "roomkeeper.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [roomkeeper]
args:
  - --config
  - /etc/roomkeeper/config/roomkeeper.yaml
  {{- with .Values.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  - name: ROOMKEEPER_REPLICA_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  # The image has this variable, and a variable goes before the file.
  - name: ROOMKEEPER_HTTP_LISTEN
    value: {{ include "roomkeeper.listen" . | quote }}
  {{- with include "roomkeeper.userEnv" (dict "auth" .Values.nats.auth "name" "ROOMKEEPER_NATS_USER") }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "roomkeeper.userEnv" (dict "auth" .Values.nats.system "name" "ROOMKEEPER_NATS_SYSTEM_USER") }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: roomkeeper
    containerPort: {{ .Values.http.port }}
    protocol: TCP
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
startupProbe:
  {{- include "roomkeeper.probe" (dict "root" . "path" "/healthz" "timing" .Values.startupProbe) | nindent 2 }}
livenessProbe:
  {{- include "roomkeeper.probe" (dict "root" . "path" "/healthz" "timing" .Values.livenessProbe) | nindent 2 }}
readinessProbe:
  {{- include "roomkeeper.probe" (dict "root" . "path" "/readyz" "timing" .Values.readinessProbe) | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - name: config
    mountPath: /etc/roomkeeper/config
    readOnly: true
  {{- range $index, $name := .Values.roomsConfigMaps }}
  - name: rooms-{{ $index }}
    mountPath: /etc/roomkeeper/rooms/{{ $name }}
    readOnly: true
  {{- end }}
  {{- with include "roomkeeper.natsMounts" (dict "root" . "auth" .Values.nats.auth) }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if .Values.nats.system.existingSecret }}
  - name: nats-system
    mountPath: /etc/roomkeeper/secrets/system
    readOnly: true
  {{- end }}
  {{- if .Values.http.basicAuth.existingSecret }}
  - name: http-auth
    mountPath: /etc/roomkeeper/secrets/http
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "roomkeeper.volumes" -}}
- name: config
  configMap:
    name: {{ include "roomkeeper.fullname" . }}
{{- range $index, $name := .Values.roomsConfigMaps }}
- name: rooms-{{ $index }}
  configMap:
    name: {{ $name }}
{{- end }}
{{- include "roomkeeper.natsVolumes" (dict "root" . "auth" .Values.nats.auth) }}
{{- include "roomkeeper.credentialVolume" (dict "auth" .Values.nats.system "name" "nats-system") }}
{{- if .Values.http.basicAuth.existingSecret }}
- name: http-auth
  secret:
    secretName: {{ .Values.http.basicAuth.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .Values.http.basicAuth.key }}
        path: auth
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
