/** The ways to take an event along: link, ticket text, stack, JSON. What makes the texts is fetched when one is wanted. */
import { copy_text } from '../clipboard';
import type { Key } from '../keys.svelte';
import { router } from '../router.svelte';
import { toasts } from '../toast.svelte';
import type { Action } from '../ui/ActionMenu.svelte';
import type { IssueGroup, Occurrence } from './types';

/** The address that shows exactly this event, however many follow it. */
function event_link(event: Occurrence): string {
  return `${location.origin}${router.href(`/issues/${event.exceptionHash}/${event.id}`, { preset: null, from: null, to: null })}`;
}

async function copy(text: string, what: string): Promise<void> {
  await copy_text(text);
  toasts.show(`Copied ${what}`);
}

async function copy_markdown(group: IssueGroup, event: Occurrence): Promise<void> {
  const { as_markdown } = await import('./share');
  await copy(as_markdown(group, event, event_link(event)), 'the event as Markdown');
}

export function copy_actions(group: IssueGroup, event: Occurrence): Action[] {
  return [
    { label: 'Link to this page', hint: 'c', run: () => void copy(location.href, 'the link') },
    { label: 'Link to this event', run: () => void copy(event_link(event), 'the link to this event') },
    { label: 'Markdown', hint: 'y', run: () => void copy_markdown(group, event) },
    { label: event.isMessage ? 'Message' : 'Plain stack', run: () => void copy(event.stackTrace, event.isMessage ? 'the message' : 'the stack') },
    { label: 'JSON', run: () => void copy(JSON.stringify(event, null, 2), 'the event as JSON') },
  ];
}

/** The same by key. */
export function copy_keys(group: IssueGroup | null, event: Occurrence | null): Key[] {
  return [
    { keys: 'c', label: 'Copy the link', run: () => void copy(location.href, 'the link') },
    { keys: 'y', label: 'Copy as Markdown', run: () => group && event && void copy_markdown(group, event) },
  ];
}
