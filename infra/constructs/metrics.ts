import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, namespaceOf, operationDimension, sweeper } from '../../functions/metrics/names.ts';

const fiveMinutes = Duration.minutes(5);

/** What a worker says, minute by minute. */
export function byWorker(environment: string, worker: string, metricName: MetricName): Metric {
  return new Metric({
    namespace: namespaceOf(environment),
    metricName,
    dimensionsMap: { service: 'workspaces', [operationDimension]: worker },
    period: Duration.minutes(1),
    statistic: 'Sum',
  });
}

/** What the sweep said within five minutes. */
export function ofSweep(environment: string, metricName: MetricName): Metric {
  return byWorker(environment, sweeper, metricName).with({ period: fiveMinutes, statistic: 'Maximum' });
}

/** A line for each route and worker that says this metric, found when the dashboard is looked at. */
export function byOperation(
  environment: string,
  metricName: MetricName,
  statistic: 'Sum' | 'p99',
): MathExpression {
  const where = `{${namespaceOf(environment)},service,${operationDimension}} MetricName="${metricName}"`;
  return new MathExpression({
    expression: `SEARCH('${where}', '${statistic}', ${fiveMinutes.toSeconds()})`,
    label: '',
    period: fiveMinutes,
  });
}
