import * as z from 'zod/mini';
import type { Answer } from './answer.ts';

const structured = z.object({
  statusCode: z.int(),
  headers: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.optional(z.array(z.string())),
  body: z.optional(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

const hasStatus = z.object({ statusCode: z.unknown() });

/**
 * A function's result as the HTTP answer, as an HTTP API reads format 2.0: without `statusCode` the whole result is the
 * JSON body of a 200. Throws when `statusCode` is there and the rest is malformed; the client then sees a 500.
 */
export function toAnswer(result: unknown): Answer {
  if (!hasStatus.safeParse(result).success) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(result) };
  }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded } = z.parse(structured, result);
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status: statusCode,
    headers: {
      ...(body !== '' && { 'content-type': 'text/plain; charset=utf-8' }),
      ...Object.fromEntries(named),
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}
