/** `kill ID SIGNAL`: what a signal comes to for a domain. Pure. */
import { UserError } from '../errors.js';
import { signalName } from '../xl/change/signal.js';
import { type PassedSignal, passedSignals } from '../xl/facts/process-frames.js';

/**
 * ask: its kernel is asked to end, which runs the program's handler of SIGTERM. destroy: it is gone at once. A signal: is sent.
 */
export type SignalEffect = 'ask' | 'destroy' | PassedSignal;

const effects: Record<string, SignalEffect> = {
  ...Object.fromEntries(passedSignals.map((name) => [name, name])),
  SIGTERM: 'ask',
  SIGQUIT: 'ask',
  SIGKILL: 'destroy',
};

/** A name with or without SIG, or a number. Throws UserError. */
export function signalEffect(text: string): SignalEffect {
  const name = signalName(text);
  const effect = name === undefined ? undefined : Object.hasOwn(effects, name) ? effects[name] : undefined;
  if (effect !== undefined) return effect;
  throw new UserError(
    name !== undefined
      ? `${name} cannot be delivered to a domain`
      : `${JSON.stringify(text.slice(0, 40))} is no signal`,
    { exit: 'usage', next: [`a domain takes: ${Object.keys(effects).join(', ')}`] },
  );
}
