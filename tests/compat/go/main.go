// Command client tells the story of ../story.mjs with the OpenTelemetry SDK for Go. Where to and how: the OTEL_EXPORTER_OTLP_*
// variables.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type typed struct {
	kind  string
	value json.RawMessage
}

type named struct {
	key string
	typed
}

func (t *typed) UnmarshalJSON(bytes []byte) error {
	return json.Unmarshal(bytes, &[]any{&t.kind, &t.value})
}

func (n *named) UnmarshalJSON(bytes []byte) error {
	return json.Unmarshal(bytes, &[]any{&n.key, &n.kind, &n.value})
}

type story struct {
	Resource []named
	Scope    struct{ Name, Version string }
	Signals  []string
	Spans    []span
	Metrics  []instrument
	Logs     []record
}

type span struct {
	Name, Parent, Kind, Start, End, Error string
	Raises                                bool
	Attributes                            []named
	Events                                []struct {
		Name, At   string
		Attributes []named
	}
	Links []struct {
		TraceID    string `json:"trace_id"`
		SpanID     string `json:"span_id"`
		Attributes []named
	}
}

type instrument struct {
	Name, Kind, Unit, Key string
	Records               [][2]json.RawMessage
}

type record struct {
	Time, Text, Span, Event string
	Severity                int
	Body                    typed
	Attributes              []named
}

// storyError is what this program's own failure is.
type storyError struct{ sku int }

func (e *storyError) Error() string { return fmt.Sprintf("no stock for sku %d", e.sku) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func decoded[T any](bytes json.RawMessage) (value T) {
	must(0, json.Unmarshal(bytes, &value))
	return value
}

func integer(text string) int64 { return must(strconv.ParseInt(text, 10, 64)) }

func integers(texts []string) (all []int64) {
	for _, text := range texts {
		all = append(all, integer(text))
	}
	return all
}

func timeOf(ns string) time.Time { return time.Unix(0, integer(ns)) }

func listOf(all []typed) (out []attribute.Value) {
	for _, one := range all {
		out = append(out, valueOf(one))
	}
	return out
}

func valueOf(one typed) attribute.Value {
	switch one.kind {
	case "text":
		return attribute.StringValue(decoded[string](one.value))
	case "bool":
		return attribute.BoolValue(decoded[bool](one.value))
	case "int":
		return attribute.Int64Value(integer(decoded[string](one.value)))
	case "double":
		return attribute.Float64Value(decoded[float64](one.value))
	case "texts":
		return attribute.StringSliceValue(decoded[[]string](one.value))
	case "ints":
		return attribute.Int64SliceValue(integers(decoded[[]string](one.value)))
	case "doubles":
		return attribute.Float64SliceValue(decoded[[]float64](one.value))
	case "bools":
		return attribute.BoolSliceValue(decoded[[]bool](one.value))
	case "bytes":
		return attribute.ByteSliceValue(must(base64.StdEncoding.DecodeString(decoded[string](one.value))))
	case "list":
		return attribute.SliceValue(listOf(decoded[[]typed](one.value))...)
	case "map":
		return attribute.MapValue(attributesOf(decoded[[]named](one.value))...)
	}
	panic("unknown type " + one.kind)
}

func attributesOf(all []named) (out []attribute.KeyValue) {
	for _, one := range all {
		out = append(out, attribute.KeyValue{Key: attribute.Key(one.key), Value: valueOf(one.typed)})
	}
	return out
}

var kinds = map[string]trace.SpanKind{
	"internal": trace.SpanKindInternal, "server": trace.SpanKindServer, "client": trace.SpanKindClient,
	"producer": trace.SpanKindProducer, "consumer": trace.SpanKindConsumer,
}

func start(tracer trace.Tracer, one span, parent context.Context) trace.Span {
	var links []trace.Link
	for _, link := range one.Links {
		links = append(links, trace.Link{
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: must(trace.TraceIDFromHex(link.TraceID)), SpanID: must(trace.SpanIDFromHex(link.SpanID)), TraceFlags: trace.FlagsSampled}),
			Attributes: attributesOf(link.Attributes)})
	}
	_, started := tracer.Start(parent, one.Name, trace.WithSpanKind(kinds[one.Kind]), trace.WithTimestamp(timeOf(one.Start)),
		trace.WithAttributes(attributesOf(one.Attributes)...), trace.WithLinks(links...))
	for _, event := range one.Events {
		started.AddEvent(event.Name, trace.WithTimestamp(timeOf(event.At)), trace.WithAttributes(attributesOf(event.Attributes)...))
	}
	if one.Raises {
		started.RecordError(&storyError{sku: 7}, trace.WithStackTrace(true))
	}
	if one.Error != "" {
		started.SetStatus(codes.Error, one.Error)
	}
	return started
}

