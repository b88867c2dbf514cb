/**
 * The broker: from a request to a decision, and from there to lwd's own ways of doing it on the host. Nothing that a caller sends
 * becomes a program's text, a path that is opened as root, or a line of xl.cfg that was not rendered here.
 */
import { LwdError } from '../errors.js';
import { type ExitCodeName, exitCodes } from '../exit-codes.js';
import { textOfProgram } from '../host/dom0-programs.js';
import { type DomainStatus, listDomains } from '../xl/observed/status.js';
import type { Caller } from './caller.js';
import type { Connection } from './connection.js';
import { Launches } from './launches.js';
import { type BrokerParts, type Case, owns, refuse } from './parts.js';
import { type Policy, type Rule, ruleFor } from './policy.js';
import { programs } from './programs.js';
import { parseRequest, type Request } from './requests.js';
import { Shares } from './shares.js';
import { visibleText } from './visible.js';

const programTimeout = 120_000;

export class Broker {
  policy: Policy;
  readonly #parts: BrokerParts;
  readonly #shares = new Shares();
  readonly #launches: Launches;

  constructor(policy: Policy, parts: BrokerParts) {
    this.policy = policy;
    this.#parts = parts;
    this.#launches = new Launches(parts, this.#shares);
  }

  /** Resolves when the connection has had its answer. Whatever goes wrong concerns this caller alone. */
  async serve(connection: Connection): Promise<void> {
    const asked = await connection.request();
    if (asked === undefined) return;
    try {
      await this.#answer(connection, asked.caller, asked.value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`lwd broker: a request of user ${asked.caller.uid} failed: ${message.split('\n')[0]}\n`);
      connection.refuse(`lwd's broker could not do it: ${message.split('\n')[0]}`, exitOf(error));
    }
  }

  async #answer(connection: Connection, caller: Caller, value: unknown): Promise<void> {
    const request = parseRequest(value);
    const rule = ruleFor(this.policy, caller);
    const refusal = refusalOf(caller, rule, request);
    if (request === undefined || rule === undefined || refusal !== undefined) {
      await this.#parts.audit(caller, { request: request?.op ?? 'unknown', decision: 'refused', why: refusal ?? '' });
      connection.refuse(refusal ?? '');
      return;
    }
    const one = { connection, caller, rule };
    if (request.op === 'program') await this.#program(one, request.name, request.args);
    else if (request.op === 'launch') await this.#launches.launch(one, request);
    else if (request.op === 'push') await this.#push(one, request.sha256);
    else {
      await this.#parts.audit(caller, { request: request.op, decision: 'allowed' });
      connection.answer(await this.#parts.host.capabilities());
    }
  }

  async #push(one: Case, sha256: string): Promise<void> {
    const { connection, caller, rule } = one;
    await this.#parts.audit(caller, { request: 'push', decision: 'allowed', what: { sha256 } });
    const why = await this.#parts.images.take(caller.uid, sha256, rule.image, connection.bytes());
    if (why === undefined) connection.answer({});
    else await refuse(this.#parts, one, { request: 'push', why, what: { sha256 } });
  }

  async #own({ uid }: Caller): Promise<DomainStatus[]> {
    return (await listDomains(this.#parts.host)).filter(({ uuid }) => owns(uid, uuid));
  }

  async #program(one: Case, name: string, args: readonly string[]): Promise<void> {
    const { connection, caller, rule } = one;
    const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
    if (program === undefined) return refuse(this.#parts, one, { request: name, why: 'there is no such program' });
    const { host, audit } = this.#parts;
    // What is not about certain domains needs no look at them.
    const own = args.length === 0 || name === 'status' ? [] : await this.#own(caller);
    const allowed = program.check({ args, rule, own });
    if (typeof allowed === 'string') return refuse(this.#parts, one, { request: name, why: allowed });
    const { names, command, reads } = allowed;
    if (reads !== undefined && !this.#shares.takeName(reads, caller.uid)) {
      return refuse(this.#parts, one, { request: name, why: 'its name is used by somebody else now', domains: names });
    }
    try {
      await audit(caller, { request: name, decision: 'allowed', domains: names });
      const hides = program.shows === 'own';
      const options = {
        timeout: program.lasting ? 0 : programTimeout,
        onErrors: undefined,
        ...(program.lasting ? { signal: connection.gone, onStdin: lifeline(connection) } : { shielded: true }),
        ...(hides ? {} : { onStdout: (chunk: Uint8Array) => connection.data(chunk) }),
      };
      const text = textOfProgram(name) ?? '';
      const result = await (command === undefined
        ? host.script(text, allowed.args, options)
        : host.exec(command, options));
      if (hides) connection.data(Buffer.from(visibleText(result.stdout, (uuid) => owns(caller.uid, uuid))));
      connection.errors(Buffer.from(result.stderr));
      connection.answer({ exitCode: result.exitCode });
    } finally {
      if (reads !== undefined) this.#shares.leaveName(reads, true);
    }
  }
}

/** What the error would have ended lwd with. */
function exitOf(error: unknown): ExitCodeName {
  const codes = Object.keys(exitCodes) as ExitCodeName[];
  const own = error instanceof LwdError ? codes.find((name) => exitCodes[name].code === error.exitCode) : undefined;
  return own ?? 'toolFailed';
}

function refusalOf(caller: Caller, rule: Rule | undefined, request: Request | undefined): string | undefined {
  if (rule === undefined) return 'the policy has no rule for you';
  if (rule.job && caller.job === undefined) return 'you may do this only within a job of the batch system';
  return request === undefined ? 'this is no request that it knows' : undefined;
}

function lifeline(connection: Connection): (stdin: { end(): void }) => void {
  return (stdin) => void connection.ended().then(() => stdin.end());
}
