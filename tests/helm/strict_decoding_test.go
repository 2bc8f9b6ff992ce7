package chart

import (
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
)

var strictSerializer = func() *json.Serializer {
	if err := monitoringv1.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
}()

func decodeStrictly(manifest []byte) (runtime.Object, error) {
	object, _, err := strictSerializer.Decode(manifest, nil, nil)
	return object, err
}

func TestTheDecoderIsStrict(t *testing.T) {
	const good = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: ClusterIP}\n"
	if _, err := decodeStrictly([]byte(good)); err != nil {
		t.Fatalf("a good manifest: %v", err)
	}
	for what, bad := range map[string]string{
		"an unknown field": strings.Replace(good, "type:", "typo:", 1),
		"a doubled field":  good + "spec: {}\n",
		"an unknown kind":  strings.Replace(good, "Service", "Servive", 1),
		"a wrong type":     strings.Replace(good, "{name: a}", "{labels: {a: 1}}", 1),
	} {
		if _, err := decodeStrictly([]byte(bad)); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestEveryCaseDecodesStrictly(t *testing.T) {
	for name, values := range cases(t) {
		t.Run(name, func(t *testing.T) {
			if len(objects(t, render(t, values))) == 0 {
				t.Error("nothing is rendered")
			}
		})
	}
}
