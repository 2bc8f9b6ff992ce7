package chart

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/engine"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// impossible are branches that nothing can enter, with the reason.
var impossible = map[string]string{
	"_monitor.tpl RangeNode $paths: not taken":                                                    "there is always /metrics",
	"deployment.yaml RangeNode .: not taken":                                                      "they stand in a with of the same list",
	"room.yaml RangeNode .: not taken":                                                            "it stands in a with of the same list",
	"networkpolicy.yaml RangeNode .Values.networkPolicy.natsPorts: not taken":                     "the schema wants one",
	`dashboards.yaml RangeNode $path, $_ := $.Files.Glob "dashboards/*.json": not taken`:          "the chart has dashboards",
	`prometheusrule.yaml RangeNode (.Files.Get "rules/alerts.yaml" | fromYaml).groups: not taken`: "the chart has alerts",
	"prometheusrule.yaml RangeNode .rules: not taken":                                             "a group without rules is no group",
}

// Every branch of every template is entered by some case. The templates are parsed, a call of helm's `lookup` is put at
// the start of both sides of each if, with and range, also of an else that is not written, and they are rendered with
// a cluster that only notes what it was asked for. `lookup` prints nothing, so that what is rendered stays the same.
type branchMarker struct {
	known   map[string]bool // branch: entered
	current string          // the template's path
	text    string
}

func (m *branchMarker) mark(list *parse.ListNode, at parse.Node, side string) *parse.ListNode {
	line := 1 + strings.Count(m.text[:at.Position()], "\n")
	id := fmt.Sprintf("%s:%d %s", m.current, line, side)
	for again := 2; ; again++ {
		if _, taken := m.known[id]; !taken {
			break
		}
		id = fmt.Sprintf("%s:%d %s (%d)", m.current, line, side, again)
	}
	m.known[id] = false
	tree := parse.New("mark")
	tree.Mode = parse.SkipFuncCheck
	text := fmt.Sprintf("{{ $_ := lookup \"branch\" %q \"\" \"entered\" }}", id)
	if _, err := tree.Parse(text, "", "", map[string]*parse.Tree{}); err != nil {
		panic(err)
	}
	marked := &parse.ListNode{NodeType: parse.NodeList, Nodes: tree.Root.Nodes}
	if list != nil {
		m.walk(list)
		marked.Nodes = append(marked.Nodes, list.Nodes...)
	}
	return marked
}

func (m *branchMarker) walk(list *parse.ListNode) {
	for _, node := range list.Nodes {
		var branch *parse.BranchNode
		switch typed := node.(type) {
		case *parse.IfNode:
			branch = &typed.BranchNode
		case *parse.WithNode:
			branch = &typed.BranchNode
		case *parse.RangeNode:
			branch = &typed.BranchNode
		default:
			continue
		}
		what := strings.TrimPrefix(fmt.Sprintf("%T", node), "*parse.") + " " + branch.Pipe.String()
		branch.List = m.mark(branch.List, node, what+": taken")
		branch.ElseList = m.mark(branch.ElseList, node, what+": not taken")
	}
}

// instrument replaces the templates of a chart by ones that tell which branches they enter.
func (m *branchMarker) instrument(t *testing.T, loaded *chart.Chart) {
	t.Helper()
	for _, file := range loaded.Templates {
		m.current, m.text = file.Name, string(file.Data)
		tree := parse.New(file.Name)
		tree.Mode = parse.SkipFuncCheck
		trees := map[string]*parse.Tree{}
		if _, err := tree.Parse(m.text, "", "", trees); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		var text strings.Builder
		for name, defined := range trees {
			m.walk(defined.Root)
			if name != file.Name {
				fmt.Fprintf(&text, "{{define %q}}%s{{end}}", name, defined.Root.String())
			}
		}
		if top := trees[file.Name]; top != nil {
			text.WriteString(top.Root.String())
		}
		file.Data = []byte(text.String())
	}
}

// GetClientFor is called by `lookup`; the kind is the branch.
func (m *branchMarker) GetClientFor(_, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	if _, known := m.known[kind]; !known {
		return nil, false, fmt.Errorf("no branch is called %q", kind)
	}
	m.known[kind] = true
	return emptyCluster{}, false, nil
}

type emptyCluster struct {
	dynamic.NamespaceableResourceInterface
}

func (emptyCluster) Get(context.Context, string, metav1.GetOptions, ...string) (*unstructured.Unstructured, error) {
	return nil, apierrors.NewNotFound(schema.GroupResource{}, "entered")
}

var placeInTemplate = regexp.MustCompile(`^.*?([^/]+):\d+ (.*?)(?: \(\d+\))?$`)

// anyLine is a branch without its folder and line.
func anyLine(branch string) string {
	return placeInTemplate.ReplaceAllString(branch, "$1 $2")
}

func TestEveryBranchOfEveryTemplateIsEntered(t *testing.T) {
	loaded := loadChart(t)
	marker := &branchMarker{known: map[string]bool{}}
	marker.instrument(t, loaded)
	if len(marker.known) < 100 {
		t.Fatalf("only %d branches were found", len(marker.known))
	}
	all := cases(t)
	all["no alerts at all"] = withoutAlerts(t)
	for name, values := range all {
		top, err := renderValues(loaded, values, defaultRelease)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rendered, err := engine.RenderWithClientProvider(loaded, top, marker)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for path, text := range render(t, values) {
			if rendered[path] != text {
				t.Errorf("%s: the marks change what %s renders", name, path)
			}
		}
	}
	var missed []string
	excused := map[string]bool{}
	for branch, entered := range marker.known {
		reason := impossible[anyLine(branch)]
		if reason != "" {
			excused[anyLine(branch)] = true
		}
		if entered && reason != "" {
			t.Errorf("%s is entered, although %s", branch, reason)
		}
		if !entered && reason == "" {
			missed = append(missed, branch)
		}
	}
	if len(excused) != len(impossible) {
		t.Errorf("of %d excuses %d are needed", len(impossible), len(excused))
	}
	sort.Strings(missed)
	if len(missed) > 0 {
		t.Errorf("%d of %d branches are entered by no case:\n%s", len(missed), len(marker.known), strings.Join(missed, "\n"))
	}
}
