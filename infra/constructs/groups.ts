import type { Construct } from 'constructs';
import type { Group } from '../../functions/http/route.ts';
import type { Settings } from '../settings.ts';
import { requestTimeoutSeconds } from '../timeouts.ts';
import { BackendFunction, type BackendFunctionProps } from './backendFunction.ts';
import type { Data, Rights } from './rights.ts';

/** What the page of the API reference loads. */
const referenceFiles = [
  'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
  'node_modules/swagger-ui-dist/swagger-ui.css',
];

const mac = ['GenerateMac'] as const;
const query = ['Query'] as const;

/** What the code of each group does, and so all that it may do. Tests hold both sides. */
// biome-ignore format: a line for each function
const rights: Record<Group, Rights> = {
  public: {},
  preview: { table: ['GetItem', 'BatchGetItem'], invitationsKey: mac },
  workspaces: { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'], index: query, invitationsKey: mac, requestsKey: mac },
  connections: { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'], index: query, credentialsKey: ['GenerateDataKey'], requestsKey: mac },
  support: { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'], index: query, requestsKey: mac },
  services: { table: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], credentialsKey: ['Decrypt'], requestsKey: mac },
};

/** A function for each group of routes, with the rights of its group. */
export function groupFunctions(
  scope: Construct,
  settings: Settings,
  data: Data,
): Record<Group, BackendFunction> {
  const functionOf = (group: Group, more?: Partial<BackendFunctionProps>) =>
    new BackendFunction(scope, group, {
      settings,
      data,
      rights: rights[group],
      timeoutSeconds: requestTimeoutSeconds,
      ...more,
    });
  return {
    public: functionOf('public', {
      environment: { API_REFERENCE_DIR: 'reference' },
      files: { from: referenceFiles, into: 'reference' },
    }),
    preview: functionOf('preview'),
    workspaces: functionOf('workspaces'),
    connections: functionOf('connections'),
    support: functionOf('support'),
    services: functionOf('services'),
  };
}
