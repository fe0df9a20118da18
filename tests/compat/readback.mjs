// Reads back, through the dashboard's API, every datum of the story that a client told.
import { strict as assert } from 'node:assert';
import { test } from '../support/checks.mjs';
import { dashed, details, iso } from './expected.mjs';
import { kRoute, kScope, kTask, reported_exception } from './story.mjs';

const kPage = { page: 1, pageSize: 100 };
const kKinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const kLists = { texts: 'text', ints: 'int', doubles: 'double', bools: 'bool' };

/** A typed value as JSON holds it. */
function plain(type, value) {
  if (type === 'int') return Number(value);
  if (type === 'list') return value.map((one) => plain(...one));
  if (type === 'map') return Object.fromEntries(value.map(([key, kind, inner]) => [key, plain(kind, inner)]));
  return kLists[type] ? value.map((one) => plain(kLists[type], one)) : value;
}

const typed_map = (attributes) => Object.fromEntries(attributes.map(([key, type, value]) => [key, plain(type, value)]));

/** A typed value as attribute maps show it: text. */
function shown(type, value) {
  if (type === 'text' || type === 'int' || type === 'bytes') return value;
  return type === 'double' || type === 'bool' ? String(value) : JSON.stringify(plain(type, value));
}

const shown_map = (attributes) => Object.fromEntries(attributes.map(([key, type, value]) => [key, shown(type, value)]));

function expected_details(span, service) {
  return {
    kind: kKinds[span.kind],
    statusCode: span.error ? 2 : 0,
    statusMessage: span.error ?? '',
    serviceName: service,
    scopeName: kScope.name,
    scopeVersion: kScope.version,
    traceState: '',
    attributes: shown_map(span.attributes),
    events: (span.events ?? []).map(({ name, at, attributes }) => ({ time_unix_nano: at, name, attributes: typed_map(attributes), dropped_attributes_count: 0 })),
    links: (span.links ?? []).map(({ trace_id, span_id, attributes }) => ({ trace_id, span_id, trace_state: '', attributes: typed_map(attributes), dropped_attributes_count: 0 })),
  };
}

/** As `expected_details`: without the event that the program's own exception is, and without what each SDK adds to a link. */
function found_details(span) {
  const found = details(span);
  const is_raised = ({ name, attributes }) => name === 'exception' && 'exception.message' in attributes;
  return { ...found, events: found.events.filter((event) => !is_raised(event)), links: found.links.map(({ flags: _, ...link }) => link) };
}

/** Answers of the API about one project, and what was told to it. */
export class ReadBack {
  constructor(name, server, project, language, story, told) {
    Object.assign(this, { name, server, project, language, story, told });
    this.resource = shown_map(story.resource);
    this.service = this.resource['service.name'];
  }

  ask(path, body = {}) {
    return this.server.ask(path, body, this.project);
  }

  claim(what, run) {
    return test(`${this.name}: ${what}`, run);
  }

  entity(span) {
    return {
      projectId: this.project.id, duration: Number(BigInt(span.end) - BigInt(span.start)), recordedAt: iso(BigInt(span.start)),
      attributes: shown_map(span.attributes), appVersion: this.resource['service.version'], serverName: this.service,
    };
  }

