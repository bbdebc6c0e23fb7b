import { setTimeout as pause } from 'node:timers/promises';
import { type ClientOptions, GaveUp } from './client.ts';
import { changeConnection, disconnect, look, reconnect, report } from './connectionActions.ts';
import { compare } from './model.ts';
import { changeMember, invite, removePerson } from './peopleActions.ts';
import type { Seat } from './seat.ts';
import {
  anyOf,
  connect,
  copyConnections,
  createWorkspace,
  deleteWorkspace,
  updateWorkspace,
} from './workspaceActions.ts';

type Action = (seat: Seat, options: ClientOptions) => Promise<void>;

/** What callers do, each as often as it stands here. */
const actions: readonly [Action, ...Action[]] = [
  ...repeat(createWorkspace, 3),
  ...repeat(updateWorkspace, 3),
  ...repeat(deleteWorkspace, 1),
  ...repeat(copyConnections, 2),
  ...repeat(connect, 4),
  ...repeat(reconnect, 4),
  ...repeat(changeConnection, 4),
  ...repeat(disconnect, 1),
  ...repeat(report, 2),
  ...repeat(changeMember, 4),
  ...repeat(invite, 3),
  ...repeat(removePerson, 1),
  ...repeat(look, 5),
  ...repeat(readBack, 3),
];

/** Acts until the time is over, one thing after the other. */
export async function call(seat: Seat, options: ClientOptions, until: number): Promise<void> {
  while (performance.now() < until) {
    const action = seat.random.pick(actions);
    try {
      await action(seat, options);
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      seat.tally.violation(`${seat.client.login.name} gave up: ${error.message}`);
      return;
    }
    await pause(seat.random.between(20, 150));
  }
}

async function readBack(seat: Seat): Promise<void> {
  const known = anyOf(seat);
  if (known) await compare(seat, known);
}

function repeat(action: Action, times: number): [Action, ...Action[]] {
  return [action, ...Array.from({ length: times - 1 }, () => action)];
}
