/** Filters of issues and events, and how they stand in the address. Pure. */

export interface Filter {
  key: string;
  value: string;
}

export const kMaxFilters = 10;
export const kStates = ['open', 'new', 'regressed', 'archived'] as const;
export const kKinds = ['issues', 'messages'] as const;

/** How a filter stands in the address: `attr=user.id=42`. */
export function attr_of({ key, value }: Filter): string {
  return `${key}=${value}`;
}

export function filters_of(attrs: readonly string[]): Filter[] {
  return attrs
    .map((attr) => ({ key: attr.slice(0, Math.max(0, attr.indexOf('='))), value: attr.slice(attr.indexOf('=') + 1) }))
    .filter(({ key, value }) => key !== '' && value !== '')
    .slice(0, kMaxFilters);
}
