import { expect } from 'vitest';
import type { OrgId } from '../../domain/ids.ts';
import type { TestUser } from './builders.ts';
import { changed } from './context.ts';
import type { TestEngine } from './engine.ts';
import { tableThrough } from './faults.ts';
import { freely, meetingPoint } from './interleave.ts';
import { brokenInvariants } from './invariants.ts';
import { codeOf, type Outcome, together } from './state.ts';

/** What one of those who race does; `as` gives anybody of the scene their own line to the table. */
export type Attempt<S> = (
  scene: S,
  as: <C extends Pick<TestUser, 'table'>>(caller: C) => C,
) => Promise<unknown>;

/**
 * Lets people act at the same time, round after round, each on an organization of its own. In two rounds of three all
 * have read before anybody writes, and the first or the last of them writes first; in the third they run freely.
 * After each round the table must hold together.
 */
export async function race<S extends { orgId: OrgId }>(
  engine: TestEngine,
  build: () => Promise<S>,
  attempts: Attempt<S>[],
  verdict: (codes: string[], scene: S, outcomes: Outcome[]) => Promise<unknown> | unknown,
  { rounds = 30 }: { rounds?: number } = {},
): Promise<void> {
  const lines = attempts.map(() => {
    const line = { fault: freely };
    const table = tableThrough(engine.anotherTable(), (sent, proceed) => line.fault(sent, proceed));
    return Object.assign(line, { table });
  });
  for (let round = 0; round < rounds; round++) {
    const scene = await build();
    const meet = meetingPoint(attempts.length, { isReversed: round % 3 === 1 });
    const runs = attempts.map((attempt, n) => {
      const line = lines[n] as (typeof lines)[number];
      line.fault = round % 3 === 2 ? freely : meet();
      // A caller of any kind keeps what it is; only its table is another.
      const as = <C extends Pick<TestUser, 'table'>>(caller: C) =>
        changed(caller as unknown as TestUser, { table: line.table }) as unknown as C;
      return () => attempt(scene, as);
    });

    const outcomes = await together(...runs);

    expect(await brokenInvariants(engine.table, scene.orgId), `round ${round}`).toEqual([]);
    await verdict(outcomes.map(codeOf), scene, outcomes);
  }
}
