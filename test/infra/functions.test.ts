import { describe, expect, test } from 'vitest';
import { alarmMetricsOfProd } from '../../infra/docs/costs.ts';
import { environments } from '../../infra/settings.ts';
import { timeoutSecondsOf } from '../../infra/timeouts.ts';
import { onlyOne, type Properties, propertiesOf, resourcesOf, synthesized } from './synthesized.ts';

const dev = synthesized(environments.dev);
const prod = synthesized(environments.prod);

const settingsOfAll = [
  'CREDENTIALS_KEY',
  'INVITATIONS_KEY',
  'POWERTOOLS_METRICS_NAMESPACE',
  'POWERTOOLS_SERVICE_NAME',
  'REQUESTS_KEY',
  'TABLE_NAME',
];
const settingsOfOne = {
  public: ['API_REFERENCE_DIR'],
  events: ['EVENT_BUS'],
  mail: ['INVITATION_URL', 'MAIL'],
};

describe('functions', () => {
  const functions = resourcesOf(prod).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');

  test.each(functions)('%s runs on Node 24, with the settings that its code reads', (id, { Properties }) => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    const { Variables } = Properties.Environment as { Variables: Properties };
    const own = Object.entries(settingsOfOne).find(([name]) => id.includes(name))?.[1] ?? [];
    expect(Object.keys(Variables).sort()).toEqual([...settingsOfAll, ...own].sort());
  });

  test('each may take as long as in the local stack', () => {
    const timeouts = functions.flatMap(([id, { Properties }]) => {
      const name = /^stateless\/(?:Workers)?([a-z]+)[0-9A-F]{8}$/.exec(id)?.[1];
      return name ? [[name, Properties.Timeout]] : [];
    });

    expect(timeouts).toHaveLength(10);
    expect(timeouts).toEqual(timeouts.map(([name]) => [name, timeoutSecondsOf(String(name))]));
    expect(Object.fromEntries(timeouts)).toMatchObject({ workspaces: 25, mail: 30, operations: 120 });
  });

  test('mail goes out from the sender of the settings, with links to the page of the settings', () => {
    const [worker] = functions.filter(([id]) => id.includes('mail'));

    expect(worker?.[1].Properties.Environment).toMatchObject({
      Variables: {
        MAIL: 'ses:invitations@workspaces.example',
        INVITATION_URL: 'https://app.workspaces.example/invitations/accept',
      },
    });
  });

  test.each([
    { name: 'dev', stacks: dev, days: 7 },
    { name: 'prod', stacks: prod, days: 90 },
  ])('every log of $name is kept $days days', ({ stacks, days }) => {
    const retentions = propertiesOf(stacks, 'AWS::Logs::LogGroup').map((log) => log.RetentionInDays);

    expect(new Set(retentions)).toEqual(new Set([days]));
    expect(retentions).toHaveLength(functions.length + 1);
  });
});

const mappingsOf = (source: RegExp) =>
  propertiesOf(prod, 'AWS::Lambda::EventSourceMapping').filter(({ EventSourceArn }) =>
    source.test(JSON.stringify(EventSourceArn)),
  );
const streamMappings = mappingsOf(/StreamArn/);
const queue = (name: string) =>
  resourcesOf(prod).find(([id, { Type }]) => Type === 'AWS::SQS::Queue' && id.includes(`Workers${name}`))?.[1]
    .Properties;
const alarmOn = (name: string) =>
  resourcesOf(prod).find(([id]) => id.startsWith(`stateless/Alarms${name}`))?.[1].Properties;

describe('mails', () => {
  test('leave through a queue of their own, fed by the bus, so that no event waits for them', () => {
    const rules = propertiesOf(prod, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern);
    const [mapping, ...others] = mappingsOf(/WorkersMails/);

    expect(rules).toMatchObject([
      {
        EventBusName: { Ref: expect.stringMatching(/^WorkersBus/) },
        EventPattern: {
          source: ['workspaces'],
          'detail-type': ['invitation.created', 'invitation.resent'],
        },
        Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching(/^WorkersMails/), 'Arn'] } }],
      },
    ]);
    expect(others).toEqual([]);
    expect(JSON.stringify(mapping?.FunctionName)).toContain('WorkersmailLive');
    expect(mapping).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  });

  test('are tried for five hours, then kept for two weeks, and somebody is told of both', () => {
    expect(queue('Mails')).toMatchObject({
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 180,
      RedrivePolicy: {
        maxReceiveCount: 100,
        deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^WorkersUnsentMails/), 'Arn'] },
      },
    });
    expect(queue('UnsentMails')).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 60 * 60 });
    expect(alarmOn('MailsBehind')).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: 600,
    });
    expect(alarmOn('MailsUnsent')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      DatapointsToAlarm: 1,
    });
  });
});

