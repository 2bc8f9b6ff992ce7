package chart

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const natsConfiguration = `
host: 127.0.0.1
port: %d
server_name: n1
jetstream { store_dir: %q, max_file_store: 1GB, max_memory_store: 16MB }
accounts {
  APP { jetstream: enabled, users: [
    { user: roomkeeper, password: "to-the-rooms" }
    { user: admin, password: "of-the-house", permissions: {
      publish: [ "roomkeeper.admin.>", "$SRV.>", "$SYS.REQ.USER.INFO", "chat.*.admin", "$JS.API.STREAM.INFO.*",
        "$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.INFO.>", "$JS.API.CONSUMER.DELETE.>", "$JS.ACK.>", "$JS.FC.>" ]
      subscribe: [ "chat.>", "_INBOX.>" ] } }
  ] }
  SYS { users: [ { user: sys, password: "of-the-system" } ] }
}
system_account: SYS
`

// installation is a release with the pods' processes on this machine: a nats-server, and the daemon with the rendered
// configuration, with a folder in the place of /etc/roomkeeper.
type installation struct {
	rendered map[string]string
	root     string
	binaries string
	nats     int
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// started runs a program until the test ends, and shows what it said when the test failed.
func started(t *testing.T, name string, environment []string, arguments ...string) {
	t.Helper()
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(name, arguments...)
	process.Env = append(os.Environ(), environment...)
	process.Stdout, process.Stderr = output, output
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(os.Interrupt)
		_ = process.Wait()
		if text, err := os.ReadFile(output.Name()); err == nil && t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(name), text)
		}
	})
}

func (i *installation) inPlace(text string) string {
	return strings.ReplaceAll(text, "/etc/roomkeeper/", i.root+"/")
}

func install(t *testing.T, more string) *installation {
	t.Helper()
	i := &installation{root: t.TempDir(), nats: freePort(t), binaries: environment(t, "ROOMKEEPER_BIN_DIR")}
	http := freePort(t)
	i.rendered = render(t, parseValues(t, fmt.Sprintf(`
nats:
  url: ["nats://127.0.0.1:%d"]
  auth: {existingSecret: users, userKey: username}
  system: {existingSecret: users, key: system-password}
http: {address: 127.0.0.1, port: %d}
config: {reconcile: {on_removal: delete}}
`, i.nats, http)+more))
	writeFile(t, i.root+"/secrets/nats/password", "to-the-rooms")
	writeFile(t, i.root+"/secrets/system/password", "of-the-system")
	for name, text := range configurationOf(t, i.rendered).Data {
		writeFile(t, i.root+"/config/"+name, i.inPlace(text))
	}
	writeFile(t, i.root+"/nats-server.conf", fmt.Sprintf(natsConfiguration, i.nats, t.TempDir()))
	started(t, program(t, "ROOMKEEPER_TOOLS_DIR", "nats-server-2.15"), nil, "-c", i.root+"/nats-server.conf")
	started(t, program(t, "ROOMKEEPER_BIN_DIR", "roomkeeper"),
		[]string{"ROOMKEEPER_NATS_USER=roomkeeper", "ROOMKEEPER_REPLICA_NAME=roomkeeper-0"},
		"--config", i.root+"/config/roomkeeper.yaml")
	awaitReady(t, fmt.Sprintf("http://127.0.0.1:%d/readyz", http))
	return i
}

func awaitReady(t *testing.T, url string) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		reply, err := http.Get(url)
		if err == nil {
			_ = reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the daemon is not ready: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// shell runs a script as a container of the chart does.
func (i *installation) shell(t *testing.T, script string) (string, error) {
	t.Helper()
	limited, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(limited, "sh", "-euc", script)
	shell.Env = []string{"PATH=" + i.binaries + ":" + os.Getenv("PATH"), "ROOMKEEPER_NATS_USER=roomkeeper", "NO_COLOR=1", "HOME=" + i.root}
	output, err := shell.CombinedOutput()
	return string(output), err
}

func (i *installation) hook(t *testing.T) string {
	t.Helper()
	pod := only[*corev1.Pod](t, objects(t, i.rendered))
	container := pod.Spec.Containers[0]
	equal(t, "command", strings.Join(container.Command, " "), "sh -euc")
	return i.inPlace(container.Args[0])
}

func TestTheHookMakesWritesPurgesAndRemovesARoom(t *testing.T) {
	program(t, "ROOMKEEPER_BIN_DIR", "roomctl")
	release := install(t, "")
	for run := 1; run <= 2; run++ {
		output, err := release.shell(t, release.hook(t))
		if err != nil || !strings.Contains(output, "the room was made, written to, read, purged and removed") {
			t.Fatalf("run %d: %v\n%s", run, err, output)
		}
		if !strings.Contains(output, "1 of 1 message") {
			t.Errorf("run %d: not one message was purged:\n%s", run, output)
		}
		if run == 1 {
			release.awaitNoRoom(t)
		}
	}
}

// script is what the notes say to run in a pod, with other words at its end.
func (i *installation) script(t *testing.T, words string) string {
	t.Helper()
	notes := i.inPlace(i.rendered["roomkeeper/templates/NOTES.txt"])
	_, rest, found := strings.Cut(notes, "sh -c '")
	script, _, ends := strings.Cut(rest, "rk status; rk doctor; rk room ls'")
	if !found || !ends {
		t.Fatalf("the notes have no command for roomctl:\n%s", notes)
	}
	return script + words
}

// awaitNoRoom waits for the pass that removes the stream.
func (i *installation) awaitNoRoom(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		output, err := i.shell(t, i.script(t, "rk room ls"))
		if err == nil && !strings.Contains(output, "helm-test") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the room is still there: %v\n%s", err, output)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestTheHookIsAnAdministratorWhereThereIsOne(t *testing.T) {
	release := install(t, "tests: {sender: admin, auth: {existingSecret: admins}}\n")
	writeFile(t, release.root+"/secrets/nats/password", "of-the-house")
	output, err := release.shell(t, release.hook(t))
	if err != nil || !strings.Contains(output, "1 of 1 message") {
		t.Errorf("%v\n%s", err, output)
	}
	pod := only[*corev1.Pod](t, objects(t, release.rendered))
	equal(t, "Secret", pod.Spec.Volumes[0].Secret.SecretName, "admins")
	equal(t, "user", strings.Contains(release.hook(t), "--nats-user \"admin\" "), true)
}

func TestTheCommandsOfTheNotesWork(t *testing.T) {
	release := install(t, "")
	output, err := release.shell(t, release.script(t, "rk status; rk doctor || true; rk room ls"))
	if err != nil || !strings.Contains(output, "instance roomkeeper") || !strings.Contains(output, "System account  connected") {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestTheHookFailsWhereNobodyAnswers(t *testing.T) {
	release := install(t, "")
	elsewhere := strings.ReplaceAll(release.hook(t), fmt.Sprintf(":%d", release.nats), fmt.Sprintf(":%d", freePort(t)))
	output, err := release.shell(t, strings.ReplaceAll(elsewhere, "-lt 60", "-lt 2"))
	if err == nil || !strings.Contains(output, "Roomkeeper does not answer") {
		t.Errorf("%v\n%s", err, output)
	}
}
