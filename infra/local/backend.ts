import type { DynamoDBRecord } from 'aws-lambda';
import { organizationOf } from '../../domain/identity/identity.ts';
import { openTable } from '../../domain/table/client.ts';
import { newMeter } from '../../domain/table/meter.ts';
import { routes } from '../../functions/routes.ts';
import { mailedEvents } from '../../functions/workers/sendInvitation.ts';
import { isSubscribed, subscriptions } from '../../functions/workers/subscriptions.ts';
import type { Consumer } from './consumers.ts';
import { tableName } from './environment.ts';
import type { FunctionModules } from './functions.ts';
import type { GatewayRoute } from './routing.ts';
import { engineConfig } from './table.ts';
import type { ResolveOrganization } from './token.ts';

/** What the stack hosts. Tests of the stack host something smaller. */
export type Backend = {
  routes: readonly GatewayRoute[];
  /** The functions of the groups, and those below. */
  modules: FunctionModules;
  /** Those that read the stream. */
  consumers: readonly Consumer[];
  /** Those that run by the clock. */
  schedules: readonly { name: string; everyMilliseconds: number }[];
  /** The code of the token trigger, on the table at this endpoint. */
  organizationResolver(endpoint: string): ResolveOrganization;
};

const moduleOf = (name: string) => new URL(`../../functions/lambda/${name}.ts`, import.meta.url).href;

/** What the rule of the bus picks out for the queue of mails. */
function asksForMail(record: DynamoDBRecord): boolean {
  const type = record.dynamodb?.NewImage?.type?.S ?? '';
  return isSubscribed(subscriptions.events, record) && mailedEvents.includes(type);
}

/** What is deployed: the same route table and the same handlers. */
export const deployedBackend: Backend = {
  routes,
  modules: {
    public: moduleOf('public'),
    preview: moduleOf('preview'),
    workspaces: moduleOf('workspaces'),
    connections: moduleOf('connections'),
    support: moduleOf('support'),
    services: moduleOf('services'),
    events: moduleOf('events'),
    mail: new URL('./mailQueue.ts', import.meta.url).href,
    operations: moduleOf('operations'),
    sweep: moduleOf('sweep'),
  },
  consumers: [
    ...Object.entries(subscriptions).map(
      ([name, subscription]): Consumer => ({
        name,
        isFor: (record) => isSubscribed(subscription, record),
      }),
    ),
    { name: 'mail', isFor: asksForMail },
  ],
  schedules: [{ name: 'sweep', everyMilliseconds: 60_000 }],
  organizationResolver(endpoint) {
    const environment = {
      table: openTable(tableName, engineConfig(endpoint)),
      now: () => new Date(),
      random: Math.random,
      sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    };
    return (login, wanted) =>
      organizationOf({ ...environment, deadline: Date.now() + 10_000, meter: newMeter() }, login, wanted);
  },
};
