/** A router over the History API: fixed patterns, real links, aware of the base path the server wrote. */

export interface Match<T> {
  route: T;
  params: Record<string, string>;
}

/** The path the server hosts us under, without a slash at its end: "" or "/tools/traceway". */
export const base_path = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first route whose pattern fits. ":name" takes one segment; fixed segments are listed before them. */
export function match_route<T extends { path: string }>(routes: readonly T[], path: string): Match<T> | null {
  const segments = path.split('/').filter((part) => part !== '');
  for (const route of routes) {
    const pattern = route.path.split('/').filter((part) => part !== '');
    if (pattern.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const fits = pattern.every((part, at) => {
      if (!part.startsWith(':')) return part === segments[at];
      params[part.slice(1)] = decode(segments[at] ?? '');
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}

/** Parameters to set; a list repeats its name, null removes it. */
export type Changes = Record<string, string | readonly string[] | null | undefined>;

const kSticky = ['preset', 'from', 'to', 'project'];

class Router {
  path = $state('/');
  query = $state.raw(new URLSearchParams());
  /** Grows when another page or view was asked for; typing into a filter does not count. */
  visits = $state(0);

  constructor() {
    this.read_location();
    addEventListener('popstate', () => {
      this.read_location();
      this.visits += 1;
    });
  }

  /** Address of a page inside the dashboard. Time range and project stick unless the caller sets them. */
  href(path: string, own: Changes = {}): string {
    const query = new URLSearchParams();
    for (const key of kSticky) {
      const value = this.query.get(key);
      if (value !== null) query.set(key, value);
    }
    return this.write_query(path, query, own);
  }

  /** Address of this page with some parameters changed; null removes one. */
  with(changes: Changes): string {
    return this.write_query(this.path, new URLSearchParams(this.query), changes);
  }

  go(href: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'push') history.pushState(null, '', href);
    else history.replaceState(null, '', href);
    this.read_location();
    this.visits += 1;
  }

  /** Changes parameters of this page: "push" for a deliberate step, "replace" while typing. */
  set(changes: Changes, how: 'push' | 'replace' = 'push'): void {
    const href = this.with(changes);
    if (how === 'push') history.pushState(null, '', href);
    else history.replaceState(history.state, '', href);
    this.read_location();
  }

  /** Follows plain clicks on our own links; everything else stays with the browser. */
  follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(`${base_path}/`)) return;
    event.preventDefault();
    const same_page = url.pathname === location.pathname;
    if (same_page && url.search === location.search) return;
    this.go(url.pathname + url.search);
    if (!same_page) scrollTo(0, 0);
  }

  private read_location(): void {
    this.path = location.pathname.slice(base_path.length) || '/';
    this.query = new URLSearchParams(location.search);
  }

  private write_query(
    path: string,
    query: URLSearchParams,
    changes: Changes,
  ): string {
    for (const [key, value] of Object.entries(changes)) {
      query.delete(key);
      for (const one of typeof value === 'string' ? [value] : (value ?? [])) if (one !== '') query.append(key, one);
    }
    const text = query.toString();
    return `${base_path}${path}${text === '' ? '' : `?${text}`}`;
  }
}

export const router = new Router();

/** A `next=` parameter is followed only inside this dashboard. */
export function safe_next(next: string | null): string {
  const fallback = `${base_path}/`;
  if (next === null || !/^\/(?![/\\])/.test(next)) return fallback;
  const url = new URL(next, location.origin);
  return url.origin === location.origin && url.pathname.startsWith(fallback) ? url.pathname + url.search : fallback;
}
