import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DomainError as DomainErrorClass } from '../../../../domain/errors.ts';
import type { accessLog as AccessLog } from '../../../../functions/http/accessLog.ts';

let lines: Record<string, unknown>[];
let accessLog: typeof AccessLog;
let DomainError: typeof DomainErrorClass;

/** The library reads its settings when it is loaded. */
beforeEach(async () => {
  // Else it writes past the console.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.resetModules();
  lines = [];
  for (const method of ['info', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line) => lines.push(JSON.parse(String(line))));
  ({ accessLog } = await import('../../../../functions/http/accessLog.ts'));
  // The class that the step knows, which is loaded anew.
  ({ DomainError } = await import('../../../../domain/errors.ts'));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

type Request = Parameters<NonNullable<ReturnType<typeof AccessLog>['onError']>>[0];

/** The line of a request that was refused; only what the step reads of it is there. */
async function lineOf(error: Error): Promise<Record<string, unknown> | undefined> {
  const request = {
    event: {
      call: { environment: { now: () => new Date(1_040) }, startedAt: new Date(1_000) },
      requestContext: { requestId: 'request-1', http: { method: 'POST' } },
    },
    response: { statusCode: 503 },
    error,
  };
  await accessLog().onError?.(request as unknown as Request);
  return lines[0];
}

test('a request that storage stood in the way of says how, so that operators can tell an outage from contention', async () => {
  const cause = Object.assign(new Error('internal'), {
    name: 'InternalServerError',
    Item: { name: 'secret' },
  });

  const line = await lineOf(new DomainError('try_again', 'The storage did not answer.', { cause }));

  expect(line).toMatchObject({
    level: 'INFO',
    code: 'try_again',
    cause: { error: 'InternalServerError', reason: 'internal' },
  });
  expect(JSON.stringify(line)).not.toContain('secret');
});

test('a refusal has no cause in its line', async () => {
  const line = await lineOf(new DomainError('forbidden', 'No.', { cause: new Error('why') }));

  expect(line).toMatchObject({ code: 'forbidden' });
  expect(line).not.toHaveProperty('cause');
});
