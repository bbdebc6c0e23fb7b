import { searchAccounts } from '../accounts/search.ts';
import { copyConnections } from '../connections/copy.ts';
import { createConnection } from '../connections/create.ts';
import { deleteConnection } from '../connections/delete.ts';
import { getConnection } from '../connections/get.ts';
import { listLineage } from '../connections/lineage.ts';
import { listConnections } from '../connections/list.ts';
import { listAccounts } from '../connections/listAccounts.ts';
import { reconnectConnection } from '../connections/reconnect.ts';
import { updateConnection } from '../connections/update.ts';
import { serve } from '../http/serve.ts';

/** Connections and their lineage: the group that may encrypt credentials, and not decrypt them. */
export const routes = [
  listConnections,
  createConnection,
  copyConnections,
  getConnection,
  updateConnection,
  listAccounts,
  reconnectConnection,
  listLineage,
  deleteConnection,
  searchAccounts,
];

export const handler = serve(routes);
