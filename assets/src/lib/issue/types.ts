/** The JSON of issues and their events, as the server sends it. */
import type { AttributeMap, IssueBrief, Page, TrendPoint } from '../types';

export type IssueState = NonNullable<IssueBrief['state']>;

export interface IssueGroup extends IssueBrief {
  isMessage: boolean;
  /** Route or task of the newest event's run. */
  route?: string;
  /** Distinct users of the range. */
  users?: number;
  archivedAt?: string;
}

export interface IssueList extends Page<IssueGroup> {
  /** Of the same range and search, whatever state was asked for. */
  counts?: Record<IssueState, number>;
  trendBucketMinutes?: number;
}

export interface StackFrame {
  function: string;
  file: string;
  line: number;
  column: number;
  inApp: boolean;
  module: string;
}

export interface StackError {
  type: string;
  message: string;
  frames: StackFrame[] | null;
}

/** An event in a list. */
export interface EventRow {
  id: string;
  traceId: string | null;
  traceType: '' | 'endpoint' | 'task' | 'ai_trace';
  exceptionHash: string;
  recordedAt: string;
  attributes: AttributeMap | null;
  appVersion: string;
  serverName: string;
  isMessage: boolean;
  spanName?: string;
  type?: string;
  message?: string;
}

/** One event in full. */
export interface Occurrence extends EventRow {
  stackTrace: string;
  frames?: StackFrame[] | null;
  /** What caused it, outermost first. */
  causes?: StackError[] | null;
}

export interface IssueDetail extends Page<never> {
  group: IssueGroup;
  occurrences: Occurrence[] | null;
}

/** An event and its place among all of its issue; ids are null at the ends. */
export interface EventDetail {
  exception: Occurrence;
  older?: string | null;
  newer?: string | null;
  latest?: string | null;
  oldest?: string | null;
  /** 1 is the newest. */
  position?: number;
  total?: number;
}

export interface TagValue {
  value: string;
  count: number;
  lastSeen: string;
}

export interface Tag {
  key: string;
  distinct: number;
  values: TagValue[];
  /** Part of the events that carry the key, 0 to 1. */
  share: number;
}

export interface Activity {
  at: string;
  kind: 'first_seen' | 'archived' | 'unarchived' | 'regressed';
  by?: string;
  version?: string;
  /** In words: "10 more events". */
  until?: string;
}

export interface IssueFacts {
  events: number;
  users: number;
  firstSeen: string;
  lastSeen: string;
  firstVersion: string;
  lastVersion: string;
  state: IssueState;
  archivedAt?: string;
  trend: TrendPoint[] | null;
  trendBucketMinutes: number;
  tags: Tag[] | null;
  activity: Activity[] | null;
}

export interface EventList extends Page<EventRow> {
  /** Attributes that differ between the events of the range. */
  differences?: { key: string; distinct: number }[] | null;
  density?: TrendPoint[] | null;
  densityBucketMinutes?: number;
}

/** When an archived issue comes back before it happens again: after n more events, n days, or in the next version. */
export type Until = { events: number } | { days: number } | { nextVersion: true };
