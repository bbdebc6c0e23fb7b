import { costsOf, publish } from '../metrics/publish.ts';
import type { HttpEvent, Step } from './call.ts';

/** Requests, latency, failures and what they cost, by route. */
export function requestMetrics(): Step {
  const told = ({ event: { call }, response }: { event: HttpEvent; response: unknown }) =>
    publish(call.route?.operationId ?? 'unmatched', {
      Requests: 1,
      Latency: call.environment.now().getTime() - call.startedAt.getTime(),
      ...(failed(response) && { Failures: 1 }),
      ...(call.ctx && costsOf(call.ctx.meter)),
    });
  return { after: told, onError: told };
}

function failed(response: unknown): boolean {
  return (
    typeof response === 'object' &&
    response !== null &&
    'statusCode' in response &&
    Number(response.statusCode) >= 500
  );
}
