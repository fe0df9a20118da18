/** The JSON of the server, as the dashboard reads it. Durations of rows are nanoseconds, of stats milliseconds. */

export interface User {
  id: number;
  email: string;
  name: string;
  createdAt: string;
}

export interface Organization {
  id: number;
  name: string;
  role: Role;
  timezone: string;
}

export type Role = 'owner' | 'admin' | 'user' | 'readonly';

export interface Project {
  id: string;
  name: string;
  token: string;
  framework: string;
  organizationId: number | null;
  createdAt: string;
  backendUrl: string;
  role?: Role;
}

export interface LoginResponse {
  token: string;
  user: User;
  projects: Project[] | null;
  organizations: Organization[] | null;
}

export interface Pagination {
  page: number;
  pageSize: number;
  total: number;
  totalPages: number;
}

export interface Page<T> {
  data: T[] | null;
  pagination: Pagination;
}

export interface EndpointGroup {
  endpoint: string;
  count: number;
  p50Duration: number;
  p95Duration: number;
  p99Duration: number;
  avgDuration: number;
  lastSeen: string;
  impact: number;
  impactReason: string;
}

export interface EndpointChart {
  endpoints: string[] | null;
  series: { timestamp: string; endpoint: string; value: number }[] | null;
}

export interface EndpointRow {
  id: string;
  projectId: string;
  endpoint: string;
  duration: number;
  recordedAt: string;
  statusCode: number;
  bodySize: number;
  clientIP: string;
  attributes: Record<string, string> | null;
  appVersion: string;
  serverName: string;
  spanId?: string;
  parentSpanId?: string;
  distributedTraceId?: string;
  isRoot?: boolean;
  rootSpan?: RootSpan;
}

export interface EndpointStats {
  count: number;
  avgDuration: number;
  medianDuration: number;
  p95Duration: number;
  p99Duration: number;
  apdex: number;
  errorRate: number;
  throughput: number;
}

export interface EndpointDetail extends Page<EndpointRow> {
  stats: EndpointStats | null;
}

export type AttributeMap = Record<string, unknown>;

export interface SpanEvent {
  time_unix_nano?: number | string;
  name: string;
  attributes?: AttributeMap | null;
}

export interface SpanLink {
  traceId?: string;
  trace_id?: string;
  spanId?: string;
  span_id?: string;
  attributes?: AttributeMap | null;
}

/** What an OpenTelemetry span carries beyond its name and times. */
export interface SpanFacts {
  kind?: number;
  statusCode?: number;
  statusMessage?: string;
  serviceName?: string;
  scopeName?: string;
  scopeVersion?: string;
  attributes?: AttributeMap | null;
  events?: SpanEvent[] | null;
  links?: SpanLink[] | null;
}

export interface RootSpan extends SpanFacts {
  name?: string;
  resource?: AttributeMap | null;
}

export interface SpanRow extends SpanFacts {
  id: string;
  traceId: string;
  name: string;
  startTime: string;
  duration: number;
  recordedAt: string;
  parentSpanId?: string;
}

export interface TraceException {
  exceptionHash: string;
  stackTrace: string;
  recordedAt: string;
}

export interface TraceMessage extends TraceException {
  id: string;
  attributes?: AttributeMap | null;
}

export interface TraceDetail {
  endpoint: EndpointRow;
  spans: SpanRow[] | null;
  hasSpans: boolean;
  exception?: TraceException;
  messages: TraceMessage[] | null;
}
