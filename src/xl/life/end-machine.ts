/**
 * Ending a running domain, as a state machine: pure. Cleanly first, by force when its grace is over or when somebody is in
 * a hurry. What comes twice or late has nothing done again: a domain is asked once and destroyed once, for the cause that
 * came first.
 */

/** `lease`: the host did, since nothing was heard of lwd for too long. */
export type EndCause = 'interrupted' | 'timeout' | 'lease';

export type EndState =
  | { phase: 'running' }
  | { phase: 'asking'; cause: EndCause }
  | { phase: 'enforcing'; cause: EndCause }
  /** `cause` is undefined if it ended by itself. */
  | { phase: 'over'; cause: EndCause | undefined };

export type EndEvent =
  /** Somebody wants it to end, or to end at once. */
  | 'orderly'
  | 'urgent'
  /** The time is over that it may run. */
  | 'timeout'
  /** The time is over between asking and enforcing. */
  | 'grace-over'
  | 'destroyed'
  | 'ended';

export type EndAction = 'ask' | 'destroy';

export interface EndStep {
  state: EndState;
  action: EndAction | undefined;
}

export function endStep(state: EndState, event: EndEvent): EndStep {
  if (state.phase === 'over') return stay(state);
  const cause = state.phase === 'running' ? undefined : state.cause;
  if (event === 'ended') return stay({ phase: 'over', cause });
  switch (state.phase) {
    case 'running':
      if (event === 'orderly') return { state: { phase: 'asking', cause: 'interrupted' }, action: 'ask' };
      if (event === 'timeout') return { state: { phase: 'asking', cause: 'timeout' }, action: 'ask' };
      if (event === 'urgent') return { state: { phase: 'enforcing', cause: 'interrupted' }, action: 'destroy' };
      return stay(state);
    case 'asking': {
      // A signal during a time-out's grace is a wish to end sooner; the one that began it says nothing new.
      const hurry = event === 'urgent' || event === 'grace-over' || (event === 'orderly' && state.cause === 'timeout');
      return hurry ? { state: { phase: 'enforcing', cause: state.cause }, action: 'destroy' } : stay(state);
    }
    case 'enforcing':
      return event === 'destroyed' ? stay({ phase: 'over', cause: state.cause }) : stay(state);
  }
}

function stay(state: EndState): EndStep {
  return { state, action: undefined };
}
