package chart

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// configurationOf is the ConfigMap with the configuration.
func configurationOf(t *testing.T, rendered map[string]string) *corev1.ConfigMap {
	t.Helper()
	for _, configMap := range every[*corev1.ConfigMap](objects(t, rendered)) {
		if configMap.Data["roomkeeper.yaml"] != "" {
			return configMap
		}
	}
	t.Fatal("there is no ConfigMap with roomkeeper.yaml")
	return nil
}

// laidOut writes the ConfigMap and files of secrets and rooms as a pod would have them, under a folder of the test
// instead of /etc/roomkeeper, and returns the path of the configuration.
func laidOut(t *testing.T, configMap *corev1.ConfigMap) string {
	t.Helper()
	root := t.TempDir()
	certificate, key := certificateAndKey(t)
	files := map[string]string{
		"secrets/nats/password": "secret", "secrets/nats/creds": credsFile, "secrets/nats/nkey": seed, "secrets/nats/token": "token",
		"secrets/system/password": "secret", "secrets/system/creds": credsFile, "secrets/system/nkey": seed, "secrets/system/token": "token",
		"secrets/tls/ca.crt": certificate, "secrets/tls/tls.crt": certificate, "secrets/tls/tls.key": key,
		"secrets/http/auth":                "admin:secret\n",
		"rooms/team-rooms/team.yaml":       "rooms:\n  - {id: team-design, title: 디자인}\n",
		"rooms/customer.rooms/rooms.yaml":  "- {id: customer-1}\n",
		"rooms/mounted/more.yaml":          "- {id: mounted-1, template: archive}\n",
		"rooms/team-rooms/..data/new.yaml": "this is no file of rooms, and not read\n",
	}
	for name, text := range configMap.Data {
		files["config/"+name] = strings.ReplaceAll(text, "/etc/roomkeeper/", root+"/")
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "config", "roomkeeper.yaml")
}

// A seed and a JWT of no server: made for this file.
const seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"

const credsFile = "-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QifQ.e30.c2lnbmF0dXJl\n------END NATS USER JWT------\n\n" +
	"-----BEGIN USER NKEY SEED-----\n" + seed + "\n------END USER NKEY SEED------\n"

func certificateAndKey(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "roomkeeper"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDer, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDer}))
}

func emptyConfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roomkeeper.yaml")
	if err := os.WriteFile(path, []byte("instance: roomkeeper\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// check runs the daemon on a configuration, with the variables that the container has from Secrets.
func check(t *testing.T, path string, rendered map[string]string) (string, error) {
	t.Helper()
	daemon := exec.Command(program(t, "ROOMKEEPER_BIN_DIR", "roomkeeper"), "--check", "--config", path)
	daemon.Env = os.Environ()
	for _, deployment := range every[*appsv1.Deployment](objects(t, rendered)) {
		for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
			if variable.ValueFrom != nil && variable.ValueFrom.SecretKeyRef != nil {
				daemon.Env = append(daemon.Env, variable.Name+"=somebody")
			}
		}
	}
	output, err := daemon.CombinedOutput()
	return string(output), err
}

func TestTheDaemonTakesEveryConfiguration(t *testing.T) {
	rooms := map[string]string{"everything": "25 rooms, 4 templates: good", "defaults": "0 rooms"}
	for name, values := range cases(t) {
		t.Run(name, func(t *testing.T) {
			rendered := render(t, values)
			configMap := configurationOf(t, rendered)
			output, err := check(t, laidOut(t, configMap), rendered)
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, output, configMap.Data["roomkeeper.yaml"])
			}
			if !strings.Contains(output, rooms[name]) {
				t.Errorf("it says %q, not %q", output, rooms[name])
			}
		})
	}
}

// What the schema cannot know, the daemon says.
func TestTheDaemonRefusesWhatTheSchemaCannotSee(t *testing.T) {
	rendered := render(t, parseValues(t, `rooms: [{id: a, template: nowhere}]`))
	output, err := check(t, laidOut(t, configurationOf(t, rendered)), rendered)
	if err == nil || !strings.Contains(output, `rooms.yaml:`) || !strings.Contains(output, `there is no template "nowhere"`) {
		t.Errorf("%v: %s", err, output)
	}
}

type configuration struct {
	Nats struct {
		URL    []string          `json:"url"`
		User   string            `json:"user"`
		TLS    map[string]string `json:"tls"`
		System map[string]string `json:"system"`
		Domain string            `json:"js_domain"`
	} `json:"nats"`
	HTTP struct {
		Listen string `json:"listen"`
		File   string `json:"basic_auth_file"`
		Page   *bool  `json:"page"`
	} `json:"http"`
	Replica struct {
		Revision int `json:"configuration_revision"`
	} `json:"replica"`
	Limits struct {
		Account struct {
			Max int `json:"max"`
		} `json:"account_connections"`
	} `json:"limits"`
	RoomFiles []string `json:"room_files"`
}

