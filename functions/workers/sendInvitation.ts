import type { Event } from '../../domain/events/event.item.ts';
import { invitationLetter } from '../../domain/invitations/letter.ts';
import type { Attempt } from '../http/environment.ts';
import type { SendMail } from './mail.ts';

/** Mails the link of an invitation that was made or resent; what has been superseded or ended is not sent. */
export async function sendInvitation(
  attempt: Attempt,
  { sendMail, invitationUrl }: { sendMail: SendMail; invitationUrl: string },
  { type, orgId, details }: Event,
): Promise<void> {
  if (type !== 'invitation.created' && type !== 'invitation.resent') return;
  const letter = await invitationLetter(attempt, orgId, String(details.invitationId), invitationUrl);
  if (letter) await sendMail(letter);
}
