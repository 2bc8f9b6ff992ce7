package chart

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestMonitorsFindThePodsAndTheirPorts(t *testing.T) {
	all := caseObjects(t, "everything")
	service := only[*corev1.Service](t, all)
	deployment := only[*appsv1.Deployment](t, all)
	monitor := only[*monitoringv1.ServiceMonitor](t, all)
	if !selects(t, &monitor.Spec.Selector, service.Labels) {
		t.Error("the ServiceMonitor does not select the Service")
	}
	equal(t, "endpoints", len(monitor.Spec.Endpoints), 2)
	for i, path := range []string{"/metrics", "/metrics/rooms"} {
		endpoint := monitor.Spec.Endpoints[i]
		equal(t, "path", endpoint.Path, path)
		equal(t, "port", endpoint.Port, service.Spec.Ports[0].Name)
		equal(t, "interval", string(endpoint.Interval), []string{"30s", "2m"}[i])
		equal(t, "relabelings", len(endpoint.RelabelConfigs)+len(endpoint.MetricRelabelConfigs), 2+i)
		equal(t, "parameters", len(endpoint.Params), 2*i)
		if endpoint.BasicAuth == nil || endpoint.BasicAuth.Username.Key != "user" {
			t.Error("no login")
		}
	}
	equal(t, "limit of rooms", strings.Join(monitor.Spec.Endpoints[1].Params["limit"], " "), "500")
	equal(t, "label for the operator", monitor.Labels["release"], "prometheus")
	equal(t, "namespace", monitor.Namespace, "monitoring")
	equal(t, "where", strings.Join(monitor.Spec.NamespaceSelector.MatchNames, " "), "chat")
	pods := only[*monitoringv1.PodMonitor](t, all)
	if !selects(t, &pods.Spec.Selector, deployment.Spec.Template.Labels) {
		t.Error("the PodMonitor does not select the pods")
	}
	equal(t, "port of the pod", *pods.Spec.PodMetricsEndpoints[0].Port, deployment.Spec.Template.Spec.Containers[0].Ports[0].Name)
}

// Both pages are of the same job and instance, and Prometheus writes an `up` for each.
func TestTheTargetsOfRoomsHaveALabelOfTheirOwn(t *testing.T) {
	all := objects(t, render(t, parseValues(t, `metrics: {serviceMonitor: {enabled: true, rooms: true}, podMonitor: {enabled: true, rooms: true}}`)))
	endpoints := only[*monitoringv1.ServiceMonitor](t, all).Spec.Endpoints
	pods := only[*monitoringv1.PodMonitor](t, all).Spec.PodMetricsEndpoints
	for what, found := range map[string][][]monitoringv1.RelabelConfig{
		"Service": {endpoints[0].RelabelConfigs, endpoints[1].RelabelConfigs},
		"pods":    {pods[0].RelabelConfigs, pods[1].RelabelConfigs},
	} {
		equal(t, what+": relabelings of /metrics", len(found[0]), 0)
		if len(found[1]) != 1 || found[1][0].TargetLabel != "metrics_path" || found[1][0].SourceLabels[0] != "__metrics_path__" {
			t.Errorf("%s: /metrics/rooms has %v", what, found[1])
		}
	}
}

type ruleFile struct {
	Groups []monitoringv1.RuleGroup `json:"groups"`
}

func readRules(t *testing.T, name string) []monitoringv1.RuleGroup {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartDir, "rules", name))
	if err != nil {
		t.Fatal(err)
	}
	var file ruleFile
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(file.Groups) == 0 {
		t.Fatalf("%s has no groups", name)
	}
	return file.Groups
}

func TestRulesAreThoseOfTheFiles(t *testing.T) {
	recording, alerts := readRules(t, "recording.yaml"), readRules(t, "alerts.yaml")
	whole := only[*monitoringv1.PrometheusRule](t, caseObjects(t, "sidecar")).Spec.Groups
	if want := append(append([]monitoringv1.RuleGroup{}, recording...), alerts...); !reflect.DeepEqual(whole, want) {
		t.Error("the rules are not those of the two files")
	}
	if got := only[*monitoringv1.PrometheusRule](t, caseObjects(t, "nkey")).Spec.Groups; !reflect.DeepEqual(got, alerts) {
		t.Error("without recording rules there is more than the alerts")
	}
	if got := only[*monitoringv1.PrometheusRule](t, caseObjects(t, "creds")).Spec.Groups; !reflect.DeepEqual(got, recording) {
		t.Error("without alerts there is more than the recording rules")
	}

	count := func(groups []monitoringv1.RuleGroup) (alerts, labelled int, names string) {
		for _, group := range groups {
			for _, rule := range group.Rules {
				if rule.Alert != "" {
					alerts++
					names += rule.Alert + " "
				}
				if rule.Labels["team"] == "chat" {
					labelled++
				}
			}
		}
		return alerts, labelled, names
	}
	all, _, names := count(alerts)
	left, _, _ := strings.Cut(names, " ")
	fewer, labelled, names := count(only[*monitoringv1.PrometheusRule](t, objects(t, render(t, parseValues(t,
		`metrics: {prometheusRule: {enabled: true, recording: false, alertLabels: {team: chat}, disabledAlerts: [`+left+`]}}`)))).Spec.Groups)
	equal(t, "alerts without one", fewer, all-1)
	equal(t, "alerts with the label", labelled, fewer)
	equal(t, left+" is left out", strings.Contains(" "+names, " "+left+" "), false)
}

