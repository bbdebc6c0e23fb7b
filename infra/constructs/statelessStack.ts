import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { addDashboard } from './dashboard.ts';
import { groupFunctions } from './groups.ts';
import { Canary, liveAlias } from './rollout.ts';
import type { StatefulStack } from './statefulStack.ts';
import { StreamWorker } from './streamWorker.ts';

/** What can be made again at any time: the API, the functions, the stream's worker, and what watches them. */
export class StatelessStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, stateful: StatefulStack) {
    super(scope, id, {
      env: { region: settings.region },
      terminationProtection: settings.terminationProtection,
      description: `Workspaces, ${settings.name}: API, functions and alarms`,
    });
    const { data, users, tokenTrigger } = stateful;
    const functions = groupFunctions(this, settings, data);
    const live = {
      public: liveAlias(functions.public),
      workspaces: liveAlias(functions.workspaces),
      connections: liveAlias(functions.connections),
      support: liveAlias(functions.support),
      services: liveAlias(functions.services),
    };
    const { api, url } = new Api(this, 'Http', { settings, users, handlers: live });
    const stream = new StreamWorker(this, 'Stream', { settings, data });
    const watched = {
      api,
      table: data.table,
      functions: { ...functions, stream: stream.worker, tokenTrigger },
      givenUp: stream.givenUp,
    };
    addDashboard(this, settings, watched);
    if (settings.onCall) {
      const { serverErrors } = new Alarms(this, 'Alarms', settings.onCall, watched);
      new Canary(this, 'Canary', [...Object.values(live), stream.live], serverErrors);
    }
    new CfnOutput(this, 'ApiUrl', { value: url });
    new CfnOutput(this, 'EventBusName', { value: stream.bus.eventBusName });
  }
}
