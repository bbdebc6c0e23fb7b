import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says why a rule of cdk-nag's AwsSolutions is not followed here; every other finding fails the synthesis. */
export function acknowledge(construct: IConstruct, rules: Readonly<Record<string, string>>): void {
  const acknowledged = Object.entries(rules).map(([rule, reason]) => ({
    id: `AwsSolutions::AwsSolutions-${rule}`,
    reason,
  }));
  Validations.of(construct).acknowledge(...acknowledged);
}
