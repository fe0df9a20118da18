/** The list a request was opened from, so that its neighbours are one key away. Lives as long as the tab. */

const kKey = 'traceway_walk';

interface Walk {
  endpoint: string;
  ids: string[];
}

export function remember_walk(endpoint: string, ids: string[]): void {
  try {
    sessionStorage.setItem(kKey, JSON.stringify({ endpoint, ids } satisfies Walk));
  } catch {
    // Without storage there are no neighbours; the page works.
  }
}

export interface Place {
  at: number;
  of: number;
  before: string | null;
  after: string | null;
}

export function place_in_walk(endpoint: string, id: string): Place | null {
  try {
    const walk = JSON.parse(sessionStorage.getItem(kKey) ?? 'null') as Walk | null;
    const at = walk?.endpoint === endpoint ? walk.ids.indexOf(id) : -1;
    if (!walk || at < 0) return null;
    return { at: at + 1, of: walk.ids.length, before: walk.ids[at - 1] ?? null, after: walk.ids[at + 1] ?? null };
  } catch {
    return null;
  }
}
