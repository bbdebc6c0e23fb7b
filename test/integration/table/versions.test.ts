import { expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { InvitationId } from '../../../domain/ids.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { grantOwner, revokeOwner } from '../../../domain/organizations/owners.ts';
import { getUser } from '../../../domain/users/listUsers.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { routes } from '../../../functions/routes.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  at,
  aWorkspace,
  type TestConnection,
  type TestSupport,
  type TestUser,
} from '../../support/builders.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { type Fault, tableThrough } from '../../support/faults.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { codeOf, together } from '../../support/state.ts';

const engine = await anEngine();

type Scene = Agency & { original: TestConnection; copy: TestConnection; invitationId: InvitationId };

function aScene(): Promise<Scene> {
  return freshCopy(engine, 'versions', async () => {
    const agency = await anAgency(engine);
    const { owner, admin, home, elsewhere, support, orgId } = agency;
    const original = await aConnection(owner, home.workspaceId);
    const copy = await aCopy(owner, original, elsewhere.workspaceId);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const { items } = await invite(owner, { invitations: [{ email: 'guest@example.com', grants }] });
    await grantOwner(support, { orgId, userId: admin.actor.userId });
    return { ...agency, original, copy, invitationId: InvitationId.parse(items[0]?.invitationId) };
  });
}

type Versioned = {
  operationId: string;
  by: string;
  seen: (scene: Scene) => Promise<number>;
  /** Somebody else's change, which moves the version that was seen. */
  meanwhile: (scene: Scene) => Promise<unknown>;
  attempt: (scene: Scene, owner: TestUser, support: TestSupport, version: number) => Promise<unknown>;
};

const viewerIn = ({ home, viewer }: Scene) => ({
  workspaceId: home.workspaceId,
  userId: viewer.actor.userId,
});
const adminIn = ({ orgId, admin }: Scene) => ({ orgId, userId: admin.actor.userId });
const workspace = {
  seen: async ({ owner, elsewhere }: Scene) => (await getWorkspace(owner, elsewhere.workspaceId)).version,
  by: 'a new name',
  meanwhile: ({ owner, elsewhere }: Scene) => updateWorkspace(owner, elsewhere.workspaceId, { name: 'New' }),
};
const member = {
  seen: async () => 1,
  by: 'another role',
  meanwhile: (scene: Scene) => putMember(scene.owner, viewerIn(scene), 'editor'),
};
const connection = {
  seen: async ({ owner, copy }: Scene) => (await getConnection(owner, at(copy))).version,
  by: 'a new name',
  meanwhile: ({ owner, copy }: Scene) => updateConnection(owner, at(copy), { name: 'New' }),
};
const invitation = {
  seen: async () => 1,
  by: 'a new link',
  meanwhile: ({ owner, invitationId }: Scene) => resendInvitation(owner, invitationId),
};
const organization = {
  seen: async ({ support, orgId }: Scene) => (await getOrganizationView(support, orgId)).version,
  by: 'other limits',
  meanwhile: ({ support, orgId }: Scene) => changeLimits(support, orgId, { workspaces: 5, reason: 'test' }),
};
type Attempt = Versioned['attempt'];
const update: Attempt = (s, owner, _, version) => updateConnection(owner, at(s.copy), { name: 'X' }, version);
const again: Attempt = (s, owner, _, version) => reconnect(owner, at(s.copy), { credentials: {} }, version);
const disconnect: Attempt = (s, owner, _, version) => deleteConnection(owner, at(s.copy), version);

const describeIt: Attempt = (s, owner, _, version) =>
  updateWorkspace(owner, s.elsewhere.workspaceId, { description: 'X' }, version);

/** What a PATCH of the workspace could overwrite, done by others in other ways. */
const inWorkspace: Pick<Versioned, 'by' | 'meanwhile'>[] = [
  {
    by: 'another name of a connection',
    meanwhile: ({ owner, copy }) => updateConnection(owner, at(copy), { name: 'New' }),
  },
  {
    by: 'another selection',
    meanwhile: ({ owner, copy }) => updateConnection(owner, at(copy), { accountIds: ['a1'] }),
  },
  {
    by: 'a connection less',
    meanwhile: ({ owner, copy }) => deleteConnection(owner, at(copy)),
  },
  {
    by: 'a member more',
    meanwhile: ({ owner, elsewhere, viewer }) =>
      putMember(owner, { workspaceId: elsewhere.workspaceId, userId: viewer.actor.userId }, 'viewer'),
  },
];

