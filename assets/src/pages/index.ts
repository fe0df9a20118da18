/** Every page of the dashboard: one line each. The first pattern that fits wins, so fixed segments come first. */
import Activity from '@lucide/svelte/icons/activity';
import type { Component } from 'svelte';

export type Params = Record<string, string>;

/** Some pages take no parameters, so the type of the props is left open here. */
export type View = Component<any>;

export interface PageEntry {
  path: string;
  title: string;
  load: () => Promise<{ default: View }>;
  /** An entry of the navigation; `key` follows "g". */
  nav?: { icon: typeof Activity; key: string };
  /** Shown without the frame and without a session. */
  bare?: boolean;
}

export const pages: readonly PageEntry[] = [
  { path: '/login', title: 'Sign in', bare: true, load: () => import('./login/Login.svelte') },
  { path: '/register', title: 'Create the first account', bare: true, load: () => import('./register/Register.svelte') },
  { path: '/endpoints', title: 'Endpoints', nav: { icon: Activity, key: 'e' }, load: () => import('./endpoints/Endpoints.svelte') },
  { path: '/endpoints/:endpoint', title: 'Endpoint', load: () => import('./endpoint/Endpoint.svelte') },
  { path: '/endpoints/:endpoint/:id', title: 'Request', load: () => import('./trace/Trace.svelte') },
];

export const not_found: PageEntry = {
  path: '',
  title: 'Page not found',
  load: () => import('./not_found/NotFound.svelte'),
};
