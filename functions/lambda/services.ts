import { serve } from '../http/serve.ts';
import { getCredentials } from '../services/getCredentials.ts';
import { reportAccounts } from '../services/reportAccounts.ts';
import { reportAuthorization } from '../services/reportAuthorization.ts';

/** The workers that extract data: the only group that may decrypt credentials. */
export const routes = [getCredentials, reportAuthorization, reportAccounts];

export const handler = serve(routes);
