import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IAlarm,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { index } from '../../domain/table/schema.ts';
import { streamWorkers } from '../../functions/metrics/names.ts';
import type { Settings } from '../settings.ts';
import { byWorker, ofSweep } from './metrics.ts';

export type Watched = {
  api: HttpApi;
  table: ITableV2;
  functions: Readonly<Record<string, IFunction>> &
    Record<'events' | 'operations' | 'sweep' | 'tokenTrigger', IFunction>;
  givenUp: IQueue;
  mails: IQueue;
  unsentMails: IQueue;
};

const minute = { period: Duration.minutes(1), statistic: 'Sum' };

/** Alarms by mail, each for something that a person must do something about. */
export class Alarms extends Construct {
  /** What also rolls a deployment back: answers with 5xx, records that fail, steps of operations that do. */
  readonly rollingBack: readonly IAlarm[];
  private readonly topic: Topic;

  constructor(scope: Construct, id: string, settings: Settings, email: string, watched: Watched) {
    super(scope, id);
    const { api, table, functions, givenUp, mails, unsentMails } = watched;
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.topic.addSubscription(new EmailSubscription(email));
    // A topic with a policy of its own has lost the one that lets CloudWatch in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );

    const serverErrors = this.alarm('ServerErrors', 'Of 100 requests more than one is answered with 5xx.', {
      metric: ratio(api.metricServerError(minute), api.metricCount(minute)),
      above: 1,
      periods: [2, 5],
    });
    this.alarm('Slow', 'One request in 100 takes longer than 3 s.', {
      metric: api.metricLatency({ ...minute, statistic: 'p99' }),
      above: 3_000,
      periods: [3, 5],
      ignoresFew: true,
    });
    this.alarm('FunctionThrottles', 'Lambda turns calls away: the account has no more concurrency.', {
      // Of all functions of the account, as it is the account's concurrency that they share.
      metric: LambdaFunction.metricAllThrottles(minute),
      above: 0,
      periods: [2, 5],
    });
    this.alarm('TableThrottles', 'The table or its index turns requests away: see the throttled keys.', {
      metric: total(throttlesOf(table)),
      above: 10,
      periods: [2, 5],
    });
    this.alarm('Conflicts', 'Many writes meet on the same items: clients see 503 try_again.', {
      metric: table.metric('TransactionConflict', minute),
      above: 100,
      periods: [3, 5],
    });
    this.alarm('SignIn', 'The token trigger fails: nobody can sign in.', {
      metric: functions.tokenTrigger.metricErrors(minute),
      above: 0,
      periods: [2, 5],
    });
    // Not of mails: SES may pause an account for hours, which is no reason to roll a deployment back.
    const recordsFail = this.alarm('RecordsFail', 'Records of the stream fail and are tried again.', {
      metric: total(
        Object.values(streamWorkers).map((worker) => byWorker(settings.name, worker, 'FailedRecords')),
      ),
      above: 0,
      periods: [3, 5],
    });
    const stepsFail = this.alarm(
      'StepsFail',
      'Steps of operations fail in a way that nobody foresaw. They are tried again; after six hours their items are given up.',
      { metric: byWorker(settings.name, streamWorkers.operations, 'FailedSteps'), ...since15Minutes },
    );
    const itemsGivenUp = this.alarm(
      'ItemsGivenUp',
      'Operations have skipped items with internal_error, after six hours of failures.',
      { metric: byWorker(settings.name, streamWorkers.operations, 'ItemsGivenUp'), ...since15Minutes },
    );
    this.rollingBack = [serverErrors, recordsFail, stepsFail, itemsGivenUp];
    this.alarm('EventsBehind', 'Events leave more than a minute late.', {
      metric: functions.events.metric('IteratorAge', { ...minute, statistic: 'Maximum' }),
      above: 60_000,
      periods: [3, 5],
    });
    this.alarm('OperationsBehind', 'Operations wait more than five minutes for a worker.', {
      metric: functions.operations.metric('IteratorAge', { ...minute, statistic: 'Maximum' }),
      above: 300_000,
      periods: [3, 5],
    });
    this.alarm('StuckOperation', 'An operation has not moved for 15 minutes, although it is woken.', {
      metric: ofSweep(settings.name, 'OperationRest'),
      above: 900,
      periods: [1, 1],
    });
    this.alarm('SweepFails', 'Some of the running operations could not be looked after.', {
      metric: functions.sweep.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      above: 0,
      periods: [3, 3],
    });
    const silent = new Alarm(this, 'SweepSilent', {
      alarmDescription: 'Nobody has said for a quarter of an hour how many operations run.',
      metric: ofSweep(settings.name, 'OperationsRunning').with({ statistic: 'SampleCount' }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
    silent.addAlarmAction(new SnsAction(this.topic));
    this.alarm(
      'GivenUp',
      'Records of the stream were given up: events did not leave, or the turn of an operation did not happen.',
      {
        metric: givenUp.metricApproximateNumberOfMessagesVisible({ ...minute, statistic: 'Maximum' }),
        above: 0,
        periods: [1, 1],
      },
    );
    this.alarm('MailsBehind', 'Invitations have waited for their mail for more than ten minutes.', {
      metric: mails.metricApproximateAgeOfOldestMessage({ ...minute, statistic: 'Maximum' }),
      above: 600,
      periods: [3, 5],
    });
    this.alarm('MailsUnsent', 'Mails of invitations were given up: nobody got these links.', {
      metric: unsentMails.metricApproximateNumberOfMessagesVisible({ ...minute, statistic: 'Maximum' }),
      above: 0,
      periods: [1, 1],
    });
  }

  private alarm(id: string, meaning: string, { metric, above, periods, ignoresFew }: Watch): IAlarm {
    const [datapointsToAlarm, evaluationPeriods] = periods;
    const alarm = new Alarm(this, id, {
      alarmDescription: meaning,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...(ignoresFew && { evaluateLowSampleCountPercentile: 'ignore' }),
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}

type Watch = {
  metric: IMetric;
  above: number;
  /** How many bad periods of the metric, of how many. Where nothing is measured nothing is wrong. */
  periods: [bad: number, of: number];
  /** Whether a percentile of few requests is left alone. */
  ignoresFew?: boolean;
};

/** At once, and for as long as it happens again within a quarter of an hour: what fails is tried every few minutes. */
const since15Minutes: Pick<Watch, 'above' | 'periods'> = { above: 0, periods: [1, 15] };

/** The metrics of a table say nothing of its index. */
function throttlesOf(table: ITableV2): IMetric[] {
  return ['ReadThrottleEvents', 'WriteThrottleEvents'].flatMap((name) => [
    table.metric(name, minute),
    table.metric(name, {
      ...minute,
      dimensionsMap: { TableName: table.tableName, GlobalSecondaryIndexName: index.name },
    }),
  ]);
}

/** In percent; below three errors a minute none, as one of few requests proves little. */
function ratio(errors: IMetric, all: IMetric): MathExpression {
  return new MathExpression({
    expression: 'IF(errors >= 3, 100 * errors / all, 0)',
    usingMetrics: { errors, all },
    label: '5xx in percent',
    period: minute.period,
  });
}

function total(metrics: readonly IMetric[]): MathExpression {
  const named = metrics.map((metric, n) => [`m${n}`, metric] as const);
  return new MathExpression({
    expression: `SUM([${named.map(([name]) => `FILL(${name}, 0)`).join(', ')}])`,
    usingMetrics: Object.fromEntries(named),
    label: 'in all',
    period: minute.period,
  });
}
