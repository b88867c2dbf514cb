/**
 * Names of embedded hosts: `embedded` is the one that commands use by themselves, `embedded:two` is one more of the same
 * kind beside it. Pure.
 */
import { type EmbeddedVariant, embeddedVariants } from './recipe.js';

export type EmbeddedName = EmbeddedVariant | `${EmbeddedVariant}:${string}`;

/** Sockets lie in a folder of this name, and their paths have a limit. */
const form = /^([a-z-]+?)(?::([a-z0-9][a-z0-9-]{0,11}))?$/;

export function isEmbedded(name: string): name is EmbeddedName {
  const variant = form.exec(name)?.[1];
  return variant !== undefined && (embeddedVariants as readonly string[]).includes(variant);
}

export function variantOf(name: EmbeddedName): EmbeddedVariant {
  return name.split(':', 1)[0] as EmbeddedVariant;
}

/** Of its folder in the run directory: no character that QEMU or ssh would take for something else. */
export function folderName(name: EmbeddedName): string {
  return name.replace(':', '.');
}
