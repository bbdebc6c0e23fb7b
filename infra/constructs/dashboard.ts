import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { streamWorkers } from '../../functions/metrics/names.ts';
import type { Settings } from '../settings.ts';
import type { Watched } from './alarms.ts';
import { byOperation, byWorker, ofSweep } from './metrics.ts';

const sum = { period: Duration.minutes(5), statistic: 'Sum' };
const maximum = { ...sum, statistic: 'Maximum' };

/** One page for the question whether all is well: from what clients see to what is behind it. */
export function addDashboard(
  scope: Construct,
  { name, region }: Settings,
  { api, table, functions, givenUp }: Watched,
): void {
  const made = Object.values(functions);
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 8, region });
  new Dashboard(scope, 'Dashboard', {
    dashboardName: `workspaces-${name}`,
    widgets: [
      [
        graph('Requests', [api.metricCount(sum)], [api.metricClientError(sum), api.metricServerError(sum)]),
        graph('Latency', [
          api.metricLatency({ ...sum, statistic: 'p50' }),
          api.metricLatency({ ...sum, statistic: 'p99' }),
        ]),
        graph(
          'Stream',
          [functions.events, functions.operations].map((one) => one.metric('IteratorAge', maximum)),
          [givenUp.metricApproximateNumberOfMessagesVisible(maximum)],
        ),
      ],
      [
        graph(
          'Calls',
          made.map((one) => one.metricInvocations(sum)),
        ),
        graph(
          'Duration',
          made.map((one) => one.metricDuration({ ...sum, statistic: 'p99' })),
        ),
        graph(
          'Errors and throttles',
          made.map((one) => one.metricErrors(sum)),
          made.map((one) => one.metricThrottles(sum)),
        ),
      ],
      [
        graph('Capacity', [
          table.metricConsumedReadCapacityUnits(sum),
          table.metricConsumedWriteCapacityUnits(sum),
        ]),
        graph('Table throttles', [
          table.metric('ReadThrottleEvents', sum),
          table.metric('WriteThrottleEvents', sum),
        ]),
        graph('Conflicts', [table.metric('TransactionConflict', sum)]),
      ],
      [
        graph('Requests by route', [byOperation(name, 'Requests', 'Sum')]),
        graph('Latency by route', [byOperation(name, 'Latency', 'p99')]),
        graph('Failures by route', [byOperation(name, 'Failures', 'Sum')]),
      ],
      [
        graph('Read units by route', [byOperation(name, 'ReadUnits', 'Sum')]),
        graph('Write units by route', [byOperation(name, 'WriteUnits', 'Sum')]),
        graph(
          'Conflicts and retries by route',
          [byOperation(name, 'Conflicts', 'Sum')],
          [byOperation(name, 'Retries', 'Sum')],
        ),
      ],
      [
        graph('Operations', [ofSweep(name, 'OperationsRunning'), ofSweep(name, 'OperationsWoken')]),
        graph('Operations, seconds', [ofSweep(name, 'OperationAge'), ofSweep(name, 'OperationRest')]),
        graph(
          'Operations, failures',
          (['FailedSteps', 'ItemsGivenUp'] as const).map((metric) =>
            byWorker(name, streamWorkers.operations, metric),
          ),
        ),
      ],
    ],
  });
}
