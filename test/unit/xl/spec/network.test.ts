import { expect, test } from 'vitest';
import {
  checkNetwork,
  fixedAddress,
  networkDeviceText,
  networkEnvironment,
  parsePublish,
} from '../../../../src/xl/spec/network.js';

const card = { bridge: 'xenbr0', ip: 'dhcp', gateway: undefined, dns: [], mac: undefined };

test('a card as xl writes it', () => {
  expect(networkDeviceText(card)).toBe('bridge=xenbr0');
  expect(networkDeviceText({ ...card, mac: '00:16:3e:00:00:01' })).toBe('bridge=xenbr0,mac=00:16:3e:00:00:01');
});

test('the guest is told only what it could not find out', () => {
  const fixed = { ...card, ip: '10.0.0.5/24', gateway: '10.0.0.1', dns: ['10.0.0.1', '10.0.0.2'] };
  expect(networkEnvironment([card, fixed])).toEqual({
    LWD_NETWORK_1: 'ip=10.0.0.5/24,gateway=10.0.0.1,dns=10.0.0.1+10.0.0.2',
  });
  expect(fixedAddress([fixed])).toBe('10.0.0.5');
  expect(fixedAddress([card, fixed])).toBeUndefined();
  expect(fixedAddress([])).toBeUndefined();
});

test.each(['a,script=/tmp/x', '', 'b r', '-x', 'sixteen-letters-'])('bridge %j is refused', (bridge) => {
  expect(() => checkNetwork([{ ...card, bridge }])).toThrow(/bridge/);
});

test.each(['zz', '00:16:3e:00:00', '00:16:3e:00:00:01,script=x'])('hardware address %j is refused', (mac) => {
  expect(() => checkNetwork([{ ...card, mac }])).toThrow(/hardware address/);
});

test.each([
  ['8080:80', '127.0.0.1', 8080, 80],
  ['127.0.0.1:8080:80', '127.0.0.1', 8080, 80],
  ['0.0.0.0:1:65535', '0.0.0.0', 1, 65535],
])('--publish %s', (text, address, listen, port) => {
  expect(parsePublish(text)).toEqual({ listen: { address, port: listen }, port });
});

test.each(['80', '0:80', '8080:0', '8080:65536', 'host:80:80', '300.0.0.1:80:80', '1:2:3:4', '', '80:80 '])(
  '--publish %j is refused',
  (text) => {
    expect(() => parsePublish(text)).toThrow(/--publish/);
  },
);
