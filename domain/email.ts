import * as z from 'zod/mini';

/** An email address; case never tells two people apart, so it is kept in lower case. */
export const Email = z.email().check(z.maxLength(254), z.toLowerCase());

/** An address as compared and stored. */
export function normalizedEmail(email: string): string {
  return email.trim().toLowerCase();
}
