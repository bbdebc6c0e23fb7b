import { type Agency, anAgency } from './agency.ts';
import { aConnection, aCopy, aWorkspace, type TestConnection, type TestWorkspace } from './builders.ts';
import type { TestEngine } from './engine.ts';
import { freshCopy } from './freshCopy.ts';

/** An original, a copy that follows it, a copy of that which follows too, and one of that with an account of its own. */
export type Chain = Agency & {
  original: TestConnection;
  grandparent: TestConnection;
  parent: TestConnection;
  copy: TestConnection;
  /** Where the last copy is. */
  client: TestWorkspace;
  target: TestWorkspace;
};

/** Accounts a1, a2 and a3 in every connection of the chain but the last, which has a1. */
export function aChain(engine: TestEngine): Promise<Chain> {
  return freshCopy(engine, 'chain', () => builtChain(engine));
}

/** More originals than one transaction copies or reselects, beside the last copy of the chain. */
export function aLargeChain(engine: TestEngine): Promise<Chain & { others: TestConnection[] }> {
  return freshCopy(engine, 'large chain', async () => {
    const chain = await builtChain(engine);
    const others: TestConnection[] = [];
    for (let n = 0; n < 50; n++)
      others.push(await aConnection(chain.owner, chain.client.workspaceId, { name: `Number ${n}` }));
    return { ...chain, others };
  });
}

async function builtChain(engine: TestEngine): Promise<Chain> {
  const agency = await anAgency(engine, { limits: { workspaces: 100 } });
  const { owner, home, elsewhere } = agency;
  const middle = await aWorkspace(owner, { name: 'Middle' });
  const client = await aWorkspace(owner, { name: 'Client' });
  const original = await aConnection(owner, home.workspaceId);
  const grandparent = await aCopy(owner, original, elsewhere.workspaceId);
  const parent = await aCopy(owner, grandparent, middle.workspaceId);
  const copy = await aCopy(owner, parent, client.workspaceId, ['a1']);
  const target = await aWorkspace(owner, { name: 'Target' });
  return { ...agency, original, grandparent, parent, copy, client, target };
}
