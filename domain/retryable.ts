/** Node's codes of connections that could not be made, or broke before the answer was complete. */
const connectionCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** How the AWS SDK names a call that was cut off, and one whose connection timed out. */
const cutOff = new Set(['AbortError', 'TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);

/** What the AWS SDK adds to an error. */
type Described = Error & {
  code?: unknown;
  $fault?: unknown;
  $retryable?: { throttling?: boolean };
  $metadata?: { httpStatusCode?: number };
};

/**
 * Whether a call to an AWS service ended without a usable answer: the service failed by itself (5xx), or nothing
 * came back. The same call may work a little later; whether this one had its effect is not known. A refusal (4xx) and
 * a bug are answers. Decides by status, traits and codes, never by the text of a message.
 */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $fault, $retryable, $metadata }: Described = error;
  const status = $metadata?.httpStatusCode;
  if (status !== undefined && status !== 200) return status >= 500;
  if ($fault !== undefined) return $fault === 'server';
  return (
    cutOff.has(error.name) ||
    (typeof code === 'string' && connectionCodes.has(code)) ||
    ($retryable !== undefined && !$retryable.throttling)
  );
}

/** Whether a call was cut off because the caller's own time was over. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

const throttlingNames = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);

/** Whether an AWS service refused a call because there were too many. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable }: Described = error;
  return throttlingNames.has(error.name) || $retryable?.throttling === true;
}
