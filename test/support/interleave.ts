import { type Fault, isWrite } from './faults.ts';

/** Everybody writes when they like. */
export const freely: Fault = (_, proceed) => proceed();

/**
 * Holds everybody's first write until `parties` of them have read and are about to write; then they write one after the
 * other, in the order in which they joined or in the reverse of it.
 */
export function meetingPoint(parties: number, { isReversed = false } = {}): () => Fault {
  let joined = 0;
  let arrived = 0;
  const everybody = Promise.withResolvers<void>();
  const written = Array.from({ length: parties }, () => Promise.withResolvers<void>());
  return () => {
    const turn = isReversed ? parties - 1 - joined : joined;
    joined += 1;
    let isFirst = true;
    return async (sent, proceed) => {
      if (!isWrite(sent) || !isFirst) return proceed();
      isFirst = false;
      arrived += 1;
      if (arrived === parties) everybody.resolve();
      await everybody.promise;
      await written[turn - 1]?.promise;
      return proceed().finally(() => written[turn]?.resolve());
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
