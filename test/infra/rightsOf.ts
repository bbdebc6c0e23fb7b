import { resourcesOf, type Synthesized } from './synthesized.ts';

type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Condition?: unknown };
type Policy = { PolicyDocument: { Statement: Statement[] }; Roles: { Ref: string }[] };

/** Names of resources, by how their ARN stands in a template. */
const resources: [name: string, arn: RegExp][] = [
  ['index', /Table\w+Arn\w*"(\]\}|\}),"\/index\/gsi1"\]\]\}$/],
  ['every stream of the table', /:table\/workspaces-\w+-stateful-\*\/stream\/\*"\]\]\}$/],
  ['stream', /Table\w+StreamArn\w*"\]?\}$/],
  ['table', /Table\w+Arn\w*"\]?\}$|"Table\w+","Arn"\]\}$/],
  ['credentials key', /KeysCredentials\w+Arn\w*"\]?\}$/],
  ['invitations key', /KeysMac\w+Arn\w*"\]?\}$/],
  ['requests key', /KeysRequests\w+Arn\w*"\]?\}$/],
  ['bus', /"WorkersBus\w+","Arn"\]\}$/],
  ['mails', /"WorkersMails\w+","Arn"\]\}$/],
  ['given up', /"WorkersGivenUp\w+","Arn"\]\}$/],
  ['own log', /Logs\w+","Arn"\]\}$/],
  ['any trace', /^"\*"$/],
  ['sender', /:identity\/[\w.]+\.example"\]\]\}$/],
];

/** Conditions, written out, and how a right under each is called. */
const purposes = new Map([
  [
    '{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["organization","origin"]}}',
    ' for one authorization',
  ],
]);

/** Function name → its rights, except for its own log, sorted. */
export function rightsOf(stacks: Synthesized): Record<string, string[]> {
  const all = resourcesOf(stacks);
  const functions = all.filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  const policies = all.flatMap(([, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' ? [Properties as Policy] : [],
  );
  return Object.fromEntries(
    functions.map(([, { Properties }]) => {
      const role = JSON.stringify(Properties.Role);
      const statements = policies
        .filter(({ Roles }) => Roles.some(({ Ref }) => role.includes(`"${Ref}"`)))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      return [functionName(role), statements.flatMap(namedRights).sort()];
    }),
  );
}

/** `{"Fn::GetAtt":["WorkerseventsRole1A2B3C4D","Arn"]}` → `events`. */
function functionName(role: string): string {
  return /"(?:Workers)?(\w+)Role\w{8}"/.exec(role)?.[1] ?? role;
}

function namedRights({ Effect, Action, Resource, Condition }: Statement): string[] {
  const purpose = Condition === undefined ? '' : purposes.get(JSON.stringify(Condition));
  if (Effect !== 'Allow' || purpose === undefined) throw new Error(`Not a plain right: ${Action}`);
  return [Resource].flat().flatMap((resource) => {
    const name = nameOf(resource);
    return name === 'own log' ? [] : [Action].flat().map((action) => `${action} on ${name}${purpose}`);
  });
}

function nameOf(resource: unknown): string {
  const arn = JSON.stringify(resource);
  return resources.find(([, form]) => form.test(arn))?.[0] ?? arn;
}
