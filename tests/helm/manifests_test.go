package chart

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

func caseObjects(t *testing.T, name string) []runtime.Object {
	t.Helper()
	return objects(t, render(t, cases(t)[name]))
}

func selects(t *testing.T, selector *metav1.LabelSelector, of map[string]string) bool {
	t.Helper()
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Matches(labels.Set(of))
}

// podSpecs are those of the Deployment and of the test.
func podSpecs(all []runtime.Object) []corev1.PodSpec {
	var specs []corev1.PodSpec
	for _, deployment := range every[*appsv1.Deployment](all) {
		specs = append(specs, deployment.Spec.Template.Spec)
	}
	for _, pod := range every[*corev1.Pod](all) {
		specs = append(specs, pod.Spec)
	}
	return specs
}

func TestPodsSatisfyTheRestrictedStandard(t *testing.T) {
	for name, values := range cases(t) {
		delete(values, "extraContainers") // a stranger's
		all := objects(t, render(t, values))
		if values["shape"] != "sidecar" && len(every[*appsv1.Deployment](all)) != 1 {
			t.Errorf("%s: no Deployment", name)
		}
		for _, spec := range podSpecs(all) {
			if spec.HostNetwork || spec.HostPID || spec.HostIPC {
				t.Errorf("%s: a namespace of the host", name)
			}
			if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
				t.Errorf("%s: a token is mounted", name)
			}
			if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks {
				t.Errorf("%s: service links", name)
			}
			pod := spec.SecurityContext
			if pod == nil || pod.RunAsNonRoot == nil || !*pod.RunAsNonRoot || *pod.RunAsUser == 0 ||
				pod.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: the pod may be root or has no seccomp profile", name)
			}
			for _, container := range spec.Containers {
				context := container.SecurityContext
				if context == nil || *context.AllowPrivilegeEscalation || *context.Privileged || !*context.RunAsNonRoot ||
					!*context.ReadOnlyRootFilesystem || context.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault ||
					!reflect.DeepEqual(context.Capabilities, &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}) {
					t.Errorf("%s: container %s is not restricted", name, container.Name)
				}
				if container.Resources.Requests.Memory().IsZero() || container.Resources.Limits.Memory().IsZero() ||
					container.Resources.Requests.Cpu().IsZero() {
					t.Errorf("%s: container %s has no resources", name, container.Name)
				}
			}
			for _, volume := range spec.Volumes {
				if volume.HostPath != nil {
					t.Errorf("%s: volume %s is of the host", name, volume.Name)
				}
				if volume.Secret != nil && (*volume.Secret.DefaultMode != 0o440 || pod.FSGroup == nil) {
					t.Errorf("%s: Secret %s is not readable by the group alone", name, volume.Secret.SecretName)
				}
			}
		}
	}
}

func TestMountsAreDirectoriesOfVolumesThatAreThere(t *testing.T) {
	for name, values := range cases(t) {
		for _, spec := range podSpecs(objects(t, render(t, values))) {
			volumes := map[string]bool{}
			for _, volume := range spec.Volumes {
				if volumes[volume.Name] {
					t.Errorf("%s: two volumes %s", name, volume.Name)
				}
				volumes[volume.Name] = true
			}
			paths := map[string]bool{}
			for _, mount := range spec.Containers[0].VolumeMounts {
				if !volumes[mount.Name] {
					t.Errorf("%s: mount %s has no volume", name, mount.Name)
				}
				if mount.SubPath != "" || mount.SubPathExpr != "" {
					t.Errorf("%s: mount %s is a sub-path, which never changes while the pod lives", name, mount.Name)
				}
				for other := range paths {
					if strings.HasPrefix(mount.MountPath+"/", other+"/") || strings.HasPrefix(other+"/", mount.MountPath+"/") {
						t.Errorf("%s: %s and %s lie in each other, and a ConfigMap cannot hold a mount point", name, mount.MountPath, other)
					}
				}
				paths[mount.MountPath] = true
			}
		}
	}
}

