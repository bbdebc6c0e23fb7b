import {
  InternalServerError,
  type ServiceInputTypes,
  ThrottlingException,
  TransactionCanceledException,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Table } from '../../domain/table/client.ts';

/** One attempt to send a command; the SDK's own retries come through here again. */
export type Sent = { command: string; input: ServiceInputTypes };
export type Fault = <T>(sent: Sent, proceed: () => Promise<T>) => Promise<T>;

/** Puts faults between the SDK's retries and the network of a client of its own; the first is the outermost. */
export function tableThrough(table: Table, ...faults: Fault[]): Table {
  const { middlewareStack } = table.documents;
  for (const [n, fault] of faults.entries())
    middlewareStack.add(
      (next, context) => (args) => {
        const command = String(context.commandName).replace(/Command$/, '');
        return fault({ command, input: args.input as ServiceInputTypes }, () => next(args));
      },
      { step: 'finalizeRequest', priority: 'low', name: `fault ${n}` },
    );
  return table;
}

export const isWrite = ({ command }: Sent) => command === 'TransactWriteItems';

/** Applies a fault to the first writes only. */
export function firstWrites(times: number, fault: Fault): Fault {
  let seen = 0;
  return (sent, proceed) => {
    if (!isWrite(sent) || seen >= times) return proceed();
    seen += 1;
    return fault(sent, proceed);
  };
}

/** Another transaction was writing to one of the items, which Dynoxide never says. */
export const conflict: Fault = async (sent) => {
  throw cancelled(sent, 'TransactionConflict');
};

export const throttling: Fault = async (sent) => {
  throw cancelled(sent, 'ThrottlingError');
};

/** The account or table takes no more requests. */
export const refusal: Fault = async () => {
  throw new ThrottlingException({ message: 'Throughput exceeds the limit.', $metadata: {} });
};

/** The write happens, its answer does not arrive. */
export const lostReply: Fault = async (_sent, proceed) => {
  await proceed();
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
};

/** The write happens, and the storage answers with an error of its own. */
export const brokenReply: Fault = async (_sent, proceed) => {
  await proceed();
  throw internalError();
};

/** HTTP 500, as during the failover of a partition. */
export function internalError(): InternalServerError {
  return new InternalServerError({ message: 'Internal server error', $metadata: { httpStatusCode: 500 } });
}

/** The write happens, its answer does not come before the deadline: what the HTTP handler throws when it is aborted. */
export const lateReply: Fault = async (_sent, proceed) => {
  await proceed();
  throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
};

/** The process ends: an error that nothing retries. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export const crashBefore: Fault = async () => {
  throw new Crash('before the write');
};

export const crashAfter: Fault = async (_sent, proceed) => {
  await proceed();
  throw new Crash('after the write, before the answer');
};

function cancelled({ input }: Sent, code: string): TransactionCanceledException {
  const { TransactItems = [] } = input as TransactWriteItemsCommandInput;
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: TransactItems.map((_, n) => ({ Code: n === 0 ? code : 'None' })),
  });
}
