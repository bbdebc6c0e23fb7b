/** Name, message and stack of an error and its causes for the log, and none of its other members: they may hold items. */
export function describedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  return {
    error: error.name,
    reason: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describedError(error.cause) }),
  };
}