func TestTheDefaultDeployment(t *testing.T) {
	all := caseObjects(t, "defaults")
	deployment := only[*appsv1.Deployment](t, all)
	equal(t, "replicas", *deployment.Spec.Replicas, 2)
	equal(t, "surge", deployment.Spec.Strategy.RollingUpdate.MaxSurge.IntValue(), 1)
	equal(t, "unavailable", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue(), 0)
	pod := deployment.Spec.Template
	if !selects(t, deployment.Spec.Selector, pod.Labels) {
		t.Error("the Deployment does not select its pods")
	}
	container := pod.Spec.Containers[0]
	equal(t, "image", container.Image, "roomkeeper:"+loadChart(t).AppVersion())
	equal(t, "flags", strings.Join(container.Args, " "), "--config /etc/roomkeeper/config/roomkeeper.yaml")
	equal(t, "startup", container.StartupProbe.HTTPGet.Path, "/healthz")
	equal(t, "liveness", container.LivenessProbe.HTTPGet.Path, "/healthz")
	equal(t, "readiness", container.ReadinessProbe.HTTPGet.Path, "/readyz")
	for _, probe := range []*corev1.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
		equal(t, "port of a probe", probe.HTTPGet.Port.String(), container.Ports[0].Name)
	}
	equal(t, "name of the replica", container.Env[0].Name, "ROOMKEEPER_REPLICA_NAME")
	equal(t, "it is the pod's", container.Env[0].ValueFrom.FieldRef.FieldPath, "metadata.name")

	spread := pod.Spec.TopologySpreadConstraints
	if len(spread) != 1 || spread[0].TopologyKey != "kubernetes.io/hostname" || !selects(t, spread[0].LabelSelector, pod.Labels) {
		t.Errorf("the pods are not spread: %v", spread)
	}
	budget := only[*policyv1.PodDisruptionBudget](t, all)
	if budget.Spec.MaxUnavailable.IntValue() != 1 || !selects(t, budget.Spec.Selector, pod.Labels) {
		t.Error("the budget is not that of the pods")
	}
	service := only[*corev1.Service](t, all)
	if !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)) {
		t.Error("the Service does not select the pods")
	}
	equal(t, "target", service.Spec.Ports[0].TargetPort.String(), container.Ports[0].Name)
	account := only[*corev1.ServiceAccount](t, all)
	equal(t, "account", pod.Spec.ServiceAccountName, account.Name)
	equal(t, "token", *account.AutomountServiceAccountToken, false)
	test := only[*corev1.Pod](t, all)
	if labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(test.Labels)) ||
		selects(t, deployment.Spec.Selector, test.Labels) {
		t.Error("the pod of the test is taken for one of the daemon's")
	}
	equal(t, "hook", test.Annotations["helm.sh/hook"], "test")
	tolerant := only[*corev1.Pod](t, caseObjects(t, "everything")).Spec
	equal(t, "node of the test", tolerant.NodeSelector["kubernetes.io/arch"], "amd64")
	equal(t, "taints that the test tolerates", len(tolerant.Tolerations), 1)
	for _, object := range all {
		accessor := object.(metav1.Object)
		equal(t, "namespace of "+accessor.GetName(), accessor.GetNamespace(), "chat")
		equal(t, "label of "+accessor.GetName(), accessor.GetLabels()["app.kubernetes.io/instance"], "roomkeeper")
	}
}

func TestABudgetNeedsTwoPods(t *testing.T) {
	for count, budgets := range map[string]int{"0": 0, "1": 0, "2": 1, "3": 1} {
		all := objects(t, render(t, parseValues(t, "replicaCount: "+count)))
		equal(t, "budgets of "+count, len(every[*policyv1.PodDisruptionBudget](all)), budgets)
	}
	off := objects(t, render(t, parseValues(t, "podDisruptionBudget: {enabled: false}")))
	equal(t, "budgets switched off", len(every[*policyv1.PodDisruptionBudget](off)), 0)
}

func TestNamesFitWhatKubernetesTakes(t *testing.T) {
	for _, release := range []string{"a", "roomkeeper", "chat.v2", strings.Repeat("long-", 10) + "nam", "my-roomkeeper"} {
		taken := map[string]bool{}
		for _, object := range objects(t, renderRelease(t, cases(t)["everything"], Release{Name: release, Revision: 1})) {
			name := object.(metav1.Object).GetName()
			if key := fmt.Sprintf("%T %s", object, name); taken[key] {
				t.Errorf("release %s: two are %s", release, key)
			} else {
				taken[key] = true
			}
			longest := 63
			if _, fits := object.(*corev1.ConfigMap); fits {
				longest = 253
			}
			if len(name) > longest || strings.HasSuffix(name, "-") || (strings.Contains(name, ".") && !strings.HasSuffix(name, "-extra")) {
				t.Errorf("release %s: %T is called %s", release, object, name)
			}
		}
	}
}

func TestALoginForAllLeavesTheProbesThePort(t *testing.T) {
	container := only[*appsv1.Deployment](t, caseObjects(t, "everything")).Spec.Template.Spec.Containers[0]
	for _, probe := range []*corev1.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
		if probe.HTTPGet != nil || probe.TCPSocket == nil || probe.TCPSocket.Port.String() != "roomkeeper" {
			t.Errorf("a probe that has no login asks for a page: %v", probe)
		}
	}
	page := only[*appsv1.Deployment](t, caseObjects(t, "nkey")).Spec.Template.Spec.Containers[0]
	equal(t, "readiness with a login for the page", page.ReadinessProbe.HTTPGet.Path, "/readyz")
}

