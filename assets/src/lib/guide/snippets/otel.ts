/** Recipes for what speaks OpenTelemetry over HTTP, and for a bare request. */
import { kSample, sample_text } from '../sample';
import type { Code, Recipe } from '../recipe';

const shell = (label: string, text: string): Code => ({ label, language: 'shell', text });

/** As the sample the guide itself sends, with ids and times of the moment. */
function curl(): string {
  const body = sample_text({ trace_id: "'$(openssl rand -hex 16)'", span_id: "'$(openssl rand -hex 8)'", start: "'$(date +%s)000000000'", end: "'$(date +%s)042000000'" });
  return `curl <<otlp>>/v1/traces \\
  -H "Authorization: Bearer <<token>>" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`;
}

export const kCurl = shell('curl', curl());

const note = 'Reports requests with their spans, exceptions recorded on spans, metrics and logs: whatever the SDK exports over HTTP.';

const kNodeRun = `<<variables>>
node --require @opentelemetry/auto-instrumentations-node/register app.js`;

export const kOtel: Record<string, Recipe> = {
  php: {
    install: [
      shell('Laravel', 'pecl install opentelemetry\ncomposer require open-telemetry/sdk open-telemetry/exporter-otlp \\\n  php-http/guzzle7-adapter open-telemetry/opentelemetry-auto-laravel'),
      shell('Symfony', 'pecl install opentelemetry\ncomposer require open-telemetry/sdk open-telemetry/exporter-otlp \\\n  php-http/guzzle7-adapter open-telemetry/opentelemetry-auto-symfony'),
      shell('Slim', 'pecl install opentelemetry\ncomposer require open-telemetry/sdk open-telemetry/exporter-otlp \\\n  php-http/guzzle7-adapter open-telemetry/opentelemetry-auto-slim'),
    ],
    start: [
      shell('Environment', 'export OTEL_PHP_AUTOLOAD_ENABLED=true\n<<variables>>'),
      { label: 'php.ini', language: 'ini', text: 'extension=opentelemetry.so' },
    ],
    check: [{ label: 'In a route', language: 'php', text: "throw new RuntimeException('Traceway check');" }],
    note: 'Reports requests, console commands and their exceptions through the OpenTelemetry extension of PHP.',
  },
  python: {
    install: [shell('pip', 'pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http\nopentelemetry-bootstrap -a install')],
    start: [shell('Environment', '<<variables>>\nopentelemetry-instrument python app.py')],
    check: [{ label: 'In a route', language: 'python', text: 'raise RuntimeError("Traceway check")' }],
    task: [
      {
        label: 'Python',
        language: 'python',
        text: `from opentelemetry import trace
from opentelemetry.trace import SpanKind

tracer = trace.get_tracer(__name__)

with tracer.start_as_current_span("send invoices", kind=SpanKind.CONSUMER):
    send_invoices()  # an exception in here is recorded on the span`,
      },
    ],
    note: 'Works for Django, Flask, FastAPI and what else OpenTelemetry can instrument, without a change of the code.',
  },
  opentelemetry: {
    install: [
      shell('Node.js', 'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node'),
      shell('Python', 'pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http\nopentelemetry-bootstrap -a install'),
      shell('Java', 'curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar'),
      shell('Go', 'go get go.opentelemetry.io/otel/sdk \\\n  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp \\\n  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp'),
      shell('.NET', 'dotnet add package OpenTelemetry.Extensions.Hosting\ndotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol\ndotnet add package OpenTelemetry.Instrumentation.AspNetCore'),
      shell('Ruby', 'bundle add opentelemetry-sdk opentelemetry-exporter-otlp opentelemetry-instrumentation-all'),
    ],
    start: [
      shell('Environment', '<<variables>>'),
      shell('Node.js', kNodeRun),
      shell('Python', '<<variables>>\nopentelemetry-instrument python app.py'),
      shell('Java', '<<variables>>\njava -javaagent:opentelemetry-javaagent.jar -jar app.jar'),
      {
        label: 'Go',
        language: 'go',
        text: `// The exporter reads the variables of "Environment" by itself.
exporter, err := otlptracehttp.New(ctx)
if err != nil {
	log.Fatal(err)
}
provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
otel.SetTracerProvider(provider)
defer provider.Shutdown(ctx)

http.ListenAndServe(":8080", otelhttp.NewHandler(mux, "server"))`,
      },
      {
        label: '.NET',
        language: 'csharp',
        text: `// The exporter reads the variables of "Environment" by itself.
builder.Services.AddOpenTelemetry()
    .UseOtlpExporter()
    .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(options => options.RecordException = true))
    .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation());`,
      },
      {
        label: 'Ruby',
        language: 'ruby',
        text: `# config/initializers/opentelemetry.rb; the exporter reads the variables of "Environment" by itself.
require "opentelemetry/sdk"
require "opentelemetry/exporter/otlp"
require "opentelemetry/instrumentation/all"

OpenTelemetry::SDK.configure(&:use_all)`,
      },
      {
        label: 'Collector',
        language: 'yaml',
        text: `exporters:
  otlphttp/traceway:
    endpoint: <<otlp>>
    headers:
      Authorization: Bearer <<token>>

service:
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [otlphttp/traceway] }
    metrics: { receivers: [otlp], processors: [batch], exporters: [otlphttp/traceway] }
    logs: { receivers: [otlp], processors: [batch], exporters: [otlphttp/traceway] }`,
      },
    ],
    check: [
      { label: 'Node.js', language: 'ts', text: 'throw new Error("Traceway check");' },
      { label: 'Python', language: 'python', text: 'raise RuntimeError("Traceway check")' },
      { label: 'Java', language: 'java', text: 'throw new IllegalStateException("Traceway check");' },
      { label: 'Ruby', language: 'ruby', text: 'raise "Traceway check"' },
    ],
    task: [
      {
        label: 'Node.js',
        language: 'ts',
        text: `import { SpanKind, trace } from "@opentelemetry/api";

trace.getTracer("worker").startActiveSpan("send invoices", { kind: SpanKind.CONSUMER }, async (span) => {
  try {
    await sendInvoices();
  } catch (error) {
    span.recordException(error);
    throw error;
  } finally {
    span.end();
  }
});`,
      },
    ],
    note,
  },
  curl: {
    install: [shell('Debian, Ubuntu', 'apt-get install curl openssl'), shell('macOS', 'brew install curl openssl')],
    start: [kCurl],
    check: [],
    note: `Sends one request, “${kSample.name}”, in the JSON form of OpenTelemetry. Enough to see that the road is open.`,
  },
};
