/** An event as text for tickets and tools. Pure. */
import { culprit_at, error_line, errors_of, place_of } from './stack';
import type { IssueGroup, Occurrence } from './types';

const kFrames = 12;

/** Values in tables must not end the cell. */
function cell(value: string): string {
  return value.replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ');
}

/** A fence longer than any run of backticks inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function stack_text(event: Occurrence): string {
  const blocks = errors_of(event).map((error, at) => {
    const frames = error.frames ?? [];
    const first = Math.max(0, Math.min(culprit_at(frames), frames.length - kFrames));
    const shown = frames.slice(first, first + kFrames).map((frame) => `    at ${frame.function || '?'} (${place_of(frame)})`);
    const more = frames.length - shown.length;
    return [`${at > 0 ? 'Caused by: ' : ''}${error_line(error)}`, ...shown, ...(more > 0 ? [`    … ${more} more`] : [])].join('\n');
  });
  return blocks.join('\n');
}

/** For a ticket: what, where, when, the stack, the attributes, and the way back. */
export function as_markdown(group: IssueGroup, event: Occurrence, link: string): string {
  const facts: [string, string][] = [
    ['When', event.recordedAt],
    ['Where', event.spanName ?? ''],
    ['Version', event.appVersion],
    ['Server', event.serverName],
    ['Events', String(group.count)],
  ];
  const title = error_line({ type: event.type || group.type || '', message: event.message || group.message || '' }) || group.exceptionHash;
  const attributes = Object.entries(event.attributes ?? {}).map(([key, value]) => `| ${cell(key)} | ${cell(typeof value === 'string' ? value : JSON.stringify(value))} |`);
  const has_frames = (event.frames ?? []).length > 0;
  return [
    `## ${title.split('\n', 1)[0]}`,
    facts.filter(([, value]) => value !== '').map(([key, value]) => `- ${key}: ${value}`).join('\n'),
    ...(event.isMessage ? [] : [fenced(has_frames ? stack_text(event) : event.stackTrace)]),
    ...(attributes.length > 0 ? [['| Attribute | Value |', '|---|---|', ...attributes].join('\n')] : []),
    `[Event ${event.id}](${link})`,
  ].join('\n\n');
}
