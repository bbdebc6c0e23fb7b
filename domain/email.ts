import * as z from 'zod/mini';

/** An email address; case never tells two people apart, so it is kept in lower case. */
export const Email = z.email().check(z.maxLength(254), z.toLowerCase());

/**
 * The address that a token gives, as addresses are compared and stored; `undefined` for one that nobody can be invited
 * by. Outside ASCII lower case makes one address of two: the Kelvin sign becomes a k.
 */
export function normalizedEmail(email: string): string | undefined {
  return /^[\x21-\x7e]{1,254}$/.test(email) ? email.toLowerCase() : undefined;
}
