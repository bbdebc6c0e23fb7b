import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { addDashboard } from './dashboard.ts';
import { groupFunctions } from './groups.ts';
import { Canary, liveAlias, type Rollout } from './rollout.ts';
import type { StatefulStack } from './statefulStack.ts';
import { Workers } from './workers.ts';

type StatelessStackProps = { settings: Settings; rollout: Rollout; stateful: StatefulStack };

/** What can be made again at any time: the API, the functions, the stream's worker, and what watches them. */
export class StatelessStack extends Stack {
  constructor(scope: Construct, id: string, { settings, rollout, stateful }: StatelessStackProps) {
    super(scope, id, {
      env: { region: settings.region },
      terminationProtection: settings.terminationProtection,
      description: `Workspaces, ${settings.name}: API, functions and alarms`,
    });
    const { data, users, tokenTrigger } = stateful;
    const functions = groupFunctions(this, settings, data);
    const live = {
      public: liveAlias(functions.public),
      preview: liveAlias(functions.preview),
      workspaces: liveAlias(functions.workspaces),
      connections: liveAlias(functions.connections),
      support: liveAlias(functions.support),
      services: liveAlias(functions.services),
    };
    const { api, url, domainTarget } = new Api(this, 'Http', { settings, users, handlers: live });
    const workers = new Workers(this, 'Workers', { settings, data });
    const watched = {
      api,
      table: data.table,
      functions: { ...functions, ...workers.functions, tokenTrigger },
      givenUp: workers.givenUp,
      mails: workers.mails,
      unsentMails: workers.unsentMails,
    };
    addDashboard(this, settings, watched);
    if (settings.onCall) {
      const { rollingBack } = new Alarms(this, 'Alarms', settings, settings.onCall, watched);
      const aliases = [...Object.values(live), ...Object.values(workers.live)];
      new Canary(this, 'Canary', { aliases, rollout, alarms: rollingBack });
    }
    const outputs = {
      ApiUrl: url,
      EventBusName: workers.bus.eventBusName,
      DeadLetterQueueUrl: workers.givenUp.queueUrl,
      UnsentMailsQueueUrl: workers.unsentMails.queueUrl,
      ...(domainTarget && {
        DomainTarget: domainTarget.name,
        DomainTargetHostedZoneId: domainTarget.hostedZoneId,
      }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
