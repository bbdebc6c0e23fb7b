import { type Fault, isWrite, type Sent } from './faults.ts';

/** Holds everybody's first write until `parties` of them have read and are about to write. */
export function meetingPoint(parties: number): () => Fault {
  let arrived = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  return () => {
    let isFirst = true;
    return async (sent, proceed) => {
      if (isWrite(sent) && isFirst) {
        isFirst = false;
        arrived += 1;
        if (arrived === parties) resolve();
        await promise;
      }
      return proceed();
    };
  };
}

/** Runs something between a caller's reads and their first write. */
export function beforeFirstWrite(meanwhile: () => Promise<unknown>): Fault {
  let isFirst = true;
  return async (sent, proceed) => {
    if (isWrite(sent) && isFirst) {
      isFirst = false;
      await meanwhile();
    }
    return proceed();
  };
}

/** Makes commands of one kind wait, so that everybody else is faster. */
export function slowly(command: string, milliseconds: number): Fault {
  return async (sent, proceed) => {
    if (sent.command === command) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return proceed();
  };
}

/** Runs something before the nth command that is meant, once. */
export function beforeNth(
  n: number,
  isMeant: (sent: Sent) => boolean,
  meanwhile: () => Promise<unknown>,
): Fault {
  let seen = 0;
  return async (sent, proceed) => {
    if (isMeant(sent)) {
      seen += 1;
      if (seen === n) await meanwhile();
    }
    return proceed();
  };
}
