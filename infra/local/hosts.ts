import type { Refusal } from './answer.ts';
import type { HttpRequest } from './event.ts';

/** By which names this stack is called, each with its port. */
export type Hosts = ReadonlySet<string>;

/** The names of this machine at the stack's port, and those that a setting allows, at that port unless they name one. */
export function hostsOf(port: number | undefined, others: readonly string[] = []): Hosts {
  const names = ['localhost', '127.0.0.1', '[::1]', ...others].map((name) => name.toLowerCase());
  return new Set(names.map((name) => withPort(name, port)));
}

function withPort(host: string, port: number | undefined): string {
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

export function isOwnOrigin(origin: string, hosts: Hosts): boolean {
  const [, scheme, host] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  return host !== undefined && hosts.has(withPort(host, scheme === 'https' ? 443 : 80));
}

/**
 * Why a request is not served, if it is not. A web page whose name its owner points at 127.0.0.1 reaches this port with
 * that name as `Host` (DNS rebinding) and would read mails and tokens. What exists only locally gives tokens away, so
 * no page of another origin may even ask for them.
 */
export function refusalOf(
  { headers }: HttpRequest,
  { hosts, isLocalEndpoint }: { hosts: Hosts; isLocalEndpoint: boolean },
): Refusal | undefined {
  // Clients leave out the port of the scheme, and the stack speaks HTTP.
  if (!hosts.has(withPort(headers.host?.[0]?.toLowerCase() ?? '', 80))) return wrongHost;
  const origin = headers.origin?.[0];
  if (isLocalEndpoint && origin !== undefined && !isOwnOrigin(origin, hosts)) return wrongOrigin;
  return undefined;
}

const wrongHost: Refusal = {
  code: 'forbidden',
  detail:
    'The local stack answers to localhost, 127.0.0.1 and [::1] at its own port. ' +
    'Name other hosts in ALLOWED_HOSTS, parted by commas.',
};

const wrongOrigin: Refusal = {
  code: 'forbidden',
  detail:
    "Pages of another origin can't use what the local stack offers beside the API. " +
    'Name their host and port in ALLOWED_HOSTS to let them.',
};