  async traces() {
    const { spans } = this.story;
    const endpoints = await this.ask('/endpoints', { pagination: kPage });
    const tasks = await this.ask('/tasks', { pagination: kPage });
    const [row] = endpoints.data;
    await this.claim('one request and one task, no more', () => assert.deepEqual([endpoints.pagination.total, tasks.pagination.total], [1, 1]));
    await this.claim('the request has every field', () =>
      assert.deepEqual(row, {
        ...this.entity(spans[0]), id: row.id, endpoint: kRoute, statusCode: 502, bodySize: 1234, clientIP: '203.0.113.9',
        distributedTraceId: dashed(this.told.trace_id), spanId: dashed(this.told.spans[kRoute]), isStream: false, isRoot: true,
      }));
    await this.claim('the task has every field', () => {
      const wanted = { ...this.entity(spans.find(({ name }) => name === kTask)), taskName: kTask };
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, tasks.data[0][key]])), wanted);
    });
    const { endpoint, spans: below } = await this.ask(`/endpoints/${row.id}`);
    await this.claim('the root span, its resource and its scope', () => {
      assert.deepEqual(found_details(endpoint.rootSpan), expected_details(spans[0], this.service));
      const { attributes } = endpoint.rootSpan.resource;
      const wanted = { ...typed_map(this.story.resource), 'telemetry.sdk.language': this.language.sdk_language };
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, attributes[key]])), wanted);
    });
    await this.claim('the spans are the ones told, in order, and no other', () => assert.deepEqual(below.map(({ name }) => name), spans.slice(1).map(({ name }) => name)));
    for (const wanted of spans.slice(1)) await this.span(wanted, below.find(({ name }) => name === wanted.name), row);
    await this.exceptions(row);
  }

  span(wanted, found, row) {
    return this.claim(`${wanted.name}: id, parent, times, kind, status, attributes, events, links`, () => {
      const { id, traceId, parentSpanId, startTime, duration } = found;
      assert.deepEqual(
        { id, traceId, parentSpanId, startTime, duration },
        {
          id: dashed(this.told.spans[wanted.name]), traceId: row.id, parentSpanId: dashed(this.told.spans[wanted.parent]),
          startTime: iso(BigInt(wanted.start)), duration: Number(BigInt(wanted.end) - BigInt(wanted.start)),
        },
      );
      assert.deepEqual(found_details(found), expected_details(wanted, this.service));
    });
  }

  async exceptions(row) {
    const { data } = await this.ask('/exception-stack-traces', { pagination: kPage, searchType: 'issues' });
    const reported = reported_exception(this.language);
    await this.claim('two exceptions are two issues, seen once each', () => assert.deepEqual(data.map(({ count }) => count), [1, 1]));
    await this.claim('the reported stack has the hash of its vector', () => {
      const { stackTrace, exceptionHash } = data.find((one) => one.exceptionHash === reported.exceptionHash) ?? data[0];
      assert.deepEqual({ stackTrace, exceptionHash }, reported);
    });
    await this.claim("the program's own exception, and whose it is", async () => {
      const raised = data.find((one) => one.exceptionHash !== reported.exceptionHash);
      assert.match(raised.stackTrace, this.language.raised);
      const { occurrences } = await this.ask(`/exception-stack-traces/${raised.exceptionHash}`, { pagination: kPage });
      const [{ traceId, traceType, attributes, appVersion, serverName, isMessage, distributedTraceId }] = occurrences;
      assert.deepEqual([traceId, traceType, appVersion, serverName, isMessage, distributedTraceId], [row.id, 'endpoint', this.resource['service.version'], this.service, false, dashed(this.told.trace_id)]);
      assert.equal(attributes['server.port'], '443');
    });
  }

  // --- metrics ---

  /** The tags of every point of a metric. */
  tags(key, value) {
    return { [key]: value, server_name: this.service, 'host.name': this.resource['host.name'], 'process.pid': this.resource['process.pid'] };
  }

  registered(name, kind, unit, is_delta) {
    const counted = is_delta ? 'delta' : 'counter';  // how many a histogram saw is told in its own temporality
    if (name.endsWith('.count')) return [counted, 'count'];
    return [kind === 'counter' ? counted : 'gauge', unit];
  }

  async metrics(is_delta) {
    const { metrics: found } = await this.server.call('GET', `/api/metrics/discover?projectId=${this.project.id}`);
    const told = this.story.metrics.flatMap(({ kind, unit, key, shows }) => shows.map(([name, tag, value]) => ({ name, kind, unit, key, tag, value })));
    await this.claim('the metrics are the ones told', () => assert.deepEqual(found.map(({ name }) => name), [...new Set(told.map(({ name }) => name))].sort()));
    for (const { name, kind, unit, key, tag, value } of told) {
      await this.claim(`${name} of ${tag}: type, unit, tags, one point and its value`, async () => {
        const { metricType, unit: known, tagKeys } = found.find((one) => one.name === name);
        assert.deepEqual([metricType, known], this.registered(name, kind, unit, is_delta));
        assert.deepEqual([...tagKeys].sort(), Object.keys(this.tags(key, tag)).sort());
        assert.deepEqual(await this.points(name, key, tag), { count: 1, last: value });
      });
    }
  }

  /** How many points the series has, and the newest value. */
  async points(name, key, tag) {
    const query = { name, tagFilters: this.tags(key, tag), groupBy: key };
    const minutes = (from_now) => new Date(Date.now() + from_now * 60_000).toISOString();
    const { results } = await this.ask('/metrics/query', {
      from: minutes(-30), to: minutes(5), intervalMinutes: 60, queries: [{ ...query, aggregation: 'count' }, { ...query, aggregation: 'last' }],
    });
    const [counts, lasts] = results.map(({ series }) => (series[tag] ?? []).map(({ value }) => value));
    return { count: counts.reduce((sum, one) => sum + one, 0), last: lasts.at(-1) };
  }

  // --- logs ---

  async logs() {
    const { data, pagination } = await this.ask('/logs', { pagination: kPage, orderBy: 'timestamp', sortDirection: 'asc' });
    await this.claim('as many log records as told', () => assert.equal(pagination.total, this.story.logs.length));
    for (const [index, wanted] of this.story.logs.entries()) {
      await this.claim(`log ${index} (${wanted.body[0]}): time, severity, body, maps, relation`, () => this.record(wanted, data[index]));
    }
    await this.claim('logs are found by trace, by severity and by text', async () => {
      const count = async (filter) => (await this.ask('/logs', { pagination: kPage, ...filter })).pagination.total;
      const within = this.story.logs.filter(({ span }) => span).length;
      assert.equal(await count({ traceId: this.told.trace_id }), within);
      assert.equal(await count({ distributedTraceId: dashed(this.told.trace_id) }), within);
      assert.equal(await count({ minSeverity: 17 }), this.story.logs.filter(({ severity }) => severity >= 17).length);
      assert.equal(await count({ search: 'cart opened 🐎', serviceName: this.service }), 1);
    });
  }

  record(wanted, found) {
    const kNames = { 5: 'DEBUG', 9: 'INFO', 13: 'WARN', 17: 'ERROR', 21: 'FATAL' };
    const at = Date.parse(found.timestamp);
    if (wanted.time) assert.equal(found.timestamp, iso(BigInt(wanted.time)));
    else assert.ok(Math.abs(Date.now() - at) < 120_000, `${found.timestamp} is about now`);
    const { projectId, traceId, spanId, traceFlags, severityNumber, severityText, serviceName, scopeName, scopeVersion, logAttributes } = found;
    assert.deepEqual(
      { projectId, traceId, spanId, isSampled: traceFlags & 1, severityNumber, severityText, serviceName, scopeName, scopeVersion, logAttributes },
      {
        projectId: this.project.id, serviceName: this.service, scopeName: kScope.name, scopeVersion: kScope.version,
        traceId: wanted.span ? this.told.trace_id : '', spanId: wanted.span ? this.told.spans[wanted.span] : '', isSampled: wanted.span ? 1 : 0,
        severityNumber: wanted.severity, severityText: wanted.text.toUpperCase() || kNames[wanted.severity],
        logAttributes: { ...shown_map(wanted.attributes), ...(wanted.event ? { 'event.name': wanted.event } : {}) },
      },
    );
    const [type, value] = wanted.body;
    if (type === 'map' || type === 'list') assert.deepEqual(JSON.parse(found.body), plain(type, value));
    else assert.equal(found.body, shown(type, value));
    assert.deepEqual(Object.fromEntries(Object.keys(this.resource).map((key) => [key, found.resourceAttributes[key]])), this.resource);
  }
}

