/**
 * What the words of a domain's script (run-script.ts) come to, as a state machine: pure. A word that comes twice, or before
 * its time, changes nothing and has nothing done: whatever a broken script or connection delivers, a domain is told of once,
 * decided about once, and called finished only when it was decided about.
 */
import type { RunEvent } from '../facts/run-events.js';

export type LaunchResult =
  | { kind: 'missing'; file: string }
  /** xl's status and words. */
  | { kind: 'failed'; status: number; said: string[] }
  /** \`uuid\`: of the shell that it was, undefined if it is a new domain. */
  | { kind: 'detached'; id: number; uuid?: string }
  /** `destroyed` is xl destroy's status, undefined if the domain was kept. `said`: its words. */
  | { kind: 'finished'; id: number; uuid?: string; destroyed: number | undefined; said: string[] };

/**
 * Xen's shutdown reason; "gone": somebody destroyed the domain; "fenced": its lease did; "lost": xl was ended, the domain may
 * still run.
 */
export type ScriptReason = number | 'gone' | 'fenced' | 'lost';

export interface LaunchState {
  phase: 'making' | 'running' | 'ended' | 'deciding' | 'over';
  /** 0 as long as no domain is known to be there. */
  id: number;
  /** Of the shell that was claimed. */
  uuid?: string;
  reason: ScriptReason;
  said: readonly string[];
  /** Lines of other programs since the last word that they belong to, each with its end. */
  text: string;
  destroyed: number | undefined;
  result: LaunchResult | undefined;
}

export type LaunchAction =
  | { kind: 'tell-anew'; why: string }
  | { kind: 'tell-started' }
  | { kind: 'stop-renewing' }
  /** `text` is the listing of the guest's nodes. */
  | { kind: 'decide'; text: string }
  /** What was asked for (registers, memory, usage). */
  | { kind: 'answer'; text: string }
  /** xl may never tell of the domain's end: whether that is so has to be looked at. */
  | { kind: 'look-after-store' }
  /** The script has nothing more to tell. */
  | { kind: 'release' };

export interface LaunchStep {
  state: LaunchState;
  actions: LaunchAction[];
}

export const launchBegin: LaunchState = {
  phase: 'making',
  id: 0,
  reason: 'lost',
  said: [],
  text: '',
  destroyed: undefined,
  result: undefined,
};

export function launchStep(state: LaunchState, event: RunEvent): LaunchStep {
  if (state.phase === 'over') return { state, actions: [] };
  if (event.kind === 'line') return next({ ...state, text: `${state.text}${event.text}\n` });
  if (event.kind === 'store-lost') return next(state, { kind: 'look-after-store' });
  if (event.kind === 'xl') return next({ ...state, said: [...state.said, event.text] });
  switch (state.phase) {
    case 'making':
      return making(state, event);
    case 'running':
      return running(state, event);
    case 'ended':
      if (event.kind !== 'store') break;
      return next({ ...state, phase: 'deciding', text: '' }, { kind: 'decide', text: state.text });
    case 'deciding':
      return deciding(state, event);
  }
  return next(state);
}

function making(state: LaunchState, event: RunEvent): LaunchStep {
  switch (event.kind) {
    case 'missing':
      return next({ ...state, phase: 'over', result: event });
    case 'failed':
      return next({ ...state, phase: 'over', result: { ...event, said: [...state.said] } });
    case 'anew':
      return next(state, { kind: 'tell-anew', why: event.text });
    case 'claimed':
      return next({ ...state, uuid: event.uuid });
    case 'started':
      return next({ ...state, phase: 'running', id: event.id }, { kind: 'tell-started' });
    default:
      return next(state);
  }
}

function running(state: LaunchState, event: RunEvent): LaunchStep {
  switch (event.kind) {
    case 'detached':
      return next({ ...state, phase: 'over', result: { kind: 'detached', id: state.id, ...shellOf(state) } });
    case 'ended':
      return next({ ...state, phase: 'ended', reason: event.reason, text: '' }, { kind: 'stop-renewing' });
    default:
      return next(state);
  }
}

function deciding(state: LaunchState, event: RunEvent): LaunchStep {
  const { id, destroyed, said, text } = state;
  switch (event.kind) {
    case 'shown':
      return next({ ...state, text: '' }, { kind: 'answer', text });
    case 'destroyed':
      if (destroyed !== undefined) return next(state);
      return next({ ...state, destroyed: event.status, said: text.split('\n').filter(Boolean), text: '' });
    case 'done':
      return next(
        { ...state, phase: 'over', result: { kind: 'finished', id, ...shellOf(state), destroyed, said: [...said] } },
        { kind: 'release' },
      );
    default:
      return next(state);
  }
}

function shellOf({ uuid }: LaunchState): { uuid?: string } {
  return uuid === undefined ? {} : { uuid };
}

function next(state: LaunchState, ...actions: LaunchAction[]): LaunchStep {
  return { state, actions };
}
