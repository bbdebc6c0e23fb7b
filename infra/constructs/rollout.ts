import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { BackendFunction } from './backendFunction.ts';

/** What requests and records go to: the version of the function that is live. */
export function liveAlias(made: BackendFunction): Alias {
  return new Alias(made, 'Live', { aliasName: 'live', version: made.currentVersion });
}

/** How new versions go live: `now` is for when an alarm that rolls back is up already. */
export type Rollout = 'canary' | 'now';

/** What `-c rollout=` says; nothing said is a canary. */
export function rolloutOf(rollout: unknown = 'canary'): Rollout {
  if (rollout !== 'canary' && rollout !== 'now')
    throw new Error(`-c rollout=${rollout}: there are canary and now.`);
  return rollout;
}

type CanaryProps = { aliases: readonly Alias[]; rollout: Rollout; alarms?: readonly IAlarm[] };

/**
 * A tenth of the calls meet a new version for five minutes; a function that throws, or one of the given alarms, brings the
 * old one back. What a handler answers with 500, a record and a step of an operation that fail are no errors to Lambda, so
 * these are needed.
 */
export class Canary extends Construct {
  constructor(scope: Construct, id: string, { aliases, rollout, alarms = [] }: CanaryProps) {
    super(scope, id);
    const application = new LambdaApplication(this, 'Application');
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('codedeploy.amazonaws.com') });
    acknowledge(role, {
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
        'What CodeDeploy needs to move an alias; AWS keeps it.',
    });
    for (const alias of aliases)
      new LambdaDeploymentGroup(alias, 'Canary', {
        alias,
        application,
        role,
        deploymentConfig:
          rollout === 'now'
            ? LambdaDeploymentConfig.ALL_AT_ONCE
            : LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
        alarms: [throws(alias), ...alarms],
        // CodeDeploy starts nothing while an alarm is up, not even what would mend it.
        ignoreAlarmConfiguration: rollout === 'now',
        autoRollback: { deploymentInAlarm: true, failedDeployment: true, stoppedDeployment: true },
      });
  }
}

function throws(alias: Alias): IAlarm {
  return new Alarm(alias, 'Throws', {
    alarmDescription: 'The function throws: a deployment under way is rolled back.',
    metric: alias.metricErrors({ period: Duration.minutes(1), statistic: 'Sum' }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
