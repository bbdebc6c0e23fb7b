/** What the contract (api.md) says that bodies look like; written from it, not from the code. */
export type Role = 'admin' | 'editor' | 'viewer';

export type Page<T> = { items: T[]; nextCursor: string | null };

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errorCount?: number;
  errors?: { pointer: string; detail: string }[];
  [extra: string]: unknown;
};

export type OperationSummary = {
  operationId: string;
  state: 'running' | 'completed';
  total: number;
  done: number;
};

export type Operation = OperationSummary & {
  kind: string;
  workspaceId: string | null;
  skipped: { workspaceId?: string; connectionId?: string; userId?: string; code: string }[];
  createdAt: string;
  finishedAt: string | null;
};

export type Workspace = {
  workspaceId: string;
  name: string;
  description: string;
  role: 'owner' | Role;
  status: 'active' | 'provisioning' | 'updating' | 'deleting';
  memberCount: number;
  connectionCount: number;
  createdAt: string;
  createdBy: string;
  updatedAt: string;
  version: number;
  operation?: OperationSummary;
};

export type Connection = {
  connectionId: string;
  workspaceId: string;
  name: string;
  dataSource: string;
  businessAccount: { id: string; name: string };
  status: 'active' | 'error';
  error?: { code: string; message: string };
  accounts: { status: 'none' | 'ready'; mode: 'all' | 'selected'; total: number; selected: number };
  lineage: {
    originId: string;
    originWorkspaceId?: string;
    parentId?: string;
    parentWorkspaceId?: string;
    kind: 'original' | 'copy';
    copies: number;
  };
  createdAt: string;
  createdBy: string;
  lastAuthorizedAt: string;
  lastAuthorizedBy: string;
  authorizationVersion: number;
  version: number;
};

export type Reconnected = {
  connection: Connection;
  reconnected: number;
  accountList: 'replaced' | 'unchanged';
};

export type Account = {
  accountId: string;
  name: string;
  status: 'available' | 'unavailable';
  selected: boolean;
};

export type FoundAccount = {
  accountId: string;
  name: string;
  status: string;
  dataSource: string;
  connection: {
    connectionId: string;
    workspaceId: string;
    workspaceName: string;
    name: string;
    status: string;
  };
};

export type Lineage = {
  origin: { connectionId: string; workspaceId?: string };
  items: {
    connectionId: string;
    workspaceId: string;
    workspaceName: string;
    name: string;
    parentId: string | null;
    createdAt: string;
  }[];
  total: number;
  hidden: number;
  nextCursor: string | null;
};

export type Member = {
  userId: string | null;
  email: string;
  name: string | null;
  role: Role;
  status: 'active' | 'invited' | 'invitation_expired';
  invitationId?: string;
  addedAt: string;
  addedBy: string;
  version: number;
};

export type User = {
  userId: string;
  email: string;
  name: string;
  organizationRole: 'owner' | 'member';
  workspaces: { workspaceId: string; name: string; role: Role }[];
  otherWorkspaceCount: number;
  version: number;
};

export type Me = Pick<User, 'userId' | 'email' | 'name' | 'organizationRole' | 'workspaces'> & {
  organization: { id: string; name: string };
  canCreateWorkspaces: boolean;
};

export type Draft = {
  canCreate: boolean;
  limit: { workspaces: { used: number; limit: number } };
  problem?: Omit<Problem, 'requestId'>;
  members: (User & { role: Role })[];
  roles: RoleDescription[];
};

export type RoleDescription = {
  role: 'owner' | Role;
  title: string;
  description: string;
  permissions: string[];
  assignable: boolean;
};

export type Invited = { items: { invitationId?: string; email: string; status: string; code?: string }[] };

export type Invitation = {
  invitationId: string;
  email: string;
  grants: ({ workspaceId: string; role: Role } | { organizationRole: 'owner' })[];
  status: 'pending' | 'accepted' | 'expired' | 'revoked';
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
  version: number;
};

export type Accepted = {
  organization: { id: string; name: string };
  userId: string;
  organizationRole: 'owner' | 'member';
  workspaces: { workspaceId: string; name: string; role: Role }[];
  dropped: { workspaceId: string; role: Role; code: string }[];
};

export type AuditEvent = {
  eventId: string;
  type: string;
  at: string;
  actor: { kind: 'user' | 'support' | 'service'; id: string; email?: string };
  workspaceId?: string;
  details: Record<string, unknown>;
};

export type Limits = { workspaces: number; membersPerWorkspace: number; connectionsPerWorkspace: number };

export type Organization = {
  organizationId: string;
  name: string;
  limits: Limits;
  usage: { workspaces: number };
  owners: { userId: string; email: string; name: string }[];
  createdAt: string;
  version: number;
};

export type ServiceCredentials = {
  dataSource: string;
  businessAccount: { id: string; name: string };
  credentials: Record<string, unknown>;
  authorizationVersion: number;
  accountIds: string[];
};
