import type { Player } from './demoStage.ts';

/** What the story reads of answers. */
export type Workspace = { workspaceId: string };
export type Connection = { connectionId: string; workspaceId: string };
export type Page<T> = { items: T[] };

const person = (name: string, part: string): Player => ({
  login: { sub: `demo-${part}`, email: `${part}@northwind.example`, name },
  part: `${name}, ${part}`,
});
const machine = (part: string, scope: string): Player => ({ login: { sub: `demo-${part}`, scope }, part });

export const support = machine('support', 'workspaces/support');
export const extractor = machine('extractor', 'workspaces/authorization.write');
export const olivia = person('Olivia', 'owner');
export const ada = person('Ada', 'admin');
export const ed = person('Ed', 'editor');
export const vera = person('Vera', 'viewer');