func tellSpans(ctx context.Context, told story, about *resource.Resource) map[string]trace.Span {
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(must(otlptracehttp.New(ctx))))
	tracer := provider.Tracer(told.Scope.Name, trace.WithInstrumentationVersion(told.Scope.Version))
	open := map[string]trace.Span{}
	for _, one := range told.Spans {
		parent := ctx
		if one.Parent != "" {
			parent = trace.ContextWithSpan(ctx, open[one.Parent])
		}
		open[one.Name] = start(tracer, one, parent)
	}
	for i := len(told.Spans) - 1; i >= 0; i-- {
		open[told.Spans[i].Name].End(trace.WithTimestamp(timeOf(told.Spans[i].End)))
	}
	must(0, provider.Shutdown(ctx))
	return open
}

func measure(ctx context.Context, meter metric.Meter, one instrument) {
	unit := metric.WithUnit(one.Unit)
	for _, entry := range one.Records {
		tag := metric.WithAttributes(attribute.String(one.Key, decoded[string](entry[1])))
		switch one.Kind {
		case "counter":
			must(meter.Int64Counter(one.Name, unit)).Add(ctx, integer(decoded[string](entry[0])), tag)
		case "up_down_counter":
			must(meter.Int64UpDownCounter(one.Name, unit)).Add(ctx, integer(decoded[string](entry[0])), tag)
		case "gauge":
			must(meter.Float64Gauge(one.Name, unit)).Record(ctx, decoded[float64](entry[0]), tag)
		default:
			must(meter.Float64Histogram(one.Name, unit)).Record(ctx, decoded[float64](entry[0]), tag)
		}
	}
}

func tellMetrics(ctx context.Context, told story, about *resource.Resource) {
	temporality := sdkmetric.DefaultTemporalitySelector
	if os.Getenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE") == "delta" {
		temporality = sdkmetric.DeltaTemporalitySelector
	}
	exporter := must(otlpmetrichttp.New(ctx, otlpmetrichttp.WithTemporalitySelector(temporality)))
	options := []sdkmetric.Option{sdkmetric.WithResource(about), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour)))}
	for _, one := range told.Metrics {
		if one.Kind == "exponential_histogram" {
			options = append(options, sdkmetric.WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: one.Name},
				sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}})))
		}
	}
	provider := sdkmetric.NewMeterProvider(options...)
	meter := provider.Meter(told.Scope.Name, metric.WithInstrumentationVersion(told.Scope.Version))
	for _, one := range told.Metrics {
		measure(ctx, meter, one)
	}
	must(0, provider.Shutdown(ctx))
}

func tellLogs(ctx context.Context, told story, about *resource.Resource, spans map[string]trace.Span) {
	provider := sdklog.NewLoggerProvider(sdklog.WithResource(about), sdklog.WithProcessor(sdklog.NewBatchProcessor(must(otlploghttp.New(ctx)))))
	logger := provider.Logger(told.Scope.Name, log.WithInstrumentationVersion(told.Scope.Version))
	for _, one := range told.Logs {
		var entry log.Record
		if one.Time != "" {
			entry.SetTimestamp(timeOf(one.Time))
		}
		entry.SetSeverity(log.Severity(one.Severity))
		entry.SetSeverityText(one.Text)
		entry.SetEventName(one.Event)
		entry.SetBody(valueOf(one.Body))
		entry.AddAttributes(attributesOf(one.Attributes)...)
		within := ctx
		if one.Span != "" {
			within = trace.ContextWithSpan(ctx, spans[one.Span])
		}
		logger.Emit(within, entry)
	}
	must(0, provider.Shutdown(ctx))
}

func main() {
	ctx := context.Background()
	told := decoded[story](must(os.ReadFile(os.Getenv("TRACEWAY_STORY"))))
	about := must(resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributesOf(told.Resource)...)))
	spans := tellSpans(ctx, told, about)
	for _, signal := range told.Signals {
		switch signal {
		case "metrics":
			tellMetrics(ctx, told, about)
		case "logs":
			tellLogs(ctx, told, about, spans)
		}
	}
	ids := map[string]string{}
	for name, one := range spans {
		ids[name] = one.SpanContext().SpanID().String()
	}
	trace := spans[told.Spans[0].Name].SpanContext().TraceID().String()
	must(0, json.NewEncoder(os.Stdout).Encode(map[string]any{"trace_id": trace, "spans": ids}))
}
