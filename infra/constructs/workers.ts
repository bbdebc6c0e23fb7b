import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type Alias, EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventSource } from '../../functions/workers/bus.ts';
import { mailedEvents } from '../../functions/workers/sendInvitation.ts';
import {
  filterPattern,
  type StreamWorkerName,
  subscriptions,
} from '../../functions/workers/subscriptions.ts';
import { domainOf, type Settings } from '../settings.ts';
import { type WorkerName as Name, workerTimeoutSeconds } from '../timeouts.ts';
import { acknowledge } from './acknowledge.ts';
import { BackendFunction } from './backendFunction.ts';
import type { Data, Rights } from './rights.ts';
import { liveAlias } from './rollout.ts';

/** Invitation links are made by `mail`; operations read and write whatever requests may; `sweep` wakes them. */
// biome-ignore format: a line for each function
const rights: Record<Name, Rights> = {
  events: {},
  mail: { table: ['GetItem', 'BatchGetItem'], invitationsKey: ['GenerateMac'] },
  operations: { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'], index: ['Query'] },
  sweep: { table: ['BatchGetItem', 'UpdateItem'], index: ['Query'] },
};

/**
 * How a worker reads the stream. One batch of a shard at a time keeps events in the order in which they were written; of
 * operations only the writes of one and the same must stay in order, and those of one partition always do.
 * A record may take 20 s, as when the steps of an operation meet conflicts; operations of one batch are driven on side by
 * side, so that none of them waits for that. What a batch of events does not come to comes again.
 */
const reading: Record<StreamWorkerName, { batchSize: number; parallel: number }> = {
  events: { batchSize: 25, parallel: 1 },
  operations: { batchSize: 5, parallel: 10 },
};

/** A mail that can't go out is tried every three minutes for five hours, then it waits for `redrive`. */
const mailTries = 100;

type WorkersProps = { settings: Settings; data: Data };

/** What works behind the API: events and mails that leave, operations that are driven on; at least once. */
export class Workers extends Construct {
  readonly functions: Readonly<Record<Name, BackendFunction>>;
  readonly live: Readonly<Record<StreamWorkerName | 'mail', Alias>>;
  readonly bus: EventBus;
  /** Tells where in the stream the records stand that were given up. */
  readonly givenUp: Queue;
  /** Events that ask for a mail, on their way; and those of which no mail could be sent. */
  readonly mails: Queue;
  readonly unsentMails: Queue;

  constructor(scope: Construct, id: string, { settings, data }: WorkersProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: `Audit events of workspaces, ${settings.name}` });
    this.givenUp = this.deadLetterQueue('GivenUp');
    acknowledge(this.givenUp, { SQS3: 'This is a dead-letter queue; its depth has an alarm.' });
    this.unsentMails = this.deadLetterQueue('UnsentMails');
    this.mails = new Queue(this, 'Mails', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // What Lambda advises: six times as long as the function may take.
      visibilityTimeout: Duration.seconds(6 * workerTimeoutSeconds.mail),
      deadLetterQueue: { queue: this.unsentMails, maxReceiveCount: mailTries },
    });

    const worker = (name: Name, environment: Record<string, string> = {}) =>
      new BackendFunction(this, name, {
        settings,
        data,
        rights: rights[name],
        timeoutSeconds: workerTimeoutSeconds[name],
        environment,
      });
    this.functions = {
      events: worker('events', { EVENT_BUS: this.bus.eventBusName }),
      mail: worker('mail', {
        MAIL: `ses:${settings.mailSender}`,
        INVITATION_URL: settings.invitationUrl,
      }),
      operations: worker('operations'),
      sweep: worker('sweep'),
    };
    const { events, mail, operations, sweep } = this.functions;
    events.allow('events:PutEvents', this.bus.eventBusArn);
    mail.allow('ses:SendEmail', this.identityOf(settings.mailSender));
    this.live = {
      events: liveAlias(events),
      mail: liveAlias(mail),
      operations: liveAlias(operations),
    };
    this.read('events', { settings, data });
    this.read('operations', { settings, data });
    this.feedMails();
    // The next one comes soon enough.
    sweep.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
  }

  private deadLetterQueue(id: string): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    return queue;
  }

  /** From the bus through a queue: while mails can't go out they wait here, and no event waits for them. */
  private feedMails(): void {
    new Rule(this, 'InvitationEvents', {
      eventBus: this.bus,
      eventPattern: { source: [eventSource], detailType: mailedEvents },
      targets: [new SqsQueue(this.mails)],
    });
    for (const action of ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'])
      this.functions.mail.allow(`sqs:${action}`, this.mails.queueArn);
    new EventSourceMapping(this, 'mailQueue', {
      target: this.live.mail,
      eventSourceArn: this.mails.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
    });
  }

  /**
   * Lambda's defaults would try a record that always fails until it expires, and hold up its shard for a day. Here it is
   * tried nine times; what waits behind a shard that is held up for 6 h is given up with it. The stream keeps records for
   * 24 h, so that they can still be read by their place in the queue.
   */
  private read(name: StreamWorkerName, { settings, data: { table } }: WorkersProps): void {
    const { tableStreamArn } = table;
    if (!tableStreamArn) throw new Error('The table has no stream.');
    const worker = this.functions[name];
    for (const action of ['DescribeStream', 'GetRecords', 'GetShardIterator'])
      worker.allow(`dynamodb:${action}`, tableStreamArn);
    this.allowListing(worker, settings);
    const { batchSize, parallel } = reading[name];
    new EventSourceMapping(this, `${name}Stream`, {
      target: this.live[name],
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [{ pattern: JSON.stringify(filterPattern(subscriptions[name])) }],
      batchSize,
      parallelizationFactor: parallel,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 8,
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(this.givenUp),
    });
  }

  /**
   * Lambda lists the streams of a table, which is asked of all of them at once: no single one would match.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
   */
  private allowListing(worker: BackendFunction, { name, restoredTable }: Settings): void {
    const streams = `table/${restoredTable?.name ?? `workspaces-${name}-stateful-*`}/stream/*`;
    const { partition, region } = Stack.of(this);
    worker.allow(
      'dynamodb:ListStreams',
      Stack.of(this).formatArn({ service: 'dynamodb', resource: streams }),
    );
    acknowledge(worker.role ?? worker, {
      [`IAM5[Resource::arn:${partition}:dynamodb:${region}:<AWS::AccountId>:${streams}]`]:
        'Names of streams, of this one table: no single one would match.',
    });
  }

  /** SES checks the right to send on the identity of the sender's domain. */
  private identityOf(sender: string): string {
    return Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName: domainOf(sender) });
  }
}
