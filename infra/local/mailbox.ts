import * as z from 'zod/mini';
import { normalizedEmail } from '../../domain/email.ts';
import { jsonAnswer } from './answer.ts';
import type { DataDirectory } from './dataDirectory.ts';
import { splitTarget } from './event.ts';
import { readLastLines } from './files.ts';
import type { LocalEndpoint } from './front.ts';

const mail = z.looseObject({ to: z.string() });

/** How far back is looked: some thousand mails or events. */
const maximumBytes = 4 * 1024 * 1024;

/**
 * What would have left the system: emails, and events on the bus. Both leave by way of the stream, so the answer waits
 * until the stream has been worked off; whoever writes and then looks finds what they caused.
 */
export function mailboxEndpoints(directory: DataDirectory, caughtUp: () => Promise<void>): LocalEndpoint[] {
  return [
    {
      method: 'GET',
      path: '/local/mailbox',
      async answer(request, requestId) {
        const to = new URLSearchParams(splitTarget(request.target).rawQueryString).get('to');
        await caughtUp();
        const mails = (await readLastLines(directory.mailbox, maximumBytes)).flatMap((line) => {
          // A line that is no mail hides none of the others.
          const { data } = mail.safeParse(line);
          return data === undefined ? [] : [data];
        });
        const address = to === null ? undefined : normalizedEmail(to);
        const items = mails.filter((one) => to === null || normalizedEmail(one.to) === address);
        return jsonAnswer({ items: items.reverse() }, requestId);
      },
    },
    {
      method: 'GET',
      path: '/local/events',
      async answer(_, requestId) {
        await caughtUp();
        return jsonAnswer(
          { items: (await readLastLines(directory.events, maximumBytes)).reverse() },
          requestId,
        );
      },
    },
  ];
}
