/** The state machines that creating and ending a domain are run by: whatever happens twice, late or too early. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../../src/host/host.js';
import type { RunEvent } from '../../../../src/xl/facts/run-events.js';
import { type EndAction, type EndEvent, type EndState, endStep } from '../../../../src/xl/life/end-machine.js';
import { superviseEnd } from '../../../../src/xl/life/ending.js';
import {
  type LaunchAction,
  type LaunchState,
  launchBegin,
  launchStep,
} from '../../../../src/xl/life/launch-machine.js';

const endEvents: EndEvent[] = ['orderly', 'urgent', 'timeout', 'grace-over', 'destroyed', 'ended'];
const anyEnd = fc.array(fc.constantFrom(...endEvents), { maxLength: 12 });

function end(events: readonly EndEvent[]): { state: EndState; actions: EndAction[] } {
  let state: EndState = { phase: 'running' };
  const actions: EndAction[] = [];
  for (const event of events) {
    const step = endStep(state, event);
    state = step.state;
    if (step.action !== undefined) actions.push(step.action);
  }
  return { state, actions };
}

describe('ending a domain', () => {
  test('asks once at the most, destroys once at the most, and never asks what it destroys', () => {
    fc.assert(
      fc.property(anyEnd, (events) => {
        expect([[], ['ask'], ['destroy'], ['ask', 'destroy']]).toContainEqual(end(events).actions);
      }),
    );
  });

  test('is for the cause that came first, and over when the domain is', () => {
    fc.assert(
      fc.property(anyEnd, (events) => {
        const cause = events.find((event) => ['orderly', 'urgent', 'timeout', 'ended'].includes(event));
        const expected = { orderly: 'interrupted', urgent: 'interrupted', timeout: 'timeout' };
        const { state } = end([...events, 'ended']);
        expect(state).toEqual({ phase: 'over', cause: expected[cause as keyof typeof expected] });
      }),
    );
  });

  test('does nothing for what happens twice, nor after the end', () => {
    fc.assert(
      fc.property(anyEnd, (events) => {
        const doubled = events.flatMap((event) => [event, event]);
        expect(end(doubled)).toEqual(end(events));
        const until = end([...events, 'ended']);
        expect(end([...events, 'ended', ...events])).toEqual(until);
      }),
    );
  });

  test('a domain that is not to end any more is left alone', () => {
    expect(end(['ended', 'urgent', 'orderly'])).toEqual({ state: { phase: 'over', cause: undefined }, actions: [] });
    expect(end(['grace-over', 'destroyed']).actions).toEqual([]);
  });

  test('a second signal makes haste only where the first was not one', () => {
    expect(end(['orderly', 'orderly']).actions).toEqual(['ask']);
    expect(end(['timeout', 'orderly']).actions).toEqual(['ask', 'destroy']);
    expect(end(['orderly', 'urgent']).actions).toEqual(['ask', 'destroy']);
  });
});

describe('watching over a domain', () => {
  /** Notes what is done; asking takes a moment, in which `meanwhile` happens. */
  function hostThat(meanwhile: () => void) {
    const done: string[] = [];
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    const host = {
      name: 'fake',
      async script() {
        done.push('ask');
        meanwhile();
        await pause();
      },
      async exec() {
        done.push('destroy');
        await pause();
      },
    };
    return { host: host as unknown as Host, done };
  }

  function limits(changes: { timeout?: number; grace?: number }) {
    const [orderly, urgent, ended] = [new AbortController(), new AbortController(), new AbortController()];
    const own = { timeout: changes.timeout, grace: changes.grace ?? 10_000 };
    return { orderly, urgent, ended, all: { ...own, orderly: orderly.signal, urgent: urgent.signal } };
  }

  test('one that ends while it is asked to is not destroyed, even if somebody is in a hurry', async () => {
    const { urgent, ended, all } = limits({ timeout: 1 });
    const { host, done } = hostThat(() => {
      urgent.abort();
      ended.abort();
    });
    expect(await superviseEnd(host, 7, all, ended.signal)).toBe('timeout');
    expect(done).toEqual(['ask']);
  });

  test('one that does not hear is destroyed when its grace is over', async () => {
    const { ended, all } = limits({ timeout: 1, grace: 5 });
    const { host, done } = hostThat(() => {});
    expect(await superviseEnd(host, 7, all, ended.signal)).toBe('timeout');
    expect(done).toEqual(['ask', 'destroy']);
  });

  test('one that nobody wants to end is left alone', async () => {
    const { ended, all } = limits({});
    const { host, done } = hostThat(() => {});
    const watched = superviseEnd(host, 7, all, ended.signal);
    ended.abort();
    expect(await watched).toBeUndefined();
    expect(done).toEqual([]);
  });
});

