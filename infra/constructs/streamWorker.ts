import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { type Alias, EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { domainOf, type Settings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import { BackendFunction } from './backendFunction.ts';
import type { Data, Rights } from './rights.ts';
import { liveAlias } from './rollout.ts';

const batchSize = 25;
/** Time for every record of a batch to take the 10 s that it may, as when the steps of an operation meet conflicts. */
const timeoutSeconds = batchSize * 11;

/** Operations read and write whatever requests may; invitation links are made here. */
// biome-ignore format: a line for the function
const rights: Rights = { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'], index: ['Query'], macKey: ['GenerateMac'] };

type StreamWorkerProps = { settings: Settings; data: Data };

/** What reads the table's stream: publishes audit events to a bus, mails invitations, drives operations; at least once. */
export class StreamWorker extends Construct {
  readonly worker: BackendFunction;
  readonly live: Alias;
  readonly bus: EventBus;
  /** Tells where in the stream the records stand that were given up. */
  readonly givenUp: Queue;

  constructor(scope: Construct, id: string, { settings, data }: StreamWorkerProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: `Audit events of workspaces, ${settings.name}` });
    this.worker = new BackendFunction(this, 'stream', {
      settings,
      data,
      rights,
      timeoutSeconds,
      environment: {
        MAIL: `ses:${settings.mailSender}`,
        EVENT_BUS: this.bus.eventBusName,
        INVITATION_URL: settings.invitationUrl,
      },
    });
    this.worker.allow('events:PutEvents', this.bus.eventBusArn);
    this.worker.allow('ses:SendEmail', this.identityOf(settings.mailSender));

    this.givenUp = new Queue(this, 'GivenUp', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.live = liveAlias(this.worker);
    acknowledge(this.givenUp, { SQS3: 'This is the dead-letter queue; its depth has an alarm.' });
    this.read(data);
  }

  /**
   * Lambda's defaults would try a record that always fails until it expires, and hold up its shard for a day. The stream
   * keeps records for 24 h: given up after 6, they can still be read by their place in the queue.
   */
  private read({ table }: Data): void {
    const { tableStreamArn } = table;
    if (!tableStreamArn) throw new Error('The table has no stream.');
    for (const action of ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'])
      this.worker.allow(`dynamodb:${action}`, tableStreamArn);
    new EventSourceMapping(this, 'Stream', {
      target: this.live,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      // One batch of a shard at a time: events leave in the order in which they were written.
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 8,
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(this.givenUp),
    });
  }

  /** SES checks the right to send on the identity of the sender's domain. */
  private identityOf(sender: string): string {
    return Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName: domainOf(sender) });
  }
}
