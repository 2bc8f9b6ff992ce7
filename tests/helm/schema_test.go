package chart

import (
	"os/exec"
	"regexp"
	"sort"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// What is wrong, and what a person has to read about it.
var refused = []struct{ values, says string }{
	{`replicas: 3`, `additional properties 'replicas' not allowed`},
	{`replicaCount: two`, `at '/replicaCount': got string, want integer`},
	{`replicaCount: 100`, `at '/replicaCount': maximum: got 100, want 10`},
	{`shape: daemonset`, `at '/shape': value must be one of 'deployment', 'sidecar'`},
	{`nats: {url: "nats://a:4222"}`, `at '/nats/url': got string, want array`},
	{`nats: {url: ["nats://user:secret@a:4222"]}`, `at '/nats/url/0': 'nats://user:secret@a:4222' does not match pattern`},
	{`nats: {url: ["nats://a:4222;reboot"]}`, `at '/nats/url/0': 'nats://a:4222;reboot' does not match pattern`},
	{`nats: {url: ["nats://$(reboot):4222"]}`, `at '/nats/url/0': 'nats://$(reboot):4222' does not match pattern`},
	{`fullnameOverride: Chat_Rooms`, `at '/fullnameOverride': 'Chat_Rooms' does not match pattern`},
	{`nameOverride: "-chat"`, `at '/nameOverride': '-chat' does not match pattern`},
	{`podLabels: {app.kubernetes.io/name: chat}`, `at '/podLabels/app.kubernetes.io~1name': false schema`},
	{`commonLabels: {helm.sh/chart: chat}`, `at '/commonLabels/helm.sh~1chart': false schema`},
	{`http: {basicAuth: {existingSecret: a, all: true}}
metrics: {serviceMonitor: {enabled: true}}`, `at '/metrics/serviceMonitor/basicAuth': minProperties: got 0, want 1`},
	{`http: {basicAuth: {existingSecret: a, all: true}}
metrics: {podMonitor: {enabled: true}}`, `at '/metrics/podMonitor/basicAuth': minProperties: got 0, want 1`},
	{`metrics: {podMonitor: {roomsParams: {limit: [500]}}}`, `at '/metrics/podMonitor/roomsParams/limit/0': got number, want string`},
	{`metrics: {prometheusRule: {runbookBase: docs}}`, `at '/metrics/prometheusRule/runbookBase': 'docs' does not match pattern`},
	{`nats: {auth: {method: jwt}}`, `at '/nats/auth/method': value must be one of 'password', 'creds', 'nkey', 'token'`},
	{`nats: {auth: {password: secret}}`, `at '/nats/auth': additional properties 'password' not allowed`},
	{`nats: {service: {port: 70000}}`, `at '/nats/service/port': maximum: got 70,000, want 65,535`},
	{`nats: {tls: {existingSecret: a, certKey: tls.crt}}`, `at '/nats/tls/keyKey': minLength: got 0, want 1`},
	{`nats: {tls: {existingSecret: a, keyKey: tls.key}}`, `at '/nats/tls/keyKey': maxLength: got 7, want 0`},
	{`config: {nats: {user: bob}}`, `at '/config/nats': additional properties 'user' not allowed`},
	{`config: {http: {listen: "0.0.0.0:1"}}`, `at '/config/http': additional properties 'listen' not allowed`},
	{`config: {loglevel: debug}`, `at '/config': additional properties 'loglevel' not allowed`},
	{`config: {log: {level: loud}}`, `at '/config/log/level': value must be one of 'debug', 'info', 'warn', 'error'`},
	{`config: {instance: "a b"}`, `at '/config/instance': 'a b' does not match pattern`},
	{`config: {instance: null}`, `at '/config': missing property 'instance'`},
	{`config: {reconcile: {interval: 60}}`, `at '/config/reconcile/interval': got number, want string`},
	{`config: {reconcile: {interval: 60sec}}`, `at '/config/reconcile/interval': '60sec' does not match pattern`},
	{`config: {limits: {connections_per_user: {max: -3}}}`, `at '/config/limits/connections_per_user/max'`},
	{`config: {limits: {users: {bob: {max: 3}}}}`, `at '/config/limits/users/bob': additional properties 'max' not allowed`},
	{`config: {templates: {"a b": {}}}`, `at '/config/templates': additional properties 'a b' not allowed`},
	{`config: {templates: {default: {stream: {max_bytes: 64 MB}}}}`, `at '/config/templates/default/stream/max_bytes'`},
	{`config: {templates: {default: {retention: {until: noon}}}}`, `at '/config/templates/default/retention'`},
	{`rooms: {general: {}}`, `at '/rooms': got object, want array`},
	{`rooms: [{title: no id}]`, `at '/rooms/0': missing property 'id'`},
	{`rooms: [{id: a, range: "a-{1..2}"}]`, `at '/rooms/0': 'oneOf' failed, subschemas 0, 1 matched`},
	{`rooms: [{id: a, topics: b}]`, `at '/rooms/0': additional properties 'topics' not allowed`},
	{`roomsConfigMaps: [a, a]`, `at '/roomsConfigMaps': items at 0 and 1 are equal`},
	{`roomsConfigMaps: ["../etc"]`, `at '/roomsConfigMaps/0': '../etc' does not match pattern`},
	{`http: {address: localhost}`, `at '/http/address': 'localhost' does not match pattern`},
	{`http: {basicAuth: {all: true}}`, `at '/http/basicAuth/existingSecret': minLength: got 0, want 1`},
	{`image: {digest: latest}`, `at '/image/digest': 'latest' does not match pattern`},
	{`podAnnotations: {a: 1}`, `at '/podAnnotations/a': got number, want string`},
	{`commonLabels: {a: true}`, `at '/commonLabels/a': got boolean, want string`},
	{`topologySpreadConstraints: [{labelSelector: {}}]`, `at '/topologySpreadConstraints/0': 'not' failed`},
	{`livenessProbe: {httpGet: {}}`, `at '/livenessProbe': additional properties 'httpGet' not allowed`},
	{`terminationGracePeriodSeconds: 5`, `at '/terminationGracePeriodSeconds': minimum: got 5, want 10`},
	{`networkPolicy: {natsPorts: []}`, `at '/networkPolicy/natsPorts': minItems: got 0, want 1`},
	{`metrics: {serviceMonitor: {interval: 15}}`, `at '/metrics/serviceMonitor/interval': got number, want string`},
	{`dashboards: {labelValue: 1}`, `at '/dashboards/labelValue': got number, want string`},
	{`tests: {room: "a;reboot"}`, `at '/tests/room': 'a;reboot' does not match pattern`},
	{`tests: {sender: "$(reboot)"}`, `at '/tests/sender': '$(reboot)' does not match pattern`},
	{`nats: {auth: {user: "a'; reboot"}}`, `at '/nats/auth/user'`},
}

func TestTheSchemaRefusesWithAReadableMessage(t *testing.T) {
	loaded := loadChart(t)
	for _, bad := range refused {
		_, err := renderValues(loaded, parseValues(t, bad.values), defaultRelease)
		if err == nil {
			t.Errorf("%s is taken", bad.values)
		} else if !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%s: the message lacks %q:\n%v", bad.values, bad.says, err)
		}
	}
}