const anyWord: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.constantFrom<RunEvent>(
    { kind: 'missing', file: '/x' },
    { kind: 'started', id: 7 },
    { kind: 'started', id: 8 },
    { kind: 'failed', status: 3 },
    { kind: 'detached' },
    { kind: 'ended', reason: 0 },
    { kind: 'ended', reason: 'gone' },
    { kind: 'store' },
    { kind: 'shown' },
    { kind: 'destroyed', status: 0 },
    { kind: 'done' },
    { kind: 'xl', text: 'words' },
    { kind: 'line', text: '/local/domain/7/data = ""' },
  ),
);

function launched(words: readonly RunEvent[]): { state: LaunchState; actions: LaunchAction[] } {
  let state = launchBegin;
  const actions: LaunchAction[] = [];
  for (const word of words) {
    const step = launchStep(state, word);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}

const whole: RunEvent[] = [
  { kind: 'started', id: 7 },
  { kind: 'ended', reason: 0 },
  { kind: 'line', text: 'a node' },
  { kind: 'store' },
  { kind: 'line', text: 'a register' },
  { kind: 'shown' },
  { kind: 'destroyed', status: 0 },
  { kind: 'done' },
];

describe('creating a domain', () => {
  test('a whole life', () => {
    const { state, actions } = launched(whole);
    expect(state.result).toEqual({ kind: 'finished', id: 7, destroyed: 0, said: [] });
    expect(actions).toEqual([
      { kind: 'tell-started' },
      { kind: 'stop-renewing' },
      { kind: 'decide', text: 'a node\n' },
      { kind: 'answer', text: 'a register\n' },
      { kind: 'release' },
    ]);
  });

  test('in whatever order words come: told of once, decided about once, in this order', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { maxLength: 25 }), (words) => {
        const order = ['tell-started', 'stop-renewing', 'decide', 'release'];
        const kinds = launched(words)
          .actions.map(({ kind }) => kind)
          .filter((kind) => kind !== 'answer');
        expect(kinds).toEqual(order.slice(0, kinds.length));
      }),
      { numRuns: 500 },
    );
  });

  test('a result comes only after what it means: finished if decided about, detached if started', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { maxLength: 25 }), (words) => {
        const { state, actions } = launched(words);
        const done = new Set(actions.map(({ kind }) => kind));
        expect(state.result !== undefined).toBe(state.phase === 'over');
        if (state.result?.kind === 'finished') expect(done).toContain('decide');
        if (state.result?.kind === 'detached') expect(done).toContain('tell-started');
        if (state.result?.kind === 'failed' || state.result?.kind === 'missing') expect(actions).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('words that come twice, and words from elsewhere, change nothing of a whole life', () => {
    const isTold = ({ kind }: RunEvent) => kind !== 'line' && kind !== 'shown';
    const doubled = whole.flatMap((word) => (isTold(word) ? [word, word] : [word]));
    expect(launched(doubled)).toEqual(launched(whole));
    fc.assert(
      fc.property(fc.nat(whole.length), anyWord, (at, word) => {
        const early = ['missing', 'failed', 'detached', 'line', 'xl', 'shown'].includes(word.kind);
        fc.pre(!early);
        const { state } = launched([...whole.slice(0, at), word, ...whole.slice(at)]);
        // Another's number or reason can come first, but the life goes on to its end.
        expect(state.result?.kind).toBe('finished');
      }),
    );
  });
});