func configurationIn(t *testing.T, rendered map[string]string) configuration {
	t.Helper()
	var parsed configuration
	if err := yaml.Unmarshal([]byte(configurationOf(t, rendered).Data["roomkeeper.yaml"]), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestTheConfigurationSaysWhereNatsIs(t *testing.T) {
	for values, url := range map[string]string{
		`{}`: "nats://nats:4222",
		`nats: {service: {name: bus, namespace: ns, port: 1, scheme: tls}}`: "tls://bus.ns.svc:1",
		`nats: {url: ["nats://a:1", "nats://b:2"]}`:                         "nats://a:1 nats://b:2",
		`shape: sidecar`: "nats://127.0.0.1:4222",
		`{shape: sidecar, nats: {url: ["nats://a:1"]}}`: "nats://a:1",
	} {
		equal(t, values, strings.Join(configurationIn(t, render(t, parseValues(t, values))).Nats.URL, " "), url)
	}
}

// The image sets the variable, which goes before the file.
func TestTheContainersVariableSaysWhatTheFileSays(t *testing.T) {
	for name, values := range cases(t) {
		rendered := render(t, values)
		for _, deployment := range every[*appsv1.Deployment](objects(t, rendered)) {
			listen := ""
			for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
				if variable.Name == "ROOMKEEPER_HTTP_LISTEN" {
					listen = variable.Value
				}
			}
			equal(t, name+": the address", listen, configurationIn(t, rendered).HTTP.Listen)
		}
	}
}

func TestTheConfigurationHasTheReleasesRevision(t *testing.T) {
	for revision := 1; revision < 3; revision++ {
		rendered := renderRelease(t, nil, Release{Name: "roomkeeper", Revision: revision})
		equal(t, "revision", configurationIn(t, rendered).Replica.Revision, revision)
	}
	equal(t, "one of its own", configurationIn(t, render(t, cases(t)["creds"])).Replica.Revision, 77)
}

func TestTheConfigurationKeepsWhatTheChartSaysAndWhatValuesSay(t *testing.T) {
	everything := configurationIn(t, render(t, cases(t)["everything"]))
	equal(t, "a large number", everything.Limits.Account.Max, 1000000)
	equal(t, "nats from the values", everything.Nats.Domain, "hub")
	equal(t, "no name of a user that stands in a Secret", everything.Nats.User+everything.Nats.System["user"], "")
	equal(t, "own certificate", everything.Nats.TLS["cert"], "/etc/roomkeeper/secrets/tls/tls.crt")
	equal(t, "files of rooms", strings.Join(everything.RoomFiles, " "), "rooms.yaml /etc/roomkeeper/rooms/team-rooms/*.yaml "+
		"/etc/roomkeeper/rooms/customer.rooms/*.yaml /etc/roomkeeper/rooms/mounted/*.yaml")
	equal(t, "the page", *everything.HTTP.Page, true)

	nkey := configurationIn(t, render(t, cases(t)["nkey"]))
	equal(t, "IPv6", nkey.HTTP.Listen, "[::]:7780")
	equal(t, "file of the login", nkey.HTTP.File, "/etc/roomkeeper/secrets/http/auth")
	if _, set := nkey.Nats.TLS["ca"]; set {
		t.Error("authorities that nobody named")
	}
	defaults := configurationIn(t, render(t, nil))
	equal(t, "every address", defaults.HTTP.Listen, "0.0.0.0:7780")
	equal(t, "the page without a login", *defaults.HTTP.Page, false)
	equal(t, "system account", len(defaults.Nats.System), 0)
}

func TestTheCredentialsOfEveryMethodAreMountedWhereTheConfigurationLooks(t *testing.T) {
	for method, want := range map[string]struct{ setting, key string }{
		"password": {"password_file", "password"}, "creds": {"creds", "nats.creds"},
		"nkey": {"nkey_seed_file", "nats.nk"}, "token": {"token_file", "token"},
	} {
		rendered := render(t, parseValues(t, `nats: {system: {existingSecret: s, method: `+method+`}}`))
		file := configurationIn(t, rendered).Nats.System[want.setting]
		equal(t, method, file, "/etc/roomkeeper/secrets/system/"+method)
		var item corev1.KeyToPath
		for _, spec := range podSpecs(objects(t, rendered)) {
			for _, volume := range spec.Volumes {
				if volume.Name == "nats-system" {
					item = volume.Secret.Items[0]
				}
			}
		}
		equal(t, method+" from the key", item.Key, want.key)
		equal(t, method+" as the file", "/etc/roomkeeper/secrets/system/"+item.Path, file)
	}
}

func TestTheChartIsOfTheProgramsVersion(t *testing.T) {
	output, err := exec.Command(program(t, "ROOMKEEPER_BIN_DIR", "roomkeeper"), "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(output))
	version := words[len(words)-1]
	metadata := loadChart(t).Metadata
	equal(t, "appVersion", metadata.AppVersion, version)
	equal(t, "version", metadata.Version, version)
	if !strings.Contains(string(exampleText(t)), "roomkeeper:"+version+"\n") {
		t.Error("the image of examples/nats-sidecar-values.yaml is another one")
	}
}
