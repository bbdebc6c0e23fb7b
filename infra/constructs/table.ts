import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ContributorInsightsMode,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { index, keys, streamView, timeToLive } from '../../domain/table/schema.ts';
import type { Settings } from '../settings.ts';

const string = (name: string) => ({ name, type: AttributeType.STRING });

/** The table of the environment: the one of its own, or what was restored from a backup of it. */
export function tableOf(scope: Construct, settings: Settings): ITableV2 {
  const { restoredTable } = settings;
  if (!restoredTable) return new Table(scope, 'Table', settings);
  const { name, streamArn } = restoredTable;
  const tableArn = Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: name });
  return TableV2.fromTableAttributes(scope, 'RestoredTable', {
    tableArn,
    tableStreamArn: streamArn,
    globalIndexes: [index.name],
  });
}

/** The one table, as `domain/table/schema.ts` has it. It has no name of its own, so that it can be replaced. */
class Table extends TableV2 {
  constructor(scope: Construct, id: string, settings: Settings) {
    const { maxRequestUnits, pointInTimeRecoveryDays, keepsData } = settings;
    const brake =
      maxRequestUnits === undefined
        ? undefined
        : { maxReadRequestUnits: maxRequestUnits, maxWriteRequestUnits: maxRequestUnits };
    super(scope, id, {
      partitionKey: string(keys.partition),
      sortKey: string(keys.sort),
      globalSecondaryIndexes: [
        {
          indexName: index.name,
          partitionKey: string(index.partition),
          sortKey: string(index.sort),
          projectionType: ProjectionType.ALL,
          ...brake,
        },
      ],
      timeToLiveAttribute: timeToLive,
      dynamoStream: StreamViewType[streamView],
      billing: Billing.onDemand(brake),
      // Names the hot keys while there is throttling, and costs nothing while there is none.
      contributorInsightsSpecification: { enabled: true, mode: ContributorInsightsMode.THROTTLED_KEYS },
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: pointInTimeRecoveryDays !== undefined,
        recoveryPeriodInDays: pointInTimeRecoveryDays,
      },
      deletionProtection: keepsData,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
