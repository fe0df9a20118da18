/** What may be typed into the filter of issues and events. Pure. */
import { attr_of, kMaxFilters, kStates, type Filter } from './attr';

/** Keys of an issue itself; every other key is one of the attributes. */
export const kFilterKeys = ['type', 'message', 'file', 'function', 'server', 'version', 'route', 'hash'] as const;

export interface Words {
  /** Plain text to search for. */
  text: string;
  filters: Filter[];
  /** From "is:archived". */
  state: string | null;
  /** From "is:message" or "is:exception": what the server calls searchType. */
  kind: string | null;
}

const kIs: Record<string, Partial<Words>> = {
  ...Object.fromEntries(kStates.map((state) => [state, { state }])),
  message: { kind: 'messages' },
  exception: { kind: 'issues' },
};

function plain(text: string): string {
  return text.replace(/^"(.*?)"?$/, '$1');
}

/**
 * `server:web-2 route:"POST /cart" user.id=42 is:new some words`. Own keys take ":" or "=", attributes take "="; anything
 * else, and what stands in quotes, is text.
 */
export function parse_words(input: string): Words {
  const words: Words = { text: '', filters: [], state: null, kind: null };
  const text: string[] = [];
  for (const token of input.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []) {
    const [, key = '', sign, rest = ''] = /^([A-Za-z_][\w.-]*)([:=])(.*)$/.exec(token) ?? [];
    const value = plain(rest);
    const own = (kFilterKeys as readonly string[]).includes(key);
    if (key === 'is' && kIs[value]) Object.assign(words, kIs[value]);
    else if (value !== '' && !value.startsWith('=') && (own || (sign === '=' && key !== ''))) words.filters.push({ key, value });
    else if (!(own && value === '')) text.push(plain(token));
  }
  words.text = text.join(' ');
  return words;
}

/** How a filter is typed. */
export function word_of({ key, value }: Filter): string {
  const quoted = /[\s"]/.test(value) ? `"${value}"` : value;
  return `${key}${(kFilterKeys as readonly string[]).includes(key) ? ':' : '='}${quoted}`;
}

/** Both lists, each filter once, at most as many as the server takes. */
export function join_filters(first: readonly Filter[], second: readonly Filter[]): Filter[] {
  const all = new Map([...first, ...second].map((filter) => [attr_of(filter), filter]));
  return [...all.values()].slice(0, kMaxFilters);
}

export interface Piece {
  text: string;
  hit: boolean;
}

/** A text cut where the search was found, whatever its case. */
export function mark_hits(text: string, search: string): Piece[] {
  const wanted = search.trim().toLowerCase();
  const hay = text.toLowerCase();
  // Some letters change their length with their case: then the places are not those of the text.
  if (wanted === '' || hay.length !== text.length) return [{ text, hit: false }];
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = hay.indexOf(wanted); at >= 0; at = hay.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), hit: false });
    from = at + wanted.length;
    pieces.push({ text: text.slice(at, from), hit: true });
  }
  if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), hit: false });
  return pieces;
}
