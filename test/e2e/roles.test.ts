import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { aPlace, type Ids, type Place } from './place.ts';
import { requestOf, samples, variants } from './samples.ts';
import { type Caller, onStage } from './stage.ts';
import { anOrganization, aPerson, aWorkspace } from './world.ts';

/**
 * What everybody gets, written from api.md and never from the route table. The request is made to one workspace: by the
 * organization's owner, its admin, editor and viewer, by an admin and a viewer of another workspace only, and by the
 * owner of another organization.
 */
const expected = `
                                       owner admin editor viewer | elsewhere: admin viewer | stranger
getHealth                              200   200   200    200      200   200      200
getOpenApi                             200   200   200    200      200   200      200
getReference                           200   200   200    200      200   200      200
getReferenceFile                       200   200   200    200      200   200      200
previewInvitation                      200   200   200    200      200   200      200
getMe                                  200   200   200    200      200   200      200
listRoles                              200   200   200    200      404   404      404
listWorkspaces                         200   200   200    200      200   200      200
draftWorkspace                         200   200   200    200      404   200      404
createWorkspace                        201   201   403    403      404   403      404
createWorkspace, with copies           201   201   403    403      404   403      404
createWorkspace, copying all           201   201   403    403      404   403      404
getWorkspace                           200   200   200    200      404   404      404
updateWorkspace                        200   200   403    403      404   404      404
updateWorkspace, connections alone     200   200   200    403      404   404      404
updateWorkspace, connections and name  200   200   403    403      404   404      404
deleteWorkspace                        204   204   403    403      404   404      404
listMembers                            200   200   200    200      404   404      404
listMembers, with invitations          200   200   403    403      404   404      404
putMember                              200   200   403    403      404   404      404
removeMember                           204   204   403    403      404   404      404
listUsers                              200   200   403    403      200   403      200
listUsers, not in the workspace        200   200   403    403      404   403      404
getUser                                200   200   403    403      200   403      404
listUserWorkspaces                     200   200   403    403      200   403      404
removeUser                             204   403   403    403      403   403      404
createInvitations                      201   201   403    403      404   404      404
listInvitations                        200   200   403    403      404   404      404
listInvitations, of everything         200   200   403    403      200   403      200
resendInvitation                       200   200   403    403      404   404      404
revokeInvitation                       204   204   403    403      404   404      404
acceptInvitation                       403   403   403    403      403   403      403
listConnections                        200   200   200    200      404   404      404
createConnection                       201   201   201    403      404   404      404
copyConnections                        201   201   201    403      404   404      404
getConnection                          200   200   200    200      404   404      404
updateConnection                       200   200   200    403      404   404      404
listAccounts                           200   200   200    200      404   404      404
reconnectConnection                    200   200   200    403      404   404      404
listLineage                            200   200   200    200      404   404      404
deleteConnection                       204   204   204    403      404   404      404
searchAccounts                         200   200   200    200      404   404      404
getOperation                           200   200   200    200      404   404      404
listEvents                             200   200   403    403      404   404      404
listEvents, of everything              200   200   403    403      200   403      200
listEvents, of a connection            200   200   403    403      200   403      200
listConnectionEvents                   200   200   403    403      404   404      404
createOrganization                     403   403   403    403      403   403      403
listOrganizations                      403   403   403    403      403   403      403
getOrganization                        403   403   403    403      403   403      403
changeLimits                           403   403   403    403      403   403      403
grantOwner                             403   403   403    403      403   403      403
revokeOwner                            403   403   403    403      403   403      403
listOrganizationEvents                 403   403   403    403      403   403      403
getCredentials                         403   403   403    403      403   403      403
reportAuthorization                    403   403   403    403      403   403      403
reportAccounts                         403   403   403    403      403   403      403
`;

const callers = [
  'the owner',
  'an admin',
  'an editor',
  'a viewer',
  'an admin elsewhere',
  'a viewer elsewhere',
  'the owner of another organization',
] as const;

const rows = new Map(
  expected
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, name = '', statuses = ''] = /^(.*?) {2,}(.*)$/.exec(line) ?? [];
      return [name, statuses.split(/ +/).map(Number)] as const;
    }),
);

onStage('who may what', (stage) => {
  let place: Place;
  let people: Record<(typeof callers)[number], Caller>;
  beforeAll(async () => {
    place = await aPlace(stage);
    people = await peopleOf(place);
  });

  test('every route has a sample request and a row in the table', () => {
    const operationIds = routes.map(({ operationId }) => operationId);

    expect(Object.keys(samples).sort()).toEqual([...operationIds].sort());
    expect([...rows.keys()].sort()).toEqual([...operationIds, ...Object.keys(variants)].sort());
  });

  describe.each([...rows])('%s', (name, statuses) => {
    const route = routes.find(({ operationId }) => operationId === name.split(',')[0]);
    const sample = variants[name] ?? samples[name] ?? {};
    let prepared: Partial<Ids> | undefined;

    test.each(callers.map((who, n) => [who, statuses[n]] as const))('by %s → %i', async (who, status) => {
      if (!route) throw new Error(`There is no route ${name}.`);
      prepared ??= (await sample.prepare?.(place)) ?? {};
      const { method, path, body } = requestOf(route, sample, { ...place.ids, ...prepared }, place);

      const answer = await people[who].call(method, path, body === undefined ? {} : { body });

      expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
      // What was refused is still there for the next one.
      if (status !== undefined && status < 300) prepared = undefined;
    });
  });
});

/** Admin, editor and viewer of the place's workspaces, two people who are elsewhere, and another organization's owner. */
async function peopleOf({ stage, owner, ids }: Place): Promise<Record<(typeof callers)[number], Caller>> {
  const { workspaceId, sourceWorkspaceId } = ids;
  const elsewhere = await aWorkspace(owner, { name: 'Elsewhere' });
  const here = (role: 'admin' | 'editor' | 'viewer') =>
    aPerson(stage, owner, { [workspaceId]: role, [sourceWorkspaceId]: role }, role);
  return {
    'the owner': owner,
    'an admin': await here('admin'),
    'an editor': await here('editor'),
    'a viewer': await here('viewer'),
    'an admin elsewhere': await aPerson(stage, owner, { [elsewhere.workspaceId]: 'admin' }, 'elsewhere'),
    'a viewer elsewhere': await aPerson(stage, owner, { [elsewhere.workspaceId]: 'viewer' }, 'elsewhere'),
    'the owner of another organization': (await anOrganization(stage)).owner,
  };
}
