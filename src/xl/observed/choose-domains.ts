/** Which domains of which hosts a command means. Pure. */
import { HostError, UserError } from '../../errors.js';
import type { Named, OnHost } from '../../host/several.js';
import { type Selector, selects } from './selection.js';
import { type DomainStatus, findDomain } from './status.js';

export interface DomainsWish {
  /** Names, numbers or UUIDs. */
  names: readonly string[];
  /** Instead of names: those of which all of these hold. */
  selectors: readonly Selector[] | undefined;
  /**
   * Whether shells (shell.ts) can be meant: they run nothing, and most that can be done to a domain would harm who claims them.
   */
  shells?: boolean;
}

type Look<H> = OnHost<H, DomainStatus[]>;

/**
 * A name means every domain that has it on one of the hosts. Throws UserError for what is on none of them; HostError, if it
 * may be on one that did not answer (`silent`).
 */
export function chooseDomains<H extends Named>(
  all: readonly Look<H>[],
  { names, selectors, shells = false }: DomainsWish,
  silent: readonly string[] = [],
): Look<H>[] {
  const looks = shells ? all : all.map(({ host, value }) => ({ host, value: withoutShells(value, names) }));
  if (selectors !== undefined) {
    return looks.map(({ host, value }) => ({ host, value: value.filter((domain) => selects(selectors, domain)) }));
  }
  const [only] = looks;
  if (only !== undefined && looks.length + silent.length === 1) {
    return [{ host: only.host, value: names.map((name) => findDomain(only.value, name, only.host)) }];
  }
  const chosen = looks.map(({ host, value }) => ({
    host,
    value: value.filter(({ name, uuid }) => names.includes(name) || names.includes(uuid)),
  }));
  const found = new Set(chosen.flatMap(({ value }) => value.flatMap(({ name, uuid }) => [name, uuid])));
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw notFound(missing, looks, silent);
  return chosen;
}

/** Throws UserError if one of these names is a shell's. */
function withoutShells(domains: readonly DomainStatus[], names: readonly string[]): DomainStatus[] {
  const shell = domains.find((domain) => domain.state === 'shell' && isNamed(domain, names));
  if (shell === undefined) return domains.filter(({ state }) => state !== 'shell');
  throw new UserError(`${shell.name} is a shell: it runs nothing yet, and waits for lwd up --pool-size`, {
    exit: 'usage',
    next: [`look at it: lwd inspect ${shell.name}`, `or end it: lwd down ${shell.name}`],
  });
}

function isNamed({ name, id, uuid }: DomainStatus, names: readonly string[]): boolean {
  return names.includes(name) || names.includes(String(id)) || names.includes(uuid);
}

function notFound<H extends Named>(missing: readonly string[], looks: readonly Look<H>[], silent: readonly string[]) {
  const number = missing.find((name) => /^\d+$/.test(name));
  if (number !== undefined) {
    return new UserError(`${number} is another domain on each host`, {
      exit: 'usage',
      next: ["give the domain's name or UUID, or one --host"],
    });
  }
  const what = missing.map((name) => JSON.stringify(name)).join(', ');
  const asked = looks.map(({ host }) => host.name).join(', ');
  if (silent.length > 0) {
    return new HostError(
      `${what}: not on ${asked || 'any host that answers'}, and ${silent.join(', ')} did not answer`,
      {
        next: [`on those that answer alone: --host ${asked || 'HOST'}`],
      },
    );
  }
  const names = looks.flatMap(({ host, value }) => value.map(({ name }) => `${name} (${host.name})`)).join(', ');
  return new UserError(`there is no domain ${what} of lwd's on ${asked}`, {
    exit: 'noSuchDomain',
    next: [names === '' ? 'there is none at all' : `there are: ${names}`],
  });
}
