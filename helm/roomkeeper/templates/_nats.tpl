{{- /* Where NATS is, and who we are there: for the configuration, the volumes, and roomctl. */ -}}

{{- /* A list of URLs, as YAML. A container in the NATS pods talks to the server beside it. */ -}}
{{- define "roomkeeper.natsUrls" -}}
{{- $service := .Values.nats.service -}}
{{- if .Values.nats.url -}}
{{ toYaml .Values.nats.url }}
{{- else if eq .Values.shape "sidecar" -}}
- {{ printf "%s://127.0.0.1:%v" $service.scheme $service.port }}
{{- else -}}
- {{ printf "%s://%s:%v" $service.scheme (join "." (compact (list $service.name $service.namespace (ternary "svc" "" (ne $service.namespace ""))))) $service.port }}
{{- end -}}
{{- end -}}

{{- /* The key of the Secret that has the credential. Argument: nats.auth or nats.system. */ -}}
{{- define "roomkeeper.credentialKey" -}}
{{- default (get (dict "password" "password" "creds" "nats.creds" "nkey" "nats.nk" "token" "token") .method) .key -}}
{{- end -}}

{{- /* The settings of one account. Arguments: auth (nats.auth or nats.system), folder. */ -}}
{{- define "roomkeeper.accountConfig" -}}
{{- if .auth.existingSecret -}}
{{- if and (eq .auth.method "password") (not .auth.userKey) }}
user: {{ .auth.user | quote }}
{{- end }}
{{ get (dict "password" "password_file" "creds" "creds" "nkey" "nkey_seed_file" "token" "token_file") .auth.method }}: /etc/roomkeeper/secrets/{{ .folder }}/{{ .auth.method }}
{{- end -}}
{{- end -}}

{{- define "roomkeeper.tlsConfig" -}}
{{- $tls := .Values.nats.tls -}}
{{- if $tls.existingSecret -}}
{{- if $tls.caKey }}
ca: /etc/roomkeeper/secrets/tls/ca.crt
{{- end }}
{{- if $tls.certKey }}
cert: /etc/roomkeeper/secrets/tls/tls.crt
key: /etc/roomkeeper/secrets/tls/tls.key
{{- end }}
{{- end -}}
{{- end -}}

{{- /* User names that stand in a Secret: no file of the configuration can name them. Arguments: auth, name. */ -}}
{{- define "roomkeeper.userEnv" -}}
{{- if and .auth.existingSecret .auth.userKey (eq .auth.method "password") -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .auth.existingSecret }}
      key: {{ .auth.userKey }}
{{- end -}}
{{- end -}}

{{- /* A Secret with one credential. Arguments: auth, name. */ -}}
{{- define "roomkeeper.credentialVolume" -}}
{{- if .auth.existingSecret }}
- name: {{ .name }}
  secret:
    secretName: {{ .auth.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ include "roomkeeper.credentialKey" .auth }}
        path: {{ .auth.method }}
{{- end }}
{{- end -}}

{{- /* Whom roomctl is in `helm test`: an administrator, or the daemon. As YAML. */ -}}
{{- define "roomkeeper.testAuth" -}}
{{- ternary .Values.nats.auth .Values.tests.auth (empty .Values.tests.auth.existingSecret) | toYaml -}}
{{- end -}}

{{- /* Volumes of an account's credential and of TLS: whole directories, so that a rotated Secret arrives. Arguments:
       root, auth; the same for what follows. */ -}}
{{- define "roomkeeper.natsVolumes" -}}
{{- include "roomkeeper.credentialVolume" (dict "auth" .auth "name" "nats-auth") }}
{{- $tls := .root.Values.nats.tls }}
{{- if $tls.existingSecret }}
- name: nats-tls
  secret:
    secretName: {{ $tls.existingSecret }}
    defaultMode: 0440
    items:
      {{- if $tls.caKey }}
      - key: {{ $tls.caKey }}
        path: ca.crt
      {{- end }}
      {{- if $tls.certKey }}
      - key: {{ $tls.certKey }}
        path: tls.crt
      - key: {{ $tls.keyKey }}
        path: tls.key
      {{- end }}
{{- end }}
{{- end -}}

{{- define "roomkeeper.natsMounts" -}}
{{- if .auth.existingSecret -}}
- name: nats-auth
  mountPath: /etc/roomkeeper/secrets/nats
  readOnly: true
{{- end }}
{{- if .root.Values.nats.tls.existingSecret }}
- name: nats-tls
  mountPath: /etc/roomkeeper/secrets/tls
  readOnly: true
{{- end }}
{{- end -}}

{{- /* Flags of roomctl in a pod of ours, as shell words: the schema keeps out what the shell would read otherwise. */ -}}
{{- define "roomkeeper.roomctlFlags" -}}
--nats-server {{ join "," (include "roomkeeper.natsUrls" .root | fromYamlArray) }}
{{- $auth := .auth -}}
{{- if $auth.existingSecret -}}
{{- if eq $auth.method "password" }} --nats-user "{{ ternary "$ROOMKEEPER_NATS_USER" $auth.user (ne $auth.userKey "") }}"{{ end }} {{ get (dict "password" "--password-file" "creds" "--creds" "nkey" "--nkey" "token" "--token-file") $auth.method }} /etc/roomkeeper/secrets/nats/{{ $auth.method }}
{{- end -}}
{{- $tls := include "roomkeeper.tlsConfig" .root | fromYaml -}}
{{- range $key, $path := $tls }} --tls-{{ $key }} {{ $path }}{{ end -}}
{{- end -}}