func restartMark(t *testing.T, values string, revision int) string {
	t.Helper()
	rendered := renderRelease(t, parseValues(t, values), Release{Name: "roomkeeper", Revision: revision})
	return only[*appsv1.Deployment](t, objects(t, rendered)).Spec.Template.Annotations["checksum/restart"]
}

func TestPodsAreReplacedForWhatOnlyAStartReads(t *testing.T) {
	before := restartMark(t, `{}`, 1)
	for _, live := range []string{`{}`, `rooms: [{id: a}]`, `config: {log: {level: debug}}`,
		`config: {templates: {default: {replicas: 3}}}`, `config: {limits: {connections_per_user: {max: 2}}}`} {
		equal(t, "pods are replaced for "+live, restartMark(t, live, 2) != before, false)
	}
	for _, fixed := range []string{`nats: {service: {name: other}}`, `config: {instance: other}`, `config: {names: {chat_prefix: talk}}`,
		`http: {port: 1234}`, `nats: {auth: {existingSecret: a}}`} {
		equal(t, "pods stay for "+fixed, restartMark(t, fixed, 2) == before, false)
	}
}

func TestAStrategyIsOneThatKubernetesTakes(t *testing.T) {
	deployed := func(values string) appsv1.DeploymentStrategy {
		return only[*appsv1.Deployment](t, objects(t, render(t, parseValues(t, values)))).Spec.Strategy
	}
	if again := deployed(`strategy: {type: Recreate}`); again.RollingUpdate != nil || again.Type != appsv1.RecreateDeploymentStrategyType {
		t.Errorf("Recreate with %v", again.RollingUpdate)
	}
	equal(t, "a surge", deployed(`strategy: {rollingUpdate: {maxSurge: 50%}}`).RollingUpdate.MaxSurge.StrVal, "50%")
}

func TestTheNetworkPolicyLetsNatsAndDnsOut(t *testing.T) {
	all := caseObjects(t, "everything")
	policy := only[*networkingv1.NetworkPolicy](t, all)
	for _, pod := range []map[string]string{only[*appsv1.Deployment](t, all).Spec.Template.Labels, only[*corev1.Pod](t, all).Labels} {
		if !selects(t, &policy.Spec.PodSelector, pod) {
			t.Errorf("it is not about the pods %v", pod)
		}
	}
	equal(t, "kinds", len(policy.Spec.PolicyTypes), 2)
	equal(t, "who may come in", len(policy.Spec.Ingress[0].From), 1)
	equal(t, "to which port", policy.Spec.Ingress[0].Ports[0].Port.String(), "roomkeeper")
	var out []string
	for _, rule := range policy.Spec.Egress {
		for _, port := range rule.Ports {
			out = append(out, string(*port.Protocol)+port.Port.String())
		}
	}
	equal(t, "ways out", strings.Join(out, " "), "UDP53 TCP53 TCP4222 TCP4223 TCP443")
	equal(t, "NATS is named", len(policy.Spec.Egress[1].To), 1)
	everybody := only[*networkingv1.NetworkPolicy](t, caseObjects(t, "creds"))
	equal(t, "from everywhere", len(everybody.Spec.Ingress[0].From)+len(everybody.Spec.Egress[1].To), 0)
}

func TestExtraObjectsAreTemplates(t *testing.T) {
	names := map[string]bool{}
	for _, configMap := range every[*corev1.ConfigMap](caseObjects(t, "everything")) {
		names[configMap.Name] = true
	}
	if !names["roomkeeper-extra"] || !names["roomkeeper-rooms-text"] {
		t.Errorf("the extra objects are not among %v", names)
	}
}

func TestNotesNameTheNextCommands(t *testing.T) {
	notes := func(name string) string { return render(t, cases(t)[name])["roomkeeper/templates/NOTES.txt"] }
	for name, wanted := range map[string][]string{
		"defaults":   {"port-forward service/roomkeeper 7780:7780", "helm test roomkeeper", "rk status; rk doctor", "no connection limits", "curl -s"},
		"everything": {"--nats-user \"$ROOMKEEPER_NATS_USER\" --password-file /etc/roomkeeper/secrets/nats/password", "--tls-ca", "xdg-open", "7780:80"},
		"creds":      {"--nats-server tls://n1.example.test:4222,tls://n2.example.test:4222 --creds /etc/roomkeeper/secrets/nats/creds --tls-ca"},
		"nkey":       {"--nkey /etc/roomkeeper/secrets/nats/nkey --tls-cert /etc/roomkeeper/secrets/tls/tls.crt --tls-key /etc/roomkeeper/secrets/tls/tls.key"},
		"token":      {"--token-file /etc/roomkeeper/secrets/nats/token"},
		"sidecar":    {"nats-sidecar-values.yaml", "ConfigMap roomkeeper"},
	} {
		for _, text := range wanted {
			if !strings.Contains(notes(name), text) {
				t.Errorf("%s: the notes lack %q:\n%s", name, text, notes(name))
			}
		}
	}
}
