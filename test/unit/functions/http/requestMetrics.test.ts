import { beforeEach, describe, expect, test, vi } from 'vitest';
import { newMeter } from '../../../../domain/table/meter.ts';
import type { HttpEvent } from '../../../../functions/http/call.ts';
import { requestMetrics } from '../../../../functions/http/requestMetrics.ts';
import { publish } from '../../../../functions/metrics/publish.ts';

vi.mock(import('../../../../functions/metrics/publish.ts'), async (original) => ({
  ...(await original()),
  publish: vi.fn(),
}));
const told = vi.mocked(publish);
beforeEach(() => told.mockClear());

/** A request that took 40 ms, as the step finds it: only what it reads of it. */
function aRequest(statusCode: number | undefined, call: Record<string, unknown> = {}) {
  const environment = { now: () => new Date(1_040) };
  return {
    event: { call: { environment, startedAt: new Date(1_000), ...call } } as unknown as HttpEvent,
    response: statusCode === undefined ? undefined : { statusCode },
  };
}

type Request = Parameters<NonNullable<ReturnType<typeof requestMetrics>['after']>>[0];
const after = (request: ReturnType<typeof aRequest>) =>
  requestMetrics().after?.(request as unknown as Request);
const onError = (request: ReturnType<typeof aRequest>) =>
  requestMetrics().onError?.(request as unknown as Request);

describe('a request', () => {
  const route = { operationId: 'getWorkspace' };

  test('is told by its route, with its time and what it cost', async () => {
    const meter = { ...newMeter(), readUnits: 3, retries: 1 };

    await after(aRequest(200, { route, ctx: { meter } }));

    expect(told).toHaveBeenCalledExactlyOnceWith('getWorkspace', {
      Requests: 1,
      Latency: 40,
      ReadUnits: 3,
      Retries: 1,
    });
  });

  test('that failed on our side is told as a failure; one that was refused is not', async () => {
    await onError(aRequest(500, { route }));
    await onError(aRequest(503, { route }));
    await onError(aRequest(409, { route }));

    expect(told.mock.calls.map(([, values]) => values.Failures)).toEqual([1, 1, undefined]);
  });

  test('that no route matches is told as such', async () => {
    await onError(aRequest(404));

    expect(told).toHaveBeenCalledExactlyOnceWith('unmatched', { Requests: 1, Latency: 40 });
  });
});
