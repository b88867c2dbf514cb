/**
 * A host whose calls all end when a signal does: what --timeout means for a command, whatever that command calls. A program
 * in dom0 that has begun is not stopped by this; nobody waits for it any more.
 */
import type { ExecOptions } from '../sys/exec.js';
import type { Host } from './host.js';

/** Its calls reject with the signal's reason once that is aborted. */
export function bounded(host: Host, signal: AbortSignal): Host {
  const both = (options: ExecOptions): ExecOptions => ({
    ...options,
    signal: options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]),
  });
  const ending = async <T>(call: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const result = await call();
    signal.throwIfAborted();
    return result;
  };
  return {
    name: host.name,
    ...(host.broker === undefined ? {} : { broker: host.broker }),
    ...(host.virtualTime === undefined ? {} : { virtualTime: host.virtualTime }),
    exec: (command, options) => ending(() => host.exec(command, both(options))),
    script: (text, args, options) => ending(() => host.script(text, args, both(options))),
    interact: (command) => ending(() => host.interact(command)),
    read: (path, limit) => ending(() => host.read(path, limit)),
    write: (path, content) => ending(() => host.write(path, content)),
    push: (file, sha256) => ending(() => host.push(file, sha256)),
    forget: (path) => host.forget(path),
    forward: (listen, to) => ending(() => host.forward(listen, to)),
    isDown: async () => (await host.isDown?.()) ?? false,
    capabilities: () => ending(() => host.capabilities()),
    close: () => host.close(),
  };
}
