import { expect, test } from 'vitest';
import { routes } from '../../../functions/routes.ts';
import type { TestUser } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { perform } from '../../support/perform.ts';
import { aScene, routeNamed, type Sample, type Scene, samples } from '../../support/samples.ts';
import { codeOf, everything, together } from '../../support/state.ts';

const engine = await anEngine();
/** The least right first, so that nobody is refused for what somebody else has done. */
const callers = ['outsider', 'viewer', 'editor', 'admin', 'owner'] as const;
const letters: Record<string, string> = { done: 'y', forbidden: 'f', not_found: 'n' };

/** What becomes of the sample for one caller; a refusal must not change anything. */
async function outcomeFor(scene: Scene, caller: TestUser, { operationId, ask }: Sample): Promise<string> {
  const asked = await ask(scene, caller);
  const before = await everything(engine.table, `ORG#${scene.orgId}`);

  const [outcome] = await together(() => perform(caller, routeNamed(operationId), asked));

  const code = codeOf(outcome);
  if (code !== 'done') expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(before);
  return letters[code] ?? code;
}

test.each(samples)(
  '$operationId $what: $outcome for owner, admin, editor, viewer, outsider',
  async (sample) => {
    const scene = await aScene(engine);
    let outcomes = '';

    for (const caller of callers) outcomes = (await outcomeFor(scene, scene[caller], sample)) + outcomes;

    expect(outcomes).toBe(sample.outcome);
    expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
  },
);

test('every route for people of an organization has a sample', () => {
  const forPeople = routes.filter(
    ({ access }) => !['anyone', 'person', 'support', 'service'].includes(access),
  );
  const sampled = new Set(samples.map(({ operationId }) => operationId));

  expect(forPeople.filter(({ operationId }) => !sampled.has(operationId))).toEqual([]);
});

test('what a route declares as its access is what its samples show', () => {
  const shown: Record<string, string[]> = {
    member: ['yyyyy', 'yyyyn'],
    viewer: ['yyyyn'],
    editor: ['yyyfn'],
    admin: ['yyffn'],
    anyAdmin: ['yyfff', 'yyffn'],
    owner: ['yffff'],
  };
  const wrong = routes.filter(({ operationId, access }) => {
    const outcomes = samples.filter((sample) => sample.operationId === operationId);
    return outcomes.length > 0 && !outcomes.some(({ outcome }) => shown[access]?.includes(outcome));
  });

  expect(wrong.map(({ operationId }) => operationId)).toEqual([]);
});
