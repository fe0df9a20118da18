import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Tells the story of ../story.mjs with the OpenTelemetry SDK for Java. Where to and how: the OTEL_EXPORTER_OTLP_* variables. */
final class Client {
  static final class StoryError extends RuntimeException {
    StoryError(String message) {
      super(message);
    }
  }

  private final String endpoint = System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT");
  private final String compression = System.getenv("OTEL_EXPORTER_OTLP_COMPRESSION");
  private final String bearer = System.getenv("TRACEWAY_BEARER");
  private final JsonObject story;
  private final Resource resource;
  private final String scope;
  private final String scopeVersion;

  Client(JsonObject story) {
    this.story = story;
    resource = Resource.getDefault().merge(Resource.create(attributes(story.getAsJsonArray("resource"))));
    scope = story.getAsJsonObject("scope").get("name").getAsString();
    scopeVersion = story.getAsJsonObject("scope").get("version").getAsString();
  }

  private static <T> List<T> list(JsonElement all, Function<JsonElement, T> convert) {
    List<T> out = new ArrayList<>();
    if (all != null) all.getAsJsonArray().forEach(one -> out.add(convert.apply(one)));
    return out;
  }

  private static String text(JsonObject from, String name) {
    return from.has(name) ? from.get(name).getAsString() : null;
  }

  private static Attributes attributes(JsonArray all) {
    AttributesBuilder out = Attributes.builder();
    for (JsonElement one : all) {
      String key = one.getAsJsonArray().get(0).getAsString();
      JsonElement value = one.getAsJsonArray().get(2);
      switch (one.getAsJsonArray().get(1).getAsString()) {
        case "text" -> out.put(key, value.getAsString());
        case "bool" -> out.put(key, value.getAsBoolean());
        case "int" -> out.put(key, value.getAsLong());
        case "double" -> out.put(key, value.getAsDouble());
        case "texts" -> out.put(AttributeKey.stringArrayKey(key), list(value, JsonElement::getAsString));
        case "ints" -> out.put(AttributeKey.longArrayKey(key), list(value, JsonElement::getAsLong));
        case "doubles" -> out.put(AttributeKey.doubleArrayKey(key), list(value, JsonElement::getAsDouble));
        case "bools" -> out.put(AttributeKey.booleanArrayKey(key), list(value, JsonElement::getAsBoolean));
        default -> throw new IllegalArgumentException(one.toString());
      }
    }
    return out.build();
  }

