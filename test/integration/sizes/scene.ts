import { OperationId, UserId, type WorkspaceId } from '../../../domain/ids.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { operationItem, skippedItem } from '../../../domain/operations/operation.item.ts';
import { reportAccounts, reportAuthorization } from '../../../domain/services/serviceConnection.ts';
import {
  aConnection,
  aCopy,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aContext, aWorld } from '../../support/context.ts';
import type { TestEngine } from '../../support/engine.ts';
import { longAccounts, longText, moreOriginals, writeAll } from '../../support/heavy.ts';
import { operationOf, untilDone } from '../../support/operations.ts';

/** One more than the longest page. */
export const many = 101;
/** Workspaces that everybody is in. */
const shared = 22;
const reports = 60;
const listed = 3_300;

export type Heavy = Awaited<ReturnType<typeof aHeavyScene>>;

/** An organization in which everything is as long as the API takes it, and more of everything than a page shows. */
export async function aHeavyScene(engine: TestEngine) {
  const world = aWorld(engine);
  const limits = { workspaces: 1_000, membersPerWorkspace: 10_000, connectionsPerWorkspace: 100_000 };
  const org = await anOrganization(world, { name: longText(100, 1), limits });
  const { owner, orgId } = org;
  const agency = await longWorkspace(owner, 1);
  const grant = { workspaceId: agency, role: 'admin' as const };
  const people: TestUser[] = [];
  for (let n = 0; n < many; n++)
    people.push(await aMember(owner, `${'x'.repeat(180)}${n}@example.com`, grant));
  const members = people.map(({ actor: { userId } }) => ({ userId, role: 'admin' as const }));
  const workspaces: WorkspaceId[] = [];
  for (let n = 0; n < many; n++)
    workspaces.push(await longWorkspace(owner, n + 2, n < shared ? members : []));

  const template = await aConnection(owner, agency, {
    dataSource: longText(100, 2),
    name: longText(200, 3),
    businessAccount: { id: longText(128, 4), name: longText(256, 5) },
    accounts: longAccounts(listed, 1),
  });
  const service = aContext(world, { kind: 'service', id: 'extractor' });
  const place = { orgId, ...at(template) };
  const reported = await aConnection(owner, agency, { accounts: longAccounts(400, 2) });
  for (let n = 0; n < reports; n++)
    await reportAccounts(
      service,
      { orgId, ...at(reported) },
      {
        authorizationVersion: 1,
        accounts: longAccounts(400, 3 - (n % 2)),
      },
    );
  const error = { code: longText(128, 6), message: '\u0001'.repeat(1_024) };
  await reportAuthorization(service, place, { authorizationVersion: 1, status: 'error', error });
  await moreOriginals(owner, template, many, (n) => ({ name: longText(200, n + 10) }));
  const copies: TestConnection[] = [];
  for (const workspaceId of workspaces) copies.push(await aCopy(owner, template, workspaceId));

  for (let n = 0; n < many; n += 50)
    await invite(owner, {
      invitations: Array.from({ length: Math.min(50, many - n) }, (_, m) => ({
        email: `${'i'.repeat(180)}${n + m}@example.com`,
        grants: workspaces.slice(0, 20).map((workspaceId) => ({ workspaceId, role: 'viewer' as const })),
      })),
    });
  return {
    ...org,
    world,
    service,
    agency,
    people,
    workspaces,
    template,
    copies,
    operationId: await anOperation(),
  };

  async function longWorkspace(creator: TestUser, seed: number, others: typeof members = []) {
    const created = await aWorkspace(creator, {
      name: longText(100, seed),
      description: longText(2_000, seed),
      members: others,
    });
    if (created.operation) await untilDone(world, orgId, operationOf(created));
    return created.workspaceId;
  }

  async function anOperation(): Promise<OperationId> {
    const operationId = OperationId.parse(owner.newId('opr'));
    const { userId, login, email } = owner.actor;
    const now = world.clock.now();
    const skipped = Array.from({ length: 47 }, () => ({ ...at(template), code: 'already_connected' }));
    const times = { createdAt: now.toISOString(), movedAt: now.toISOString(), version: 1 };
    const counts = { total: 42_000, done: 42_000, skippedCount: 42_000, stepSize: 1, attempts: 0 };
    const actor = { userId: UserId.parse(userId), login, email };
    const kind = 'connections.copy' as const;
    await writeAll(owner, [
      operationItem({
        orgId,
        operationId,
        kind,
        workspaceId: agency,
        actor,
        state: 'completed',
        ...counts,
        ...times,
      }),
      ...Array.from({ length: 900 }, (_, n) =>
        skippedItem({ orgId, operationId }, String(n * 47).padStart(8, '0'), skipped, now),
      ),
    ]);
    return operationId;
  }
}
