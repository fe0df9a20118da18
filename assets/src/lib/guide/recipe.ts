/** What a recipe of the connection guide is made of, and how its blanks are filled. Pure. */

/** One piece of code; a step with several shows them as tabs. */
export interface Code {
  label: string;
  language: string;
  /** Blanks: <<connection>> <<otlp>> <<token>> <<service>> <<variables>>. */
  text: string;
}

export interface Recipe {
  install: Code[];
  start: Code[];
  /** Raises an error on purpose; empty when starting it already sends something. */
  check: Code[];
  /** Measures work that no request waits for. */
  task?: Code[];
  /** One sentence on what this connects, or how it behaves. */
  note: string;
}

/** Where a recipe sends to. */
export interface Place {
  /** Address of the server, without a slash at its end. */
  url: string;
  token: string;
  service: string;
}

/** What a read-only member is given instead of the token (dashboard-api 5.1). */
export const kHiddenToken = 'read-only-hidden-token';

const kVariables = [
  'export OTEL_EXPORTER_OTLP_ENDPOINT="<<otlp>>"',
  'export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"',
  'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20<<token>>"',
  'export OTEL_SERVICE_NAME="<<service>>"',
].join('\n');

export function fill_in(text: string, place: Place): string {
  const blanks: Record<string, string> = {
    connection: `${place.token}@${place.url}/api/report`,
    otlp: `${place.url}/api/otel`,
    token: place.token,
    service: place.service,
  };
  return text.replaceAll('<<variables>>', kVariables).replace(/<<(\w+)>>/g, (whole, name: string) => blanks[name] ?? whole);
}

/** The first four characters, for comparing with what a program already has. */
export function mask(token: string): string {
  return `${token.slice(0, 4)}${'•'.repeat(Math.max(0, token.length - 4))}`;
}

/** A service name that every exporter takes. */
export function service_name(project: string): string {
  return project.trim().toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '') || 'my-service';
}

function parse_address(text: string): URL | null {
  try {
    return new URL(text.trim());
  } catch {
    return null;
  }
}

/** What is wrong with a server address, in words; null when programs can be pointed at it. */
export function address_problem(text: string): string | null {
  const address = parse_address(text);
  if (!address || !/^https?:$/.test(address.protocol)) return 'An address begins with http:// or https://.';
  if (address.search !== '' || address.hash !== '') return 'Only scheme, host, port and path belong here.';
  if (address.username !== '' || text.includes('@')) return 'An address with @ cannot stand in a connection string.';
  return null;
}

/** Programs on other machines cannot follow such an address. */
export function is_local(text: string): boolean {
  const host = parse_address(text)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || /^127\./.test(host) || host === '[::1]';
}