describe('the stream', () => {
  test('is tried a bounded time, in halves, record by record, and what is given up is kept', () => {
    const mappings = streamMappings;

    expect(mappings).toHaveLength(2);
    for (const mapping of mappings)
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        MaximumRetryAttempts: 8,
        MaximumRecordAgeInSeconds: 6 * 60 * 60,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: {
          OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^WorkersGivenUp/), 'Arn'] } },
        },
      });
    expect(queue('GivenUp')).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    });
  });

  test('gives each worker what it is subscribed to alone: events in order, operations side by side', () => {
    const mappings = streamMappings.map((mapping) => ({
      worker: /Workers(events|operations)Live/.exec(JSON.stringify(mapping.FunctionName))?.[1],
      parallel: mapping.ParallelizationFactor,
      filters: (mapping.FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(({ Pattern }) =>
        JSON.parse(Pattern),
      ),
    }));

    expect(mappings).toEqual([
      {
        worker: 'events',
        parallel: 1,
        filters: [{ eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: [{ prefix: 'evt_' }] } } } }],
      },
      {
        worker: 'operations',
        parallel: 10,
        filters: [
          {
            eventName: ['INSERT', 'MODIFY'],
            dynamodb: { Keys: { sk: { S: [{ prefix: 'OPERATION' }] } } },
          },
        ],
      },
    ]);
  });

  test('somebody is told as soon as records were given up', () => {
    expect(alarmOn('GivenUp')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      DatapointsToAlarm: 1,
      AlarmActions: [{ Ref: expect.stringMatching(/^AlarmsTopic/) }],
    });
  });
});

describe('a deployment', () => {
  test('of every function but the sweep meets a tenth of the calls first in prod, and goes back on alarms', () => {
    const functions = propertiesOf(prod, 'AWS::Lambda::Function');
    const aliases = resourcesOf(prod).filter(([, { Type }]) => Type === 'AWS::Lambda::Alias');
    const groups = propertiesOf(prod, 'AWS::CodeDeploy::DeploymentGroup');

    expect(aliases).toHaveLength(functions.length - 1);
    expect(groups).toHaveLength(aliases.length);
    for (const group of groups)
      expect(group).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AutoRollbackConfiguration: { Enabled: true },
        AlarmConfiguration: { Enabled: true },
      });
    const watched = groups.map(({ AlarmConfiguration }) =>
      (AlarmConfiguration as { Alarms: { Name: { Ref: string } }[] }).Alarms.map(({ Name }) => Name.Ref),
    );
    for (const alarms of watched) expect(alarms[0]).toMatch(/LiveThrows/);
    const others = watched.map((alarms) =>
      alarms.slice(1).map((name) => /^Alarms(\w+)\w{8}$/.exec(name)?.[1]),
    );
    // The token trigger stands in the stack below, where there are no other alarms.
    expect(others.filter((names) => names.length === 0)).toHaveLength(1);
    for (const names of others.filter(({ length }) => length > 0))
      expect(names).toEqual(['ServerErrors', 'RecordsFail', 'StepsFail', 'ItemsGivenUp']);
    for (const [id, alias] of aliases)
      expect(alias, id).toHaveProperty('UpdatePolicy.CodeDeployLambdaAliasUpdate');
  });

  test('is all at once, and minds no alarm, where that is said: to mend what an alarm is about', () => {
    for (const group of propertiesOf(
      synthesized(environments.prod, 'now'),
      'AWS::CodeDeploy::DeploymentGroup',
    ))
      expect(group).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce',
        AlarmConfiguration: { Enabled: false },
      });
  });

  test('is all at once in dev', () => {
    expect(propertiesOf(dev, 'AWS::CodeDeploy::DeploymentGroup')).toEqual([]);
  });
});

