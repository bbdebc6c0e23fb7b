import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { DomainError, type Fault, notFound } from '../../domain/errors.ts';
import { readJson, refuseLarge } from './body.ts';
import { routeOf, type Step } from './call.ts';
import { faultsOf } from './faults.ts';
import { expectedVersionOf } from './ifMatch.ts';
import type { ParsedJson } from './json.ts';

z.config(en());

const noBody: ParsedJson = { value: undefined, altered: [] };

/** Reads and checks what was sent: every fault of query and body is told; a path with a malformed id leads nowhere. */
export function readRequest(): Step {
  return {
    before: async ({ event }) => {
      const { params, query, body } = routeOf(event);
      refuseLarge(event);
      const sent = body ? readJson(event) : noBody;
      const parsedParams = z.safeParse(params, event.pathParameters ?? {});
      if (!parsedParams.success) throw notFound();
      const parsedQuery = z.safeParse(query, event.queryStringParameters ?? {});
      const parsedBody = body ? z.safeParse(body, sent.value) : { success: true as const, data: undefined };
      if (!parsedQuery.success || !parsedBody.success || sent.altered.length > 0)
        throw faulty(parsedQuery.error, parsedBody.error, sent.altered);
      event.call.input = {
        params: parsedParams.data,
        query: parsedQuery.data,
        body: parsedBody.data,
        expectedVersion: expectedVersionOf(event.headers['if-match']),
      };
    },
  };
}

type Issues = Parameters<typeof faultsOf>[0];

/** What the schema says of a place comes before what is wrong with the number there. */
function faulty(query: Issues | undefined, body: Issues | undefined, altered: Fault[]): DomainError {
  const bySchema = [...(query ? faultsOf(query, '?') : []), ...(body ? faultsOf(body, '#/') : [])];
  const pointers = new Set(bySchema.map(({ pointer }) => pointer));
  const others = altered.filter(({ pointer }) => !pointers.has(pointer));
  return new DomainError('validation_failed', 'The request has faults; see errors.', {
    extra: { errors: [...bySchema, ...others] },
  });
}
