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

/** The chart of the endpoints or of the tasks. */
export interface RunChart {
  endpoints?: string[] | null;
  tasks?: string[] | null;
  series: { timestamp: string; endpoint?: string; task?: string; value: number }[] | null;
}

/** What a request and the run of a task have in common. */
export interface RunRow {
  id: string;
  projectId: string;
  duration: number;
  recordedAt: string;
  clientIP: string;
  attributes: Record<string, string> | null;
  appVersion: string;
  serverName: string;
  /** Requests only. */
  statusCode?: number;
  /** Requests only. */
  bodySize?: number;
  /** Runs only: an exception belongs to it. */
  failed?: boolean;
  spanId?: string;
  parentSpanId?: string;
  distributedTraceId?: string;
  isRoot?: boolean;
  rootSpan?: RootSpan;
}

export interface EndpointRow extends RunRow {
  endpoint: string;
  statusCode: number;
  bodySize: number;
}

export interface TaskRow extends RunRow {
  taskName: string;
}

/** The row a trace hangs under, with the name its first line carries. */
export interface TraceRoot extends RunRow {
  name: string;
}

export interface RunStats {
  count: number;
  avgDuration: number;
  medianDuration: number;
  p95Duration: number;
  p99Duration: number;
  throughput: number;
  /** Requests only. */
  apdex?: number;
  /** Requests only, in percent. */
  errorRate?: number;
  /** Tasks only. */
  failures?: number;
}

export interface RunList extends Page<RunRow> {
  stats: RunStats | null;
}

export interface TaskGroup {
  taskName: string;
  count: number;
  p50Duration: number;
  p95Duration: number;
  avgDuration: number;
  lastSeen: string;
  failures?: number;
  firstSeen?: string;
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
  endpoint?: EndpointRow;
  task?: TaskRow;
  spans: SpanRow[] | null;
  hasSpans: boolean;
  exception?: TraceException;
  messages: TraceMessage[] | null;
}

export interface TrendPoint {
  timestamp: string;
  count: number;
}

/** An issue as the overview shows it. */
export interface IssueBrief {
  exceptionHash: string;
  stackTrace: string;
  lastSeen: string;
  firstSeen: string;
  /** Whatever the range. */
  everFirstSeen?: string;
  count: number;
  type?: string;
  message?: string;
  culprit?: { function: string; file: string; line: number; inApp: boolean } | null;
  state?: 'new' | 'open' | 'regressed' | 'archived';
  trend?: TrendPoint[];
}

export interface Attention {
  kind: 'new_issue' | 'regressed_issue' | 'slower_endpoint' | 'error_rate' | 'task_failures' | 'silent';
  severity: 'danger' | 'warn' | 'info';
  title: string;
  detail: string;
  since: string;
  entity: { type: 'issue' | 'endpoint' | 'task' | 'project'; id: string };
}

export interface TileFigure {
  current: number | null;
  previous: number | null;
  trend: (number | null)[];
}

export interface Overview {
  hasData: boolean;
  recentIssues: IssueBrief[] | null;
  worstEndpoints: EndpointGroup[] | null;
  attention: Attention[];
  tiles: Record<'requests' | 'errorRate' | 'p95Ms' | 'apdex' | 'taskFailureRate', TileFigure>;
  traffic: { bucketMinutes: number; points: { timestamp: string; ok: number; clientErrors: number; serverErrors: number }[] };
  releases: { version: string; firstSeen: string }[];
  lastEventAt: string | null;
}