describe('alarms', () => {
  test('reach the address of the settings, all but those that are for deployments', () => {
    expect(onlyOne(prod, 'AWS::SNS::Subscription')).toMatchObject({
      Protocol: 'email',
      Endpoint: 'on-call@workspaces.example',
    });
    const silent = resourcesOf(prod).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::CloudWatch::Alarm' && !Properties.AlarmActions ? [id] : [],
    );
    expect(silent.filter((id) => !id.includes('LiveThrows'))).toEqual([]);
    const { PolicyDocument } = onlyOne(prod, 'AWS::SNS::TopicPolicy');
    expect(PolicyDocument).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
        }),
      ]),
    });
  });

  test('watch what clients see, and what would stop unseen', () => {
    const ids = resourcesOf(prod).flatMap(([id, { Type }]) =>
      Type === 'AWS::CloudWatch::Alarm' ? [id] : [],
    );

    const names = ids.flatMap((id) => /^stateless\/Alarms(\w+)[0-9A-F]{8}$/.exec(id)?.[1] ?? []);
    expect(names.sort()).toEqual([
      'Conflicts',
      'EventsBehind',
      'FunctionThrottles',
      'GivenUp',
      'ItemsGivenUp',
      'MailsBehind',
      'MailsUnsent',
      'OperationsBehind',
      'RecordsFail',
      'ServerErrors',
      'SignIn',
      'Slow',
      'StepsFail',
      'StuckOperation',
      'SweepFails',
      'SweepSilent',
      'TableThrottles',
    ]);
  });

  test('of operations rest on what the sweep says, which runs every minute', () => {
    const alarms = propertiesOf(prod, 'AWS::CloudWatch::Alarm');

    expect(alarms.find(({ MetricName }) => MetricName === 'OperationRest')).toMatchObject({
      Namespace: 'workspaces/prod',
      Dimensions: [
        { Name: 'operation', Value: 'sweepOperations' },
        { Name: 'service', Value: 'workspaces' },
      ],
      Statistic: 'Maximum',
      Period: 300,
      Threshold: 900,
    });
    // One that fails is not tried again at once: the next one comes soon.
    expect(onlyOne(prod, 'AWS::Lambda::EventInvokeConfig')).toMatchObject({ MaximumRetryAttempts: 0 });
    const scheduled = propertiesOf(prod, 'AWS::Events::Rule').filter((rule) => rule.ScheduleExpression);
    expect(scheduled).toHaveLength(1);
    expect(scheduled[0]).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching(/^Workerssweep/), 'Arn'] } }],
    });
  });

  test.each(['FailedSteps', 'ItemsGivenUp'])(
    'of operations go off at the first of their %s, and stay up while more come within a quarter of an hour',
    (metric) => {
      const alarms = propertiesOf(prod, 'AWS::CloudWatch::Alarm');

      expect(alarms.find(({ MetricName }) => MetricName === metric)).toMatchObject({
        Namespace: 'workspaces/prod',
        Dimensions: [
          { Name: 'operation', Value: 'runOperation' },
          { Name: 'service', Value: 'workspaces' },
        ],
        Statistic: 'Sum',
        Period: 60,
        Threshold: 0,
        DatapointsToAlarm: 1,
        EvaluationPeriods: 15,
        TreatMissingData: 'notBreaching',
      });
    },
  );

  test('that roll deployments back look at no mails: SES may refuse those for hours, whatever was deployed', () => {
    const rollingBack = resourcesOf(prod).filter(
      ([id, { Type }]) =>
        Type === 'AWS::CloudWatch::Alarm' &&
        /Alarms(ServerErrors|RecordsFail|StepsFail|ItemsGivenUp)/.test(id),
    );

    const workers = rollingBack.flatMap(([, { Properties }]) =>
      [...JSON.stringify(Properties).matchAll(/"Name":"operation","Value":"(\w+)"/g)].map(([, name]) => name),
    );
    expect(rollingBack).toHaveLength(4);
    expect([...new Set(workers)].sort()).toEqual(['runOperation', 'sendEvents']);
  });

  test('look at as many metrics as the page of costs reckons with', () => {
    const looked = propertiesOf(prod, 'AWS::CloudWatch::Alarm').map(({ Metrics }) =>
      Array.isArray(Metrics) ? Metrics.filter((metric) => 'MetricStat' in metric).length : 1,
    );

    expect(looked.reduce((sum, metrics) => sum + metrics)).toBe(alarmMetricsOfProd);
  });

  test('of the table look at its index too', () => {
    const alarm = propertiesOf(prod, 'AWS::CloudWatch::Alarm').find((one) =>
      JSON.stringify(one).includes('ThrottleEvents'),
    );

    expect(JSON.stringify(alarm).match(/"GlobalSecondaryIndexName","Value":"gsi1"/g)).toHaveLength(2);
  });

  test('say so when nobody says how many operations run', () => {
    const alarm = propertiesOf(prod, 'AWS::CloudWatch::Alarm').find(
      ({ MetricName }) => MetricName === 'OperationsRunning',
    );

    expect(alarm).toMatchObject({
      Statistic: 'SampleCount',
      Period: 300,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
    });
  });

  test('are none where there is nobody to tell', () => {
    expect(propertiesOf(dev, 'AWS::CloudWatch::Alarm')).toEqual([]);
    expect(propertiesOf(dev, 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });
});
