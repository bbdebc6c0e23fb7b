import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { BackendFunction } from './backendFunction.ts';
import { Keys } from './keys.ts';
import type { Data } from './rights.ts';
import { Canary, liveAlias, type Rollout } from './rollout.ts';
import { tableOf } from './table.ts';
import { Users } from './users.ts';

/** What must not be lost: the table, the keys, the people. Ids in here stay as they are: a new id is a new, empty table. */
export class StatefulStack extends Stack {
  readonly data: Data;
  readonly users: Users;
  readonly tokenTrigger: BackendFunction;

  constructor(scope: Construct, id: string, settings: Settings, rollout: Rollout) {
    super(scope, id, {
      env: { region: settings.region },
      terminationProtection: settings.terminationProtection,
      description: `Workspaces, ${settings.name}: table, keys and user pool`,
    });
    const keys = new Keys(this, 'Keys', settings);
    this.data = {
      table: tableOf(this, settings),
      credentialsKey: keys.credentials,
      invitationsKey: keys.invitations,
      requestsKey: keys.requests,
    };
    this.tokenTrigger = new BackendFunction(this, 'tokenTrigger', {
      settings,
      data: this.data,
      rights: { table: ['GetItem', 'Query'] },
      // Cognito waits for 5 s.
      timeoutSeconds: 5,
    });
    const liveTrigger = liveAlias(this.tokenTrigger);
    this.users = new Users(this, 'Users', settings, liveTrigger);
    if (settings.onCall) new Canary(this, 'Canary', { aliases: [liveTrigger], rollout });

    const { people, support, services } = this.users.clients;
    const outputs = {
      TableName: this.data.table.tableName,
      UserPoolId: this.users.pool.userPoolId,
      Issuer: this.users.issuer,
      SignInUrl: this.users.signInUrl,
      PeopleClientId: people.userPoolClientId,
      SupportClientId: support.userPoolClientId,
      ServicesClientId: services.userPoolClientId,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
