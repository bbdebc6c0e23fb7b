import { randomUUID } from 'node:crypto';
import {
  DeleteRuleCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

export type Bus = {
  /** What was published since the bus was listened to, as EventBridge delivers it. */
  published(): Promise<unknown[]>;
  close(): Promise<void>;
};

/** Listens to an event bus by a rule and a queue of its own. */
export async function listenTo(EventBusName: string): Promise<Bus> {
  const [bridge, sqs] = [new EventBridgeClient({}), new SQSClient({})];
  const name = `e2e-${randomUUID()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { Arn: busArn } = await bridge.send(new DescribeEventBusCommand({ Name: EventBusName }));
  const rule = { Rule: name, EventBusName };
  const { RuleArn } = await bridge.send(
    new PutRuleCommand({
      Name: name,
      EventBusName,
      EventPattern: JSON.stringify({ source: ['workspaces'] }),
    }),
  );
  if (!Attributes?.QueueArn || !busArn || !RuleArn) throw new Error('The bus cannot be listened to.');
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: { Policy: JSON.stringify(mayBeSentTo(Attributes.QueueArn, RuleArn)) },
    }),
  );
  await bridge.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: 'queue', Arn: Attributes.QueueArn }] }));

  const received: unknown[] = [];
  return {
    async published() {
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        if (Messages.length === 0) return received;
        received.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
        const Entries = Messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    async close() {
      await bridge.send(new RemoveTargetsCommand({ ...rule, Ids: ['queue'] }));
      await bridge.send(new DeleteRuleCommand({ Name: name, EventBusName }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      for (const client of [bridge, sqs]) client.destroy();
    },
  };
}

function mayBeSentTo(queueArn: string, ruleArn: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      },
    ],
  };
}
