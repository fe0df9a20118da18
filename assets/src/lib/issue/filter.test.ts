import { describe, expect, it } from 'vitest';
import { attr_of, filters_of } from './attr';
import { join_filters, mark_hits, parse_words, word_of } from './filter';

const pairs = (input: string): string[] => parse_words(input).filters.map(({ key, value }) => `${key}|${value}`);

describe('what is typed into the filter', () => {
  it('own keys take a colon or an equals sign, attributes an equals sign', () => {
    expect(pairs('server:web-2 version=v1.4.1 user.id=42')).toEqual(['server|web-2', 'version|v1.4.1', 'user.id|42']);
    expect(parse_words('server:web-2 broken pipe user.id=42').text).toBe('broken pipe');
  });

  it('quotes hold words together, and make text of what looks like a filter', () => {
    expect(pairs('route:"POST /cart" plan="very big"')).toEqual(['route|POST /cart', 'plan|very big']);
    expect(parse_words('"a=b" c')).toMatchObject({ text: 'a=b c', filters: [] });
    expect(pairs('route:"POST /ca')).toEqual(['route|POST /ca']);
  });

  it('what errors are made of stays text', () => {
    for (const text of ['main.go:110', 'TypeError: x', 'std::vector', 'https://shop.example/a', 'a == b', '=5', "reading 'id'"]) {
      expect(parse_words(text)).toMatchObject({ text, filters: [] });
    }
  });

  it('a key without a value is not finished yet', () => {
    expect(parse_words('broken server:')).toMatchObject({ text: 'broken', filters: [] });
    expect(parse_words('user.id=')).toMatchObject({ filters: [] });
  });

  it('"is" chooses state and kind', () => {
    expect(parse_words('is:archived x')).toMatchObject({ state: 'archived', text: 'x', kind: null });
    expect(parse_words('is:message').kind).toBe('messages');
    expect(parse_words('is:exception').kind).toBe('issues');
    expect(parse_words('is:odd').text).toBe('is:odd');
  });

  it('a filter written down is read back the same', () => {
    for (const filter of [{ key: 'route', value: 'POST /cart' }, { key: 'user.id', value: '42' }, { key: 'type', value: 'A' }]) {
      expect(parse_words(word_of(filter)).filters).toEqual([filter]);
    }
  });
});

describe('filters in the address', () => {
  it('go there and back, with equals signs in the value', () => {
    const filters = [{ key: 'url', value: '/a?b=c' }, { key: 'server', value: 'web-2' }];
    expect(filters_of(filters.map(attr_of))).toEqual(filters);
  });

  it('that make no sense are dropped, and no more than ten are kept', () => {
    expect(filters_of(['', 'x', '=y', 'z='])).toEqual([]);
    expect(filters_of(Array.from({ length: 20 }, (_, at) => `k=${at}`))).toHaveLength(10);
  });

  it('stand there once', () => {
    const one = { key: 'a', value: 'b' };
    expect(join_filters([one], [{ ...one }, { key: 'a', value: 'c' }])).toEqual([one, { key: 'a', value: 'c' }]);
  });
});

describe('hits', () => {
  const text = (value: string, search: string): string => mark_hits(value, search).map(({ text: part, hit }) => (hit ? `<${part}>` : part)).join('');

  it('are marked whatever their case', () => {
    expect(text('Broken pipe, broken', 'BROKEN')).toBe('<Broken> pipe, <broken>');
    expect([text('abc', ''), text('abc', 'x'), text('', 'x')]).toEqual(['abc', 'abc', '']);
  });

  it('are left alone where case changes the length', () => {
    expect(text('İstanbul x', 'x')).toBe('İstanbul x');
  });
});
