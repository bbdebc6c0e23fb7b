import jsonBodyParser from '@middy/http-json-body-parser';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { DomainError, type Fault, notFound } from '../../domain/errors.ts';
import { type HttpEvent, routeOf, type Step } from './call.ts';
import { faultsOf } from './faults.ts';

z.config(en());

const mostBytes = 5 * 1024 * 1024;
const parser = jsonBodyParser({ reviver: refuseBrokenText });

/** Half of a surrogate pair is no text: storage would refuse it. */
function refuseBrokenText(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('A text has half of a surrogate pair.');
  return value;
}

/** Reads and checks what was sent: every fault of query and body is listed; a path with a malformed id leads nowhere. */
export function readRequest(): Step {
  return {
    before: async (request) => {
      const { event } = request;
      const { params, query, body } = routeOf(event);
      refuseLarge(event);
      if (body) parseJson(event);
      const parsedParams = z.safeParse(params, event.pathParameters ?? {});
      if (!parsedParams.success) throw notFound();
      const parsedQuery = z.safeParse(query, event.queryStringParameters ?? {});
      const parsedBody = body ? z.safeParse(body, event.body) : { success: true as const, data: undefined };
      const faults: Fault[] = [
        ...(parsedQuery.success ? [] : faultsOf(parsedQuery.error, '?')),
        ...(parsedBody.success ? [] : faultsOf(parsedBody.error, '#/')),
      ];
      if (!parsedQuery.success || !parsedBody.success)
        throw new DomainError('validation_failed', 'The request has faults; see errors.', {
          extra: { errors: faults },
        });
      event.call.input = {
        params: parsedParams.data,
        query: parsedQuery.data,
        body: parsedBody.data,
        expectedVersion: expectedVersion(event),
      };
    },
  };
}

function refuseLarge({ body, isBase64Encoded }: HttpEvent): void {
  if (typeof body !== 'string') return;
  const bytes = isBase64Encoded ? Buffer.byteLength(body, 'base64') : Buffer.byteLength(body);
  if (bytes > mostBytes)
    throw new DomainError(
      'payload_too_large',
      `A request body has at most ${mostBytes} bytes; this has ${bytes}.`,
    );
}

/** The library's parser; its errors in our words. */
function parseJson(event: HttpEvent): void {
  try {
    // It asks for the headers and the body alone.
    parser.before?.({ event } as unknown as Parameters<NonNullable<typeof parser.before>>[0]);
  } catch (cause) {
    if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 415)
      throw new DomainError('unsupported_media_type', 'Send application/json.', { cause });
    throw new DomainError('malformed_json', 'The body is not JSON that can be read.', { cause });
  }
}

/** If-Match with the version that the caller saw; a tag that we never gave matches nothing. */
function expectedVersion({ headers }: HttpEvent): number | undefined {
  const tag = headers['if-match']?.trim();
  if (tag === undefined || tag === '' || tag === '*') return undefined;
  const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(tag)?.[1];
  return version === undefined ? -1 : Number(version);
}
