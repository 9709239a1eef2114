// The service of ../http-service.mjs in Go, for scale: `service <contestant>`, which is uninstrumented, promhttp or
// otelhttp. It says on stdout when it listens on PORT; what the contestant has recorded is served on METRICS_PORT.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
)

// The bounds of the semantic conventions, as in the other services.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

type user struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

func respond(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, err := json.Marshal(user{r.PathValue("id"), "Ada Lovelace", []string{"author", "reader"}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(body)
}

// instrumented is the handler as the documentation of the contestant shows it.
func instrumented(contestant string, handler http.Handler) (http.Handler, error) {
	switch contestant {
	case "promhttp":
		durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Duration of HTTP requests.",
			Buckets: buckets,
		}, []string{"route", "method", "code"})
		prometheus.MustRegister(durations)
		route := durations.MustCurryWith(prometheus.Labels{"route": "/users/{id}"})
		return promhttp.InstrumentHandlerDuration(route, handler), nil
	case "otelhttp":
		exporter, err := otelprometheus.New()
		if err != nil {
			return nil, err
		}
		provider := metric.NewMeterProvider(metric.WithReader(exporter))
		return otelhttp.NewHandler(handler, "users", otelhttp.WithMeterProvider(provider)), nil
	case "uninstrumented":
		return handler, nil
	}
	return nil, fmt.Errorf("there are uninstrumented, promhttp and otelhttp, not %q", contestant)
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: service <contestant>")
	}
	handler, err := instrumented(os.Args[1], http.HandlerFunc(respond))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("METRICS_PORT"), promhttp.Handler()))
	}()
	mux := http.NewServeMux()
	mux.Handle("/users/{id}", handler)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	log.Fatal(http.Serve(listener, mux))
}
