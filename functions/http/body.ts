import { DomainError } from '../../domain/errors.ts';
import type { HttpEvent } from './call.ts';
import { type ParsedJson, parseJson } from './json.ts';

const mostBytes = 5 * 1024 * 1024;
const mediaType = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws `payload_too_large`. */
export function refuseLarge({ body, isBase64Encoded }: HttpEvent): void {
  if (typeof body !== 'string') return;
  const bytes = isBase64Encoded ? Buffer.byteLength(body, 'base64') : Buffer.byteLength(body);
  if (bytes > mostBytes)
    throw new DomainError(
      'payload_too_large',
      `A request body has at most ${mostBytes} bytes; this has ${bytes}.`,
    );
}

/** The body as JSON. Throws `unsupported_media_type`, `malformed_json`. */
export function readJson(event: HttpEvent): ParsedJson {
  if (!mediaType.test(event.headers['content-type'] ?? ''))
    throw new DomainError('unsupported_media_type', 'Send application/json.');
  try {
    return parseJson(textOf(event));
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed('The body is nested too deeply.', cause);
    throw malformed('The body is not JSON in UTF-8 that can be read.', cause);
  }
}

function malformed(detail: string, cause: unknown): DomainError {
  return new DomainError('malformed_json', detail, { cause });
}

/**
 * API Gateway hands over text as text, where what was no UTF-8 would have become U+FFFD, and all else in base64.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function textOf({ body, isBase64Encoded, headers }: HttpEvent): string {
  if (typeof body !== 'string') throw new SyntaxError('There is no body.');
  if (isBase64Encoded) return utf8.decode(Buffer.from(body, 'base64'));
  const sentBytes = headers['content-length'];
  if (sentBytes !== undefined && body.includes('\ufffd') && Number(sentBytes) !== Buffer.byteLength(body))
    throw new SyntaxError('Bytes that are not UTF-8 were replaced on the way.');
  return body;
}
