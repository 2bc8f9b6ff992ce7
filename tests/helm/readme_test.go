package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const (
	tableBegins = "<!-- begin values -->\n"
	tableEnds   = "<!-- end values -->\n"
)

// The table of README.md is made of the comments of values.yaml. ROOMKEEPER_UPDATE_DOCS=1 writes it.
func TestTheReadmeIsUpToDate(t *testing.T) {
	const path = chartDir + "/README.md"
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(old), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no table of values", path)
	}
	fresh := before + tableBegins + valuesTable(t) + tableEnds + after
	if fresh == string(old) {
		return
	}
	if os.Getenv("ROOMKEEPER_UPDATE_DOCS") == "" {
		t.Fatalf("%s does not say what values.yaml says; run this test with ROOMKEEPER_UPDATE_DOCS=1", path)
	}
	if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
		t.Fatal(err)
	}
}

func valuesTable(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(chartDir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| value | type | default | meaning |\n|---|---|---|---|\n")
	writeRows(t, &table, document.Content[0], "")
	return table.String()
}

func writeRows(t *testing.T, table *strings.Builder, mapping *yaml.Node, prefix string) {
	t.Helper()
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		name := prefix + key.Value
		meaning := commented(key)
		explainedBelow := value.Kind == yaml.MappingNode && anyCommented(value)
		if meaning == "" && !explainedBelow {
			t.Errorf("values.yaml: %s has no comment that begins with two dashes", name)
		}
		if meaning != "" {
			shown := "see below"
			if !explainedBelow {
				shown = "`" + defaultOf(t, value) + "`"
			}
			fmt.Fprintf(table, "| `%s` | %s | %s | %s |\n", name, typeOf(value), shown, meaning)
		}
		if explainedBelow {
			writeRows(t, table, value, name+".")
		}
	}
}

// commented is what follows "# -- " above a key, on one line.
func commented(key *yaml.Node) string {
	lines := strings.Split(key.HeadComment, "\n")
	for i, line := range lines {
		if text, found := strings.CutPrefix(line, "# -- "); found {
			for _, more := range lines[i+1:] {
				text += " " + strings.TrimSpace(strings.TrimPrefix(more, "#"))
			}
			return strings.ReplaceAll(text, "|", `\|`)
		}
	}
	return ""
}

func anyCommented(mapping *yaml.Node) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if commented(mapping.Content[i]) != "" {
			return true
		}
		if value := mapping.Content[i+1]; value.Kind == yaml.MappingNode && anyCommented(value) {
			return true
		}
	}
	return false
}

func typeOf(value *yaml.Node) string {
	switch value.Tag {
	case "!!map":
		return "object"
	case "!!seq":
		return "list"
	case "!!str":
		return "text"
	default:
		return strings.TrimPrefix(value.Tag, "!!")
	}
}

func defaultOf(t *testing.T, value *yaml.Node) string {
	t.Helper()
	var decoded any
	if err := value.Decode(&decoded); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
