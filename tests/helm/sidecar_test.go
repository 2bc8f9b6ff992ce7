package chart

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// natsPod is a pod template of the shape that the official chart makes: its containers, and its two volumes.
const natsPod = `
metadata: {labels: {app.kubernetes.io/name: nats, app.kubernetes.io/component: nats}}
spec:
  containers:
    - {name: nats, image: "nats:2", volumeMounts: [{name: config, mountPath: /etc/nats-config}, {name: pid, mountPath: /var/run/nats}]}
    - {name: reloader, image: "reloader:0"}
  enableServiceLinks: false
  shareProcessNamespace: true
  volumes:
    - {name: config, configMap: {name: nats-config}}
    - {name: pid, emptyDir: {}}
`

type natsValues struct {
	PodTemplate struct {
		Patch []map[string]any `json:"patch"`
	} `json:"podTemplate"`
}

func exampleText(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(chartDir + "/examples/nats-sidecar-values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// patchedPods are pod templates of NATS with the values of the example: the one above, patched as RFC 6902 says, and,
// where NATS_CHART names a copy of the official chart, the one that it renders.
func patchedPods(t *testing.T) map[string]corev1.PodTemplateSpec {
	t.Helper()
	var values natsValues
	if err := yaml.UnmarshalStrict(exampleText(t), &values); err != nil {
		t.Fatal(err)
	}
	operations, err := json.Marshal(values.PodTemplate.Patch)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	before, err := yaml.YAMLToJSON([]byte(natsPod))
	if err != nil {
		t.Fatal(err)
	}
	after, err := patch.Apply(before)
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.PodTemplateSpec
	if err := yaml.UnmarshalStrict(after, &pod); err != nil {
		t.Fatal(err)
	}
	pods := map[string]corev1.PodTemplateSpec{"a pod of NATS": pod}
	if official := os.Getenv("NATS_CHART"); official != "" {
		pods["the official chart"] = officialPod(t, official)
	}
	return pods
}

func officialPod(t *testing.T, folder string) corev1.PodTemplateSpec {
	t.Helper()
	official, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	top, err := chartutil.ToRenderValues(official, parseValues(t, string(exampleText(t))),
		chartutil.ReleaseOptions{Name: "nats", Namespace: "chat", IsInstall: true, Revision: 1}, chartutil.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := engine.Render(official, top)
	if err != nil {
		t.Fatal(err)
	}
	return only[*appsv1.StatefulSet](t, objects(t, rendered)).Spec.Template
}

func containerOf(t *testing.T, spec corev1.PodSpec, name string) corev1.Container {
	t.Helper()
	for _, container := range spec.Containers {
		if container.Name == name {
			return container
		}
	}
	t.Fatalf("there is no container %s", name)
	return corev1.Container{}
}

// The release that the example goes with, as pods of its own would be.
func ownPod(t *testing.T) corev1.PodSpec {
	t.Helper()
	values := cases(t)["sidecar"]
	values["shape"] = "deployment"
	return only[*appsv1.Deployment](t, objects(t, render(t, values))).Spec.Template.Spec
}

func TestTheContainerInTheNatsPodsIsThatOfTheDeployment(t *testing.T) {
	own := containerOf(t, ownPod(t), "roomkeeper")
	for name, pod := range patchedPods(t) {
		container := containerOf(t, pod.Spec, "roomkeeper")
		if container.ReadinessProbe != nil {
			t.Errorf("%s: a probe of readiness takes the server out of its Service", name)
		}
		container.ReadinessProbe = own.ReadinessProbe
		if *container.SecurityContext.RunAsUser == 0 || *container.SecurityContext.RunAsGroup == 0 {
			t.Errorf("%s: root", name)
		}
		container.SecurityContext.RunAsUser, container.SecurityContext.RunAsGroup = nil, nil
		names := strings.NewReplacer("roomkeeper-config", "config", "roomkeeper-auth", "nats-auth", "roomkeeper-system", "nats-system")
		for i := range container.VolumeMounts {
			container.VolumeMounts[i].Name = names.Replace(container.VolumeMounts[i].Name)
		}
		if got, want := asYAML(t, container), asYAML(t, own); got != want {
			t.Errorf("%s: the container is\n%s\nnot\n%s", name, got, want)
		}
	}
}

func asYAML(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThePatchKeepsWhatNatsHas(t *testing.T) {
	for name, pod := range patchedPods(t) {
		for _, kept := range []string{"nats", "reloader"} {
			containerOf(t, pod.Spec, kept)
		}
		volumes := map[string]corev1.Volume{}
		for _, volume := range pod.Spec.Volumes {
			volumes[volume.Name] = volume
		}
		if volumes["config"].ConfigMap == nil || volumes["pid"].EmptyDir == nil {
			t.Errorf("%s: volumes of NATS are gone", name)
		}
		for _, container := range pod.Spec.Containers {
			for _, mount := range container.VolumeMounts {
				if _, found := volumes[mount.Name]; !found && mount.Name != "nats-js" {
					t.Errorf("%s: mount %s of %s has no volume", name, mount.Name, container.Name)
				}
			}
		}
	}
}

func TestTheVolumesInTheNatsPodsAreThoseOfTheRelease(t *testing.T) {
	all := objects(t, render(t, cases(t)["sidecar"]))
	configMap := configurationOf(t, render(t, cases(t)["sidecar"]))
	if len(every[*appsv1.Deployment](all))+len(every[*corev1.Service](all))+len(every[*corev1.ServiceAccount](all)) > 0 {
		t.Error("there are pods of our own")
	}
	own := map[string]corev1.VolumeSource{}
	for _, volume := range ownPod(t).Volumes {
		own[volume.Name] = volume.VolumeSource
	}
	for name, pod := range patchedPods(t) {
		seen := 0
		for _, volume := range pod.Spec.Volumes {
			switch volume.Name {
			case "roomkeeper-config":
				equal(t, name+": ConfigMap", volume.ConfigMap.Name, configMap.Name)
			case "roomkeeper-auth", "roomkeeper-system":
				// No fsGroup there: readable by every user of the container.
				equal(t, name+": mode", *volume.Secret.DefaultMode, 0o444)
				group := int32(0o440)
				volume.Secret.DefaultMode = &group
				if of := own[strings.Replace(volume.Name, "roomkeeper", "nats", 1)]; !reflect.DeepEqual(of.Secret, volume.Secret) {
					t.Errorf("%s: %s is %v, not %v", name, volume.Name, volume.Secret, of.Secret)
				}
			default:
				continue
			}
			seen++
		}
		equal(t, name+": volumes", seen, 3)
	}
}

// Why it is a patch: a merge has no other meaning for a list than to replace it.
func TestAMergeWouldLoseTheNatsContainer(t *testing.T) {
	var values natsValues
	if err := yaml.Unmarshal(exampleText(t), &values); err != nil {
		t.Fatal(err)
	}
	merge := map[string]any{"spec": map[string]any{"containers": []any{values.PodTemplate.Patch[0]["value"]}}}
	before, after := map[string]any{}, corev1.PodTemplateSpec{}
	if err := yaml.Unmarshal([]byte(natsPod), &before); err != nil {
		t.Fatal(err)
	}
	merged := chartutil.CoalesceTables(merge, before)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(merged, &after); err != nil {
		t.Fatal(err)
	}
	if len(after.Spec.Containers) != 1 || after.Spec.Containers[0].Name != "roomkeeper" {
		t.Errorf("the merge keeps %v, so the comment in the example is wrong", after.Spec.Containers)
	}
}
