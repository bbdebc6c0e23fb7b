import { describe, expect, test } from 'vitest';
import { hostsOf, isOwnOrigin, refusalOf } from '../../../infra/local/hosts.ts';

const refusal = (port: number, host: string) =>
  refusalOf(
    {
      method: 'GET',
      target: '/',
      protocol: 'HTTP/1.1',
      headers: { host: [host] },
      body: Buffer.alloc(0),
      sourceIp: '',
    },
    { hosts: hostsOf(port), isLocalEndpoint: false },
  );

describe('at port 80, which clients do not name', () => {
  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST', 'localhost:80'])('%s is served', (host) => {
    expect(refusal(80, host)).toBeUndefined();
  });

  test.each(['rebound.example', 'localhost:3000', ''])('"%s" is refused', (host) => {
    expect(refusal(80, host)).toMatchObject({ code: 'forbidden' });
  });

  test('a page of http://localhost is of the stack itself, one of https://localhost is not', () => {
    expect(isOwnOrigin('http://localhost', hostsOf(80))).toBe(true);
    expect(isOwnOrigin('https://localhost', hostsOf(80))).toBe(false);
  });
});

test('at another port a name without one is refused', () => {
  expect(refusal(3000, 'localhost')).toMatchObject({ code: 'forbidden' });
  expect(isOwnOrigin('http://localhost', hostsOf(3000))).toBe(false);
});
