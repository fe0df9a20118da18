// How the dashboard's API writes times, ids and spans, for what the SDKs were told.

/** RFC 3339 with as many of nine digits as the nanoseconds need. */
export function iso(ns) {
  const digits = String(ns % 1_000_000_000n).padStart(9, '0').replace(/0+$/, '');
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}${digits ? `.${digits}` : ''}Z`;
}

/** Trace ids and span ids, zero-padded, as dashed UUIDs. */
export function dashed(hex) {
  return hex.padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What the API says of a span beyond its place in time. */
export function details({ kind, statusCode, statusMessage, serviceName, scopeName, scopeVersion, traceState, attributes, events, links }) {
  return { kind, statusCode, statusMessage, serviceName, scopeName, scopeVersion, traceState, attributes, events, links };
}
