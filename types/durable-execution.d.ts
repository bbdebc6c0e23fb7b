// @middy/core's types name this optional package; without it the Lambda context would be `any`.
declare module '@aws/durable-execution-sdk-js' {
  export type DurableContext = never;
}
