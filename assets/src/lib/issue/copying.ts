/** The ways to take an event along: link, ticket text, stack, JSON. */
import { copy_text } from '../clipboard';
import { router } from '../router.svelte';
import { toasts } from '../toast.svelte';
import type { Action } from '../ui/ActionMenu.svelte';
import { as_json, as_markdown } from './share';
import type { IssueGroup, Occurrence } from './types';

/** The address that shows exactly this event, however many follow it. */
export function event_link(event: Occurrence): string {
  return `${location.origin}${router.href(`/issues/${event.exceptionHash}/${event.id}`, { preset: null, from: null, to: null })}`;
}

async function copy(text: string, what: string): Promise<void> {
  await copy_text(text);
  toasts.show(`Copied ${what}`);
}

export const copy_link = (): Promise<void> => copy(location.href, 'the link');
export const copy_markdown = (group: IssueGroup, event: Occurrence): Promise<void> => copy(as_markdown(group, event, event_link(event)), 'the event as Markdown');

export function copy_actions(group: IssueGroup, event: Occurrence): Action[] {
  return [
    { label: 'Link to this page', hint: 'c', run: () => void copy_link() },
    { label: 'Link to this event', run: () => void copy(event_link(event), 'the link to this event') },
    { label: 'Markdown', hint: 'y', run: () => void copy_markdown(group, event) },
    { label: event.isMessage ? 'Message' : 'Plain stack', run: () => void copy(event.stackTrace, event.isMessage ? 'the message' : 'the stack') },
    { label: 'JSON', run: () => void copy(as_json(event), 'the event as JSON') },
  ];
}
