import type { StreamWorkerName } from '../functions/workers/subscriptions.ts';

export type WorkerName = StreamWorkerName | 'mail' | 'sweep';

/** Longer than the 20 s after which a request is answered, and shorter than the 30 s after which API Gateway gives up. */
export const requestTimeoutSeconds = 25;

/** A record of the stream may take 20 s, and a batch has several; what a batch does not come to comes again. */
export const workerTimeoutSeconds: Readonly<Record<WorkerName, number>> = {
  events: 120,
  operations: 120,
  mail: 30,
  sweep: 60,
};

const byWorkerName = new Map(Object.entries(workerTimeoutSeconds));

/** How long a function may take, deployed and in the local stack; what is no worker serves requests. */
export function timeoutSecondsOf(name: string): number {
  return byWorkerName.get(name) ?? requestTimeoutSeconds;
}
