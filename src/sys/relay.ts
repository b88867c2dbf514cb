/** A TCP relay on this machine: what connects to one address is passed on to another. The only user of node:net. */
import { connect, createServer } from 'node:net';

export interface TcpAddress {
  address: string;
  port: number;
}

/** Listens until `close` is called, which also ends what goes through it. Rejects if the address is taken. */
export async function relay(listen: TcpAddress, to: TcpAddress): Promise<{ close(): Promise<void> }> {
  const open = new Set<{ destroy(): void }>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: to.address, port: to.port, allowHalfOpen: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.address, resolve);
  });
  return {
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
