/** Archiving and taking it back, with a note that names the thing and offers the way back. */
import { api } from '../api';
import { issue_title } from '../figures/issue';
import { toasts } from '../toast.svelte';
import type { IssueGroup, Until } from './types';

export interface ArchiveChoice {
  /** What follows "until", in the words of the server. */
  label: string;
  until: Until | null;
}

export const kUntilAgain: ArchiveChoice = { label: 'it happens again', until: null };

export const kArchiveChoices: readonly ArchiveChoice[] = [
  kUntilAgain,
  { label: '10 more events', until: { events: 10 } },
  { label: '100 more events', until: { events: 100 } },
  { label: '1 day has passed', until: { days: 1 } },
  { label: '7 days have passed', until: { days: 7 } },
  { label: '30 days have passed', until: { days: 30 } },
  { label: 'the next version', until: { nextVersion: true } },
];

export function issue_name(issue: IssueGroup): string {
  const { type, message } = issue_title(issue);
  return type || message || issue.exceptionHash;
}

function named(issues: readonly IssueGroup[]): string {
  return issues.length === 1 && issues[0] ? issue_name(issues[0]) : `${issues.length} issues`;
}

async function post(what: 'archive' | 'unarchive', issues: readonly IssueGroup[], body: object): Promise<boolean> {
  try {
    await api.post(`/exception-stack-traces/${what}`, { hashes: issues.map((issue) => issue.exceptionHash), ...body });
    return true;
  } catch (error) {
    toasts.show(`Could not ${what} ${named(issues)}: ${error instanceof Error ? error.message : String(error)}`, 'error');
    return false;
  }
}

/** False when the server refused; then a note has said why. */
export async function archive(issues: readonly IssueGroup[], { until, label }: ArchiveChoice, undo: () => void): Promise<boolean> {
  const done = await post('archive', issues, until ? { until } : {});
  if (done) toasts.show(`Archived ${named(issues)} until ${label}`, 'ok', { label: 'Undo', key: 'u', run: undo });
  return done;
}

export async function unarchive(issues: readonly IssueGroup[]): Promise<boolean> {
  const done = await post('unarchive', issues, {});
  if (done) toasts.show(`Unarchived ${named(issues)}`);
  return done;
}
