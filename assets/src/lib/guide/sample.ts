/** A sample event in the JSON form of OpenTelemetry: one failed request with its exception. */
import { base_path } from '../router.svelte';

export const kSample = { name: 'GET /traceway-check', service: 'traceway-guide', type: 'TracewayCheck', message: 'This error was sent on purpose from the connection guide' };

/** Ids in hex, times in ns since 1970 as decimal text. */
export interface Moment {
  trace_id: string;
  span_id: string;
  start: string;
  end: string;
}

const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });

export function sample_text({ trace_id, span_id, start, end }: Moment): string {
  const exception = [text('exception.type', kSample.type), text('exception.message', kSample.message)];
  const span = {
    traceId: trace_id, spanId: span_id, name: kSample.name, kind: 2, startTimeUnixNano: start, endTimeUnixNano: end,
    attributes: [text('http.request.method', 'GET'), text('http.route', '/traceway-check'), { key: 'http.response.status_code', value: { intValue: '500' } }],
    events: [{ timeUnixNano: end, name: 'exception', attributes: exception }],
    status: { code: 2, message: kSample.message },
  };
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [text('service.name', kSample.service)] }, scopeSpans: [{ spans: [span] }] }] });
}

function random_hex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A request that took 42 ms and ended now. */
export function moment(now_ms: number): Moment {
  return { trace_id: random_hex(16), span_id: random_hex(8), start: `${now_ms - 42}000000`, end: `${now_ms}000000` };
}

/** Sends a sample as a program would, with the token of the project. Null when it was accepted, else the server's reason. */
export async function send_sample(token: string): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch(`${base_path}/api/otel/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: sample_text(moment(Date.now())),
    });
  } catch {
    return 'The server could not be reached.';
  }
  const answer = (await response.json().catch(() => null)) as { message?: string; partialSuccess?: { errorMessage?: string } } | null;
  if (!response.ok) return answer?.message ?? `The server answered ${response.status}.`;
  return answer?.partialSuccess?.errorMessage || null;
}
