/**
 * The resources of an Azure in memory, written through the sandbox's ARM rules: enough for tests of rules and bodies.
 */
import type { ArmReader, Resource, ResourceBody } from "./resource.ts";
import { acceptPut, type RuleContext } from "./rules/index.ts";

export const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
export const TENANT = "00000000-0000-4000-8000-00000000000f";

/** Resources in memory. Enough for the rules: they read, this file writes. */
export class MemoryArm implements ArmReader {
  readonly resources: Resource[];
  readonly secrets: Map<string, Record<string, string>>;
  readonly #byId: Map<string, Resource>;
  #writes = 0;

  constructor(resources: Resource[] = [], secrets = new Map<string, Record<string, string>>()) {
    this.resources = resources;
    this.secrets = secrets;
    this.#byId = new Map(resources.map((resource) => [resource.id.toLowerCase(), resource]));
  }

  get version(): number {
    return this.#writes;
  }

  get(id: string): Resource | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  list(type: string, parentId?: string): Resource[] {
    const prefix = parentId && `${parentId.toLowerCase()}/`;
    return this.resources.filter(
      (one) => one.type.toLowerCase() === type.toLowerCase() && (!prefix || one.id.toLowerCase().startsWith(prefix)),
    );
  }

  secret(id: string, name: string): string | undefined {
    return this.secrets.get(id.toLowerCase())?.[name];
  }

  /** Assignments work at once. */
  hasRole(principalId: string, roleDefinitionGuid: string, scope: string): boolean {
    const at = `${scope}/`.toLowerCase();
    return this.list("Microsoft.Authorization/roleAssignments").some(({ body: { properties } }) => {
      const role = String(properties.roleDefinitionId).split("/").at(-1);
      return (
        same(properties.principalId, principalId) &&
        same(role, roleDefinitionGuid) &&
        at.startsWith(`${String(properties.scope).toLowerCase()}/`)
      );
    });
  }

  /** Puts a body through the rules and keeps it. */
  put(id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}): Resource {
    const at = contextOf(this, context);
    const existing = this.get(id);
    const accepted = acceptPut(id, type, body, existing, at);
    const resource = this.#keep({ ...accepted, id, type }, at.now);
    for (const one of [...(accepted.builtIn ?? []), ...(accepted.owned ?? [])]) this.#keep(one, at.now);
    return resource;
  }

  /** Takes a resource away with all that lies below it. */
  remove(id: string): void {
    const key = id.toLowerCase();
    for (const resource of [...this.resources]) {
      const at = resource.id.toLowerCase();
      if (at !== key && !at.startsWith(`${key}/`)) continue;
      this.#writes++;
      this.resources.splice(this.resources.indexOf(resource), 1);
      this.#byId.delete(at);
      this.secrets.delete(at);
    }
  }

  #keep(
    { id, type, body, secrets }: { id: string; type: string; body: ResourceBody; secrets?: Record<string, string> },
    now: number,
  ) {
    const existing = this.get(id);
    const name = id.split("/").at(-1) ?? "";
    this.#writes++;
    const resource: Resource = { id, type, name, body, createdAt: existing?.createdAt ?? now, changedAt: now };
    if (secrets) this.secrets.set(id.toLowerCase(), secrets);
    if (existing) this.resources[this.resources.indexOf(existing)] = resource;
    else this.resources.push(resource);
    this.#byId.set(id.toLowerCase(), resource);
    return resource;
  }
}

const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase();

/** The day of the shipped catalog. */
export const TODAY = "2026-11-24";

export function contextOf(arm: ArmReader, more: Partial<RuleContext> = {}): RuleContext {
  return {
    arm,
    now: Date.parse(`${more.today ?? TODAY}T09:00:00Z`),
    today: TODAY,
    defaultSubscription: SUBSCRIPTION,
    tenantId: TENANT,
    // Documents are the gateway's matter; who tests them passes its checker.
    checkPolicy: () => [],
    softDeleted: () => undefined,
    busy: () => false,
    elapsed: () => Number.POSITIVE_INFINITY,
    lately: () => [],
    ...more,
  };
}
