import * as z from 'zod/mini';
import { InvitationId, OrgId } from '../../domain/ids.ts';
import { invitationLetter } from '../../domain/invitations/letter.ts';
import type { Attempt } from '../http/environment.ts';
import type { SendMail } from './mail.ts';

/** The events of the bus that ask for a mail; the queue of mails is fed with these. */
export const mailedEvents = ['invitation.created', 'invitation.resent'];

/** What a mail needs of such an event, as EventBridge wraps it. The address is read from the invitation. */
const BusMessage = z.object({
  detail: z.object({
    organizationId: OrgId,
    at: z.string(),
    details: z.object({ invitationId: InvitationId }),
  }),
});

/** Mails the link of an invitation that was made or resent; what has been superseded or has ended is not sent. */
export async function sendInvitation(
  attempt: Attempt,
  { sendMail, invitationUrl }: { sendMail: SendMail; invitationUrl: string },
  message: unknown,
): Promise<void> {
  const { organizationId, at, details } = z.parse(BusMessage, message).detail;
  const letter = await invitationLetter(attempt, organizationId, details.invitationId, invitationUrl, at);
  if (letter) await sendMail(letter, attempt);
}
