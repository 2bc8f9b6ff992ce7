// Package chart tests helm/roomkeeper: what it renders, what it refuses, and that the programs take what it renders.
package chart

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"k8s.io/apimachinery/pkg/runtime"
)

const chartDir = "../../helm/roomkeeper"

// Release is what `helm install` would be called with.
type Release struct {
	Name     string
	Revision int
}

var defaultRelease = Release{Name: "roomkeeper", Revision: 1}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.Load(chartDir)
	if err != nil {
		t.Fatalf("loading the chart: %v", err)
	}
	return loaded
}

// renderValues checks the values against the schema and lays them over the chart's own.
func renderValues(loaded *chart.Chart, values map[string]any, release Release) (chartutil.Values, error) {
	options := chartutil.ReleaseOptions{
		Name: release.Name, Namespace: "chat", Revision: release.Revision,
		IsInstall: release.Revision == 1, IsUpgrade: release.Revision > 1,
	}
	return chartutil.ToRenderValues(loaded, values, options, chartutil.DefaultCapabilities)
}

// render returns the text of every template, by its path in the chart.
func render(t *testing.T, values map[string]any) map[string]string {
	t.Helper()
	return renderRelease(t, values, defaultRelease)
}

func renderRelease(t *testing.T, values map[string]any, release Release) map[string]string {
	t.Helper()
	loaded := loadChart(t)
	top, err := renderValues(loaded, values, release)
	if err != nil {
		t.Fatalf("values: %v", err)
	}
	rendered, err := engine.Render(loaded, top)
	if err != nil {
		t.Fatalf("rendering: %v", err)
	}
	return rendered
}

// readValues reads one file of values as helm does.
func readValues(t *testing.T, path string) map[string]any {
	t.Helper()
	values, err := chartutil.ReadValuesFile(path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return values
}

// parseValues reads values as helm reads a file of them.
func parseValues(t *testing.T, text string) map[string]any {
	t.Helper()
	values, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatalf("values: %v\n%s", err, text)
	}
	return values
}

// cases are the files in cases/, by their name without extension.
func cases(t *testing.T) map[string]map[string]any {
	t.Helper()
	paths, err := filepath.Glob("cases/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	found := map[string]map[string]any{}
	for _, path := range paths {
		found[strings.TrimSuffix(filepath.Base(path), ".yaml")] = readValues(t, path)
	}
	return found
}

// documents splits what was rendered into manifests, in a fixed order.
func documents(rendered map[string]string) []string {
	paths := make([]string, 0, len(rendered))
	for path := range rendered {
		if !strings.HasSuffix(path, "NOTES.txt") {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	var found []string
	for _, path := range paths {
		split := releaseutil.SplitManifests(rendered[path])
		keys := make([]string, 0, len(split))
		for key := range split {
			keys = append(keys, key)
		}
		sort.Sort(releaseutil.BySplitManifestsOrder(keys))
		for _, key := range keys {
			if len(bytes.TrimSpace([]byte(withoutComments(split[key])))) > 0 {
				found = append(found, split[key])
			}
		}
	}
	return found
}

func withoutComments(manifest string) string {
	var kept []string
	for _, line := range strings.Split(manifest, "\n") {
		if !strings.HasPrefix(line, "#") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// objects decodes strictly: an unknown or doubled field is an error.
func objects(t *testing.T, rendered map[string]string) []runtime.Object {
	t.Helper()
	var found []runtime.Object
	for _, document := range documents(rendered) {
		object, err := decodeStrictly([]byte(document))
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		found = append(found, object)
	}
	return found
}

// only returns the one object of a type, and fails when there is none or more than one.
func only[T runtime.Object](t *testing.T, all []runtime.Object) T {
	t.Helper()
	found := every[T](all)
	if len(found) != 1 {
		var missing T
		t.Fatalf("%d objects of type %T, not one", len(found), missing)
	}
	return found[0]
}

func every[T runtime.Object](all []runtime.Object) []T {
	var found []T
	for _, object := range all {
		if typed, fits := object.(T); fits {
			found = append(found, typed)
		}
	}
	return found
}

// environment returns a variable that CMake sets; without it the test cannot run, which is a failure.
func environment(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run these tests with ctest, or see tests/helm/CMakeLists.txt", name)
	}
	return value
}

func program(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(environment(t, folder), name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return path
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, not %s", what, fmt.Sprint(got), fmt.Sprint(want))
	}
}
