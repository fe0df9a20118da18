/** Every page of the dashboard: one line each. The first pattern that fits wins, so fixed segments come first. */
import Activity from '@lucide/svelte/icons/activity';
import Cable from '@lucide/svelte/icons/cable';
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard';
import ListChecks from '@lucide/svelte/icons/list-checks';
import type { Component } from 'svelte';

export type Params = Record<string, string>;

/** Some pages take no parameters, so the type of the props is left open here. */
export type View = Component<any>;

export interface PageEntry {
  path: string;
  title: string;
  load: () => Promise<{ default: View }>;
  /** An entry of the navigation; `key` follows "g", `foot` puts it below the others. */
  nav?: { icon: typeof Activity; key: string; foot?: boolean };
  /** Shown without the frame and without a session. */
  bare?: boolean;
}

export const pages: readonly PageEntry[] = [
  { path: '/login', title: 'Sign in', bare: true, load: () => import('./login/Login.svelte') },
  { path: '/register', title: 'Create the first account', bare: true, load: () => import('./register/Register.svelte') },
  { path: '/', title: 'Overview', nav: { icon: LayoutDashboard, key: 'o' }, load: () => import('./overview/Overview.svelte') },
  { path: '/endpoints', title: 'Endpoints', nav: { icon: Activity, key: 'e' }, load: () => import('./endpoints/Endpoints.svelte') },
  { path: '/endpoints/:endpoint', title: 'Endpoint', load: () => import('./endpoint/Endpoint.svelte') },
  { path: '/endpoints/:endpoint/:id', title: 'Request', load: () => import('./trace/Trace.svelte') },
  { path: '/tasks', title: 'Tasks', nav: { icon: ListChecks, key: 't' }, load: () => import('./tasks/Tasks.svelte') },
  { path: '/tasks/:task', title: 'Task', load: () => import('./task/Task.svelte') },
  { path: '/tasks/:task/:id', title: 'Run', load: () => import('./trace/Trace.svelte') },
  { path: '/connection', title: 'Connect', nav: { icon: Cable, key: 'c', foot: true }, load: () => import('./connection/Connection.svelte') },
];

export const not_found: PageEntry = {
  path: '',
  title: 'Page not found',
  load: () => import('./not_found/NotFound.svelte'),
};
