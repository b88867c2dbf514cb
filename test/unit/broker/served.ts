/**
 * A broker behind a socket, with sh and a stand-in for xl that tells what it was called with; there are three domains: one of
 * Alice's, one of Bob's, one of root's.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditTo } from '../../../src/broker/audit.js';
import { Broker } from '../../../src/broker/broker.js';
import { Connection } from '../../../src/broker/connection.js';
import { ImageStore } from '../../../src/broker/image-store.js';
import { parsePolicy } from '../../../src/broker/policy.js';
import { LocalHost } from '../../../src/host/local.js';
import { listenLocal } from '../../../src/sys/local-socket.js';
import { ensureDom0Program } from '../../../src/toolchain/dom0-program.js';
import { newUuid } from '../../../src/xl/facts/domain-record.js';

export const [alice, bob] = [1001, 1002];
export const uuids = { alice: newUuid(alice), bob: newUuid(bob), root: newUuid() };

/** A line of `xl list`. */
export const row = (name: string, id: number, uuid: string) =>
  `${name.padEnd(40)} ${String(id).padStart(5)}    64     1     -b----       1.5 ${uuid}        -                -`;
const list = [row('a1', 5, uuids.alice), row('b1', 6, uuids.bob), row('r1', 7, uuids.root)].join('\n');
const vcpus = [5, 6, 7]
  .map((id) => `x${id}                                 ${id}     0    1   -b-       1.0  all / all`)
  .join('\n');
const record = (id: number, name: string) =>
  `/local/domain/${id}/lwd/domain: {"offset":10,"v":1,"image":"i","log":"/l/guest-${name}.log"}`;
const records = [record(5, 'a1'), record(6, 'b1'), record(7, 'r1')].join('\n');
const path = process.env.PATH;

export interface ServedBroker {
  folder: string;
  socket: string;
  /** What the stand-ins were called with, a line each. */
  calls(): string[];
  audit(): Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function serveBroker(): Promise<ServedBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-broker-unit-'));
  const socket = join(folder, 'inner');
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${folder}/calls\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program(
    'xl',
    `case $1 in list) cat ${folder}/list ;; vcpu-list) cat ${folder}/vcpus ;; info) echo xen_version: 4.20 ;; esac`,
  );
  program('xenstore-read', `cat ${folder}/records`);
  program('xenstore-ls', 'exit 0');
  writeFileSync(join(folder, 'list'), `${list}\n`);
  writeFileSync(join(folder, 'vcpus'), `${vcpus}\n`);
  writeFileSync(join(folder, 'records'), `${records}\n`);
  writeFileSync(join(folder, 'calls'), '');
  process.env.PATH = `${folder}:${path}`;
  const rules = `version: 1\nrules:\n  - users: [${alice}, ${bob}]\n    domains: 2\n    memory: 256M\n    cpus: "0-1"\n`;
  const broker = new Broker(await parsePolicy(rules, 'p', async () => undefined), {
    host: new LocalHost(join(folder, 'pushed')),
    images: new ImageStore(join(folder, 'images')),
    audit: auditTo(join(folder, 'audit')),
    volumeServer: () => Promise.reject(new Error('there is none here')),
    processChannel: () => ensureDom0Program('process-channel', new AbortController().signal),
    diskAttacher: () => ensureDom0Program('disk-attacher', new AbortController().signal),
    over: new AbortController().signal,
  });
  const service = await listenLocal(socket, (caller) => void broker.serve(new Connection(caller)));
  return {
    folder,
    socket,
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean),
    audit: () =>
      readFileSync(join(folder, 'audit'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    async stop() {
      await service.close();
      process.env.PATH = path;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
