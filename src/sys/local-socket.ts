/** Sockets that are files of this machine: for the broker and those who ask it. */
import { connect, createServer, type Socket } from 'node:net';

/** Rejects with the system's error (ENOENT, ECONNREFUSED, EACCES). */
export function connectLocal(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Listens until `close`, which also ends what is connected. The folder around `path` says who can connect. */
export async function listenLocal(path: string, take: (socket: Socket) => void): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    take(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
