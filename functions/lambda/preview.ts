import { serve } from '../http/serve.ts';
import { previewInvitation } from '../invitations/preview.ts';

/** What a link shows to whoever holds it, without a token: this group reads, and writes nothing. */
export const routes = [previewInvitation];

export const handler = serve(routes);
