/** A socket that this process was started with, known by its number alone. */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/** Ask before anything else is opened: a number that was not inherited may be of something of Node's own by then. */
export function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}

/** For this process alone from now on. Each way ends by itself. */
export function inheritedSocket(descriptor: number): Socket {
  return new Socket({ fd: descriptor, allowHalfOpen: true, readable: true, writable: true });
}
