/** Where the metrics of an environment stand in CloudWatch. */
export function namespaceOf(environment: string): string {
  return `workspaces/${environment}`;
}

/** The dimension that tells apart what was asked: the operation id of a route, or the name of a worker. */
export const operationDimension = 'operation';

/** What the workers of the stream, and the sweep, are known by beside the operation ids of routes. */
export const streamWorkers = { events: 'sendEvents', operations: 'runOperation' } as const;
export const sweeper = 'sweepOperations';
/** The worker of the queue of mails. */
export const mailer = 'sendMails';

/** Every metric with its unit; shared with the dashboard and the alarms. */
export const units = {
  Requests: 'Count',
  /** Answered with 5xx. */
  Failures: 'Count',
  Latency: 'Milliseconds',
  ReadUnits: 'Count',
  WriteUnits: 'Count',
  Conflicts: 'Count',
  Retries: 'Count',
  /** Records of the stream, or messages of a queue, that failed and come again. */
  FailedRecords: 'Count',
  /** Steps of operations that failed in ways that nobody foresaw, and come again. */
  FailedSteps: 'Count',
  /** Items of operations that failed for hours and were skipped with `internal_error`. */
  ItemsGivenUp: 'Count',
  /** Long-running operations that run at the moment. */
  OperationsRunning: 'Count',
  /** Of them, those that nothing drove. */
  OperationsWoken: 'Count',
  /** Of the oldest, since it was accepted. */
  OperationAge: 'Seconds',
  /** Of the one that rests longest, since it last moved. */
  OperationRest: 'Seconds',
} as const;

export type MetricName = keyof typeof units;