func TestWhatHelmItselfAddsIsTaken(t *testing.T) {
	render(t, parseValues(t, `global: {imageRegistry: registry.example}`))
}

// openObjects are the places where a Kubernetes type is written, which the strict decoder knows better than a schema.
var openObjects = regexp.MustCompile(`^/properties/(global|affinity|podSecurityContext|securityContext|tolerations/items|` +
	`resources/properties/(requests|limits|claims/items)|topologySpreadConstraints/items|extra\w+/items|` +
	`networkPolicy/properties/(ingressFrom|natsTo|extraEgress)/items|` +
	`metrics/properties/\w+/properties/(relabelings/items|metricRelabelings/items|basicAuth))$`)

func TestEveryObjectOfTheSchemaIsClosed(t *testing.T) {
	var document map[string]any
	if err := yaml.Unmarshal(loadChart(t).Schema, &document); err != nil {
		t.Fatal(err)
	}
	closed, open := 0, 0
	var walk func(at string, node any)
	walk = func(at string, node any) {
		switch typed := node.(type) {
		case map[string]any:
			kinds, _ := typed["type"].([]any)
			if typed["type"] == "object" || len(kinds) > 0 {
				if _, said := typed["additionalProperties"]; said {
					closed++
				} else if openObjects.MatchString(at) {
					open++
				} else {
					t.Errorf("%s takes any key", at)
				}
			}
			for key, below := range typed {
				walk(at+"/"+key, below)
			}
		case []any:
			for _, below := range typed {
				walk(at, below)
			}
		}
	}
	walk("", document)
	if closed < 40 || open < 10 {
		t.Errorf("%d closed and %d open objects", closed, open)
	}
}

// What the chart writes itself, from values of its own.
var ownSettings = map[string]string{
	"nats.url": "nats.url", "nats.tls.ca": "nats.tls", "nats.tls.cert": "nats.tls", "nats.tls.key": "nats.tls",
	"nats.user": "nats.auth", "nats.password_file": "nats.auth", "nats.creds": "nats.auth",
	"nats.nkey_seed_file": "nats.auth", "nats.token_file": "nats.auth",
	"nats.system.user": "nats.system", "nats.system.password_file": "nats.system", "nats.system.creds": "nats.system",
	"nats.system.nkey_seed_file": "nats.system", "nats.system.token_file": "nats.system",
	"http.listen": "http.address", "http.basic_auth_file": "http.basicAuth", "http.basic_auth_all": "http.basicAuth",
	"replica.name": "the pod's name",
}

func TestEverySettingOfTheDaemonHasItsValue(t *testing.T) {
	help, err := exec.Command(program(t, "ROOMKEEPER_BIN_DIR", "roomkeeper"), "--print-config", "--config", emptyConfig(t)).Output()
	if err != nil {
		t.Fatal(err)
	}
	settings := regexp.MustCompile(`(?m)^([a-z_]+(?:\.[a-z_]+)*) {2,}`).FindAllStringSubmatch(string(help), -1)
	if len(settings) < 60 {
		t.Fatalf("only %d settings in\n%s", len(settings), help)
	}
	var document map[string]any
	if err := yaml.Unmarshal(loadChart(t).Schema, &document); err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, setting := range settings {
		if strings.HasPrefix(setting[1], "nats.password") || strings.HasPrefix(setting[1], "nats.system.password") {
			continue
		}
		if _, own := ownSettings[setting[1]]; own {
			continue
		}
		if !inSchema(document, document["properties"].(map[string]any)["config"], strings.Split(setting[1], ".")) {
			missing = append(missing, setting[1])
		}
	}
	sort.Strings(missing)
	if len(missing) > 0 {
		t.Errorf("values.schema.json has no place for: %s", strings.Join(missing, ", "))
	}
}

func inSchema(document map[string]any, node any, path []string) bool {
	object, fits := node.(map[string]any)
	if !fits {
		return false
	}
	if to, refers := object["$ref"].(string); refers {
		return inSchema(document, document["definitions"].(map[string]any)[strings.TrimPrefix(to, "#/definitions/")], path)
	}
	if len(path) == 0 {
		return true
	}
	properties, _ := object["properties"].(map[string]any)
	return inSchema(document, properties[path[0]], path[1:])
}
