import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Meter } from '../../domain/table/meter.ts';
import { type MetricName, operationDimension, units } from './names.ts';

/** Namespace and service come from the environment. */
const metrics = new Metrics();

/** Puts a line of metrics into the log, in CloudWatch's embedded metric format, all of one operation. */
export function publish(operation: string, values: Partial<Record<MetricName, number>>): void {
  metrics.addDimension(operationDimension, operation);
  for (const [name, value] of Object.entries(values) as [MetricName, number][])
    metrics.addMetric(name, units[name], value);
  metrics.publishStoredMetrics();
}

/** What was asked of the table. What did not happen is left out: CloudWatch bills every metric that is told. */
export function costsOf({
  readUnits,
  writeUnits,
  conflicts,
  retries,
}: Meter): Partial<Record<MetricName, number>> {
  return {
    ...(readUnits > 0 && { ReadUnits: readUnits }),
    ...(writeUnits > 0 && { WriteUnits: writeUnits }),
    ...(conflicts > 0 && { Conflicts: conflicts }),
    ...(retries > 0 && { Retries: retries }),
  };
}
