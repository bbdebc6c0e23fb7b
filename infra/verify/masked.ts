import { createHash } from 'node:crypto';

/** A name for an email address or a login that tells nobody what it is; who knows the address can make it and compare. */
export function masked(personal: string): string {
  return `sha256:${createHash('sha256').update(personal).digest('hex').slice(0, 12)}`;
}

/** Keys hold addresses and logins, and of an unknown item whatever somebody wrote: what can be a person's is masked. */
export function maskedKey({ pk, sk }: { pk: unknown; sk: unknown }): string {
  return `${maskedPart(pk)} ${maskedPart(sk)}`;
}

function maskedPart(key: unknown): string {
  const known = /^(EMAIL|IDENTITY)#(.*)$/s.exec(String(key));
  if (known) return `${known[1]}#${masked(known[2] ?? '')}`;
  return String(key)
    .split('#')
    .map((part) => (part.includes('@') ? masked(part) : part))
    .join('#');
}
