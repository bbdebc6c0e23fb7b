import { describe, expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { listConnectionEvents } from '../../../domain/events/listConnectionEvents.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { ConnectionId, InvitationId, WorkspaceId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { Invite, invite } from '../../../domain/invitations/invite.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { putMember } from '../../../domain/members/changeMember.ts';
import { reportAccounts, reportAuthorization } from '../../../domain/services/serviceConnection.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  aMember,
  aPerson,
  at,
  aWorkspace,
  someAccounts,
  type TestUser,
  tokenOf,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };
const error = { code: 'expired', message: 'Expired.' };

/** An original at home; copies in two workspaces of clients, each with an admin who sees nothing else. */
async function aLineage() {
  const agency = await anAgency(engine, { limits: { workspaces: 50 } });
  const { owner, home, elsewhere, world, orgId } = agency;
  const second = await aWorkspace(owner, { name: 'Second client' });
  const original = await aConnection(owner, home.workspaceId);
  const copy = await aCopy(owner, original, elsewhere.workspaceId, ['a1']);
  const other = await aCopy(owner, original, second.workspaceId, ['a2']);
  const clientOf = (workspaceId: WorkspaceId, email: string) =>
    aMember(owner, email, { workspaceId, role: 'admin' });
  const client = await clientOf(elsewhere.workspaceId, 'client@example.com');
  const another = await clientOf(second.workspaceId, 'another@example.com');
  const service = aContext(world, { kind: 'service', id: 'extractor' });
  const through = (connection: typeof copy) => ({ orgId, ...at(connection) });
  return { ...agency, second, original, copy, other, client, another, service, through };
}

type Query = Partial<Parameters<typeof listEvents>[1]>;
const listed = async (reader: TestUser, query: Query = {}) =>
  (await listEvents(reader, { ...page, ...query })).items;
const typesOf = (items: { type: string }[]) => items.map(({ type }) => type);

