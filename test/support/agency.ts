import {
  aMember,
  anOrganization,
  aWorkspace,
  type TestOrganization,
  type TestUser,
  type TestWorkspace,
} from './builders.ts';
import type { World } from './context.ts';
import type { TestEngine } from './engine.ts';
import { freshCopy } from './freshCopy.ts';

export type Agency = TestOrganization & {
  world: World;
  /** The workspace in which admin, editor and viewer are what they are called. */
  home: TestWorkspace;
  /** A workspace that only the owner and the outsider, an editor there, see. */
  elsewhere: TestWorkspace;
  admin: TestUser;
  editor: TestUser;
  viewer: TestUser;
  outsider: TestUser;
};

type Limits = { workspaces?: number; membersPerWorkspace?: number; connectionsPerWorkspace?: number };

/** An organization with one person of each role. The two workspaces are in use, so the limit has room for eight more. */
export function anAgency(engine: TestEngine, { limits }: { limits?: Limits } = {}): Promise<Agency> {
  return freshCopy(engine, `agency ${JSON.stringify(limits)}`, (world) => builtAgency(world, limits));
}

async function builtAgency(world: World, limits: Limits | undefined): Promise<Agency> {
  const organization = await anOrganization(world, { limits });
  const { owner } = organization;
  const home = await aWorkspace(owner, { name: 'Home' });
  const elsewhere = await aWorkspace(owner, { name: 'Elsewhere' });
  const inHome = (role: 'admin' | 'editor' | 'viewer') =>
    aMember(owner, `${role}@example.com`, { workspaceId: home.workspaceId, role });
  return {
    ...organization,
    world,
    home,
    elsewhere,
    admin: await inHome('admin'),
    editor: await inHome('editor'),
    viewer: await inHome('viewer'),
    outsider: await aMember(owner, 'outsider@example.com', {
      workspaceId: elsewhere.workspaceId,
      role: 'editor',
    }),
  };
}