func alertsOf(t *testing.T, values string) map[string]monitoringv1.Rule {
	t.Helper()
	found := map[string]monitoringv1.Rule{}
	for _, group := range only[*monitoringv1.PrometheusRule](t, objects(t, render(t, parseValues(t, values)))).Spec.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				found[rule.Alert] = rule
			}
		}
	}
	return found
}

func TestRunbooksAreWhereTheValuesSay(t *testing.T) {
	written := alertsOf(t, `metrics: {prometheusRule: {enabled: true}}`)
	for _, base := range []string{"https://docs.example.test/roomkeeper", "https://docs.example.test/roomkeeper/"} {
		moved := alertsOf(t, `metrics: {prometheusRule: {enabled: true, alertLabels: {team: chat}, runbookBase: "`+base+`"}}`)
		equal(t, "alerts", len(moved), len(written))
		for name, rule := range moved {
			equal(t, "before the file", written[name].Annotations["runbook_url"], "docs/runbook.md#"+strings.ToLower(name))
			equal(t, "runbook", rule.Annotations["runbook_url"],
				"https://docs.example.test/roomkeeper/docs/runbook.md#"+strings.ToLower(name))
			equal(t, "summary of "+name, rule.Annotations["summary"], written[name].Annotations["summary"])
			equal(t, "severity of "+name, rule.Labels["severity"], written[name].Labels["severity"])
		}
	}
}

// The job is named after the Service (or the PodMonitor, with its namespace), whatever that is called.
func TestTheAlertsAboutTargetsKnowTheJob(t *testing.T) {
	for values, jobs := range map[string]string{
		"shape: deployment": ".*roomkeeper.*", "nameOverride: rooms": ".*roomkeeper.*", "fullnameOverride: chat.rooms": "(.+/)?chat-rooms",
	} {
		alerts := alertsOf(t, values+"\nmetrics: {prometheusRule: {enabled: true}}")
		for name, times := range map[string]int{"RoomkeeperDown": 2, "RoomkeeperReplicaDown": 1} {
			equal(t, values+": "+name, strings.Count(alerts[name].Expr.StrVal, `up{job=~"`+jobs+`"}`), times)
		}
	}
}

// withoutAlerts are values that leave out every alert by its name.
func withoutAlerts(t *testing.T) map[string]any {
	t.Helper()
	var names []any
	for _, group := range readRules(t, "alerts.yaml") {
		for _, rule := range group.Rules {
			names = append(names, rule.Alert)
		}
	}
	return map[string]any{"metrics": map[string]any{"prometheusRule": map[string]any{
		"enabled": true, "recording": false, "disabledAlerts": names}}}
}

func TestAGroupWithoutAlertsIsLeftOut(t *testing.T) {
	rule := only[*monitoringv1.PrometheusRule](t, objects(t, render(t, withoutAlerts(t))))
	equal(t, "groups", len(rule.Spec.Groups), 0)
}

func TestDashboardsAreThoseOfTheFiles(t *testing.T) {
	paths, err := filepath.Glob(chartDir + "/dashboards/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := caseObjects(t, "everything")
	found := 0
	for _, configMap := range every[*corev1.ConfigMap](all) {
		if configMap.Labels["grafana_dashboard"] != "1" {
			continue
		}
		found++
		equal(t, "folder", configMap.Annotations["grafana_folder"], "Chat")
		equal(t, "namespace", configMap.Namespace, "monitoring")
		for name, text := range configMap.Data {
			file, err := os.ReadFile(filepath.Join(chartDir, "dashboards", name))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, name+" is its file", strings.TrimSpace(text) == strings.TrimSpace(string(file)), true)
		}
	}
	equal(t, "dashboards", found, len(paths))
}