  private static Value<?> body(String type, JsonElement value) {
    return switch (type) {
      case "text" -> Value.of(value.getAsString());
      case "bool" -> Value.of(value.getAsBoolean());
      case "int" -> Value.of(value.getAsLong());
      case "double" -> Value.of(value.getAsDouble());
      case "bytes" -> Value.of(Base64.getDecoder().decode(value.getAsString()));
      case "list" -> Value.of(list(value, Client::body));
      case "map" -> Value.of(list(value, Client::member).toArray(KeyValue[]::new));
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static Value<?> body(JsonElement typed) {
    return body(typed.getAsJsonArray().get(0).getAsString(), typed.getAsJsonArray().get(1));
  }

  private static KeyValue member(JsonElement named) {
    JsonArray parts = named.getAsJsonArray();
    return KeyValue.of(parts.get(0).getAsString(), body(parts.get(1).getAsString(), parts.get(2)));
  }

  private static void charge() {
    throw new StoryError("no stock for sku 7");
  }

  private static Span start(Tracer tracer, JsonObject one, Context parent) {
    SpanBuilder builder = tracer.spanBuilder(text(one, "name")).setParent(parent);
    builder.setSpanKind(SpanKind.valueOf(text(one, "kind").toUpperCase()));
    builder.setStartTimestamp(one.get("start").getAsLong(), NANOSECONDS);
    builder.setAllAttributes(attributes(one.getAsJsonArray("attributes")));
    for (JsonObject link : list(one.get("links"), JsonElement::getAsJsonObject)) {
      SpanContext to = SpanContext.create(text(link, "trace_id"), text(link, "span_id"), TraceFlags.getSampled(), TraceState.getDefault());
      builder.addLink(to, attributes(link.getAsJsonArray("attributes")));
    }
    Span span = builder.startSpan();
    for (JsonObject event : list(one.get("events"), JsonElement::getAsJsonObject)) {
      span.addEvent(text(event, "name"), attributes(event.getAsJsonArray("attributes")), event.get("at").getAsLong(), NANOSECONDS);
    }
    if (one.has("raises")) {
      try {
        charge();
      } catch (StoryError error) {
        span.recordException(error);
      }
    }
    if (one.has("error")) span.setStatus(StatusCode.ERROR, text(one, "error"));
    return span;
  }

  private Map<String, Span> tellSpans() {
    Map<String, Span> open = new LinkedHashMap<>();
    List<JsonObject> spans = list(story.get("spans"), JsonElement::getAsJsonObject);
    OtlpHttpSpanExporter exporter =
        OtlpHttpSpanExporter.builder().setEndpoint(endpoint + "/v1/traces").setCompression(compression).addHeader("Authorization", bearer).build();
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().setResource(resource).addSpanProcessor(BatchSpanProcessor.builder(exporter).build()).build()) {
      Tracer tracer = provider.tracerBuilder(scope).setInstrumentationVersion(scopeVersion).build();
      for (JsonObject one : spans) {
        Context parent = one.has("parent") ? Context.root().with(open.get(text(one, "parent"))) : Context.root();
        open.put(text(one, "name"), start(tracer, one, parent));
      }
      for (int i = spans.size() - 1; i >= 0; --i) {
        open.get(text(spans.get(i), "name")).end(spans.get(i).get("end").getAsLong(), NANOSECONDS);
      }
    }
    return open;
  }

  private static void measure(Meter meter, JsonObject one) {
    String name = text(one, "name");
    String unit = text(one, "unit");
    for (JsonArray entry : list(one.get("records"), JsonElement::getAsJsonArray)) {
      Attributes tag = Attributes.of(AttributeKey.stringKey(text(one, "key")), entry.get(1).getAsString());
      switch (text(one, "kind")) {
        case "counter" -> meter.counterBuilder(name).setUnit(unit).build().add(entry.get(0).getAsLong(), tag);
        case "up_down_counter" -> meter.upDownCounterBuilder(name).setUnit(unit).build().add(entry.get(0).getAsLong(), tag);
        case "gauge" -> meter.gaugeBuilder(name).setUnit(unit).build().set(entry.get(0).getAsDouble(), tag);
        default -> meter.histogramBuilder(name).setUnit(unit).build().record(entry.get(0).getAsDouble(), tag);
      }
    }
  }

  private void tellMetrics() {
    boolean isDelta = "delta".equals(System.getenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"));
    OtlpHttpMetricExporter exporter =
        OtlpHttpMetricExporter.builder()
            .setEndpoint(endpoint + "/v1/metrics")
            .setCompression(compression)
            .addHeader("Authorization", bearer)
            .setAggregationTemporalitySelector(isDelta ? AggregationTemporalitySelector.deltaPreferred() : AggregationTemporalitySelector.alwaysCumulative())
            .build();
    List<JsonObject> metrics = list(story.get("metrics"), JsonElement::getAsJsonObject);
    SdkMeterProviderBuilder builder =
        SdkMeterProvider.builder().setResource(resource).registerMetricReader(PeriodicMetricReader.builder(exporter).setInterval(Duration.ofHours(1)).build());
    for (JsonObject one : metrics) {
      if (!text(one, "kind").equals("exponential_histogram")) continue;
      builder.registerView(
          InstrumentSelector.builder().setName(text(one, "name")).build(), View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build());
    }
    try (SdkMeterProvider provider = builder.build()) {
      Meter meter = provider.meterBuilder(scope).setInstrumentationVersion(scopeVersion).build();
      metrics.forEach(one -> measure(meter, one));
    }
  }

  private static void emit(Logger logger, JsonObject one, Map<String, Span> spans) {
    LogRecordBuilder record = logger.logRecordBuilder();
    if (one.has("time")) record.setTimestamp(one.get("time").getAsLong(), NANOSECONDS);
    for (Severity severity : Severity.values()) {
      if (severity.getSeverityNumber() == one.get("severity").getAsInt()) record.setSeverity(severity);
    }
    if (!text(one, "text").isEmpty()) record.setSeverityText(text(one, "text"));
    if (one.has("event")) record.setEventName(text(one, "event"));
    record.setContext(one.has("span") ? Context.root().with(spans.get(text(one, "span"))) : Context.root());
    record.setAllAttributes(attributes(one.getAsJsonArray("attributes"))).setBody(body(one.get("body"))).emit();
  }

  private void tellLogs(Map<String, Span> spans) {
    OtlpHttpLogRecordExporter exporter =
        OtlpHttpLogRecordExporter.builder().setEndpoint(endpoint + "/v1/logs").setCompression(compression).addHeader("Authorization", bearer).build();
    try (SdkLoggerProvider provider =
        SdkLoggerProvider.builder().setResource(resource).addLogRecordProcessor(BatchLogRecordProcessor.builder(exporter).build()).build()) {
      Logger logger = provider.loggerBuilder(scope).setInstrumentationVersion(scopeVersion).build();
      list(story.get("logs"), JsonElement::getAsJsonObject).forEach(one -> emit(logger, one, spans));
    }
  }

  public static void main(String[] args) throws Exception {
    Client client = new Client(JsonParser.parseString(Files.readString(Path.of(System.getenv("TRACEWAY_STORY")))).getAsJsonObject());
    List<String> signals = list(client.story.get("signals"), JsonElement::getAsString);
    Map<String, Span> spans = client.tellSpans();
    if (signals.contains("metrics")) client.tellMetrics();
    if (signals.contains("logs")) client.tellLogs(spans);
    Map<String, String> ids = new LinkedHashMap<>();
    spans.forEach((name, span) -> ids.put(name, span.getSpanContext().getSpanId()));
    String trace = spans.values().iterator().next().getSpanContext().getTraceId();
    System.out.println(new Gson().toJson(Map.of("trace_id", trace, "spans", ids)));
  }
}