const versioned: Versioned[] = [
  {
    ...workspace,
    operationId: 'updateWorkspace',
    attempt: describeIt,
  },
  ...inWorkspace.map((change) => ({
    ...workspace,
    ...change,
    operationId: 'updateWorkspace',
    attempt: describeIt,
  })),
  {
    ...workspace,
    operationId: 'deleteWorkspace',
    attempt: (s, owner, _, version) => deleteWorkspace(owner, s.elsewhere.workspaceId, version),
  },
  {
    ...member,
    operationId: 'putMember',
    attempt: (s, owner, _, version) => putMember(owner, viewerIn(s), 'admin', version),
  },
  {
    ...member,
    operationId: 'removeMember',
    attempt: (s, owner, _, version) => removeMember(owner, viewerIn(s), version),
  },
  {
    operationId: 'removeUser',
    by: 'another role',
    seen: async ({ owner, viewer }) => (await getUser(owner, viewer.actor.userId)).version,
    meanwhile: member.meanwhile,
    attempt: (s, owner, _, version) => removeUser(owner, s.viewer.actor.userId, version),
  },
  {
    ...invitation,
    operationId: 'resendInvitation',
    attempt: (s, owner, _, version) => resendInvitation(owner, s.invitationId, version),
  },
  {
    ...invitation,
    operationId: 'revokeInvitation',
    attempt: (s, owner, _, version) => revokeInvitation(owner, s.invitationId, version),
  },
  { ...connection, operationId: 'updateConnection', attempt: update },
  { ...connection, operationId: 'reconnectConnection', attempt: again },
  { ...connection, operationId: 'deleteConnection', attempt: disconnect },
  {
    ...organization,
    operationId: 'changeLimits',
    attempt: (s, _, support, version) =>
      changeLimits(support, s.orgId, { workspaces: 7, reason: 'test' }, version),
  },
  {
    ...organization,
    operationId: 'grantOwner',
    attempt: (s, _, support, version) =>
      grantOwner(support, { orgId: s.orgId, userId: s.editor.actor.userId }, version),
  },
  {
    ...organization,
    operationId: 'revokeOwner',
    attempt: (s, _, support, version) => revokeOwner(support, adminIn(s), version),
  },
];

/** Runs something before the nth command of whatever kind, and tells whether it came to that. */
function beforeCommand(n: number, meanwhile: () => Promise<unknown>): { fault: Fault; came: () => boolean } {
  let sent = 0;
  const fault: Fault = async (_, proceed) => {
    sent += 1;
    if (sent === n) await meanwhile();
    return proceed();
  };
  return { fault, came: () => sent >= n };
}

test.each(versioned)(
  '$operationId with the version that was seen refuses $by, whenever it comes',
  async (row) => {
    const outcomes: string[] = [];
    for (let n = 1, isOver = false; !isOver; n++) {
      const scene = await aScene();
      const version = await row.seen(scene);
      const { fault, came } = beforeCommand(n, () => row.meanwhile(scene));
      const table = tableThrough(engine.anotherTable(), fault);
      const [owner, support] = [changed(scene.owner, { table }), changed(scene.support, { table })];

      const [outcome] = await together(() => row.attempt(scene, owner, support, version));

      isOver = !came();
      outcomes.push(codeOf(outcome));
      expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
    }

    // Before each of its commands a change is seen; without one it is done.
    expect(outcomes.length).toBeGreaterThan(2);
    expect(outcomes.slice(0, -1)).toEqual(outcomes.slice(0, -1).map(() => 'version_mismatch'));
    expect(outcomes.at(-1)).toBe('done');
  },
);

/** What moves no version of the copy and of its workspace, so that nobody who saw them is refused. */
const harmless: Record<string, (scene: Scene) => Promise<unknown>> = {
  'a reconnection of its lineage': ({ owner, original }) =>
    reconnect(owner, at(original), { credentials: {} }),
  'another list of accounts': ({ owner, original }) => {
    const accounts = [{ id: 'a1', name: 'Another name' }];
    return reconnect(owner, at(original), { credentials: {}, accounts, acceptAccountLoss: true });
  },
  'another selection of the parent that it follows': ({ owner, original }) =>
    updateConnection(owner, at(original), { accountIds: ['a1'] }),
  'a copy of its parent': ({ owner, original }) => aWorkspace(owner, { connections: [at(original)] }),
  'a copy of it': ({ owner, copy }) => aWorkspace(owner, { connections: [at(copy)] }),
};
const seeingTheCopy = versioned.filter(({ seen, by }) => seen === connection.seen && by === connection.by);
const tolerant = [
  ...seeingTheCopy,
  ...versioned.filter(({ operationId, by }) => operationId === 'updateWorkspace' && by === workspace.by),
].flatMap((row) => Object.entries(harmless).map(([by, meanwhile]) => ({ ...row, by, meanwhile })));

test.each(tolerant)('$operationId with the version that was seen is done in spite of $by', async (row) => {
  for (let n = 1, isOver = false; !isOver; n++) {
    const scene = await aScene();
    const version = await row.seen(scene);
    const { fault, came } = beforeCommand(n, () => row.meanwhile(scene));
    const table = tableThrough(engine.anotherTable(), fault);

    const [outcome] = await together(() =>
      row.attempt(scene, changed(scene.owner, { table }), scene.support, version),
    );

    isOver = !came();
    // What has copies stays, whoever saw it.
    const isKept = row.operationId === 'deleteConnection' && row.by === 'a copy of it' && !isOver;
    expect(codeOf(outcome)).toBe(isKept ? 'connection_has_copies' : 'done');
    expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
  }
});

test('every route that honours If-Match is tried', () => {
  const declared = routes.filter((route) => route.versioned).map(({ operationId }) => operationId);

  expect(declared.filter((id) => !versioned.some(({ operationId }) => operationId === id))).toEqual([]);
});
