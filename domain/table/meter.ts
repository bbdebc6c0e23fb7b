/** What one request, or one turn of a worker, asked of the table so far. */
export type Meter = {
  /** Of 4 KB, read consistently. */
  readUnits: number;
  /** Of 1 KB. */
  writeUnits: number;
  /** Transactions that met another one. */
  conflicts: number;
  /** Whatever was sent or decided again, for whichever reason. */
  retries: number;
};

export function newMeter(): Meter {
  return { readUnits: 0, writeUnits: 0, conflicts: 0, retries: 0 };
}

type Cost = { CapacityUnits?: number | undefined };

/** What the SDK tells of an answer or a failure. */
export type Told = {
  ConsumedCapacity?: Cost | Cost[] | undefined;
  $metadata?: { attempts?: number | undefined } | undefined;
};

/** Counts what an answer has cost, the SDK's own retries included. */
export function countCosts(meter: Meter, kind: 'readUnits' | 'writeUnits', told: Told): void {
  for (const { CapacityUnits = 0 } of [told.ConsumedCapacity ?? []].flat()) meter[kind] += CapacityUnits;
  meter.retries += Math.max(0, (told.$metadata?.attempts ?? 1) - 1);
}
