import { expect } from 'vitest';
import type { OrgId } from '../../domain/ids.ts';
import type { TestUser } from './builders.ts';
import { changed } from './context.ts';
import type { TestEngine } from './engine.ts';
import { tableThrough } from './faults.ts';
import { meetingPoint } from './interleave.ts';
import { brokenInvariants } from './invariants.ts';
import { codeOf, type Outcome, together } from './state.ts';

/** What one of those who race does; `as` gives anybody of the scene their own line to the table. */
export type Attempt<S> = (
  scene: S,
  as: <C extends Pick<TestUser, 'table'>>(caller: C) => C,
) => Promise<unknown>;

/**
 * Lets people act at the same time, round after round, each on an organization of its own: in every other round they run
 * freely, in the rest all have read before anybody writes. After each round the table must hold together.
 */
export async function race<S extends { orgId: OrgId }>(
  engine: TestEngine,
  build: () => Promise<S>,
  attempts: Attempt<S>[],
  verdict: (codes: string[], scene: S, outcomes: Outcome[]) => Promise<unknown> | unknown,
  { rounds = 30 }: { rounds?: number } = {},
): Promise<void> {
  let meet = meetingPoint(1);
  const lines = attempts.map(() => {
    const line = { fault: meet() };
    const table = tableThrough(engine.anotherTable(), (sent, proceed) => line.fault(sent, proceed));
    return Object.assign(line, { table });
  });
  for (let round = 0; round < rounds; round++) {
    const scene = await build();
    meet = meetingPoint(round % 2 === 0 ? attempts.length : 1);
    const runs = attempts.map((attempt, n) => {
      const line = lines[n] as (typeof lines)[number];
      line.fault = meet();
      // A caller of any kind keeps what it is; only its table is another.
      const as = <C extends Pick<TestUser, 'table'>>(caller: C) =>
        changed(caller as unknown as TestUser, { table: line.table }) as unknown as C;
      return () => attempt(scene, as);
    });

    const outcomes = await together(...(round % 4 < 2 ? runs : runs.toReversed()));

    const inOrder = round % 4 < 2 ? outcomes : outcomes.toReversed();
    expect(await brokenInvariants(engine.table, scene.orgId), `round ${round}`).toEqual([]);
    await verdict(inOrder.map(codeOf), scene, inOrder);
  }
}