describe('what happens to a whole lineage', () => {
  test('stands in the workspace that was addressed and in the origin’s, once', async () => {
    const { admin, client, another, service, copy, through, orgId } = await aLineage();
    await reportAuthorization(service, through(copy), { authorizationVersion: 1, status: 'error', error });
    await reconnect(client, at(copy), { credentials: { token: 'new' } });
    await reportAccounts(service, through(copy), { authorizationVersion: 2, accounts: someAccounts('a1') });
    const expected = [
      'connection.updated',
      'connection.recovered',
      'connection.reconnected',
      'connection.failed',
    ];
    const ofLineage = async (reader: TestUser, query: Query = {}) =>
      typesOf(
        (await listed(reader, query)).filter(
          ({ details }) => details.originId === copy.lineage.originId && !('selection' in details),
        ),
      ).filter((type) => expected.includes(type));

    expect(await ofLineage(admin)).toEqual(expected);
    expect(
      await ofLineage(admin, { workspaceId: WorkspaceId.parse(copy.lineage.originWorkspaceId) }),
    ).toEqual(expected);
    expect(await ofLineage(client)).toEqual(expected);
    expect(await ofLineage(client, { workspaceId: copy.workspaceId })).toEqual(expected);
    expect(await ofLineage(another)).toEqual([]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is found by any connection of the lineage', async () => {
    const { owner, admin, client, another, copy, other, original } = await aLineage();
    await reconnect(client, at(copy), { credentials: { token: 'new' } });
    const found = async (reader: TestUser, connectionId: ConnectionId, query: Query = {}) =>
      typesOf(await listed(reader, { connectionId, ...query })).includes('connection.reconnected');

    for (const { connectionId } of [original, copy, other])
      expect(await found(owner, connectionId)).toBe(true);
    expect(await found(admin, original.connectionId)).toBe(true);
    expect(await found(another, other.connectionId)).toBe(true);
    expect(await found(another, other.connectionId, { workspaceId: other.workspaceId })).toBe(true);
    expect(await found(another, copy.connectionId)).toBe(false);
  });

  test('names neither a workspace nor its connection to those who can’t see it', async () => {
    const { admin, another, client, copy, other } = await aLineage();
    await reconnect(client, at(copy), { credentials: { token: 'new' } });

    const history = await listConnectionEvents(another, at(other), page);
    const ofAgency = await listed(admin, { type: 'connection.reconnected' });

    for (const text of [JSON.stringify(history), JSON.stringify(ofAgency)]) {
      expect(text).toContain('connection.reconnected');
      expect(text).not.toContain(copy.workspaceId);
      expect(text).not.toContain(copy.connectionId);
    }
  });

  test('names accounts to those alone who may choose among them in the origin’s workspace', async () => {
    const { owner, admin, client, another, service, copy, other, through } = await aLineage();
    const accounts = someAccounts('a1', 'hidden-1');
    await reportAccounts(service, through(copy), { authorizationVersion: 1, accounts });
    const seen = async (reader: TestUser, connection: typeof copy) => {
      const events = [
        ...(await listed(reader)),
        ...(await listed(reader, { connectionId: connection.connectionId })),
        ...(await listConnectionEvents(reader, at(connection), page).then(({ items }) => items)),
      ];
      return events
        .filter(({ details }) => 'accountList' in details)
        .map(({ details }) => details.accountList);
    };
    const whole = {
      total: 2,
      added: { accountIds: ['hidden-1'], count: 1 },
      lost: { accountIds: ['a2', 'a3'], count: 2 },
    };
    const counts = { total: 2, added: { count: 1 }, lost: { count: 2 } };

    expect(await seen(owner, copy)).toEqual([whole, whole, whole]);
    expect((await listed(admin, { type: 'connection.updated' }))[0]?.details.accountList).toEqual(whole);
    expect(await seen(client, copy)).toEqual([counts, counts, counts]);
    expect(await seen(another, other)).toEqual([counts, counts]);
  });
});

describe('the history of a connection', () => {
  test('is its own and its lineage’s, newest first, by pages of any length', async () => {
    const { owner, client, service, copy, other, through } = await aLineage();
    const mine = (asked: object) => updateConnection(client, at(copy), UpdateConnection.parse(asked));
    await mine({ name: 'One' });
    await reportAuthorization(service, through(other), { authorizationVersion: 1, status: 'error', error });
    await mine({ name: 'Two' });
    await reconnect(owner, at(other), { credentials: { token: 'new' } });
    await updateConnection(owner, at(other), UpdateConnection.parse({ name: 'Not theirs' }));
    await reconnect(client, at(copy), { credentials: { token: 'newer' } });
    await aConnection(owner, copy.workspaceId, { name: 'Another one' });

    const whole = await listConnectionEvents(client, at(copy), page);
    for (const limit of [1, 2, 3]) {
      const walked: unknown[] = [];
      let cursor: string | undefined;
      do {
        const { items, nextCursor } = await listConnectionEvents(client, at(copy), { limit, cursor });
        expect(items.length).toBeLessThanOrEqual(limit);
        walked.push(...items);
        cursor = nextCursor ?? undefined;
      } while (cursor);
      expect(walked, `by ${limit}`).toEqual(whole.items);
    }

    expect(typesOf(whole.items)).toEqual([
      'connection.reconnected',
      'connection.recovered',
      'connection.reconnected',
      'connection.updated',
      'connection.failed',
      'connection.updated',
      'connection.copied',
    ]);
    expect(whole.nextCursor).toBeNull();
  });

  test('is for admins of its workspace', async () => {
    const { editor, client, original, copy } = await aLineage();

    expect((await failure(() => listConnectionEvents(editor, at(original), page))).code).toBe('forbidden');
    expect((await failure(() => listConnectionEvents(client, at(original), page))).code).toBe('not_found');
    const gone = { ...at(copy), connectionId: ConnectionId.parse('con_never') };
    expect((await failure(() => listConnectionEvents(client, gone, page))).code).toBe('not_found');
  });
});

describe('an invitation into several workspaces', () => {
  async function invited(count = 3) {
    const agency = await anAgency(engine, { limits: { workspaces: 50 } });
    const { owner, admin } = agency;
    const workspaces = [];
    for (let n = 0; n < count; n++) workspaces.push(await aWorkspace(admin, { name: `W${n}` }));
    const grants = workspaces.map(({ workspaceId }) => ({ workspaceId, role: 'viewer' as const }));
    const asked = Invite.parse({ invitations: [{ email: 'guest@example.com', grants }] });
    const { items } = await invite(admin, asked);
    const invitationId = InvitationId.parse(items[0]?.invitationId);
    const last = grants.at(-1)?.workspaceId ?? agency.home.workspaceId;
    const lastAdmin = await aMember(owner, 'last@example.com', { workspaceId: last, role: 'admin' });
    return { ...agency, grants, invitationId, last, lastAdmin };
  }
  const aboutInvitations = async (reader: TestUser, query: Query = {}) =>
    (await listed(reader, query)).filter(
      ({ type, actor }) => type.startsWith('invitation.') && actor.email !== 'last@example.com',
    );

  test('is in the list of each of them, with the grants that its reader manages', async () => {
    const { admin, owner, lastAdmin, last, grants, invitationId, orgId } = await invited();
    await resendInvitation(admin, invitationId);
    await revokeInvitation(admin, invitationId);

    for (const { workspaceId } of grants)
      expect(
        typesOf(await aboutInvitations(admin, { workspaceId })).filter(
          (type) => type !== 'invitation.created',
        ),
      ).toEqual(['invitation.revoked', 'invitation.resent']);
    const seen = (await aboutInvitations(lastAdmin)).filter(
      ({ details }) => details.invitationId === invitationId,
    );
    expect(typesOf(seen)).toEqual(['invitation.revoked', 'invitation.resent', 'invitation.created']);
    for (const { details } of seen)
      expect(details.grants).toEqual([{ workspaceId: last, role: 'viewer', invitedBy: admin.actor.userId }]);
    const whole = await aboutInvitations(owner, { type: 'invitation.resent' });
    expect(whole[0]?.details.grants).toHaveLength(3);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is accepted in the list of each of them, beside the membership there, also of twenty', async () => {
    const { admin, grants, world, invitationId, orgId } = await invited(20);
    const token = await tokenOf(world, orgId, invitationId);

    await acceptInvitation(aPerson(world, 'guest@example.com'), token);

    for (const { workspaceId } of grants) {
      const items = await listed(admin, { workspaceId });
      const first = await listEvents(admin, { limit: 1, workspaceId });
      const next = await listEvents(admin, { limit: 1, workspaceId, cursor: String(first.nextCursor) });
      expect(typesOf(byGuest(items))).toEqual(['member.added', 'invitation.accepted']);
      expect([...first.items, ...next.items]).toEqual(byGuest(items));
    }
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is accepted in the list of a workspace, too, where the grant is dropped', async () => {
    const { owner, admin, grants, last, world, invitationId, orgId } = await invited();
    const token = await tokenOf(world, orgId, invitationId);
    await putMember(owner, { workspaceId: last, userId: admin.actor.userId }, 'editor');

    await acceptInvitation(aPerson(world, 'guest@example.com'), token);

    const [accepted] = byGuest(await listed(owner, { workspaceId: last }));
    expect(accepted).toMatchObject({
      type: 'invitation.accepted',
      details: { dropped: [{ workspaceId: last, role: 'viewer', code: 'forbidden' }] },
    });
    const [, elsewhere] = byGuest(await listed(admin, { workspaceId: grants[0]?.workspaceId }));
    expect(elsewhere).toMatchObject({ type: 'invitation.accepted', details: { dropped: [] } });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  const byGuest = (items: Awaited<ReturnType<typeof listed>>) =>
    items.filter(({ actor }) => actor.email === 'guest@example.com');
});

describe('the address of somebody who never joined', () => {
  test('is not in the audit 90 days after the invitation has ended, and nowhere in an event', async () => {
    const { owner, admin, home, world, orgId } = await anAgency(engine);
    const email = 'never@example.com';
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const { items } = await invite(admin, { invitations: [{ email, grants }] });

    const before = await listed(owner, { type: 'invitation.created' });
    world.clock.advance((48 + 90 * 24) * hour + 1_000);
    const after = await listed(owner, { type: 'invitation.created' });

    expect(before[0]?.details).toMatchObject({ invitationId: items[0]?.invitationId, email });
    expect(after[0]?.details).toMatchObject({ invitationId: items[0]?.invitationId });
    expect(JSON.stringify(after[0])).not.toContain(email);
    expect(JSON.stringify(await everything(engine.table, `ORG#${orgId}#EVENTS`))).not.toContain(email);
  });

  test('of somebody who joined and left stays with the event of their leaving', async () => {
    const { owner, home } = await anAgency(engine);
    const leaver = await aMember(owner, 'left@example.com', {
      workspaceId: home.workspaceId,
      role: 'viewer',
    });

    await removeUser(owner, leaver.actor.userId);

    const [left] = await listed(owner, { type: 'member.removed' });
    expect(left?.details).toEqual({
      userId: leaver.actor.userId,
      email: 'left@example.com',
      fromOrganization: true,
    });
  });
});

describe('a workspace that is deleted', () => {
  test('keeps its events, for owners; one that never was has none for anybody', async () => {
    const { owner, admin, world } = await anAgency(engine);
    const gone = await aWorkspace(admin, { name: 'Gone' });
    await aConnection(admin, gone.workspaceId);
    await deleteWorkspace(admin, gone.workspaceId);
    const { workspaceId } = gone;
    const never = world.newId('wsp');

    expect(typesOf(await listed(owner, { workspaceId }))).toEqual([
      'workspace.deleted',
      'connection.created',
      'workspace.created',
    ]);
    expect(await listed(owner, { workspaceId, type: 'limits.changed' })).toEqual([]);
    expect((await failure(() => listed(admin, { workspaceId }))).code).toBe('not_found');
    for (const reader of [owner, admin])
      expect((await failure(() => listed(reader, { workspaceId: never }))).code).toBe('not_found');
  });
});

describe('filters', () => {
  test('are by person and connection, together with all others', async () => {
    const { owner, admin, editor, home } = await anAgency(engine);
    const [mine, theirs] = [
      await aConnection(editor, home.workspaceId),
      await aConnection(admin, home.workspaceId),
    ];
    await updateConnection(admin, at(mine), UpdateConnection.parse({ name: 'New' }));
    await deleteConnection(admin, at(theirs));
    await putMember(owner, { workspaceId: home.workspaceId, userId: editor.actor.userId }, 'viewer');
    const { connectionId } = mine;

    expect(typesOf(await listed(owner, { connectionId }))).toEqual([
      'connection.updated',
      'connection.created',
    ]);
    expect(typesOf(await listed(owner, { connectionId: theirs.connectionId }))).toEqual([
      'connection.deleted',
      'connection.created',
    ]);
    const actorId = editor.actor.userId;
    expect(
      typesOf(await listed(owner, { actorId, workspaceId: home.workspaceId, type: 'connection.created' })),
    ).toEqual(['connection.created']);
    expect(await listed(owner, { actorId, connectionId, type: 'connection.updated' })).toEqual([]);
  });
});
