import { describe, expect, it } from 'vitest';
import { kFrameworks } from '../frameworks';
import { guide_of, kGuides, matching } from './list';
import { address_problem, fill_in, is_local, mask, service_name, type Place, type Recipe } from './recipe';
import { moment, sample_text } from './sample';
import { kCurl, kRecipes } from './snippets';
import { total } from './status';

const place: Place = { url: 'https://watch.example.com/tools', token: '0f3c9b1e7a2d4c5f8e6b1a9d3c7f2e40', service: 'shop-api' };

const codes = (recipe: Recipe) => [...recipe.install, ...recipe.start, ...recipe.check, ...(recipe.task ?? [])];

describe('recipes', () => {
  it('every guide has one, and none is without a guide', () => {
    expect(Object.keys(kRecipes).sort()).toEqual(kGuides.map((guide) => guide.id).sort());
  });

  it.each(kGuides.map((guide) => guide.id))('%s: no blank is left, the destination is in it, the token only where it is meant', (id) => {
    const recipe = kRecipes[id]!;
    const texts = codes(recipe).map((code) => fill_in(code.text, place));
    for (const text of texts) expect(text).not.toMatch(/<<|>>/);
    const start = recipe.start.map((code) => fill_in(code.text, place)).join('\n');
    expect(start).toContain(place.url);
    expect(start).toContain(place.token);
    const masked = codes(recipe).map((code) => fill_in(code.text, { ...place, token: mask(place.token) })).join('\n');
    expect(masked).not.toContain(place.token.slice(4));
  });

  it.each(kGuides.map((guide) => guide.id))('%s: the tabs of a step differ in name', (id) => {
    const recipe = kRecipes[id]!;
    for (const step of [recipe.install, recipe.start, [...recipe.check, kCurl], recipe.task ?? []]) {
      const labels = step.map((code) => code.label);
      expect(new Set(labels).size).toBe(labels.length);
    }
  });

  it('a connection string is the token, an @ and the whole address', () => {
    expect(fill_in('<<connection>>', place)).toBe('0f3c9b1e7a2d4c5f8e6b1a9d3c7f2e40@https://watch.example.com/tools/api/report');
  });

  it('exporters are told the base, to which they append the signal, and the header with its blank encoded', () => {
    const text = fill_in('<<variables>>', place);
    expect(text).toContain('OTEL_EXPORTER_OTLP_ENDPOINT="https://watch.example.com/tools/api/otel"');
    expect(text).toContain('OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%200f3c9b1e7a2d4c5f8e6b1a9d3c7f2e40"');
  });

  it('the curl line is a sample that a shell completes', () => {
    const text = fill_in(kCurl.text, place);
    expect(text).toContain('curl https://watch.example.com/tools/api/otel/v1/traces');
    const body = /-d '(.*)'$/s.exec(text)![1]!.replace(/'\$\(openssl rand -hex (\d+)\)'/g, (_, n: string) => 'ab'.repeat(Number(n))).replace(/'\$\(date \+%s\)'|'\$\(date \+%s\)(\d+)'/g, '1770000000$1');
    const span = JSON.parse(body).resourceSpans[0].scopeSpans[0].spans[0];
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBe(42_000_000n);
    expect(body).not.toContain("'");
  });
});

describe('what to connect', () => {
  it('the address wins, then the project; what nobody knows is OpenTelemetry', () => {
    expect(guide_of('express', 'gin').id).toBe('express');
    expect(guide_of('nonsense', 'gin').id).toBe('gin');
    expect(guide_of(null, 'laravel').id).toBe('php');
    expect(guide_of(null, 'android').id).toBe('opentelemetry');
  });

  it('every framework of a project leads to a recipe of its own name', () => {
    for (const [framework] of kFrameworks) expect(guide_of(framework).id).toBe(framework);
  });

  it('typing narrows by name, group and kindred words', () => {
    expect(matching('go chi').map((guide) => guide.id)).toEqual(['chi']);
    expect(matching('laravel').map((guide) => guide.id)).toEqual(['php']);
    expect(matching('')).toHaveLength(kGuides.length);
    expect(matching('cobol')).toEqual([]);
  });
});

describe('the place', () => {
  it.each([
    ['https://a.example', null],
    ['http://10.0.0.7:8082/base/', null],
    ['a.example', 'http'],
    ['ftp://a.example', 'http'],
    ['https://a.example/?x=1', 'path'],
    ['https://me@a.example', '@'],
  ])('%s', (text, problem) => {
    if (problem === null) expect(address_problem(text)).toBeNull();
    else expect(address_problem(text)).toContain(problem);
  });

  it('an address of this machine is known as such', () => {
    for (const text of ['http://localhost:8082', 'http://127.0.0.1', 'http://[::1]:80', 'http://app.localhost']) expect(is_local(text)).toBe(true);
    expect(is_local('https://watch.example.com')).toBe(false);
    expect(is_local('not an address')).toBe(false);
  });

  it('a project name becomes a service name', () => {
    expect(service_name(' Shop API (v2) ')).toBe('shop-api-v2');
    expect(service_name('Ж')).toBe('my-service');
  });

  it('a masked token shows four characters and its length', () => {
    expect(mask('abcdefgh')).toBe('abcd••••');
    expect(mask('abc')).toBe('abc');
  });
});

describe('the sample', () => {
  it('is one failed request of 42 ms that ended now, with its exception', () => {
    const now = moment(1_770_000_000_123);
    const span = JSON.parse(sample_text(now)).resourceSpans[0].scopeSpans[0].spans[0];
    expect([span.startTimeUnixNano, span.endTimeUnixNano]).toEqual(['1770000000081000000', '1770000000123000000']);
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(span.kind).toBe(2);
    expect(span.events[0].name).toBe('exception');
    expect(moment(0).trace_id).not.toBe(moment(0).trace_id);
  });

  it('what has arrived adds up', () => {
    expect(total(null)).toBe(0);
    expect(total({ kinds: [{ kind: 'span', count: 3, firstAt: null, lastAt: null }, { kind: 'error', count: 2, firstAt: null, lastAt: null }], rejections: [] })).toBe(5);
  });
});
