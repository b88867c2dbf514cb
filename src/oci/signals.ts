/** `kill ID SIGNAL`: what a signal comes to for a domain. Pure. */
import { constants } from 'node:os';
import { UserError } from '../errors.js';

/** ask: its kernel is asked to end, which runs the program's handler of SIGTERM. destroy: it is gone at once. */
export type SignalEffect = 'ask' | 'destroy';

const effects: Record<string, SignalEffect> = {
  SIGTERM: 'ask',
  SIGINT: 'ask',
  SIGHUP: 'ask',
  SIGQUIT: 'ask',
  SIGKILL: 'destroy',
};

/** A name with or without SIG, or a number. Throws UserError. */
export function signalEffect(text: string): SignalEffect {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  const upper = text.toUpperCase();
  const named = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const name =
    number === undefined ? named : Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const effect = name === undefined ? undefined : Object.hasOwn(effects, name) ? effects[name] : undefined;
  if (effect !== undefined) return effect;
  const known = name !== undefined && Object.hasOwn(constants.signals, name);
  throw new UserError(
    known ? `${name} cannot be delivered to a domain` : `${JSON.stringify(text.slice(0, 40))} is no signal`,
    { exit: 'usage', next: [`a domain takes: ${Object.keys(effects).join(', ')}`] },
  );
}
