package chart

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What people run is the program helm, not its library.
func helm(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	output, err := exec.Command(program(t, "ROOMKEEPER_TOOLS_DIR", "helm"), arguments...).CombinedOutput()
	return string(output), err
}

func TestHelmLintFindsNothing(t *testing.T) {
	files, err := filepath.Glob("cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		output, err := helm(t, "lint", "--strict", "--values", file, chartDir)
		if err != nil || !strings.Contains(output, "0 chart(s) failed") || strings.Contains(output, "[WARNING]") {
			t.Errorf("%s: %v\n%s", file, err, output)
		}
	}
}

func TestHelmRendersWhatItsLibraryDoes(t *testing.T) {
	output, err := helm(t, "template", "roomkeeper", chartDir, "--namespace", "chat", "--values", "cases/everything.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for path, text := range render(t, cases(t)["everything"]) {
		for _, document := range documents(map[string]string{path: text}) {
			if !strings.Contains(output, strings.TrimSpace(document)) {
				t.Errorf("what %s renders is not in the output of helm template", path)
			}
		}
	}
}

func TestHelmRefusesWhatTheSchemaRefuses(t *testing.T) {
	output, err := helm(t, "template", "roomkeeper", chartDir, "--set", "replicas=3")
	if err == nil || !strings.Contains(output, "additional properties 'replicas' not allowed") {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestThePackageHasAllThatIsNeededAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	if output, err := helm(t, "package", chartDir, "--destination", folder); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	archive := filepath.Join(folder, "roomkeeper-"+loadChart(t).Metadata.Version+".tgz")
	list, err := exec.Command("tar", "tzf", archive).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"values.schema.json", "README.md", "templates/NOTES.txt", "templates/tests/room.yaml",
		"examples/nats-sidecar-values.yaml", "rules/alerts.yaml", "rules/recording.yaml", "dashboards/"} {
		if !strings.Contains(string(list), "roomkeeper/"+needed) {
			t.Errorf("the package lacks %s", needed)
		}
	}
	if output, err := helm(t, "template", "roomkeeper", archive, "--values", "cases/sidecar.yaml"); err != nil {
		t.Errorf("the package does not render: %v\n%s", err, output)
	}
}
