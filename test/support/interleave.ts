import { type Fault, isWrite } from './faults.ts';

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
