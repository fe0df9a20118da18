/** Requests and runs of tasks: one kind of list, picture and trace, told in two vocabularies. */

export interface Family {
  /** Address of the list of names, on the page and under /api. */
  area: '/endpoints' | '/tasks';
  /** What a name stands for: parameter of the address, and the part of the API's path that lists its runs. */
  group: 'endpoint' | 'task';
  /** How a person calls a name. */
  groups: string;
  one: string;
  many: string;
}

export const kRequests: Family = { area: '/endpoints', group: 'endpoint', groups: 'routes', one: 'request', many: 'requests' };
export const kTaskRuns: Family = { area: '/tasks', group: 'task', groups: 'tasks', one: 'run', many: 'runs' };

/** "request" at the start of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
