/**
 * What Azure Resource Manager holds: the only thing gateway, accounts and network read.
 */

/** A resource as ARM would answer a GET: envelope fields (location, sku, identity, kind, tags ...) beside `properties`. */
export interface Resource {
  /** Full ARM id in the case it was created with; look-ups ignore case. */
  id: string;
  /** `Microsoft.CognitiveServices/accounts/deployments`. */
  type: string;
  name: string;
  body: ResourceBody;
  /** Sandbox time of the first PUT and of the last change, ms. */
  createdAt: number;
  changedAt: number;
}

export interface ResourceBody {
  location?: string;
  kind?: string;
  sku?: Record<string, unknown>;
  identity?: { type?: string; principalId?: string; tenantId?: string; userAssignedIdentities?: Record<string, unknown> };
  tags?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: ARM bodies are JSON of many types; readers narrow what they use.
  properties: Record<string, any>;
  [envelope: string]: unknown;
}

/** Read side of the store. All reads see every write that was acknowledged. */
export interface ArmReader {
  get(id: string): Resource | undefined;
  /** Resources of a type, optionally only direct children of `parentId`, in order of creation. */
  list(type: string, parentId?: string): Resource[];
  /** Grows with every write: readers may cache what they derived under it. */
  readonly version: number;
  /** Values ARM never shows on GET (subscription keys, account keys), by resource id and name. */
  secret(id: string, name: string): string | undefined;
  /** Is `principalId` allowed to act in this role at this scope now? Assignments need their propagation delay to have passed. */
  hasRole(principalId: string, roleDefinitionGuid: string, scope: string): boolean;
}
