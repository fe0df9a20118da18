/** The way from the list to what is shown: every page whose pattern is a beginning of this one's. Pure. */

export interface Crumb {
  label: string;
  /** Null for the page itself. */
  path: string | null;
}

/** Ids are shortened; names of routes and tasks are not. */
function label_of(value: string): string {
  return /^[0-9a-f-]{16,}$/i.test(value) ? value.slice(0, 8) : value;
}

export function crumbs_of(pages: readonly { path: string; title: string }[], page: { path: string; title: string }, params: Readonly<Record<string, string>>): Crumb[] {
  const parts = page.path.split('/').filter(Boolean);
  if (parts.length === 0) return [{ label: page.title, path: null }];
  return parts.flatMap((part, at) => {
    const pattern = `/${parts.slice(0, at + 1).join('/')}`;
    const own = pages.find((one) => one.path === pattern);
    if (!own) return [];
    const label = part.startsWith(':') ? label_of(params[part.slice(1)] ?? '') : own.title;
    const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    return [{ label, path: own === page ? null : path }];
  });
}
