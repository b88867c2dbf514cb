/** How a folder or file of this machine gets to dom0 and back, whatever it is. Pure: copies.ts does it. */
import { join } from 'node:path';
import { stateDirectory } from '../../host/dom0-files.js';

/** In dom0. What lies in it, see copies.ts. */
export const copiesDirectory = `${stateDirectory}/copies`;

export function placeOfCopy(uuid: string, name: string): string {
  return join(copiesDirectory, uuid, name);
}

/** Calls come in this order. */
export interface Transfer {
  /** Path on this machine. */
  source: string;
  /** What the domain has it as. */
  target: string;
  readonly: boolean;
  /** The folder of its copy in dom0, undefined if dom0 has the thing itself. */
  copy: string | undefined;
  /** Throws UserError for what cannot be there. */
  check(): Promise<void>;
  /** Calls `send` with a folder of this machine whose content is to become the copy's; links in it are sent or followed. */
  hand(send: (folder: string, links: 'send' | 'follow') => Promise<void>): Promise<void>;
  /** Takes over what the copy has become, which lies in `folder`. Gives remarks for the user. */
  takeBack(folder: string): Promise<string[]>;
}
