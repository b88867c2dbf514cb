/** What is needed to launch a domain whose dom0 is this machine: the request, and the program that goes there. */
import { join } from 'node:path';
import { ensureDom0Program } from '../../../../src/toolchain/dom0-program.js';
import type { LaunchRequest } from '../../../../src/xl/life/launch.js';

export const uuid = '6c776400-0000-8000-8000-000000000007';

/** The path of the process channel, which is built if it is not there yet. */
export async function processChannelPath(): Promise<string> {
  return (await ensureDom0Program('process-channel', new AbortController().signal)).path;
}

/** For a domain "t" with its kernel and its log in `folder`, of whose output nothing is taken; destroyed when it has ended. */
export function launchRequest(
  folder: string,
  processChannel: string,
  changes: Partial<LaunchRequest> = {},
): LaunchRequest {
  return {
    mode: 'attach',
    name: 't',
    uuid,
    lease: undefined,
    logFile: join(folder, 'guest-t.log'),
    config: 'name="t"\n',
    kernel: join(folder, 'kernel'),
    ramdisk: undefined,
    node: '{"v":1}',
    volumes: [],
    ownPool: undefined,
    volumeServer: undefined,
    processChannel,
    onStdout: () => {},
    onStderr: () => {},
    onConsole: () => {},
    openStdin: () => undefined,
    onStarted: () => {},
    onEnded: async () => 'destroy',
    ...changes,
  };
}
