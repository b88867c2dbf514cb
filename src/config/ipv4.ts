/** Addresses as lwd.yaml and containers' annotations have them. Pure. */
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const one = `${byte}(?:\\.${byte}){3}`;

export const ipv4 = new RegExp(`^${one}$`);

/** A network card's own, and what it must be, for messages. */
export const cardAddress = new RegExp(`^(dhcp|${one}(?:-${one})?/(?:3[0-2]|[12]?[0-9]))$`);
export const cardAddressText =
  'dhcp, or an IPv4 address with its prefix: 10.0.0.5/24, or a range of them: 10.0.0.5-10.0.0.99/24';
