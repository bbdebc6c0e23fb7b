import { setTimeout as pause } from 'node:timers/promises';
import type { Operation, OperationSummary } from '../e2e/shapes.ts';
import { type Client, GaveUp, type Reply } from './client.ts';
import type { Expectations } from './expectations.ts';
import type { KnownWorkspace } from './model.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { SoakOrganization } from './world.ts';

/** One caller with what they know: only they change their workspaces, so that they know all of them. */
export type Seat = {
  client: Client;
  service: Client;
  organizationId: string;
  organization: SoakOrganization;
  /** Another caller of the organization, to be put into workspaces. */
  colleagues: string[];
  random: Random;
  tally: Tally;
  expectations: Expectations;
  workspaces: KnownWorkspace[];
  /** Workspaces that were deleted. */
  gone: string[];
  count: number;
};

const operationPatienceMilliseconds = 300_000;

/** The body of an answer that had to succeed; `undefined`, and a violation, when it was refused. */
export function succeeded<Body>({ tally }: Seat, what: string, { status, text }: Reply): Body | undefined {
  if (status < 300) return (text === '' ? {} : JSON.parse(text)) as Body;
  tally.violation(`${what} was refused: ${status} ${text}`);
  return undefined;
}

/** Waits for an operation; that it never ends, or gave something up, is a violation. */
export async function completed(
  { client, tally }: Seat,
  what: string,
  { operationId }: OperationSummary,
): Promise<Operation> {
  tally.count(`operation: ${what}`);
  const end = performance.now() + operationPatienceMilliseconds;
  for (; performance.now() < end; await pause(400)) {
    const operation = await client.make<Operation>('GET', `/v1/operations/${operationId}`);
    if (operation.state !== 'completed') continue;
    const { skipped } = operation;
    if (skipped.length > 0)
      tally.violation(
        `${what} ${operationId} skipped ${skipped.length}: ${JSON.stringify(skipped.slice(0, 5))}`,
      );
    return operation;
  }
  tally.violation(`${what} ${operationId} did not end in ${operationPatienceMilliseconds / 1_000} s`);
  throw new GaveUp(`${what} ${operationId}`);
}
